/// What happened in equal windows of the measured time: how many attempts of each kind, and how slow
/// in the buckets of a histogram.
///
/// Requests of one run are not independent, and whether they come in clusters shows only over time.
/// Windows are 100 ms long in short runs and a second in others, and begin anew with each slice; the
/// rest of a slice that fills no window is left out (see docs/measurement.md, "Confidence").
struct WindowCounts: Sendable {
  /// The length of a window in nanoseconds.
  let windowNanoseconds: Int64

  /// Successes of the load by the window in which they were done.
  var completions: [Int] { completions { _ in true } }

  /// Latencies in nanoseconds of the load's successes, summed by the window in which they were
  /// planned.
  private(set) var latencySums: [Int64]

  /// The number of those.
  private(set) var latencyCounts: [Int]

  private let slices: [(slice: MeasuredWindow.Slice, first: Int, count: Int)]
  private let count: Int

  /// Attempts of a kind by window and bucket, in one number.
  ///
  /// Few of a histogram's 18,000 buckets are in use in any window: the memory does not grow with the
  /// number of requests.
  private var cells: [Aggregate.Key: [Int: UInt32]] = [:]
  private var done: [Aggregate.Key: [Int]] = [:]

  /// A run shorter than this in any step has windows of 100 ms: 30 are the fewest that tell anything.
  private static let shortRunSeconds = 30.0

  /// Windows for a measured time, without anything in them.
  init(_ window: MeasuredWindow) {
    let steps = Set(window.slices.map(\.step))
    let isShort = steps.contains { step in
      window.slices.filter { $0.step == step }
        .reduce(0) { $0 + Double($1.end - $1.start) / 1e9 } < Self.shortRunSeconds
    }
    let length: Int64 = isShort ? 100_000_000 : 1_000_000_000
    windowNanoseconds = length
    var first = 0
    slices = window.slices.map { slice in
      let count = Int((slice.end - slice.start) / length)
      defer { first += count }
      return (slice, first, count)
    }
    count = first
    latencySums = Array(repeating: 0, count: first)
    latencyCounts = Array(repeating: 0, count: first)
  }

  private func index(of instant: Int64, step: String?) -> Int? {
    for (slice, first, count) in slices where slice.contains(instant) && slice.step == step {
      let offset = Int((instant - slice.start) / windowNanoseconds)
      return offset < count ? first + offset : nil
    }
    return nil
  }

  /// Adds an attempt that was planned in the measured time.
  mutating func add(planned sample: Sample, _ key: Aggregate.Key, isLoad: Bool) {
    let attempt = sample.attempt
    guard let window = index(of: attempt.planned, step: sample.step) else { return }
    if isLoad, attempt.outcome == .success {
      latencySums[window] += attempt.latency
      latencyCounts[window] += 1
    }
    let cell = window * Histogram.bucketCount + Histogram.bucket(of: attempt.latency)
    cells[key, default: [:]][cell, default: 0] += 1
  }

  /// Adds a success of the load that was done in the measured time.
  mutating func add(done: Int64, _ key: Aggregate.Key) {
    guard let window = index(of: done, step: key.step) else { return }
    self.done[key, default: Array(repeating: 0, count: count)][window] += 1
  }

  /// Adds what was counted in the same windows.
  mutating func merge(_ other: WindowCounts) {
    latencySums = zip(latencySums, other.latencySums).map(+)
    latencyCounts = zip(latencyCounts, other.latencyCounts).map(+)
    cells.merge(other.cells) { $0.merging($1, uniquingKeysWith: +) }
    done.merge(other.done) { zip($0, $1).map(+) }
  }

  /// Successes of the load that match, by the window of the steps in which they were done.
  func completions(
    steps: [String]? = nil,
    where matches: (Aggregate.Key) -> Bool
  ) -> [Int] {
    var counts = [Int](repeating: 0, count: count)
    for (key, row) in done where matches(key) {
      for window in counts.indices { counts[window] += row[window] }
    }
    return windows(of: steps, counts)
  }

  /// Attempts in each window of the steps: of each kind those in a bucket and above; nil for none.
  func counts(steps: [String]?, from lowest: (Aggregate.Key) -> Int?) -> [Int] {
    var counts = [Int](repeating: 0, count: count)
    for (key, row) in cells {
      guard let lowest = lowest(key) else { continue }
      for (cell, number) in row {
        let (window, bucket) = cell.quotientAndRemainder(dividingBy: Histogram.bucketCount)
        if bucket >= lowest { counts[window] += Int(number) }
      }
    }
    return windows(of: steps, counts)
  }

  /// A whole second of a slice.
  struct Second: Sendable {
    /// The slice.
    let slice: MeasuredWindow.Slice

    /// Where it begins, in nanoseconds since the recording's origin.
    let start: Int64

    /// Successes of the load that were done in it.
    let successes: Int

    /// Mean latency in nanoseconds of those that were planned in it; 0 where there were none.
    let meanLatency: Double
  }

  /// The whole seconds of each slice, in the order of the slices.
  var seconds: [Second] {
    let each = Int(1_000_000_000 / windowNanoseconds)
    let completions = completions
    return slices.flatMap { slice, first, count in
      (0..<count / each).map { second in
        let windows = first + second * each..<first + (second + 1) * each
        let planned = latencyCounts[windows].reduce(0, +)
        return Second(
          slice: slice,
          start: slice.start + Int64(second) * 1_000_000_000,
          successes: completions[windows].reduce(0, +),
          meanLatency: Double(latencySums[windows].reduce(0, +)) / Double(max(1, planned))
        )
      }
    }
  }

  /// Mean latency in nanoseconds of the load's successes that were planned in each of so many equal blocks of
  /// some steps; nil for a block without any.
  func meanLatencies(steps: [String]?, blocks: Int) -> [Double?] {
    let sums = windows(of: steps, latencySums)
    let counts = windows(of: steps, latencyCounts)
    let size = counts.count / blocks
    return (0..<blocks).map { block in
      let range = block * size..<(block + 1) * size
      let count = counts[range].reduce(0, +)
      return count > 0 ? Double(sums[range].reduce(0, +)) / Double(count) : nil
    }
  }

  private func windows<Value>(of steps: [String]?, _ counts: [Value]) -> [Value] {
    guard let steps else { return counts }
    return slices.filter { entry in steps.contains { $0 == entry.slice.step } }
      .flatMap { counts[$0.first..<$0.first + $0.count] }
  }
}
