/// What a workload of a user's own is judged by, beside its own limits.
struct WorkloadJudge: ScenarioJudge {
  let rules = [
    Rule(.workersMissing, 0), Rule(.successRate, 0.99), Rule(.unaccountedAttempts, 0),
  ]

  /// The longest stage that stays the same, of equals the last; the whole load where there are no stages.
  func comparedPart(_ analysis: RecordingAnalysis) -> ComparedPart {
    let steady = analysis.aggregate.window.slices.filter { $0.kind == .steady && $0.step != nil }
    let longest = steady.map { $0.end - $0.start }.max()
    return ComparedPart(steps: steady.last { $0.end - $0.start == longest }?.step.map { [$0] })
  }
}

extension ScenarioName {
  /// What the scenario or workload of a name is judged by.
  static func judge(of name: String) -> any ScenarioJudge { judges[name] ?? WorkloadJudge() }
}
