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
}
