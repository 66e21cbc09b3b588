import EventIO
import Foundation
import Glibc

/// Signs that the server ended while it was under test, or answered nobody for a while.
///
/// That is what the server did, and no disturbance of the machine: a run that shows it has failed, and is
/// not repeated.
struct ServerOutage: Sendable, Equatable {
  /// How often it did, at least.
  let count: Int

  /// The signs, in a sentence.
  let text: String

  /// Whether nothing tells that the server ended: it was only silent.
  private let isSilence: Bool

  /// What happened and by what signs.
  var message: String {
    (isSilence
      ? "the server stopped answering during the run: " : "the server ended during the run: ")
      + text
  }

  /// A time without any answer that is shorter than this may be a listener that was busy.
  private static let shortestOutage: Int64 = 100_000_000

  /// A silence that is shorter than this may be a pause of the server's.
  private static let shortestSilence: Int64 = 1_000_000_000

  /// Looks for signs: another start time, counters that fell, connections refused for a while after
  /// something had succeeded, or commands that nobody answered; nil where there are none.
  ///
  /// What lies in an outage that was made on purpose is none of the server's. `links` says whether steps have links that are bad on purpose: they may answer nobody for a while.
  ///
  /// - Throws: when a file that could be read before cannot be any more.
  init?(
    _ aggregate: Aggregate,
    _ metrics: ServerMetrics,
    generator: [GeneratorLine],
    commands: Set<String>,
    links: Bool,
    samples: RecordedSamples
  ) throws(Errno) {
    let origin = aggregate.window.start
    func seconds(_ instant: Int64) -> String {
      NumberText.oneDecimal(Double(instant - origin) / 1e9) + " s"
    }
    func span(_ range: Range<Int64>) -> String {
      "\(seconds(range.lowerBound)) and \(seconds(range.upperBound)) of the window"
    }
    func during(_ stretch: Stretch) -> String {
      stretch.isOver
        ? "between \(span(stretch.range))"
        : "from \(seconds(stretch.range.lowerBound)) of the window on"
    }
    let planned = aggregate.window.outages
    func isPlanned(_ range: Range<Int64>) -> Bool { planned.contains { $0.overlaps(range) } }
    let changes = (metrics.restartIntervals + [metrics.resetInterval].compactMap(\.self))
      .filter { !isPlanned($0) }
    // A process that ended has closed its connections; where none was opened anew and nothing failed, pages
    // of another one were shown.
    let seen = changes.isEmpty ? [] : try Self.disturbed(changes, samples: samples)
    let restarts = metrics.restartIntervals.filter(seen.contains)
    let reset = metrics.resetInterval.flatMap { seen.contains($0) ? $0 : nil }
    let outages = try Self.refusals(aggregate, samples: samples).filter { !isPlanned($0.range) }
    var signs = restarts.map { "\(ServerMetricName.startTime) changed between \(span($0))" }
    if let reset {
      let names = metrics.resets.prefix(3).joined(separator: ", ")
      signs.append("counters went down between \(span(reset)) (\(names))")
    }
    signs += outages.map { "connections were refused \(during($0))" }
    isSilence = signs.isEmpty
    var silences: [Stretch] = []
    if !links {
      silences = try Self.silences(
        aggregate,
        generator: generator,
        commands: commands,
        samples: samples
      )
      .filter { silence in
        !isPlanned(silence.range) && !outages.contains { $0.range.overlaps(silence.range) }
      }
    }
    signs += silences.map {
      "no command was answered \(during($0)), of \($0.count) that failed most by \($0.example)"
    }
    let pauses =
      links
      ? []
      : Self.pauses(aggregate, generator: generator).filter { pause in
        !(outages + silences).contains { $0.range.overlaps(pause) }
      }
    signs += pauses.map {
      "no command was answered between \(span($0)), and those under way waited for its end"
    }
    guard !signs.isEmpty else { return nil }
    count = max(restarts.count, outages.count + silences.count + pauses.count, 1)
    text = signs.joined(separator: "; ")
  }

  /// Attempts in a row that failed while nothing worked.
  private struct Stretch {
    let range: Range<Int64>

