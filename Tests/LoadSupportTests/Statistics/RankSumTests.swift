import XCTest

@testable import LoadSupport

final class RankSumTests: XCTestCase {
  func testProbability_isTheCountedOne_whenAllOrdersAreTried() {
    for (m, n) in [(1, 1), (1, 4), (3, 3), (3, 5), (4, 3), (2, 7)] {
      // Every way to give m of m + n ranks to the values.
      let counts = (0..<1 << (m + n)).filter { $0.nonzeroBitCount == m }.map { chosen in
        let ranks = (0..<m + n).filter { chosen >> $0 & 1 == 1 }
        let others = (0..<m + n).filter { chosen >> $0 & 1 == 0 }
        return ranks.reduce(0) { sum, rank in sum + others.count { rank < $0 } }
      }
      for u in -1...m * n + 1 {
        XCTAssertEqual(
          RankSum.probability(ofAtMost: u, count: m, others: n),
          Double(counts.count { $0 <= u }) / Double(counts.count),
          accuracy: 1e-12,
          "\(m) and \(n), at most \(u)"
        )
      }
    }
  }

  func testProbability_isThatOfPartitions_whenThreeNightsMeetThirty() {
    // Of C(33, 3) = 5456 orders 1, 1, 2 and 3 have a U of 0, 1, 2 and 3.
    let three = RankSum.probability(ofAtMost: 3, count: 3, others: 30)
    XCTAssertEqual(three, 7 / 5_456.0, accuracy: 1e-15)
    XCTAssertLessThanOrEqual(three, 0.0013)
    XCTAssertGreaterThan(RankSum.probability(ofAtMost: 4, count: 3, others: 30), 0.0013)
    XCTAssertEqual(
      RankSum.probability(ofAtMost: 0, count: 3, others: 15),
      1 / 816.0,
      accuracy: 1e-15
    )
  }

  func testStatistic_countsPairs_andHasItsProbability() throws {
    let test = try XCTUnwrap(RankSum([5, 9, 7], above: [1, 6, 2, 8]))
    XCTAssertEqual(test.statistic, 3)
    // 1, 1, 2 and 3 of C(7, 3) = 35.
    XCTAssertEqual(test.probability, 7 / 35.0, accuracy: 1e-12)
  }

  func testProbability_isThatOfTheWorstOrder_whenValuesAreEqual() throws {
    let tied = try XCTUnwrap(RankSum([5, 9], above: [5, 5, 1]))
    XCTAssertEqual(tied.statistic, 2)
    XCTAssertEqual(tied, RankSum([5, 9], above: [5.5, 5.5, 1]))
    let equal = try XCTUnwrap(RankSum([2, 2, 2], above: [2, 2, 2, 2]))
    XCTAssertEqual(equal.probability, 1, accuracy: 1e-12)
    // Of {1, 1, 1, 2} a single value is a 1 in three of four cases.
    XCTAssertEqual(
      try XCTUnwrap(RankSum([-1], above: [-2, -1, -1])).probability,
      3 / 4.0,
      accuracy: 1e-12
    )
  }

  func testProbability_isNotBelowItsShare_whenTiedValuesAreShuffled() throws {
    let seed: UInt64 = 61
    var random = SeededRandom(seed: seed)
    var small = 0
    for _ in 0..<2_000 {
      let values = (0..<18).map { _ in (4 * random.uniform()).rounded() }
      let test = try XCTUnwrap(RankSum(Array(values.prefix(3)), above: Array(values.dropFirst(3))))
      if test.probability <= 0.05 { small += 1 }
    }
    XCTAssertLessThanOrEqual(small, 100, "seed \(seed)")
  }

  func testTest_isNil_whenAGroupIsEmptyOrAValueIsNoNumber() {
    XCTAssertNil(RankSum([], above: [1]))
    XCTAssertNil(RankSum([1], above: []))
    XCTAssertNil(RankSum([.nan], above: [1]))
    XCTAssertEqual(RankSum([.infinity], above: [1])?.probability, 0.5)
  }
}
