import EventIO

/// What the connection rate scenario is judged by.
struct ConnectionRateJudge: ScenarioJudge {
  let rules = [
    Rule(.successRate, 0.99), Rule(.coldConnectP95Milliseconds, 10_000, coldConnects),
    Rule(.pooledConnectP99Milliseconds, 500, pooledConnects),
    Rule(.unmatchedLogins, 0, unmatchedLogins),
    Rule(.sessionsLeftBehind, 0) { .leftBehind($0, ServerMetricName.sessionsActive, $1) },
    Rule(.unaccountedAttempts, 0),
  ]

  /// New logins by the most workers.
  func comparedPart(_ analysis: RecordingAnalysis) -> ComparedPart {
    ComparedPart(steps: Self.steps(analysis, pooled: false).last.map { [$0] })
  }

  private static func coldConnects(
    _ threshold: Threshold,
    _ analysis: RecordingAnalysis
  ) -> Verdict {
    .quantile(0.95, threshold, analysis.aggregate, connects(steps(analysis, pooled: false)))
  }

  private static func pooledConnects(
    _ threshold: Threshold,
    _ analysis: RecordingAnalysis
  ) -> Verdict {
    let steps = steps(analysis, pooled: true)
    guard !steps.isEmpty else {
      return .unknown(
        threshold,
        "at this server a caller cannot choose between pooled and fresh logins"
      )
    }
    return .quantile(0.99, threshold, analysis.aggregate, connects(steps))
  }

  /// Connections without which a step tells neither where rates bend nor what one costs.
  private static let fewest = 30

  /// The least number of workers that reaches 95 % of the best rate: more only wait; nil where a step has
  /// too few connections to tell.
  private static func bend(_ steps: [ConnectionStep]) -> ConnectionStep? {
    guard steps.allSatisfy({ $0.count >= fewest }) else { return nil }
    let best = steps.map(\.rate).max() ?? 0
    return best > 0 ? steps.first { $0.rate >= 0.95 * best } : nil
  }

  func sections(_ analysis: RecordingAnalysis) -> [ReportSection] {
    let steps = ConnectionStep.all(analysis)
    var section = ReportSection(
      "Connections",
      "milliseconds from asking to having a session, 95 % intervals below",
      columns: ["step", "n", "conn/s", "p50", "p95", "p99", "CPU ms"]
    )
    for step in steps {
      section.addRow(
        [.text(step.slice.step ?? ""), .count(step.count), .rate(step.rate)]
          + analysis.aggregate.percentiles([0.5, 0.95, 0.99], step.filter)
          + [
            .optional(step.count >= Self.fewest ? step.cpuSeconds : nil) {
              .milliseconds($0 * 1000)
            }
          ]
      )
    }
    section.addNoteOnShortSteps(analysis.aggregate)
    for (kind, pooled) in [("cold", false), ("pooled", true)] {
      guard let bend = Self.bend(steps.filter { $0.isPooled == pooled }) else { continue }
      section.addNote(
        "\(kind): best with \(NumberText.counted(bend.workers, "worker")), \(NumberText.oneDecimal(bend.rate)) "
          + "connections/s; "
          + (bend.workers == steps.filter { $0.isPooled == pooled }.map(\.workers).max()
            ? "more were not tried" : "more workers gain less than 5 %")
      )
    }
    if let cpu = Self.loginCPUSeconds(steps) {
      section.addNote(
        "one login costs \(NumberText.time(cpu * 1000)) of CPU (server, ssh and sshd)"
      )
    }
    return [section]
  }

  func figures(_ analysis: RecordingAnalysis) -> [String: Double] {
    let steps = ConnectionStep.all(analysis)
    let (pooled, cold) = (steps.filter(\.isPooled), steps.filter { !$0.isPooled })
    var figures: [String: Double] = [:]
    figures["cold_best_workers"] = Self.bend(cold).map { Double($0.workers) }
    figures["pooled_best_workers"] = Self.bend(pooled).map { Double($0.workers) }
    figures["cold_connections_per_s"] = cold.map(\.rate).max()
    figures["pooled_connections_per_s"] = pooled.map(\.rate).max()
    figures["login_cpu_s"] = Self.loginCPUSeconds(steps)
    return figures
  }

  private static func loginCPUSeconds(_ steps: [ConnectionStep]) -> Double? {
    let cold = steps.filter { !$0.isPooled && $0.cpuSeconds != nil }
    let count = cold.map { Double($0.count) }.reduce(0, +)
    let used = cold.map { ($0.cpuSeconds ?? 0) * Double($0.count) }.reduce(0, +)
    return count >= Double(fewest) ? used / count : nil
  }

  private static func steps(_ analysis: RecordingAnalysis, pooled: Bool) -> [String] {
    ConnectionStep.all(analysis).filter { $0.isPooled == pooled }.compactMap(\.slice.step)
  }

  private static func connects(_ steps: [String]) -> Aggregate.Filter {
    Aggregate.Filter(steps: steps, operation: OperationName.connect)
  }

  /// Every fresh login that a client was told of must be a new connection at the server, and none
  /// besides.
  private static func unmatchedLogins(
    _ threshold: Threshold,
    _ analysis: RecordingAnalysis
  ) -> Verdict {
    guard !analysis.scenario.network.isLacking(.reuse) else {
      return .unknown(threshold, "at this server a caller cannot ask for a fresh login")
    }
    var unmatched = 0.0
    var told = 0
    for step in ConnectionStep.all(analysis) where !step.isPooled {
      guard let created = analysis.increase(of: ServerMetricName.poolCreates, in: step.slice) else {
        return .unknown(threshold, "the server does not report \(ServerMetricName.poolCreates)")
      }
      told += step.count
      unmatched += abs(Double(step.count) - created)
    }
    guard told > 0 else { return .nothingMeasured(threshold) }
    return .count(
      threshold,
      unmatched,
      n: told,
      unmatched == 0
        ? "each of the \(told.grouped) fresh logins that were asked for was a new connection"
        : "clients were told of \(told.grouped) fresh logins, which differs from the server's own count"
    )
  }
}
