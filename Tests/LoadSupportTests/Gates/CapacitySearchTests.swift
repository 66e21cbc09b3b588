import XCTest

@testable import LoadSupport

final class CapacitySearchTests: XCTestCase {
  /// Searches a server whose capacity is known; `results` may say otherwise for single trials.
  private func search(
    _ capacity: Double,
    from lowest: Double = 20,
    to highest: Double = 100_000,
    _ override: (_ trial: Int, _ rate: Double) -> CapacitySearch.Result? = { _, _ in nil }
  ) -> (ending: CapacitySearch.Ending?, rates: [Double]) {
    var search = CapacitySearch(from: lowest, to: highest)
    var rates: [Double] = []
    while let rate = search.next, rates.count < 200 {
      rates.append(rate)
      search.note(override(rates.count, rate) ?? (rate <= capacity ? .holds : .breaks))
    }
    return (search.ending, rates)
  }

  func testSearch_findsTheCapacity_inFewTrials_andTriesTheAnswerThreeTimes() throws {
    for capacity in [20, 33, 137.5, 1_000, 4_321, 90_000] as [Double] {
      let (ending, rates) = search(capacity)
      guard case .found(let holds, let breaks?) = ending else {
        XCTFail("\(String(describing: ending))")
        continue
      }
      XCTAssertLessThanOrEqual(holds, capacity)
      XCTAssertGreaterThan(breaks, capacity)
      XCTAssertLessThanOrEqual(breaks / holds, 1.05 + 1e-9)
      XCTAssertEqual(rates.count { $0 == holds } >= 3, true, "\(rates)")
      XCTAssertLessThan(rates.count, 36, "\(rates)")
    }
  }

  func testSearch_endsAtItsBounds() {
    XCTAssertEqual(search(5).ending, .nothingHolds(atRate: 20))
    let (ending, rates) = search(1_000, to: 100)
    XCTAssertEqual(ending, .found(holds: 100, breaks: nil))
    XCTAssertEqual(rates.suffix(3), [100, 100, 100])
    XCTAssertEqual(search(1_000, from: 50, to: 50).ending, .found(holds: 50, breaks: nil))
  }

  /// One lucky trial at a rate beyond the capacity is not the answer.
  func testSearch_doesNotBelieveLuck() throws {
    var luck = 2
    let (ending, _) = search(1_000) { _, rate in
      guard rate > 1_000, rate < 1_400, luck > 0 else { return nil }
      luck -= 1
      return .holds
    }
    guard case .found(let holds, _) = ending else {
      return XCTFail("\(String(describing: ending))")
    }
    XCTAssertLessThanOrEqual(holds, 1_000)
    XCTAssertGreaterThan(holds, 900)
  }

  /// Nor is one trial that a busy moment of the machine broke the end of the search.
  func testSearch_doesNotBelieveOneBadTrial() throws {
    for bad in 1...12 {
      let (ending, rates) = search(1_000) { trial, _ in trial == bad ? .breaks : nil }
      guard case .found(let holds, _) = ending else {
        XCTFail("\(String(describing: ending))")
        continue
      }
      XCTAssertGreaterThan(holds, 940, "\(bad): \(rates)")
    }
  }

  /// Near a machine's limits the generator lacks processors, too: what held below is an answer still.
  func testSearch_answersWithWhatHeld_whereFasterTrialsAreInvalid() {
    let (ending, rates) = search(1_000) { _, rate in rate > 500 ? .invalid : nil }
    guard case .found(let holds, let invalid?) = ending else {
      return XCTFail("\(String(describing: ending))")
    }
    XCTAssertLessThanOrEqual(holds, 500)
    XCTAssertGreaterThan(invalid, 500)
    XCTAssertEqual(rates.count { $0 == invalid }, 3)
  }

  /// A rate that held once and then proves to be too much for the machine is not the answer.
  func testSearch_goesBelowARateThatHeldOnce_whereItIsInvalidLater() {
    let (ending, rates) = search(1_000, from: 450) { trial, rate in
      rate > 700 && trial > 3 ? .invalid : nil
    }
    guard case .found(let holds, _) = ending else {
      return XCTFail("\(String(describing: ending)): \(rates)")
    }
    XCTAssertGreaterThan(holds, 650, "\(rates)")
    XCTAssertLessThanOrEqual(holds, 700, "\(rates)")
  }

  func testSearch_givesUp_whereNoTrialWillBeValid() {
    var search = CapacitySearch(from: 20, to: 100)
    search.giveUp()
    XCTAssertNil(search.next)
    XCTAssertEqual(search.ending, .noValidTrial)
  }

  func testSearch_takesWhatStaysUnclear_forNotHeld() throws {
    let (ending, _) = search(1_000) { _, rate in rate > 500 ? .unclear : nil }
    guard case .found(let holds, _) = ending else {
      return XCTFail("\(String(describing: ending))")
    }
    XCTAssertLessThanOrEqual(holds, 500)
    XCTAssertGreaterThan(holds, 470)
  }

  func testSearch_repeatsInvalidTrials_andGivesUpInTheEnd() throws {
    let (ending, rates) = search(1_000) { trial, _ in trial % 3 == 0 ? .invalid : nil }
    guard case .found(let holds, _) = ending else {
      return XCTFail("\(String(describing: ending))")
    }
    XCTAssertGreaterThan(holds, 940, "\(rates)")
    XCTAssertEqual(search(1_000) { trial, _ in trial > 4 ? .invalid : nil }.ending, .noValidTrial)
  }
}
