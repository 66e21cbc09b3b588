import Glibc
import XCTest

@testable import LoadSupport

final class HistogramTests: XCTestCase {
  private static let hour = Histogram.highestTrackable
  private static let quantiles = [
    0, 0.0001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1,
  ]

  /// Distributions of nanoseconds within 0...hour, each drawn from the seed's generator.
  private static let distributions: [(String, @Sendable (inout SeededRandom) -> Int64)] = [
    ("log-uniform over the whole range", { Int64(exp($0.uniform() * log(3.6e9)) * 1e3) }),
    ("exponential", { Int64($0.exponential(mean: 2e6)) }),
    ("lognormal", { Int64(min(1e7 * exp(1.5 * standardNormal(&$0)), 3.6e12)) }),
    (
      "two modes",
      { $0.uniform() < 0.97 ? Int64.random(in: 80_000...90_000, using: &$0) : 4_000_000_007 }
    ),
    ("below a microsecond", { Int64.random(in: 0...999, using: &$0) }),
    ("constant", { _ in 123_456_789 }),
  ]

  func testQuantiles_areWithinATenthOfAPercent_whenComparedWithSortedValues() throws {
    for (seed, (name, draw)) in Self.distributions.enumerated() {
      var random = SeededRandom(seed: UInt64(seed))
      let raw = (0..<50_000).map { _ in draw(&random) }
      let sorted = raw.sorted()
      let histogram = Self.histogram(of: raw)
      XCTAssertEqual(histogram.clampedLow + histogram.clampedHigh, 0, "\(name), seed \(seed)")
      for p in Self.quantiles {
        let rank = try XCTUnwrap(Histogram.rank(ofQuantile: p, count: sorted.count))
        let exact = sorted[rank - 1]
        let reported = try XCTUnwrap(histogram.value(atQuantile: p))
        XCTAssertLessThanOrEqual(
          abs(Double(reported - exact)),
          0.001 * Double(exact),
          "\(name), p \(p), seed \(seed)"
        )
      }
      XCTAssertEqual(histogram.minimum, sorted.first, "\(name), seed \(seed)")
      XCTAssertEqual(histogram.maximum, sorted.last, "\(name), seed \(seed)")
      XCTAssertEqual(histogram.sum, raw.reduce(Int128(0)) { $0 + Int128($1) }, "seed \(seed)")
    }
  }

  func testBuckets_holdTheirValuesWithinTheError_whenValuesLieAtBucketEdges() throws {
    var edges: Set<Int64> = [0, 1_000, 999_999, Self.hour - 1, Self.hour]
    for exponent in 0..<42 {
      for sixteenth in 16..<32 {
        for step in -1...1 { edges.insert((Int64(sixteenth) << exponent) >> 4 + Int64(step)) }
      }
    }
    for edge in edges where edge >= 0 && edge <= Self.hour {
      var histogram = Histogram()
      histogram.record(edge)
      let bucket = try XCTUnwrap(histogram.buckets.first)
      XCTAssertTrue((bucket.lowest...bucket.highest).contains(edge), "\(edge) in \(bucket)")
      XCTAssertLessThanOrEqual(bucket.highest - bucket.lowest, edge / 512, "\(edge) in \(bucket)")
      XCTAssertEqual(histogram.value(atQuantile: 0.5), edge)
    }
  }

  func testBuckets_leaveNoGap_whenEveryBucketIsFilled() throws {
    var histogram = Histogram()
    var next: Int64 = 0
    for _ in 0..<Histogram.bucketCount {
      histogram.record(next)
      next = try XCTUnwrap(Self.histogram(of: [next]).buckets.first).highest + 1
    }
    let buckets = histogram.buckets
    XCTAssertEqual(next, Self.hour + 1)
    XCTAssertEqual(buckets.count, Histogram.bucketCount)
    XCTAssertTrue(buckets.allSatisfy { $0.count == 1 })
    XCTAssertTrue(zip(buckets, buckets.dropFirst()).allSatisfy { $0.highest + 1 == $1.lowest })
  }

  func testMerge_equalsTheWhole_whenPartsWereRecordedApart() {
    let seed: UInt64 = 7
    var random = SeededRandom(seed: seed)
    var whole = Histogram()
    var parts = [Histogram](repeating: Histogram(), count: 5)
    for _ in 0..<20_000 {
      let value = Int64(random.exponential(mean: 8e11)) - 1_000_000
      whole.record(value)
      // The last part stays empty.
      parts[Int.random(in: 0..<4, using: &random)].record(value)
    }
    var merged = Histogram()
    for part in parts { merged.merge(part) }
    XCTAssertEqual(merged, whole, "seed \(seed)")
    XCTAssertGreaterThan(merged.clampedHigh, 0, "seed \(seed)")
    XCTAssertEqual(merged.buckets.reduce(0) { $0 + $1.count }, 20_000, "seed \(seed)")
  }

