/// The second of the measured time in which the server did worst, and what its own metrics did then.
///
/// In a closed loop that is the second with the fewest answers, for a server that pauses delays only a
/// request a worker; in an open loop the one whose requests took longest on average. With several
/// steps a second is compared with its own step's only: the worst lacks the largest share of what is
/// usual there, less what chance explains.
struct WorstSecond: Sendable, Codable, Equatable {
  /// Where it begins, in nanoseconds since the recording's origin.
  let start: Int64

  /// Its step; nil in scenarios that have only one.
  let step: String?

  /// The second and what happened in it, in a sentence.
  let text: String

  private enum CodingKeys: String, CodingKey {
    case start = "at_ns"
    case step
    case text
  }

  /// Finds it; nil where no step has two whole seconds, or one is like the other.
  init?(_ analysis: RecordingAnalysis) {
    let isOpen = analysis.scenario.isOpenLoop
    // In a step whose workers have only so much to do, a second without answers is no bad one, and in a
    // ramp nothing is usual.
    let seconds = analysis.aggregate.windows.seconds.filter {
      $0.slice.kind == .steady && ($0.slice.step == nil || $0.slice.workers != nil || isOpen)
    }
    let averages = Dictionary(grouping: seconds, by: \.slice.step).filter { $0.value.count > 1 }
      .mapValues { Double($0.map(\.successes).reduce(0, +)) / Double($0.count) }
    var worst: (second: WindowCounts.Second, usual: Double, badness: Double)?
    for second in seconds {
      guard let usual = averages[second.slice.step], isOpen || Double(second.successes) < usual
      else { continue }
      // Counts of independent events scatter by the root of their mean.
      let missing = usual - Double(second.successes) - 2 * usual.squareRoot()
      let badness = isOpen ? second.meanLatency : missing / usual
      if badness > worst?.badness ?? -.infinity { worst = (second, usual, badness) }
    }
    guard let (second, usual, _) = worst else { return nil }
    start = second.start
    step = second.slice.step
    let from = Double(start - analysis.aggregate.window.start) / 1e9
    var parts = [
      "slowest second: from \(NumberText.plain((from * 10).rounded() / 10)) s on"
        + (step.map { " (step \(analysis.scenario.title(of: $0)))" } ?? "")
        + ", \(NumberText.grouped(second.successes)) successes "
        + "(average \(NumberText.oneDecimal(usual))\(step == nil ? "" : " in that step"))"
    ]
    if isOpen { parts.append("mean latency \(NumberText.time(second.meanLatency / 1e6))") }
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
      ("commands", ServerMetricName.commands, 1.0), ("logins", ServerMetricName.poolCreates, 1.0),
      ("CPU-s used by the server", ServerMetricName.cpuSeconds, 1.0),
      ("CPU-s used by server and sshd", ServerMetricsLine.servingCPU, 1.0),
      ("MiB of memory", ServerMetricName.memory, 1.0 / 1_048_576),
    ].compactMap { unit, name, scale in
      change(name).map { "\(NumberText.signed($0 * scale, NumberText.graded)) \(unit)" }
    }
    return changes.isEmpty
      ? [] : ["between the scrapes around it: \(changes.joined(separator: ", "))"]
  }
}
