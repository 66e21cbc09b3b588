import Glibc
import XCTest

@testable import LoadSupport

final class PairedRatiosTests: XCTestCase {
  /// d of 0.1, 0.2 and 0.3: a mean of 0.2 with a standard error of 0.1 ÷ √3.
  private static let three = PairedRatios([0.1, 0.2, 0.3].map { (base: 50, head: 50 * exp($0)) })

  func testInterval_isThatOfT_whenComputedByHand() throws {
    let ratios = Self.three
    XCTAssertEqual(ratios.count, 3)
    XCTAssertEqual(try XCTUnwrap(ratios.ratio), exp(0.2), accuracy: 1e-12)
    // t(0.975, 2) = 4.3027.
    let reach = 4.302_652_7 * 0.1 / 3.0.squareRoot()
    let interval = try XCTUnwrap(ratios.interval)
    XCTAssertEqual(log(interval.lowerBound), 0.2 - reach, accuracy: 1e-7)
    XCTAssertEqual(log(interval.upperBound), 0.2 + reach, accuracy: 1e-7)
  }

  func testPValue_isThatOfT_onEitherSide() throws {
    // With two degrees of freedom P(t > x) = ½ − x ÷ (2 √(2 + x²)); here x = 0.2 ÷ (0.1 ÷ √3).
    let x = 2 * 3.0.squareRoot()
    let tail = 0.5 - x / (2 * (2 + x * x).squareRoot())
    XCTAssertEqual(try XCTUnwrap(Self.three.pValue(above: 1)), tail, accuracy: 1e-8)
    XCTAssertEqual(try XCTUnwrap(Self.three.pValue(below: 1)), 1 - tail, accuracy: 1e-8)
    XCTAssertEqual(try XCTUnwrap(Self.three.pValue(above: exp(0.2))), 0.5, accuracy: 1e-8)
  }

  func testPValue_andInterval_agreeOnTheLimit() throws {
    let upper = try XCTUnwrap(Self.three.interval).upperBound
    XCTAssertEqual(try XCTUnwrap(Self.three.pValue(below: upper)), 0.025, accuracy: 1e-7)
  }

  func testPairs_areDroppedAndCounted_whenAFigureIsNone() {
    let ratios = PairedRatios([
      (2, 4), (nil, 4), (2, nil), (0, 4), (2, -1), (2, .infinity), (.nan, 4), (3, 6),
    ])
    XCTAssertEqual(ratios.count, 2)
    XCTAssertEqual(ratios.dropped, 6)
    XCTAssertEqual(ratios.ratio ?? 0, 2, accuracy: 1e-12)
  }

  func testPValue_isCertain_whenAllPairsAreAlike() {
    let ratios = PairedRatios(Array(repeating: (2, 4), count: 3))
    XCTAssertEqual(ratios.pValue(above: 1.05), 0)
    XCTAssertEqual(ratios.pValue(below: 1.05), 1)
    XCTAssertEqual(ratios.pValue(above: 2), 1)
    XCTAssertEqual(ratios.interval?.lowerBound, ratios.interval?.upperBound)
  }

  func testInterval_isNil_whenPairsAreFewerThanTwo() {
    let one = PairedRatios([(2, 3)])
    XCTAssertEqual(one.ratio ?? 0, 1.5, accuracy: 1e-12)
    XCTAssertNil(one.interval)
    XCTAssertNil(one.pValue(above: 1))
    XCTAssertNil(PairedRatios([]).ratio)
  }
}
