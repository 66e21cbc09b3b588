import Glibc
import XCTest

@testable import LoadSupport

final class MannKendallTests: XCTestCase {
  /// The documented formulas in NumPy, with the normal distribution of SciPy 1.17; `exact` is the
  /// probability of `scipy.stats.kendalltau(method="exact")` where no values are equal.
  private static let known:
    [(values: [Double], statistic: Int, z: Double, probability: Double, exact: Double?)] = [
      (
        [1, 2, 3, 4, 5, 6, 7, 8], 28, 3.340_383_700_311, 8.366_271_311_193e-4,
        4.960_317_460_317e-5
      ),
      (
        [5.1, 4.8, 6.2, 5.9, 7.3, 6.8, 8.4, 7.7, 9.0, 6.5], 27, 2.325_510_696_600,
        0.020_044_668_622_627, 0.016_666_115_520_282
      ),
      ([3, 3, 4, 2, 5, 5, 5, 6, 4, 7, 6, 8], 44, 2.995_951_961_454, 2.735_895_304_395e-3, nil),
      ([9, 7, 8, 6, 5, 6, 3, 4, 2, 1, 2, 0], -56, -3.789_350_500_441, 1.510_416_774_394e-4, nil),
      ([2, 7, 1, 8, 2, 8, 1, 8, 2, 8], 9, 0.757_056_357_418, 0.449_016_099_060, nil),
    ]

  func testProbability_matchesNumPy_whenValuesAreTiedOrNot() throws {
    for (values, statistic, z, probability, exact) in Self.known {
      let test = try XCTUnwrap(MannKendall(values))
      XCTAssertEqual(test.statistic, statistic, "\(values)")
      XCTAssertEqual(test.z, z, accuracy: 1e-9, "\(values)")
      XCTAssertEqual(test.probability, probability, accuracy: 1e-9, "\(values)")
      if let exact { XCTAssertEqual(test.probability, exact, accuracy: 4e-3, "\(values)") }
    }
  }

  func testProbability_isOne_whenNothingChangesOrRisesAndFallsCancel() throws {
    for values in [Array(repeating: 5, count: 9), [1, 2, 3, 4, 5, 4, 3, 2, 1]] as [[Double]] {
      let test = try XCTUnwrap(MannKendall(values))
      XCTAssertEqual(test.statistic, 0)
      XCTAssertEqual(test.z, 0)
      XCTAssertEqual(test.probability, 1)
    }
  }

  func testTest_isNil_whenValuesAreTooFewOrNotFinite() {
    XCTAssertNil(MannKendall([]))
    XCTAssertNil(MannKendall([1, 2, 3, 4, 5, 6, 7]))
    XCTAssertNil(MannKendall([1, 2, 3, 4, 5, 6, 7, .nan]))
    XCTAssertNil(MannKendall([1, 2, 3, 4, 5, 6, 7, .infinity]))
  }

  func testFalseAlarms_areOnePercent_whenBlocksAreIndependent() {
    let seed: UInt64 = 52
    var random = SeededRandom(seed: seed)
    let trials = 4_000
    // Of 4,000 trials at 1 %, 40 ± 6.3 raise an alarm.
    for isLognormal in [false, true] {
      var alarms = 0
      var drifts = 0
      for _ in 0..<trials {
        let blocks = (0..<20).map { _ in
          let normal = standardNormal(&random)
          return isLognormal ? exp(0.5 * normal) : 100 + 3 * normal
        }
        if let test = MannKendall(blocks), test.probability < 0.01 { alarms += 1 }
        if Drift(blocks: blocks)?.isSignificant() == true { drifts += 1 }
      }
      let name = "lognormal \(isLognormal), seed \(seed): \(alarms) alarms, \(drifts) drifts"
      XCTAssertTrue((21...59).contains(alarms), name)
      XCTAssertLessThanOrEqual(drifts, alarms, name)
    }
  }
}
