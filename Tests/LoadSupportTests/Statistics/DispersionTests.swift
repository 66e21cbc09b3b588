import XCTest

@testable import LoadSupport

final class DispersionTests: XCTestCase {
  func testFactor_isVarianceOverMean_whenCountsBunch() throws {
    // numpy.var(counts, ddof=1) / numpy.mean(counts), NumPy 2.
    let counts = Array(repeating: 0, count: 20) + [5, 1, 0, 2, 0, 0, 3, 0, 0, 9]
    XCTAssertEqual(
      try XCTUnwrap(Dispersion.factor(of: counts)),
      5.517_241_379_310_345,
      accuracy: 1e-12
    )
    // All in one window: the whole of them are one cluster.
    let single = Array(repeating: 0, count: 59) + [120]
    XCTAssertEqual(try XCTUnwrap(Dispersion.factor(of: single)), 120, accuracy: 1e-9)
  }

  func testFactor_isOne_whenCountsAreEvenOrThereAreNone() {
    XCTAssertEqual(Dispersion.factor(of: Array(repeating: 7, count: 30)), 1)
    XCTAssertEqual(Dispersion.factor(of: Array(repeating: 0, count: 30)), 1)
  }

  func testFactor_isNil_whenWindowsAreTooFew() {
    XCTAssertNil(Dispersion.factor(of: []))
    XCTAssertNil(Dispersion.factor(of: Array(repeating: 7, count: 29)))
  }

  func testFactor_isCloseToOne_whenEventsAreIndependent() throws {
    let seed: UInt64 = 51
    var random = SeededRandom(seed: seed)
    for windows in [30, 60, 600] {
      let factors = try (0..<400).map { _ in
        var counts = Array(repeating: 0, count: windows)
        for _ in 0..<2 * windows { counts[.random(in: 0..<windows, using: &random)] += 1 }
        return try XCTUnwrap(Dispersion.factor(of: counts))
      }
      let noise = (2 / Double(windows - 1)).squareRoot()
      let name = "\(windows) windows, seed \(seed)"
      XCTAssertLessThan(factors.reduce(0, +) / 400, 1 + noise, name)
      XCTAssertLessThan(try XCTUnwrap(factors.max()), 1 + 5 * noise, name)
    }
  }

  func testWorth_isTheWholeQuotient() {
    for (n, factor, down, up) in [
      (10, 1, 10, 10), (10, 0.2, 10, 10), (10, 4, 2, 3), (10, 10, 1, 1), (10, 11, 0, 1),
      (0, 7, 0, 0), (299, 1.1, 271, 272), (10, .infinity, 0, 0), (10, .nan, 10, 10),
      // Whole but for the last digit of the factor.
      (120, 120.000_000_000_000_01, 1, 1), (120, 119.999_999_999_999_99, 1, 1),
    ] {
      let name = "\(n) over \(factor)"
      XCTAssertEqual(Dispersion.worth(of: n, overdispersion: factor), down, name)
      XCTAssertEqual(Dispersion.worth(of: n, overdispersion: factor, rounded: .up), up, name)
    }
  }
}
