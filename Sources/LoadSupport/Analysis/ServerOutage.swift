import Foundation
import Glibc

/// Signs that the server ended while it was under test, whether it came back or not.
///
/// That is what the server did, and no disturbance of the machine: a run that shows it has failed, and is
/// not repeated.
package struct ServerOutage: Sendable, Equatable {
  /// How often it did, at least.
  package let count: Int

  /// The signs, in a sentence.
  package let text: String

  /// A time without any answer that is shorter than this may be a listener that was busy.
  private static let shortestOutage: Int64 = 100_000_000

  /// Looks for signs: another start time, counters that fell, connections refused for a while after
  /// something had succeeded; nil where there are none.
  init?(_ aggregate: Aggregate, _ metrics: ServerMetrics, files: [String]) {
    let origin = aggregate.window.start
    func seconds(_ instant: Int64) -> String {
      Figures.oneDecimal(Double(instant - origin) / 1e9) + " s"
    }
    func span(_ range: Range<Int64>) -> String {
      "\(seconds(range.lowerBound)) and \(seconds(range.upperBound)) of the window"
    }
    let restarts = metrics.restartIntervals
    let reset = metrics.resetInterval
    let outages = Self.outages(aggregate, files: files)
    var signs = restarts.map { "process_start_time_seconds changed between \(span($0))" }
    if let reset {
      let names = metrics.resets.prefix(3).joined(separator: ", ")
      signs.append("counters went down between \(span(reset)) (\(names))")
    }
    signs += outages.map { outage in
      outage.isOver
        ? "connections were refused between \(span(outage.range))"
        : "connections were refused from \(seconds(outage.range.lowerBound)) of the window on"
    }
    guard !signs.isEmpty else { return nil }
    count = max(restarts.count, outages.count, 1)
    text = signs.joined(separator: "; ")
  }

  /// The stretches in which connections were refused and nothing succeeded, after something had; and
  /// whether anything did again.
  private static func outages(
    _ aggregate: Aggregate,
    files: [String]
  ) -> [(range: Range<Int64>, isOver: Bool)] {
    guard aggregate.failures.keys.contains(where: { $0.outcome == .transportError }) else {
      return []
    }
    let refusal = String(cString: strerror(ECONNREFUSED))
    var refused: [Int64] = []
    read(files) { sample in
      let attempt = sample.attempt
      // Nothing could be sent: no connection was opened.
      guard sample.phase != .setup, attempt.outcome == .transportError, attempt.sent == nil,
        attempt.error?.utf8.firstRange(of: refusal.utf8) != nil
      else { return }
      refused.append(attempt.done)
    }
    refused.sort()
    guard !refused.isEmpty else { return [] }
    // Whether anything succeeded before the refusal of an index, and after the one before it.
    var succeeded = [Bool](repeating: false, count: refused.count + 1)
    read(files) { sample in
      guard sample.attempt.outcome == .success else { return }
      succeeded[index(of: sample.attempt.done, in: refused)] = true
    }
    return refused.indices.filter { succeeded[$0] }.compactMap { first in
      let next = (first + 1...refused.count).first { succeeded[$0] }
      let outage = refused[first]..<refused[(next ?? refused.count) - 1] + 1
      return outage.upperBound - outage.lowerBound >= shortestOutage ? (outage, next != nil) : nil
    }
  }

  /// The index of the first instant that is not before another.
  private static func index(of instant: Int64, in sorted: [Int64]) -> Int {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < instant { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private static func read(_ files: [String], _ body: (Sample) -> Void) {
    var reader = SampleReader()
    // What cannot be read now could not be read for the aggregate, and was counted there.
    for file in files { try? reader.read(file, body) }
  }
}
