/// What the command throughput scenario is judged by.
struct CommandThroughputJudge: ScenarioJudge {
  let rules = [
    Rule(.successRate, 0.99), Rule(.p99Milliseconds, 500), Rule(.throughputPerSecond, 20),
    Rule(.unaccountedAttempts, 0), Rule(.connectionsCreatedUnderLoad, 0, created),
  ]

  func sections(_ analysis: RecordingAnalysis) -> [ReportSection] {
    Extrapolation(analysis).map { [$0.section] } ?? []
  }

  func figures(_ analysis: RecordingAnalysis) -> [String: Double] {
    Extrapolation(analysis)?.figures ?? [:]
  }

  private static func created(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict {
    guard let change = analysis.metrics.difference(from: .loadStart, to: .loadEnd),
      let total = analysis.metrics.totals(.loadEnd)?[ServerMetricName.poolCreates]
    else {
      return .unknown(threshold, "the server does not report \(ServerMetricName.poolCreates)")
    }
    // By our own count: a server need not tell how many commands it ran.
    let commands = analysis.aggregate.requests()[.success] ?? 0
    let created = change[ServerMetricName.poolCreates] ?? 0
    // A worker whose session was lost has logged in anew.
    let own = analysis.aggregate.sessionsReopened
    return .count(
      threshold,
      max(0, created - Double(own)),
      n: commands,
      "\(NumberText.grouped(commands)) commands succeeded on "
        + "\(NumberText.counted(Int((total - created).rounded()), "connection")) opened before the load"
        + (created > 0 ? " and \(NumberText.plain(created)) opened under load" : "")
        + (own > 0 ? ", where workers that lost their session asked for \(own.grouped)" : "")
    )
  }
}
