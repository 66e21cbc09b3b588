import XCTest

@testable import LoadSupport

final class TheilSenTests: XCTestCase {
  func testLine_isTheOneComputedByHand_whenThereAreFivePoints() throws {
    // Slopes in order: -1, 0.5, 1, 4/3, 2, 2, 2, 3, 3.5, 4; y - 2x in order: -2, -1, 1, 1, 1.
    let line = try XCTUnwrap(TheilSen([(0, 1), (1, 3), (2, 2), (3, 5), (4, 9)]))
    XCTAssertEqual(line.slope, 2)
    XCTAssertEqual(line.intercept, 1)
    XCTAssertEqual(line.interval, -1...4)
    XCTAssertEqual(line.residual(of: (2, 2)), -3)
  }

  func testLine_matchesSciPy_whenXRepeatOrAPointIsWild() throws {
    // scipy.stats.theilslopes(y, x, 0.95, method="joint"), SciPy 1.17.
    let tied = try XCTUnwrap(
      TheilSen([(0, 1), (0, 1), (1, 2), (1, 4), (2, 3), (2, 3), (5, 10), (9, 17)])
    )
    XCTAssertEqual(tied.slope, 1.75)
    XCTAssertEqual(tied.intercept, 1)
    XCTAssertEqual(tied.interval, 1...2)

    let wild = try XCTUnwrap(
      TheilSen([
        (1, 3.1), (2, 2.9), (3, 4.2), (4, 4.0), (5, 6.5), (6, 5.5), (7, 30), (8, 7.1), (9, 8.4),
        (10, 8.9),
      ])
    )
    XCTAssertEqual(wild.slope, 0.7, accuracy: 1e-12)
    XCTAssertEqual(wild.intercept, 2, accuracy: 1e-12)
    let interval = try XCTUnwrap(wild.interval)
    XCTAssertEqual(interval.lowerBound, 0.48, accuracy: 1e-12)
    XCTAssertEqual(interval.upperBound, 0.966_666_666_667, accuracy: 1e-12)
  }

  func testInterval_isNil_whenPointsAreTooFewForItsConfidence() throws {
    let line = try XCTUnwrap(TheilSen([(1, 5), (2, 5), (3, 5), (4, 5)]))
    XCTAssertEqual(line.slope, 0)
    XCTAssertNil(line.interval)
    XCTAssertNil(try XCTUnwrap(TheilSen([(1, 5), (1, 6), (1, 7), (1, 8), (2, 9)])).interval)
    XCTAssertEqual(TheilSen((0..<6).map { (Double($0), 5) })?.interval, 0...0)
  }

  func testLine_isNil_whenXDoNotDifferOrAPointIsNotFinite() {
    XCTAssertNil(TheilSen([]))
    XCTAssertNil(TheilSen([(1, 1)]))
    XCTAssertNil(TheilSen([(1, 1), (1, 2)]))
    XCTAssertNil(TheilSen([(1, 1), (2, .nan), (3, 1)]))
  }

  func testSlope_isTheRoundTripsOfACommand_whenLatencyIsFittedOverDelay() throws {
    // Four round trips and 2.5 ms of work, p50 read to 0.1 %.
    let delays = [0.0, 5, 10, 20, 40, 80]
    let points = delays.enumerated().map { index, delay in
      (x: delay, y: (2.5 + 4 * delay) * (index.isMultiple(of: 2) ? 1.001 : 0.999))
    }
    let line = try XCTUnwrap(TheilSen(points))
    XCTAssertEqual(line.slope, 4, accuracy: 0.02)
    XCTAssertEqual(line.intercept, 2.5, accuracy: 0.1)
  }

  func testInterval_coversTheTrueSlope_whenErrorsAreIndependent() {
    let seed: UInt64 = 31
    var random = SeededRandom(seed: seed)
    var covered = 0
    for _ in 0..<1_000 {
      let points = (0..<24).map { (x: Double($0), y: 3 * Double($0) + standardNormal(&random)) }
      if TheilSen(points)?.interval?.contains(3) == true { covered += 1 }
    }
    XCTAssertGreaterThanOrEqual(covered, 930, "seed \(seed)")
  }

  func testMedian_isTheMiddleOrTheMeanOfTheTwoMiddleValues() {
    XCTAssertNil([Double]().median)
    XCTAssertEqual([3.0, 1, 2].median, 2)
    XCTAssertEqual([4.0, 1, 2, 8].median, 3)
  }
}
