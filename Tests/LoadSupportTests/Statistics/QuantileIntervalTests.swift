import XCTest

@testable import LoadSupport

final class QuantileIntervalTests: XCTestCase {
  func testRanks_coverEnoughAndNoNarrower_whenSamplesSuffice() throws {
    for p in [0.01, 0.5, 0.9, 0.95, 0.99, 0.999] {
      for alpha in [0.01, 0.05, 0.3] {
        for n in [6, 60, 300, 400, 1_000, 5_000, 20_000, 1_000_000] {
          guard let ranks = QuantileInterval(quantile: p, count: n, alpha: alpha) else { continue }
          let name = "p \(p), alpha \(alpha), n \(n): \(ranks)"
          func coverage(_ lower: Int, _ upper: Int) -> Double {
            let binomial = Binomial(n: n, p: p)
            return binomial.probability(atMost: upper - 1) - binomial.probability(atMost: lower - 1)
          }
          XCTAssertTrue(1 <= ranks.lowerRank && ranks.upperRank <= n, name)
          XCTAssertEqual(
            ranks.coverage,
            coverage(ranks.lowerRank, ranks.upperRank),
            accuracy: 1e-9,
            name
          )
          XCTAssertGreaterThanOrEqual(ranks.coverage, 1 - alpha - 1e-9, name)
          XCTAssertLessThan(coverage(ranks.lowerRank + 1, ranks.upperRank), 1 - alpha, name)
          XCTAssertLessThan(coverage(ranks.lowerRank, ranks.upperRank - 1), 1 - alpha, name)
        }
      }
    }
  }

  func testRanks_areSymmetric_whenTheQuantileIsTheMedian() throws {
    for n in [11, 101, 10_001] {
      let ranks = try XCTUnwrap(QuantileInterval(quantile: 0.5, count: n))
      XCTAssertEqual(Double(ranks.lowerRank + ranks.upperRank), Double(n + 1), accuracy: 1)
    }
    // Tabulated for the median of ten at 95 %: the second and the ninth (coverage 0.9785).
    let ten = try XCTUnwrap(QuantileInterval(quantile: 0.5, count: 10))
    XCTAssertEqual([ten.lowerRank, ten.upperRank], [2, 9])
    XCTAssertEqual(ten.coverage, 0.978_515_625, accuracy: 1e-12)
  }

  func testRanks_areNil_whenSamplesAreTooFew() {
    for p in [0.95, 0.99, 0.999] {
      let fewest = Binomial.minimumSamples(forQuantile: p)
      XCTAssertNil(QuantileInterval(quantile: p, count: fewest - 1))
      XCTAssertNotNil(QuantileInterval(quantile: p, count: fewest + 10))
      XCTAssertNil(QuantileInterval(quantile: 1 - p, count: fewest - 1))
      XCTAssertNotNil(QuantileInterval(quantile: 1 - p, count: fewest + 10))
    }
    for p in [0, 1, -1, Double.nan] { XCTAssertNil(QuantileInterval(quantile: p, count: 100)) }
    for alpha in [0, 1, Double.nan] {
      XCTAssertNil(QuantileInterval(quantile: 0.5, count: 100, alpha: alpha))
    }
  }

  func testInterval_widens_whenSamplesAreWorthLess() throws {
    var histogram = Histogram()
    for value in 1...4_000 { histogram.record(Int64(value) * 1_000) }
    let independent = try XCTUnwrap(histogram.interval(atQuantile: 0.99))
    let bunched = try XCTUnwrap(histogram.interval(atQuantile: 0.99, overdispersion: 4))
    let under = try XCTUnwrap(histogram.interval(atQuantile: 0.99, overdispersion: 0.2))
    XCTAssertEqual(independent, under)
    XCTAssertTrue(independent.contains(3_960_000))
    XCTAssertLessThan(bunched.lowerBound, independent.lowerBound)
    XCTAssertGreaterThan(bunched.upperBound, independent.upperBound)
    // 4,000 ÷ 20 is fewer than the 299 that a bound takes.
    XCTAssertNil(histogram.interval(atQuantile: 0.99, overdispersion: 20))
    XCTAssertNil(histogram.interval(atQuantile: 0.99, overdispersion: .infinity))
    XCTAssertNil(Histogram().interval(atQuantile: 0.5))
  }

  func testRatioInterval_coversTheTrueRatio() {
    let seed: UInt64 = 23
    var random = SeededRandom(seed: seed)
    let trials = 400
    for (n, m, ratio) in [(30, 30, 1.0), (200, 50, 2.0), (400, 400, 0.8)] {
      var covered = 0
      for _ in 0..<trials {
        var (above, below) = (Histogram(), Histogram())
        for _ in 0..<n { above.record(Int64(ratio * random.exponential(mean: 1e6))) }
        for _ in 0..<m { below.record(Int64(random.exponential(mean: 1e6))) }
        let interval = Histogram.ratioInterval(above, over: below, atQuantile: 0.5)
        if interval?.contains(ratio) == true { covered += 1 }
      }
      let share = Double(covered) / Double(trials)
      XCTAssertGreaterThanOrEqual(share, 0.93, "\(n) over \(m), seed \(seed)")
    }
  }

  func testRatioInterval_isNil_whenOneHasTooFewValuesOrIsZero() {
    var (few, many, zero) = (Histogram(), Histogram(), Histogram())
    for value in 1...100 {
      if value <= 5 { few.record(Int64(value)) }
      many.record(Int64(value))
      zero.record(0)
    }
    for (above, below) in [(few, many), (many, few), (many, zero), (many, Histogram())] {
      XCTAssertNil(Histogram.ratioInterval(above, over: below, atQuantile: 0.5))
    }
    XCTAssertEqual(Histogram.ratioInterval(zero, over: many, atQuantile: 0.5), 0...0)
  }
}
