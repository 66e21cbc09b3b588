import EventIO
import Foundation

/// A run's progress in words: one line for logs, a few lines for a terminal.
struct ProgressText: Sendable {
  private let snapshot: ProgressMeter.Snapshot
  private let scenario: String
  private let now: MonotonicInstant

  /// Puts what a meter gave into words.
  init(
    _ snapshot: ProgressMeter.Snapshot,
    scenario: String,
    now: MonotonicInstant = .now()
  ) {
    self.snapshot = snapshot
    self.scenario = scenario
    self.now = now
  }

  /// `command_throughput measure 63 s left, 2,113/s now, 2,098/s avg, p50 4.6 ms, p99 9.3 ms, 0 failed`.
  var line: String {
    var parts = ["\(scenario) \(snapshot.phase)" + (secondsLeft.map { " \($0) s left" } ?? "")]
    if let rates { parts += ["\(rates.now)/s now", "\(rates.average)/s avg"] }
    parts += [latency, "\(failed) failed" + outcomes].compactMap { $0 }
    return parts.joined(separator: ", ")
  }

  /// Lines of at most `width` characters, the state of things and a bar.
  func view(width: Int) -> [String] {
    let head = "\(scenario)  \(snapshot.phase)"
    let left = secondsLeft.map { "\($0) s left" } ?? ""
    let barWidth = max(10, min(40, width - head.count - left.count - 6))
    let filled = Int((share * Double(barWidth)).rounded())
    let bar = String(repeating: "#", count: filled)
      .padding(toLength: barWidth, withPad: ".", startingAt: 0)
    var lines = ["\(head)  [\(bar)]  \(left)"]
    if let rates {
      lines.append(
        "  \(rates.now)/s now  \(rates.average)/s avg" + (latency.map { "  \($0)" } ?? "")
      )
    }
    // A server may report any number, also none.
    let pool = snapshot.pool.map {
      String(format: "  pool %.0f active, %.0f idle", $0.active, $0.idle)
    }
    lines.append("  \(done) ok  \(failed) failed\(outcomes)" + (pool ?? ""))
    return lines.map { String($0.prefix(max(1, width))) }
  }

  private var done: Int { snapshot.outcomes[.success] ?? 0 }

  private var failed: Int { snapshot.outcomes.values.reduce(0, +) - done }

  /// ` (timeout 3, tool_error 1)`.
  private var outcomes: String {
    let parts = Outcome.allCases.compactMap { outcome in
      outcome == .success ? nil : snapshot.outcomes[outcome].map { "\(outcome.rawValue) \($0)" }
    }
    return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
  }

  private var secondsLeft: Int? {
    guard let end = snapshot.loadEnd else { return nil }
    return max(0, Int((end - now).seconds.rounded(.up)))
  }

  /// How much of the load's time has passed, from 0 to 1.
  private var share: Double {
    guard let start = snapshot.loadStart, let end = snapshot.loadEnd, end > start else { return 0 }
    return min(1, max(0, (now - start).seconds / (end - start).seconds))
  }

  private var rates: (now: String, average: String)? {
    guard let start = snapshot.loadStart else { return nil }
    func text(_ count: Int, _ interval: Duration) -> String {
      let rate = interval > .zero ? Double(count) / interval.seconds : 0
      return String(format: rate < 100 ? "%.1f" : "%.0f", rate)
    }
    return (
      text(snapshot.recentOutcomes[.success] ?? 0, now - snapshot.since),
      text(done, now - start)
    )
  }

  private var latency: String? {
    let histogram = snapshot.recentLatency
    guard let median = histogram.value(atQuantile: 0.5), let p99 = histogram.value(atQuantile: 0.99)
    else { return nil }
    return String(format: "p50 %.1f ms, p99 %.1f ms", Double(median) / 1e6, Double(p99) / 1e6)
  }
}
