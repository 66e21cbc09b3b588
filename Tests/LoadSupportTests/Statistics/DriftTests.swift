import XCTest

@testable import LoadSupport

final class DriftTests: XCTestCase {
  func testShare_isTheChangeFromTheFirstToTheLastBlock_whenTheLineIsStraight() throws {
    let rising = try XCTUnwrap(Drift(blocks: (0..<11).map { 90 + 2 * Double($0) }))
    XCTAssertEqual(rising.share, 0.2, accuracy: 1e-12)
    XCTAssertLessThan(rising.probability, 1e-3)
    XCTAssertTrue(rising.isSignificant())
    XCTAssertFalse(rising.isSignificant(least: 0.21))
    XCTAssertFalse(rising.isSignificant(alpha: 1e-6))

    let falling = try XCTUnwrap(Drift(blocks: (0..<11).map { 110 - 2 * Double($0) }))
    XCTAssertEqual(falling.share, -0.2, accuracy: 1e-12)
    XCTAssertTrue(falling.isSignificant())
  }

  func testDrift_isNotSignificant_whenItIsCertainButSmall() throws {
    let slow = try XCTUnwrap(Drift(blocks: (0..<20).map { 100 + 0.2 * Double($0) }))
    XCTAssertLessThan(slow.probability, 1e-8)
    XCTAssertFalse(slow.isSignificant())
  }

  func testDrift_isNil_whenBlocksAreTooFewOrHaveNoPositiveMedian() {
    XCTAssertNil(Drift(blocks: [1, 2, 3, 4, 5, 6, 7]))
    XCTAssertNil(Drift(blocks: Array(repeating: 0, count: 20)))
    XCTAssertNil(Drift(blocks: Array(repeating: -1, count: 20)))
    XCTAssertNil(Drift(blocks: [1, 2, 3, 4, 5, 6, 7, .nan]))
  }

  func testDrift_isFound_whenItIsFarAboveTheNoiseOfBlocks() {
    let found = found(drift: 0.2, noise: 0.03, seed: 53)
    XCTAssertGreaterThanOrEqual(found, 950, "seed 53")
  }

  func testDrift_neverCounts_whenItIsSmallAndTheBlocksTellSo() {
    // The share's standard error is 0.73 of the noise of 20 blocks: here 0.4 %.
    let found = found(drift: 0.03, noise: 0.005, seed: 54)
    XCTAssertEqual(found, 0, "seed 54")
  }

  /// How many of 1,000 windows of 20 blocks count as drifting.
  private func found(drift: Double, noise: Double, seed: UInt64) -> Int {
    var random = SeededRandom(seed: seed)
    return (0..<1_000).count { _ in
      let blocks = (0..<20).map { block in
        1_000 * (1 + drift * Double(block) / 19 + noise * standardNormal(&random))
      }
      return Drift(blocks: blocks)?.isSignificant() == true
    }
  }
}
