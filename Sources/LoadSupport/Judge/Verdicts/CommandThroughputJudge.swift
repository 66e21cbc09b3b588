/// What the command throughput scenario is judged by.
package struct CommandThroughputJudge: ScenarioJudge {
  package let thresholds = [
    Threshold(.successRate, 0.99),
    Threshold(.p99Milliseconds, 500),
    Threshold(.throughputPerSecond, 20),
    Threshold(.unaccountedAttempts, 0),
    Threshold(.connectionsCreatedUnderLoad, 0),
  ]

  /// Makes the judge.
  package init() {}

  package func verdict(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict? {
    switch threshold.metric {
    case .successRate: .successRate(threshold, analysis.aggregate)
    case .p99Milliseconds: .quantile(0.99, threshold, analysis.aggregate)
    case .throughputPerSecond: .throughput(threshold, analysis.aggregate)
    case .unaccountedAttempts: .unaccounted(threshold, analysis)
    case .connectionsCreatedUnderLoad: created(threshold, analysis)
    default: nil
    }
  }

  package func sections(_ analysis: RecordingAnalysis) -> [ReportSection] {
    Extrapolation(analysis).map { [$0.section] } ?? []
  }

  package func figures(_ analysis: RecordingAnalysis) -> [String: Double] {
    Extrapolation(analysis)?.figures ?? [:]
  }

  private func created(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict {
    guard let change = analysis.metrics.difference(from: .loadStart, to: .loadEnd),
      let total = analysis.metrics.totals(.loadEnd)?["mcp_pool_creates_total"]
    else { return .unknown(threshold, "the server does not report mcp_pool_creates_total") }
    // By our own count: a server need not tell how many commands it ran.
    let commands = analysis.aggregate.requests()[.success] ?? 0
    let created = change["mcp_pool_creates_total"] ?? 0
    // A worker whose session was lost has logged in anew.
    let own = analysis.aggregate.sessionsReopened
    return .count(
      threshold,
      max(0, created - Double(own)),
      n: commands,
      "\(NumberText.grouped(commands)) commands succeeded on the \(NumberText.plain(total - created)) "
        + "connections opened before the load"
        + (created > 0 ? " and \(NumberText.plain(created)) more" : "")
        + (own > 0 ? ", where workers that lost their session asked for \(own)" : "")
    )
  }
}
