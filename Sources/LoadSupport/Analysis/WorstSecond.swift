/// The second of the measured time in which the server did worst, and what its own metrics did then.
///
/// In a closed loop that is the second with the fewest answers, for a server that pauses delays only a
/// request a worker; in an open loop the one whose requests took longest on average.
package struct WorstSecond: Sendable, Equatable {
  /// Where it begins, in nanoseconds since the recording's origin.
  package let start: Int64

  /// The second and what happened in it, in a sentence.
  package let text: String

  /// Finds it; nil where the measured time has no two whole seconds, or several slices.
  package init?(_ analysis: RecordingAnalysis) {
    let aggregate = analysis.aggregate
    guard aggregate.window.slices.count == 1, let slice = aggregate.window.slices.first else {
      return nil
    }
    let windows = aggregate.windows
    let each = max(1, Int(1_000_000_000 / windows.windowNanoseconds))
    let seconds = windows.completions.count / each
    guard seconds >= 2 else { return nil }
    func sum<Number: AdditiveArithmetic>(_ values: [Number], _ second: Int) -> Number {
      values[second * each..<(second + 1) * each].reduce(.zero, +)
    }
    let isOpen = analysis.scenario.arrivalRate != nil
    func badness(_ second: Int) -> Double {
      guard isOpen else { return -Double(sum(windows.completions, second)) }
      return Double(sum(windows.latencySums, second))
        / Double(max(1, sum(windows.latencyCounts, second)))
    }
    guard let worst = (0..<seconds).max(by: { badness($0) < badness($1) }) else { return nil }
    start = slice.start + Int64(worst) * 1_000_000_000
    let answers = sum(windows.completions, worst)
    let usual = Double(windows.completions.reduce(0, +)) / Double(seconds)
    var parts = [
      "worst second: the one from \(Figures.grouped(worst)) s on, with \(Figures.grouped(answers)) "
        + "successes (\(Figures.oneDecimal(usual)) in an average one)"
    ]
    if isOpen {
      parts.append("mean latency \(Figures.oneDecimal(badness(worst) / 1e6)) ms")
    }
    text = (parts + Self.metrics(analysis, from: start)).joined(separator: "; ")
  }

  /// What the server's metrics did between the scrapes around a second.
  private static func metrics(_ analysis: RecordingAnalysis, from start: Int64) -> [String] {
    let end = start + 1_000_000_000
    func change(_ name: String) -> Double? {
      let values = analysis.metrics.timeline(name)
      guard let before = values.last(where: { $0.at <= start }),
        let after = values.first(where: { $0.at >= end })
      else { return nil }
      return after.value - before.value
    }
    let changes = [
      ("commands", "mcp_ssh_commands_total", 1.0), ("logins", "mcp_pool_creates_total", 1.0),
      ("CPU s of the server", "process_cpu_seconds_total", 1.0),
      ("CPU s of all that serves", ServerMetricsLine.servingCPU, 1.0),
      ("MB of memory", "process_resident_memory_bytes", 1e-6),
    ].compactMap { label, name, scale in
      change(name).map { "\(label) \($0 < 0 ? "" : "+")\(Figures.plain($0 * scale))" }
    }
    return changes.isEmpty
      ? [] : ["between the scrapes around it: \(changes.joined(separator: ", "))"]
  }
}
