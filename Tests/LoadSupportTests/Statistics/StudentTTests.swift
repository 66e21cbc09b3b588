import XCTest

@testable import LoadSupport

final class StudentTTests: XCTestCase {
  func testQuantile_matchesTheTables_whenTheyHaveIt() {
    let known: [(freedom: Double, p975: Double, p95: Double)] = [
      (1, 12.706, 6.314), (2, 4.303, 2.920), (3, 3.182, 2.353), (5, 2.571, 2.015),
      (10, 2.228, 1.812), (29, 2.045, 1.699), (120, 1.980, 1.658), (600, 1.964, 1.647),
      (1_000, 1.962, 1.646), (.infinity, 1.960, 1.645),
    ]
    for (freedom, p975, p95) in known {
      let name = "\(freedom) degrees of freedom"
      XCTAssertEqual(
        StudentT.quantile(0.975, degreesOfFreedom: freedom),
        p975,
        accuracy: 0.0006,
        name
      )
      XCTAssertEqual(
        StudentT.quantile(0.95, degreesOfFreedom: freedom),
        p95,
        accuracy: 0.0006,
        name
      )
    }
  }

  func testQuantile_matchesSciPy_whenFreedomIsNotWhole() {
    // scipy.stats.t.ppf(0.975, 2.5), SciPy 1.17.
    let ours = StudentT.quantile(0.975, degreesOfFreedom: 2.5)
    XCTAssertEqual(ours, 3.574_654_842, accuracy: 1e-6)
  }

  func testQuantile_isZero_whenPIsAHalf() {
    XCTAssertEqual(StudentT.quantile(0.5, degreesOfFreedom: 4), 0, accuracy: 1e-12)
  }

  func testUpperTail_undoesTheQuantile() {
    for freedom in [1, 2, 2.5, 7, 15, 120, 1e9] as [Double] {
      for p in [0.5, 0.9, 0.975, 0.9999] {
        let t = StudentT.quantile(p, degreesOfFreedom: freedom)
        let name = "\(p) with \(freedom) degrees of freedom"
        XCTAssertEqual(
          StudentT.upperTail(t, degreesOfFreedom: freedom),
          1 - p,
          accuracy: 1e-8,
          name
        )
        XCTAssertEqual(
          StudentT.upperTail(-t, degreesOfFreedom: freedom),
          p,
          accuracy: 1e-8,
          name
        )
      }
    }
  }

  func testUpperTail_isThatOfTheTables_andNothingFarOut() {
    XCTAssertEqual(StudentT.upperTail(2.365, degreesOfFreedom: 7), 0.025, accuracy: 2e-5)
    XCTAssertEqual(StudentT.upperTail(2.947, degreesOfFreedom: 15), 0.005, accuracy: 2e-5)
    XCTAssertEqual(StudentT.upperTail(1, degreesOfFreedom: 1), 0.25, accuracy: 1e-8)
    XCTAssertEqual(StudentT.upperTail(1e300, degreesOfFreedom: 15), 0, accuracy: 1e-8)
    XCTAssertEqual(StudentT.upperTail(-.infinity, degreesOfFreedom: 3), 1, accuracy: 1e-8)
  }
}