    /// Whether anything worked again.
    let isOver: Bool
    let count: Int
    let example: String
  }

  /// The stretches in which connections were refused and nothing succeeded, after something had.
  private static func refusals(
    _ aggregate: Aggregate,
    samples: RecordedSamples
  ) throws(Errno) -> [Stretch] {
    guard aggregate.failures.keys.contains(where: { $0.outcome == .transportError }) else {
      return []
    }
    let row = try Row(samples) { sample in
      if sample.phase != .setup, sample.attempt.foundNobody { return .failed }
      return sample.attempt.outcome == .success ? .worked : .neither
    }
    return row.stretches.compactMap { stretch in
      let range = row.failed[stretch.lowerBound].done..<row.failed[stretch.upperBound - 1].done + 1
      guard range.upperBound - range.lowerBound >= shortestOutage else { return nil }
      return Stretch(
        range: range,
        isOver: row.first[stretch.upperBound] != nil,
        count: stretch.count,
        example: Errno(ECONNREFUSED, "").reason
      )
    }
  }

  /// The stretches in which commands ended in timeouts, broken connections and the server's own errors and
  /// nobody's was answered, after some had been.
  ///
  /// Chance makes such a row too, where many fail: it counts where that would be seen in less than one run
  /// of a hundred, or where it is a quarter of the time and long beside what lies between two answers. While
  /// the generator stood still nobody could be answered.
  private static func silences(
    _ aggregate: Aggregate,
    generator: [GeneratorLine],
    commands: Set<String>,
    samples: RecordedSamples
  ) throws(Errno) -> [Stretch] {
    let silent: Set<Outcome> = [.timeout, .transportError, .httpError]
    guard aggregate.failures.keys.contains(where: { silent.contains($0.outcome) }) else {
      return []
    }
    let row = try Row(samples) { sample in
      guard commands.contains(sample.operation), sample.phase != .setup else { return .neither }
      return switch sample.attempt.outcome {
      case .timeout, .transportError: .failed
      case .httpError: sample.attempt.httpStatus ?? 0 >= 500 ? .failed : .worked
      case .dropped, .ownShortage, .interrupted: .neither
      default: .worked
      }
    }
    let window = aggregate.window.end - aggregate.window.start
    return row.stretches.compactMap { stretch in
      guard let start = row.last[stretch.lowerBound] else { return nil }
      let next = row.first[stretch.upperBound]
      // After the window nobody asks any more.
      let end = min(next ?? row.failed[stretch.upperBound - 1].done, aggregate.window.end)
      let length = end - start
      guard length >= shortestSilence, !stoodStill(generator, start..<end) else { return nil }
      let others = Double(row.failed.count - stretch.count)
      let share = (others + 1) / (others + Double(row.worked) + 1)
      let isRow =
        Double(stretch.count) * log(share) + log(Double(row.worked + row.failed.count)) < log(0.01)
      let between = window / Int64(max(1, row.worked))
      let isLong = length >= window / 4 && length / 10 >= between
      guard isRow || isLong else { return nil }
      let counts = row.failed[stretch].reduce(into: [:]) { $0[$1.outcome, default: 0] += 1 }
      let most = counts.max { ($0.value, $0.key.rawValue) < ($1.value, $1.key.rawValue) }
      let outcome = most?.key ?? .timeout
      return Stretch(
        range: start..<end,
        isOver: next != nil,
        count: stretch.count,
        example: outcome.rawValue + (row.examples[outcome].map { ": \($0)" } ?? "")
      )
    }
  }

  /// Whether the generator itself stood still for most of a stretch of time.
  private static func stoodStill(_ generator: [GeneratorLine], _ range: Range<Int64>) -> Bool {
    let late =
      generator.filter { $0.at > range.lowerBound && $0.at <= range.upperBound + 1_000_000_000 }
      .map(\.lateMilliseconds).max() ?? 0
    return late * 1e6 >= Double(range.upperBound - range.lowerBound) / 2
  }

