import XCTest

@testable import LoadSupport

final class PairPlanTests: XCTestCase {
  /// A plan whose first look takes three pairs: `i`nvalid ones, others by how much they are disturbed.
  private func plan(_ letters: String) -> PairPlan {
    PairPlan(firstLook: 3, letters.map { $0.wholeNumberValue.map(Double.init) })
  }

  func testStep_looksTwice_andEndsWithItsBudget() {
    for (pairs, step) in [
      ("", .run), ("00", .run), ("000", .look), ("0002", .run), ("000i", .run), ("00000", .run),
      ("000000", .end), ("222", .run), ("02020", .look), ("22222222", .run), ("222222222", .end),
      ("000222222", .end), ("222222220", .end), ("i0i", .run), ("i0i0i", .end),
    ] as [(String, PairPlan.Step)] {
      XCTAssertEqual(plan(pairs).step, step, pairs)
    }
  }

  func testPlanned_growsWithWhatDoesNotCount_andWithTheSecondLook() {
    for (pairs, planned) in [("", 3), ("0", 3), ("02i", 5), ("000", 6), ("0002", 7)] {
      XCTAssertEqual(plan(pairs).planned, planned, pairs)
    }
  }

  func testCounting_leavesDisturbedPairsOut_orTheMostDisturbed() {
    for (pairs, counting) in [
      ("020i0", [0, 2, 4]), ("000222222", [0, 1, 2]), ("020292922", [0, 1, 2]),
      ("i495494940", [1, 4, 9]), ("72", [0, 1]), ("", []),
    ] as [(String, [Int])] {
      XCTAssertEqual(plan(pairs).counting, counting, pairs)
    }
    XCTAssertTrue(plan("ii00i").isSpent)
    XCTAssertFalse(plan("ii002").isSpent)
  }
}
