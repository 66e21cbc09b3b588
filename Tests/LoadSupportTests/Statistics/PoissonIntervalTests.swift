import XCTest

@testable import LoadSupport

final class PoissonIntervalTests: XCTestCase {
  /// Garwood's table, as every textbook prints it.
  func testInterval_isGarwoods() {
    for (count, lower, upper) in [
      (0, 0.0, 3.689), (1, 0.0253, 5.572), (5, 1.623, 11.668), (14, 7.654, 23.490),
      (29, 19.422, 41.649),
    ] {
      let interval = PoissonInterval.garwood(count)
      XCTAssertEqual(interval.lowerBound, lower, accuracy: 0.001)
      XCTAssertEqual(interval.upperBound, upper, accuracy: 0.001)
    }
  }

  func testInterval_holdsThoseOfBoth_whenThereAreTwoCounts() {
    let both = PoissonInterval.garwood(1, 14)
    XCTAssertEqual(both.lowerBound, PoissonInterval.garwood(1).lowerBound)
    XCTAssertEqual(both.upperBound, PoissonInterval.garwood(14).upperBound)
    XCTAssertEqual(PoissonInterval.garwood(5, 1), PoissonInterval.garwood(5))
  }
}
