import Glibc
import XCTest

@testable import LoadSupport

final class RatioOfMeansTests: XCTestCase {
  func testInterval_matchesSciPy_whenComputedByItsTDistribution() throws {
    // The documented formula in NumPy, with t from SciPy 1.17.
    let ratio = try XCTUnwrap(
      RatioOfMeans(
        of: [98, 101, 103, 99, 100, 97, 104, 102, 96, 100],
        to: [110, 108, 113, 109, 111, 107, 112, 110, 114, 106]
      )
    )
    XCTAssertEqual(ratio.ratio, 0.909_090_909_091, accuracy: 1e-10)
    XCTAssertEqual(ratio.interval.lowerBound, 0.888_244_626_965, accuracy: 1e-8)
    XCTAssertEqual(ratio.interval.upperBound, 0.930_426_434_231, accuracy: 1e-8)

    // One group without variance leaves the other's degrees of freedom.
    let lopsided = try XCTUnwrap(RatioOfMeans(of: [5, 7, 9], to: [10, 10, 10, 10]))
    XCTAssertEqual(lopsided.ratio, 0.7, accuracy: 1e-12)
    XCTAssertEqual(lopsided.interval.lowerBound, 0.344_235_736_471, accuracy: 1e-7)
    XCTAssertEqual(lopsided.interval.upperBound, 1.423_443_146_907, accuracy: 1e-7)
  }

  func testInterval_isAPoint_whenNothingVaries() {
    let ratio = RatioOfMeans(of: [3, 3, 3], to: [2, 2, 2])
    XCTAssertEqual(ratio?.interval, 1.5...1.5)
  }

  func testRatio_isNil_whenValuesAreTooFewOrNotPositive() {
    XCTAssertNil(RatioOfMeans(of: [1, 2], to: [1, 2, 3]))
    XCTAssertNil(RatioOfMeans(of: [1, 2, 3], to: [1, 2]))
    for bad in [0, -1, Double.nan, .infinity] {
      XCTAssertNil(RatioOfMeans(of: [1, 2, bad], to: [1, 2, 3]), "\(bad)")
      XCTAssertNil(RatioOfMeans(of: [1, 2, 3], to: [1, 2, bad]), "\(bad)")
    }
  }

  func testInterval_coversTheTrueRatio_whenBlocksAreIndependent() {
    let seed: UInt64 = 32
    var random = SeededRandom(seed: seed)
    func blocks(_ count: Int, mean: Double, variation: Double) -> [Double] {
      // Log-normal, so that none is negative; the mean of exp(σz) is exp(σ²/2).
      (0..<count).map { _ in
        mean * exp(variation * standardNormal(&random) - variation * variation / 2)
      }
    }
    for (count, other, variation) in [(10, 10, 0.03), (10, 10, 0.2), (3, 3, 0.05), (4, 12, 0.1)] {
      var covered = 0
      for _ in 0..<1_000 {
        let last = blocks(count, mean: 95, variation: variation)
        let first = blocks(other, mean: 100, variation: variation / 2)
        if RatioOfMeans(of: last, to: first)?.interval.contains(0.95) == true { covered += 1 }
      }
      let name = "\(count) and \(other) blocks, variation \(variation), seed \(seed)"
      XCTAssertGreaterThanOrEqual(covered, 930, name)
    }
  }
}
