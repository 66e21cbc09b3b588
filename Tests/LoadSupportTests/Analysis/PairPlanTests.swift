import XCTest

@testable import LoadSupport

final class PairPlanTests: XCTestCase {
  /// A plan whose first look takes three pairs: `u`ndisturbed, `d`isturbed, `i`nvalid.
  private func plan(_ letters: String) -> PairPlan {
    PairPlan(
      firstLook: 3,
      letters.map { $0 == "u" ? .undisturbed : $0 == "d" ? .disturbed : .invalid }
    )
  }

  func testStep_looksTwice_andEndsWithItsBudget() {
    for (pairs, step) in [
      ("", .run), ("uu", .run), ("uuu", .look), ("uuud", .run), ("uuui", .run), ("uuuuu", .run),
      ("uuuuuu", .end), ("ddd", .run), ("ududu", .look), ("dddddddd", .run), ("ddddddddd", .end),
      ("uuudddddd", .end), ("ddddddddu", .end), ("iui", .run), ("iuiui", .end),
    ] as [(String, PairPlan.Step)] {
      XCTAssertEqual(plan(pairs).step, step, pairs)
    }
  }

  func testCounting_leavesDisturbedPairsOut_whereOthersAreEnough() {
    for (pairs, counting) in [
      ("uduiu", [0, 2, 4]), ("uuudddddd", [0, 1, 2]), ("ududddddd", Array(0..<9)),
      ("idddddddddd", Array(1...10)),
    ] as [(String, [Int])] {
      XCTAssertEqual(plan(pairs).counting, counting, pairs)
    }
    XCTAssertTrue(plan("iiuui").isSpent)
    XCTAssertFalse(plan("iiuud").isSpent)
  }
}
