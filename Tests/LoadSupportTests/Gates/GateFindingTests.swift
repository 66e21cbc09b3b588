import Foundation
import XCTest

@testable import LoadSupport

final class GateFindingTests: XCTestCase {
  private func finding(
    _ lines: [NightLine],
    _ metric: GateMetric = .p50,
    anchor: Baseline.Anchor? = nil
  ) throws -> GateFinding {
    try XCTUnwrap(
      GateFinding(metric, of: XCTUnwrap(MadeUpNights.series(lines)), anchor: anchor)
    )
  }

  private func anchor(_ lines: [NightLine]) throws -> Baseline.Anchor {
    try Baseline(
      anchoring: XCTUnwrap(MadeUpNights.series(lines)),
      replacing: nil,
      on: MadeUpNights.first
    ).anchor
  }

  func testFinding_isNoChange_whileNightsVaryAsEver() throws {
    let finding = try finding(MadeUpNights.lines(50) { _ in 10 })
    XCTAssertEqual(finding.outcome, .noChange)
    XCTAssertNil(finding.suspect)
    XCTAssertNil(finding.anchored)
    XCTAssertEqual(finding.rolling.nights, 30)
    XCTAssertEqual(finding.course.count, 50)
    XCTAssertEqual(try XCTUnwrap(finding.rolling.median), 10, accuracy: 0.2)
  }

  func testFinding_isAChange_inTheDirectionThatTheMetricHas() throws {
    func outcome(_ metric: GateMetric, _ factor: Double) throws -> GateOutcome {
      try finding(
        MadeUpNights.lines(40, metric) { $0 < 37 ? 100 : 100 * factor },
        metric
      ).outcome
    }
    for metric in [GateMetric.p50, .p99, .cpu] {
      XCTAssertEqual(try outcome(metric, 1.3), .regression)
      XCTAssertEqual(try outcome(metric, 0.7), .improvement)
    }
    XCTAssertEqual(try outcome(.throughput, 1.3), .improvement)
    XCTAssertEqual(try outcome(.throughput, 0.7), .regression)
  }

  func testSuspect_isTheFirstNightOfTheNewLevel_withWhatChangedThere() throws {
    var lines = MadeUpNights.lines(45) { $0 < 40 ? 10 : 14 }
    for day in 40..<45 {
      lines[day] = MadeUpNights.line(day, [.p50: 14], version: "2.0", commit: "bad\(day)")
    }
    let suspect = try XCTUnwrap(try finding(lines).suspect)
    XCTAssertEqual(suspect.night, MadeUpNights.first.advanced(by: 40))
    XCTAssertEqual(suspect.lastBefore, MadeUpNights.first.advanced(by: 39))
    XCTAssertEqual(suspect.commits, "c39..bad40")
    XCTAssertEqual(suspect.changes, ["server: 1.0 -> 2.0"])
    XCTAssertEqual(suspect.before, 10, accuracy: 0.2)
    XCTAssertEqual(suspect.after, 14, accuracy: 0.2)
  }

  func testSuspect_isTonightOrTheNightBefore_whenTheLevelChangedThere() throws {
    for nights in 1...4 {
      var lines = MadeUpNights.lines(40) { $0 < 40 - nights ? 10 : 13 }
      // One bad night of long ago is no change.
      lines[20] = MadeUpNights.line(20, [.p50: 14])
      let suspect = try XCTUnwrap(try finding(lines).suspect, "\(nights) nights")
      XCTAssertEqual(suspect.night, MadeUpNights.first.advanced(by: 40 - nights))
      XCTAssertEqual(suspect.after, 13, accuracy: 0.3)
    }
  }

  /// Half a per cent a night is seen by no baseline that moves along.
  func testCreep_isSeenAgainstTheAnchoredBaseline() throws {
    let lines = MadeUpNights.lines(100) { $0 < 30 ? 10 : 10 + 0.015 * Double($0 - 30) }
    XCTAssertNotEqual(try finding(lines).outcome, .regression)
    let finding = try finding(lines, anchor: anchor(Array(lines[..<30])))
    XCTAssertEqual(finding.anchored?.outcome, .regression)
    XCTAssertNotEqual(finding.rolling.outcome, .regression)
    XCTAssertEqual(finding.outcome, .regression)
  }

  func testAcceptedLevel_leavesOlderNightsOut() throws {
    let lines = MadeUpNights.lines(60) { $0 < 30 ? 10 : 15 }
    let old = try anchor(Array(lines[..<30]))
    XCTAssertEqual(try finding(lines, anchor: old).outcome, .regression)
    let accepted = try Baseline(
      accepting: XCTUnwrap(MadeUpNights.series(Array(lines[..<33]))),
      since: MadeUpNights.first.advanced(by: 30),
      because: "meant",
      replacing: nil,
      on: MadeUpNights.first
    ).anchor
    let early = try finding(Array(lines[..<34]), anchor: accepted)
    XCTAssertEqual(early.course.count, 4)
    XCTAssertEqual(early.rolling.nights, 1)
    // The nights that are judged are no baseline of themselves.
    XCTAssertEqual(early.anchored?.nights, 1)
    XCTAssertEqual(early.outcome, .inconclusive)
    XCTAssertEqual(try finding(lines, anchor: accepted).rolling.outcome, .noChange)
  }

  func testFinding_isNone_whereTheLatestNightHasNotTheMetric() throws {
    let series = try XCTUnwrap(
      MadeUpNights.series(MadeUpNights.lines(20) { _ in 10 } + [MadeUpNights.line(20, [.p99: 1])])
    )
    XCTAssertNil(GateFinding(.p50, of: series, anchor: nil))
    XCTAssertEqual(GateFinding(.p99, of: series, anchor: nil)?.outcome, .inconclusive)
  }

  func testWorst_isARegressionBeforeAnythingElse() {
    XCTAssertEqual(GateOutcome.worst([.noChange, .improvement, .regression]), .regression)
    XCTAssertEqual(GateOutcome.worst([.noChange, .inconclusive]), .inconclusive)
    XCTAssertEqual(GateOutcome.worst([.improvement, .inconclusive]), .improvement)
    XCTAssertEqual(GateOutcome.worst([.noChange]), .noChange)
    XCTAssertEqual(GateOutcome.worst([]), .inconclusive)
  }
}
