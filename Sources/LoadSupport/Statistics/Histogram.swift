/// Counts durations in buckets so narrow that a percentile read from them is off by 0.1 % at most.
///
/// Keeping every sample of a long run would need memory without end, and wide buckets give
/// percentiles that nobody should quote. Here every power of two is cut into 512 equal buckets and
/// a bucket speaks with its middle, so the error is at most 1/1024 of the value, from 1 µs to 1 h.
/// Below 1024 ns a bucket is one nanosecond wide. Memory is constant (135 KiB), allocated once.
///
/// A negative value counts in the lowest bucket and in `clampedLow`, one above an hour in the
/// highest bucket and in `clampedHigh`. `count`, `sum`, `minimum` and `maximum` are always exact:
/// they are those of the values as they were recorded, before any clamping.
///
/// The idea of buckets that grow with the value is that of HdrHistogram (G. Tene).
package struct Histogram: Sendable, Equatable {
  /// The highest value with a bucket of its own: one hour, in nanoseconds.
  static let highestTrackable: Int64 = 3_600_000_000_000

  /// How many buckets a histogram has, whatever it holds.
  static let bucketCount = bucketIndex(of: highestTrackable) + 1

  /// How many values were recorded.
  package private(set) var count = 0

  /// The sum of all values in nanoseconds: 128 bits hold 2^64 values of any size.
  private(set) var sum: Int128 = 0

  /// How many values were negative.
  private(set) var clampedLow = 0

  /// How many values were above `highestTrackable`.
  private(set) var clampedHigh = 0

  private var smallest = Int64.max
  private var largest = Int64.min
  private var counts: [UInt64]

  /// Creates an empty histogram.
  package init() {
    counts = [UInt64](repeating: 0, count: Self.bucketCount)
  }

  /// The smallest value recorded, exactly; nil when there is none.
  var minimum: Int64? { count == 0 ? nil : smallest }

  /// The largest value recorded, exactly; nil when there is none.
  var maximum: Int64? { count == 0 ? nil : largest }

  /// The arithmetic mean in nanoseconds, from the exact sum; nil when there are no values.
  package var mean: Double? { count == 0 ? nil : Double(sum) / Double(count) }

  /// Counts one value, without allocating or taking a branch of its own: it runs once a request.
  package mutating func record(_ nanoseconds: Int64) {
    counts[Self.bucketIndex(of: Self.clamped(nanoseconds))] &+= 1
    count &+= 1
    sum &+= Int128(nanoseconds)
    clampedLow &+= nanoseconds < 0 ? 1 : 0
    clampedHigh &+= nanoseconds > Self.highestTrackable ? 1 : 0
    smallest = min(smallest, nanoseconds)
    largest = max(largest, nanoseconds)
  }

  /// Adds all that another histogram holds, as if its values had been recorded here.
  package mutating func merge(_ other: Histogram) {
    guard other.count > 0 else { return }
    for index in other.occupied {
      counts[index] &+= other.counts[index]
    }
    count &+= other.count
    sum &+= other.sum
    clampedLow &+= other.clampedLow
    clampedHigh &+= other.clampedHigh
    smallest = min(smallest, other.smallest)
    largest = max(largest, other.largest)
  }

  /// The non-empty buckets, lowest first; the outermost two also hold what was clamped.
  var buckets: [Bucket] {
    guard count > 0 else { return [] }
    return occupied.compactMap { index in
      counts[index] == 0
        ? nil
        : Bucket(
          lowest: Self.lowestValue(inBucket: index),
          highest: min(Self.lowestValue(inBucket: index + 1) - 1, Self.highestTrackable),
          count: Int(counts[index])
        )
    }
  }
}

// MARK: - Reading

extension Histogram {
  /// A part of the range and how many of the values lie in it: what a percentile curve is made of.
  struct Bucket: Sendable, Equatable {
    /// The lowest value, in nanoseconds, that falls into the bucket.
    let lowest: Int64

    /// The highest value, in nanoseconds, that falls into the bucket.
    let highest: Int64

    /// How many values it holds, more than zero.
    let count: Int
  }

