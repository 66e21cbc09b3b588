/// What the connection rate scenario is judged by.
package struct ConnectionRateJudge: ScenarioJudge {
  package let thresholds = [
    Threshold(.successRate, 0.99),
    Threshold(.coldConnectP95Milliseconds, 10_000),
    Threshold(.pooledConnectP99Milliseconds, 500),
    Threshold(.unmatchedLogins, 0),
    Threshold(.sessionsLeftBehind, 0),
    Threshold(.unaccountedAttempts, 0),
  ]

  /// Makes the judge.
  package init() {}

  package func verdict(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict? {
    switch threshold.metric {
    case .successRate: .successRate(threshold, analysis.aggregate)
    case .coldConnectP95Milliseconds:
      .quantile(
        0.95,
        threshold,
        analysis.aggregate,
        Self.connects(Self.steps(analysis, pooled: false))
      )
    case .pooledConnectP99Milliseconds where Self.steps(analysis, pooled: true).isEmpty:
      .unknown(threshold, "at this server a caller cannot choose between pooled and fresh logins")
    case .pooledConnectP99Milliseconds:
      .quantile(
        0.99,
        threshold,
        analysis.aggregate,
        Self.connects(Self.steps(analysis, pooled: true))
      )
    case .unmatchedLogins: unmatchedLogins(threshold, analysis)
    case .sessionsLeftBehind: .leftBehind(threshold, "mcp_ssh_sessions_active", analysis)
    case .unaccountedAttempts: .unaccounted(threshold, analysis)
    default: nil
    }
  }

  /// One row of the table: a step.
  private struct Row {
    let slice: MeasuredWindow.Slice
    let rate: Double
    let latency: Histogram
    let cpuSeconds: Double?

    init(_ slice: MeasuredWindow.Slice, _ analysis: RecordingAnalysis) {
      self.slice = slice
      let filter = Aggregate.Filter(step: slice.step, operation: "connect", outcomes: [.success])
      let latency = analysis.aggregate.latency(filter)
      self.latency = latency
      // A login can take as long as the step: those under way at its end count, and their time.
      rate = slice.secondsToSettle > 0 ? Double(latency.count) / slice.secondsToSettle : 0
      let used = analysis.servingCPUSeconds(in: slice)
      cpuSeconds = latency.count > 0 ? used.map { $0 / Double(latency.count) } : nil
    }

    /// The number of workers, from the step's name.
    var workers: Int { slice.step?.split(separator: "=").last.flatMap { Int($0) } ?? 0 }

    var isPooled: Bool { slice.step?.hasPrefix("pooled") ?? false }

    /// The least number of workers that reaches 95 % of the best rate: more only wait.
    static func bend(_ rows: [Row]) -> Row? {
      let best = rows.map(\.rate).max() ?? 0
      return best > 0 ? rows.first { $0.rate >= 0.95 * best } : nil
    }
  }

  private static func rows(_ analysis: RecordingAnalysis) -> [Row] {
    analysis.aggregate.window.slices.map { Row($0, analysis) }
  }

  package func sections(_ analysis: RecordingAnalysis) -> [ReportSection] {
    let rows = Self.rows(analysis)
    var section = ReportSection(
      "CONNECTIONS (milliseconds from asking to having a session)",
      columns: ["step", "n", "conn/s", "p50", "p95", "p99", "CPU ms each"]
    )
    for row in rows {
      section.addRow(
        [
          row.slice.step ?? "", Figures.grouped(row.latency.count), Figures.oneDecimal(row.rate),
        ] + Figures.quantiles(row.latency, [0.5, 0.95, 0.99])
          + [row.cpuSeconds.map { Figures.oneDecimal($0 * 1000) } ?? "-"]
      )
    }
    for (kind, pooled) in [("cold", false), ("pooled", true)] {
      guard let bend = Row.bend(rows.filter { $0.isPooled == pooled }) else { continue }
      section.addNote(
        "\(kind): best with \(bend.workers) workers, \(Figures.oneDecimal(bend.rate)) "
          + "connections/s; more workers gain less than 5 %"
      )
    }
    if let cpu = Self.loginCPUSeconds(rows) {
      section.addNote(
        "one login costs \(Figures.oneDecimal(cpu * 1000)) ms of CPU (server, ssh and sshd)"
      )
    }
    return [section]
  }

  package func figures(_ analysis: RecordingAnalysis) -> [String: Double] {
    let rows = Self.rows(analysis)
    var figures: [String: Double] = [:]
    figures["cold_best_workers"] = Row.bend(rows.filter { !$0.isPooled }).map { Double($0.workers) }
    figures["pooled_best_workers"] = Row.bend(rows.filter(\.isPooled)).map { Double($0.workers) }
    figures["cold_connections_per_s"] = rows.filter { !$0.isPooled }.map(\.rate).max()
    figures["pooled_connections_per_s"] = rows.filter(\.isPooled).map(\.rate).max()
    figures["login_cpu_s"] = Self.loginCPUSeconds(rows)
    return figures
  }

  private static func loginCPUSeconds(_ rows: [Row]) -> Double? {
    let cold = rows.filter { !$0.isPooled && $0.cpuSeconds != nil }
    let count = cold.map { Double($0.latency.count) }.reduce(0, +)
    let used = cold.map { ($0.cpuSeconds ?? 0) * Double($0.latency.count) }.reduce(0, +)
    return count > 0 ? used / count : nil
  }

  private static func steps(_ analysis: RecordingAnalysis, pooled: Bool) -> [String] {
    analysis.aggregate.window.slices.compactMap(\.step).filter { $0.hasPrefix("pooled") == pooled }
  }

  private static func connects(_ steps: [String]) -> Aggregate.Filter {
    Aggregate.Filter(steps: steps, operation: "connect")
  }

  /// Every fresh login that a client was told of must be a new connection at the server, and none
  /// besides.
  private func unmatchedLogins(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict {
    guard analysis.scenario.network.lacks?.contains("reuse") != true else {
      return .unknown(threshold, "at this server a caller cannot ask for a fresh login")
    }
    var unmatched = 0.0
    var told = 0
    for slice in analysis.aggregate.window.slices where !Row(slice, analysis).isPooled {
      guard let created = analysis.increase(of: "mcp_pool_creates_total", in: slice) else {
        return .unknown(threshold, "the server does not report mcp_pool_creates_total")
      }
      let filter = Aggregate.Filter(step: slice.step, operation: "connect", outcomes: [.success])
      let logins = analysis.aggregate.latency(filter).count
      told += logins
      unmatched += abs(Double(logins) - created)
    }
    guard told > 0 else { return .nothingMeasured(threshold) }
    return .count(
      threshold,
      unmatched,
      n: told,
      unmatched == 0
        ? "each of the \(told) fresh logins that were asked for was a new connection"
        : "clients were told of \(told) fresh logins, which differs from the server's own count"
    )
  }
}
