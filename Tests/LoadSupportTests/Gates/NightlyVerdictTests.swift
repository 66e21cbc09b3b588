import XCTest

@testable import LoadSupport

final class NightlyVerdictTests: XCTestCase {
  /// 30 nights from 98.55 to 101.45, in no order.
  private static let month = (0..<30).map { 98.55 + 0.1 * Double($0 * 7 % 30) }

  private func throughput(_ recent: [Double], _ baseline: [Double] = month) -> NightlyVerdict {
    NightlyVerdict(recent: recent, baseline: baseline, isHigherBetter: true)
  }

  private func latency(_ recent: [Double], _ baseline: [Double] = month) -> NightlyVerdict {
    NightlyVerdict(recent: recent, baseline: baseline, isHigherBetter: false)
  }

  func testOutcome_isARegression_whenThreeNightsAreWorse() throws {
    let verdict = throughput([91, 90, 89])
    XCTAssertEqual(verdict.outcome, .regression)
    XCTAssertEqual(try XCTUnwrap(verdict.ratio), 0.9, accuracy: 1e-9)
    XCTAssertEqual(try XCTUnwrap(verdict.probability), 1 / 5_456.0, accuracy: 1e-9)
    XCTAssertEqual(verdict.recentCount, 3)
    XCTAssertEqual(verdict.baselineCount, 30)
    XCTAssertEqual(
      verdict.reason,
      "The median of the last 3 nights is 0.90 times the median of 30 earlier nights (rank test, p = 0.0002); "
        + "the alert is at over 5 % worse and p ≤ 0.0013."
    )
    XCTAssertEqual(latency([109, 111, 110]).outcome, .regression)
  }

  func testOutcome_isAnImprovement_whenThreeNightsAreBetter() {
    XCTAssertEqual(throughput([109, 111, 110]).outcome, .improvement)
    XCTAssertEqual(latency([91, 90, 89]).outcome, .improvement)
  }

  func testOutcome_isNoChange_whenTheMedianIsNoMoreThanFivePerCentOff() {
    XCTAssertEqual(throughput([96, 97, 96]).outcome, .noChange)
    let level = Array(repeating: 100.0, count: 30)
    XCTAssertEqual(latency([105, 105, 105], level).outcome, .noChange)
    XCTAssertEqual(latency([105.1, 105.1, 105.1], level).outcome, .regression)
  }

  func testOutcome_isNoChange_whenOneOfThreeNightsIsLikeThoseBefore() {
    XCTAssertEqual(throughput([90, 90, 100]).outcome, .noChange)
    // 90 is above the worst three or four of the baseline: U is 3 or 4.
    let worst = [89.5, 89.6, 89.7, 89.8]
    let three = Array(worst.dropLast() + Self.month.dropFirst(3))
    let four = worst + Self.month.dropFirst(4)
    XCTAssertEqual(throughput([85, 90, 89], three).outcome, .regression)
    XCTAssertEqual(throughput([85, 90, 89], four).outcome, .noChange)
  }

  func testOutcome_isARegression_whenTonightAloneIsAFifthWorse() throws {
    let verdict = latency([100, 100, 121])
    XCTAssertEqual(verdict.outcome, .regression)
    XCTAssertEqual(try XCTUnwrap(verdict.ratio), 1.21, accuracy: 1e-9)
    XCTAssertEqual(
      verdict.reason,
      "Tonight is 1.21 times the median of 30 earlier nights; a single night counts from 1.20 on."
    )
    XCTAssertEqual(latency([100, 100, 119]).outcome, .noChange)
    XCTAssertEqual(latency([100, 121, 100]).outcome, .noChange)
    XCTAssertEqual(throughput([100, 100, 83]).outcome, .regression)
    XCTAssertEqual(throughput([100, 100, 84]).outcome, .noChange)
    XCTAssertEqual(throughput([100, 100, 121]).outcome, .improvement)
  }

  func testOutcome_isInconclusive_whenNightsAreFew_unlessTonightIsFarOff() {
    let fortnight = Array(Self.month.prefix(14))
    let verdict = throughput([90, 90, 90], fortnight)
    XCTAssertEqual(verdict.outcome, .inconclusive)
    XCTAssertEqual(
      verdict.reason,
      "Tonight is 0.90 times the median of 14 earlier nights; a single night counts from 0.83 on, "
        + "and smaller changes need 3 nights against 15 or more: there are 3 against 14."
    )
    XCTAssertEqual(throughput([90, 90, 90], Array(Self.month.prefix(15))).outcome, .regression)
    XCTAssertEqual(throughput([90, 90]).outcome, .inconclusive)
    XCTAssertEqual(throughput([75], [100]).outcome, .regression)
    XCTAssertEqual(throughput([100], [100]).outcome, .inconclusive)
  }

  func testOutcome_isInconclusive_whenThereIsNothingToCompare() {
    let first = throughput([100], [])
    XCTAssertEqual(first.outcome, .inconclusive)
    XCTAssertEqual(first.reason, "There is no earlier night to compare with.")
    XCTAssertNil(first.ratio)
    XCTAssertNil(first.probability)
    for tonight in [.nan, 0, -1, .infinity] as [Double] {
      XCTAssertEqual(throughput([90, 90, tonight]).reason, "Tonight has no figure.")
    }
    XCTAssertEqual(throughput([]).outcome, .inconclusive)
  }

  func testNights_areLeftOutAndNotCounted_whenTheyHaveNoFigure() {
    let verdict = throughput([90, .nan, 90], [0] + Self.month)
    XCTAssertEqual(verdict.outcome, .inconclusive)
    XCTAssertEqual(verdict.recentCount, 2)
    XCTAssertEqual(verdict.baselineCount, 30)
  }

  /// Of 20 nights that alternate by 8 %, three in a row have one or the other level as their median.
  func testNoise_isWhatThreeNightsDifferByWithoutAChange() throws {
    let nights = (0..<20).map { $0.isMultiple(of: 2) ? 100.0 : 108 }
    XCTAssertEqual(try XCTUnwrap(NightlyVerdict.noise(of: nights)), 104 / 100.0 - 1, accuracy: 1e-9)
    XCTAssertEqual(NightlyVerdict.noise(of: [Double](repeating: 5, count: 15)), 0)
    XCTAssertNil(NightlyVerdict.noise(of: [Double](repeating: 5, count: 14)))
  }
}