  func testMemory_isConstant_whenTheWholeRangeIsRecorded() {
    XCTAssertEqual(Histogram.bucketCount, 17_223)
    XCTAssertEqual(Self.histogram(of: [.min, 0, 1, Self.hour, .max]).count, 5)
  }

  func testRank_isTheCeiling_whenTheProductIsWholeButForRounding() {
    for n in [1, 3, 7, 10, 100, 299, 1_000, 12_345, 10_000_000, 3_000_000_000] {
      for thousandths in 0...1_000 {
        let expected = max((thousandths * n + 999) / 1_000, 1)
        let rank = Histogram.rank(ofQuantile: Double(thousandths) / 1_000, count: n)
        XCTAssertEqual(rank, expected, "p \(thousandths)/1000, n \(n)")
      }
    }
    XCTAssertEqual(Histogram.rank(ofQuantile: 0.07, count: 100), 7)
    XCTAssertEqual(Histogram.rank(ofQuantile: 0.99, count: 100), 99)
    XCTAssertEqual(Histogram.rank(ofQuantile: 0.99, count: 101), 100)
  }

  func testQuantile_isNil_whenEmptyOrOutOfRange() {
    let empty = Histogram()
    XCTAssertNil(empty.value(atQuantile: 0.5))
    XCTAssertNil(empty.minimum)
    XCTAssertNil(empty.maximum)
    XCTAssertNil(empty.mean)
    XCTAssertEqual(empty.count(above: 0), 0)
    XCTAssertTrue(empty.buckets.isEmpty)
    let one = Self.histogram(of: [5_000_001])
    for p in [-0.01, 1.01, .nan, .infinity] { XCTAssertNil(one.value(atQuantile: p)) }
    for rank in [-1, 0, 2] { XCTAssertNil(one.value(atRank: rank)) }
    for p in [0, 0.5, 1] { XCTAssertEqual(one.value(atQuantile: p), 5_000_001) }
  }

  func testClamping_isCountedAndLosesNothing_whenValuesAreOutOfRange() {
    let histogram = Self.histogram(of: [-5, 0, 1_000, Self.hour, Self.hour + 1, .max, .max])
    XCTAssertEqual(histogram.clampedLow, 1)
    XCTAssertEqual(histogram.clampedHigh, 3)
    XCTAssertEqual(histogram.count, 7)
    XCTAssertEqual(histogram.minimum, -5)
    XCTAssertEqual(histogram.maximum, .max)
    XCTAssertEqual(histogram.sum, 2 * Int128(Int64.max) + 2 * Int128(Self.hour) + 996)
    XCTAssertEqual(histogram.mean, Double(histogram.sum) / 7)
    XCTAssertEqual(histogram.buckets.first, .init(lowest: 0, highest: 0, count: 2))
    XCTAssertEqual(histogram.buckets.last?.highest, Self.hour)
    XCTAssertEqual(histogram.buckets.last?.count, 4)
    XCTAssertEqual(Self.histogram(of: [-7, -7, -7]).value(atRank: 2), -7)
  }

  func testCountAbove_agreesWithTheReportedValues_whenLimitsLieAnywhere() {
    let seed: UInt64 = 11
    var random = SeededRandom(seed: seed)
    let raw = (0..<400).map { _ in Int64(random.exponential(mean: 3e6)) }
    let histogram = Self.histogram(of: raw)
    let reported = (1...raw.count).compactMap { histogram.value(atRank: $0) }
    for limit in raw + raw.map({ $0 + 1 }) + reported + [-1, 0, Self.hour, .max, .min] {
      let above = histogram.count(above: limit)
      XCTAssertEqual(above, reported.count { $0 > limit }, "limit \(limit), seed \(seed)")
      let near = limit.magnitude / 512
      let exact = raw.count { $0 > limit }
      let undecided = raw.count { ($0 - max(limit, 0)).magnitude <= near }
      XCTAssertLessThanOrEqual(abs(above - exact), undecided, "limit \(limit), seed \(seed)")
    }
  }

  private static func histogram(of values: [Int64]) -> Histogram {
    var histogram = Histogram()
    for value in values { histogram.record(value) }
    return histogram
  }
}

/// A standard normal number, by Box and Muller's method.
func standardNormal(_ random: inout SeededRandom) -> Double {
  (2 * random.exponential(mean: 1)).squareRoot() * cos(2 * .pi * random.uniform())
}