  /// The stretches of two seconds and more in which nothing was answered, and what was asked waited for
  /// their end: twenty times as long as the median latency, and as what lies between two answers.
  private static func pauses(
    _ aggregate: Aggregate,
    generator: [GeneratorLine]
  ) -> [Range<Int64>] {
    let windows = aggregate.windows
    let length = windows.windowNanoseconds
    let completions = windows.completions
    let answers = completions.reduce(0, +)
    let latencies = aggregate.latency()
    guard aggregate.window.slices.count == 1, let slice = aggregate.window.slices.first,
      slice.kind != .outage, answers > 0,
      let median = latencies.value(atQuantile: 0.5), let slowest = latencies.maximum
    else { return [] }
    let between = (slice.end - slice.start) / Int64(answers)
    let least = max(2_000_000_000, 20 * median, 20 * between)
    // Without a request that waited for as long there was nothing to answer.
    guard slowest >= least / 2 else { return [] }
    var pauses: [Range<Int64>] = []
    var first: Int?
    for (index, count) in completions.enumerated() {
      if count == 0 {
        first = first ?? index
      } else if let begin = first {
        first = nil
        let range = slice.start + Int64(begin) * length..<slice.start + Int64(index) * length
        guard begin > 0, range.upperBound - range.lowerBound >= least,
          !stoodStill(generator, range)
        else { continue }
        pauses.append(range)
      }
    }
    return pauses
  }

  /// The stretches of time in which, or soon after which, an attempt failed or opened a connection.
  private static func disturbed(
    _ ranges: [Range<Int64>],
    samples: RecordedSamples
  ) throws(Errno) -> [Range<Int64>] {
    var seen = [Bool](repeating: false, count: ranges.count)
    try samples.read { _, sample in
      let attempt = sample.attempt
      guard sample.phase != .setup, attempt.outcome != .success || attempt.connecting != nil
      else { return }
      for (index, range) in ranges.enumerated()
      where attempt.done >= range.lowerBound
        && attempt.planned < range.upperBound + 10_000_000_000
      {
        seen[index] = true
      }
    }
    return zip(ranges, seen).filter(\.1).map(\.0)
  }

  /// The failed attempts of a recording in the order of their ends, and what worked between them.
  private struct Row {
    enum Kind {
      case failed
      case worked
      case neither
    }

    /// A failure: as little of it as will do, for there may be millions.
    struct Failed {
      let done: Int64
      let outcome: Outcome
    }

    private(set) var failed: [Failed] = []

    /// The words of one failure of each kind.
    private(set) var examples: [Outcome: String] = [:]
    private(set) var worked = 0

    /// The first and the last end of what worked before the failure of an index, and after the one before
    /// it; the last place is for what worked after them all.
    private(set) var first: [Int64?] = []
    private(set) var last: [Int64?] = []

    /// Reads the samples twice: failures are few where a recording is large.
    init(_ samples: RecordedSamples, _ kind: (Sample) -> Kind) throws(Errno) {
      try samples.read { _, sample in
        guard kind(sample) == .failed else { return }
        let attempt = sample.attempt
        failed.append(Failed(done: attempt.done, outcome: attempt.outcome))
        if examples[attempt.outcome] == nil { examples[attempt.outcome] = attempt.error }
      }
      failed.sort { $0.done < $1.done }
      first = [Int64?](repeating: nil, count: failed.count + 1)
      last = first
      guard !failed.isEmpty else { return }
      try samples.read { _, sample in
        guard kind(sample) == .worked else { return }
        worked += 1
        let done = sample.attempt.done
        let place = Self.index(of: done, in: failed)
        first[place] = min(first[place] ?? done, done)
        last[place] = max(last[place] ?? done, done)
      }
    }

    /// The failures in a row between which nothing worked, where something had before.
    var stretches: [Range<Int>] {
      let starts = failed.indices.filter { last[$0] != nil }
      return zip(starts, starts.dropFirst() + [failed.count]).map { $0..<$1 }
    }

    /// The index of the first failure that is not before an instant.
    private static func index(of instant: Int64, in sorted: [Failed]) -> Int {
      var (low, high) = (0, sorted.count)
      while low < high {
        let middle = (low + high) / 2
        if sorted[middle].done < instant { low = middle + 1 } else { high = middle }
      }
      return low
    }
  }
}