  /// The rank ⌈p·n⌉ of a quantile among `count` values in order, counted from 1.
  ///
  /// 0.07 × 100 is a little more than 7 in binary floating point and must not become rank 8: a
  /// product that is whole but for rounding counts as whole. Nil when there are no values or `p`
  /// is outside 0...1.
  static func rank(ofQuantile p: Double, count: Int) -> Int? {
    guard count > 0, p >= 0, p <= 1 else { return nil }
    let product = p * Double(count)
    let whole = product.rounded()
    // p and the product are each off by half a unit in the last place at most.
    let isWhole = abs(product - whole) <= 2 * product.ulp
    return min(max(Int(isWhole ? whole : product.rounded(.up)), 1), count)
  }

  /// The value at rank ⌈p·n⌉ in nanoseconds, to 0.1 %; nil when empty or `p` is outside 0...1.
  package func value(atQuantile p: Double) -> Int64? {
    Self.rank(ofQuantile: p, count: count).flatMap { value(atRank: $0) }
  }

  /// The value at a rank counted from 1, in nanoseconds; nil when no value has that rank.
  ///
  /// The first and the last are exact, all others are within 0.1 % and between those two. Of
  /// values above an hour only the largest is known, so ranks among them say "an hour or more".
  package func value(atRank rank: Int) -> Int64? {
    guard rank >= 1, rank <= count else { return nil }
    guard rank > 1 else { return smallest }
    guard rank < count else { return largest }
    var seen: UInt64 = 0
    for index in occupied {
      seen &+= counts[index]
      if seen >= UInt64(rank) { return reportedValue(ofBucket: index) }
    }
    return largest
  }

  /// How many values exceed a limit in nanoseconds.
  ///
  /// What lies in the limit's own bucket (within 0.2 % of it) counts as `value(atRank:)` reports
  /// it: all above the limit or none. So this count and a printed percentile never disagree about
  /// which side of the limit it is on. Limits above an hour are not told apart.
  package func count(above limit: Int64) -> Int {
    guard count > 0, largest > limit else { return 0 }
    guard smallest <= limit else { return count }
    let above = counts[firstBucket(above: limit)..<occupied.upperBound].reduce(0, &+)
    return min(max(Int(above), 1), count - 1)
  }

  /// The number of the first bucket whose values `count(above:)` counts; that behind the last where
  /// none is above the limit.
  func firstBucket(above limit: Int64) -> Int {
    guard count > 0, largest > limit else { return Self.bucketCount }
    let own = Self.bucketIndex(of: Self.clamped(limit))
    return smallest > limit || reportedValue(ofBucket: own) > limit ? own : own + 1
  }

  /// The number of the bucket that a value counts in.
  static func bucket(of value: Int64) -> Int { bucketIndex(of: clamped(value)) }

  private func reportedValue(ofBucket index: Int) -> Int64 {
    let lowest = Self.lowestValue(inBucket: index)
    let width = Self.lowestValue(inBucket: index + 1) - lowest
    return min(max(lowest + width / 2, smallest), largest)
  }
}

// MARK: - Buckets

extension Histogram {
  private static func clamped(_ nanoseconds: Int64) -> Int64 {
    min(max(nanoseconds, 0), highestTrackable)
  }

  /// The bucket of a value in 0...highestTrackable.
  ///
  /// Shifting leaves the ten leading bits, 512..<1024, of any value that has more than ten. Each
  /// further bit moves the bucket up by 512, so that the buckets of one power of two follow those
  /// of the one below without a gap.
  private static func bucketIndex(of value: Int64) -> Int {
    let shift = 54 - (value | 512).leadingZeroBitCount
    return shift &<< 9 &+ Int(value &>> Int64(shift))
  }

  private static func lowestValue(inBucket index: Int) -> Int64 {
    let shift = max(index >> 9 - 1, 0)
    return Int64(index - shift << 9) << Int64(shift)
  }

  /// The buckets from that of the smallest to that of the largest value; only when not empty.
  private var occupied: Range<Int> {
    Self.bucketIndex(of: Self.clamped(smallest))..<Self.bucketIndex(of: Self.clamped(largest)) + 1
  }
}
