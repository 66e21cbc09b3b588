/// The course of a run in equal bins: successes, failures and a coarse picture of latency in each.
///
/// Constant memory: bins are seconds, and become twice as long whenever there would be more of them
/// than a picture can show. Everything that was load is in it, warm-up and the times between steps
/// too.
struct TimeSeries: Sendable, Equatable {
  /// One bin.
  struct Bin: Sendable, Equatable {
    /// Attempts by what they came to, by the instant at which they were over.
    fileprivate(set) var outcomes: [Outcome: Int] = [:]

    /// Successes by their latency, in the series' latency buckets.
    fileprivate(set) var latencies = [Int](repeating: 0, count: TimeSeries.bucketCount)

    /// Successes that were over in the bin.
    var successes: Int { outcomes[.success] ?? 0 }

    /// Attempts that were over in the bin without success.
    var failures: Int { outcomes.values.reduce(0, +) - successes }

    fileprivate mutating func merge(_ other: Bin) {
      outcomes.merge(other.outcomes, uniquingKeysWith: +)
      for index in latencies.indices { latencies[index] += other.latencies[index] }
    }
  }

  /// More bins than that are made half as many.
  static let mostBins = 600

  /// Latency buckets: four for each power of two, from 16 µs on.
  static let bucketCount = 88

  /// The length of a bin in nanoseconds.
  private(set) var binNanoseconds: Int64 = 1_000_000_000

  /// The bins from the first attempt's second on.
  private(set) var bins: [Bin] = []

  /// Where the first bin begins, in nanoseconds since the recording's origin.
  private(set) var start: Int64 = 0

  /// A series without anything in it.
  init() {}

  /// The least latency of a bucket, in nanoseconds; the first holds everything below the second too.
  static func lowerBound(ofBucket index: Int) -> Double {
    let (power, quarter) = index.quotientAndRemainder(dividingBy: 4)
    return 16_000 * Double(1 << power) * (1 + Double(quarter) / 4)
  }

  /// The bucket of a latency in nanoseconds.
  static func bucket(of latency: Int64) -> Int {
    guard latency > 16_000 else { return 0 }
    let units = UInt64(latency) / 16_000
    let power = 63 - units.leadingZeroBitCount
    let base = UInt64(16_000) << UInt64(power)
    let quarter = Int((UInt64(latency) - base) * 4 / base)
    return min(4 * power + min(quarter, 3), bucketCount - 1)
  }

  /// Adds an attempt; they may come in any order.
  mutating func add(_ attempt: Attempt) {
    let index = makeRoom(for: attempt.done)
    bins[index].outcomes[attempt.outcome, default: 0] += 1
    if attempt.outcome == .success {
      bins[index].latencies[Self.bucket(of: attempt.latency)] += 1
    }
  }

  /// Adds all that another series holds, as if its attempts had been added here.
  mutating func merge(_ other: TimeSeries) {
    while binNanoseconds < other.binNanoseconds { halve() }
    for (index, bin) in other.bins.enumerated() where !bin.outcomes.isEmpty {
      // Bins begin at multiples of their length: a shorter one lies in a longer one.
      let own = makeRoom(for: other.start + Int64(index) * other.binNanoseconds)
      bins[own].merge(bin)
    }
  }

  /// The bin of an instant, which is there then.
  private mutating func makeRoom(for instant: Int64) -> Int {
    if bins.isEmpty {
      let (bin, rest) = instant.quotientAndRemainder(dividingBy: binNanoseconds)
      start = (rest < 0 ? bin - 1 : bin) * binNanoseconds
    }
    while instant < start {
      // Files are read one after the other, so a later one may begin earlier.
      let missing = min(Int((start - instant - 1) / binNanoseconds) + 1, Self.mostBins)
      bins.insert(contentsOf: repeatElement(Bin(), count: missing), at: 0)
      start -= Int64(missing) * binNanoseconds
      shorten()
    }
    while (instant - start) / binNanoseconds >= Self.mostBins { halve() }
    let index = Int((instant - start) / binNanoseconds)
    if index >= bins.count {
      bins.append(contentsOf: repeatElement(Bin(), count: index - bins.count + 1))
    }
    return index
  }

  private mutating func shorten() {
    while bins.count > Self.mostBins { halve() }
  }

  private mutating func halve() {
    binNanoseconds *= 2
    if !start.isMultiple(of: binNanoseconds) {
      bins.insert(Bin(), at: 0)
      start -= binNanoseconds / 2
    }
    bins = stride(from: 0, to: bins.count, by: 2).map { index in
      var bin = bins[index]
      if index + 1 < bins.count { bin.merge(bins[index + 1]) }
      return bin
    }
  }
}
