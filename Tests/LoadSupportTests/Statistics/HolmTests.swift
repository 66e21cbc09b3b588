import XCTest

@testable import LoadSupport

final class HolmTests: XCTestCase {
  func testAdjusted_matchesR_whateverTheOrder() {
    // p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm").
    let adjusted = Holm.adjusted([0.01, 0.04, 0.03, 0.005])
    for (ours, theirs) in zip(adjusted, [0.03, 0.06, 0.06, 0.02]) {
      XCTAssertEqual(ours, theirs, accuracy: 1e-12)
    }
  }

  func testAdjusted_isAtMostOne_andNothingForNone() {
    XCTAssertEqual(Holm.adjusted([0.9, 0.6]), [1, 1])
    XCTAssertEqual(Holm.adjusted([0.2]), [0.2])
    XCTAssertEqual(Holm.adjusted([]), [])
  }
}
