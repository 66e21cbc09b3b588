import Glibc
import XCTest

@testable import LoadSupport

final class ProportionIntervalTests: XCTestCase {
  func testInterval_matchesSciPy() throws {
    // scipy.stats.beta.ppf(alpha / 2, k, n - k + 1) and ppf(1 - alpha / 2, k + 1, n - k), SciPy
    // 1.17. Tables give the first two to four digits: 0.3085, and 0.1871 to 0.8129.
    for (k, n, alpha, lower, upper) in [
      (0, 10, 0.05, 0, 0.308_497_107_819),
      (5, 10, 0.05, 0.187_086_028_447, 0.812_913_971_553),
      (1, 10, 0.05, 0.002_528_578_544_462, 0.445_016_117_028),
      (10, 10, 0.05, 0.691_502_892_181, 1),
      (3, 20, 0.05, 0.032_070_937_185_5, 0.378_926_826_545),
      (2, 1_000, 0.05, 2.423_011_168_772e-4, 0.007_205_838_911_94),
      (95, 100, 0.01, 0.864_855_317_464, 0.989_059_666_415),
      (10_000, 1_000_000, 0.05, 0.009_805_906_240_75, 0.010_196_939_813_5),
      (5_000_000, 10_000_000, 0.05, 0.499_690_052_521, 0.500_309_947_479),
      (9_999_999, 10_000_000, 0.05, 0.999_999_442_836, 0.999_999_997_468),
      (1, 10_000_000, 0.05, 2.531_780_795_224e-9, 5.571_642_117e-7),
    ] {
      let name = "\(k) of \(n) at \(alpha)"
      let interval = try XCTUnwrap(
        ProportionInterval.clopperPearson(k, of: n, alpha: alpha),
        name
      )
      XCTAssertEqual(interval.lowerBound, lower, accuracy: 1e-10 * max(lower, 1e-9), name)
      XCTAssertEqual(interval.upperBound, upper, accuracy: 1e-9 * upper, name)
    }
  }

  func testInterval_coversAtLeastItsConfidence_whateverTheProbability() throws {
    for alpha in [0.05, 0.2] {
      for n in [1, 2, 5, 10, 17, 40] {
        let intervals = try (0...n).map {
          try XCTUnwrap(ProportionInterval.clopperPearson($0, of: n, alpha: alpha))
        }
        for p in stride(from: 0, through: 1, by: 0.001) {
          let covered = intervals.enumerated().reduce(0) { sum, row in
            row.element.contains(p) ? sum + Self.probability(of: row.offset, n, p) : sum
          }
          XCTAssertGreaterThanOrEqual(covered, 1 - alpha - 1e-9, "n \(n), p \(p), alpha \(alpha)")
        }
      }
    }
  }

  func testInterval_widens_whenTrialsAreWorthLess() throws {
    func interval(_ k: Int, _ n: Int, _ factor: Double) throws -> ClosedRange<Double> {
      try XCTUnwrap(ProportionInterval.clopperPearson(k, of: n, overdispersion: factor))
    }
    XCTAssertEqual(try interval(50, 100, 10), try interval(5, 10, 1))
    XCTAssertEqual(try interval(50, 100, 0.3), try interval(50, 100, 1))
    // 5.5 of 10: the lower bound is that of 5, the upper that of 6.
    let between = try interval(55, 100, 10)
    XCTAssertEqual(between.lowerBound, try interval(5, 10, 1).lowerBound)
    XCTAssertEqual(between.upperBound, try interval(6, 10, 1).upperBound)
    // Even a single trial's worth says something, and nothing more than that.
    XCTAssertEqual(try interval(50, 100, .infinity), 0...1)
    XCTAssertEqual(try interval(0, 100, .infinity).upperBound, 0.975, accuracy: 1e-12)
  }

  func testInterval_isNil_whenThereAreNoTrialsOrTheCountsAreImpossible() {
    for (k, n, alpha) in [(0, 0, 0.05), (-1, 10, 0.05), (11, 10, 0.05), (1, 10, 0), (1, 10, 1)] {
      XCTAssertNil(ProportionInterval.clopperPearson(k, of: n, alpha: alpha))
    }
  }

  /// The binomial probability as it is written, for few trials.
  private static func probability(of k: Int, _ n: Int, _ p: Double) -> Double {
    let ways = (0..<k).reduce(1.0) { $0 * Double(n - $1) / Double($1 + 1) }
    return ways * pow(p, Double(k)) * pow(1 - p, Double(n - k))
  }
}
