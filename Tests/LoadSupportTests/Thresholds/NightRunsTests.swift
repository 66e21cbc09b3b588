import Foundation
import XCTest

@testable import LoadSupport

final class NightRunsTests: XCTestCase {
  private func runs(_ recorded: [RecordedScenario], commit: String? = nil) -> NightRuns {
    var circumstances = NightRuns.Circumstances()
    circumstances.commit = commit
    return NightRuns(
      recorded.map(\.recording),
      scenarios: [RecordedScenario.name],
      circumstances
    )
  }

  func testLine_isTheMedianOverTheRuns() throws {
    let recorded = try [30.0, 10, 12].map { try RecordedScenario.steady(milliseconds: $0) }
    let runs = runs(recorded, commit: "abc")
    XCTAssertEqual(runs.missing, [:])
    XCTAssertEqual(runs.remarks, [])
    let line = try XCTUnwrap(runs.lines.first)
    XCTAssertEqual(line.runs, 3)
    XCTAssertEqual(line.commit, "abc")
    XCTAssertEqual(line.night, Night(Date()))
    XCTAssertEqual(line.key, NightLine.Hardware(.current()))
    XCTAssertNotNil(line.versions["toolchain"])
    let p50 = try XCTUnwrap(line.metrics["p50_ms"])
    XCTAssertEqual(p50.median, 12, accuracy: 0.02)
    XCTAssertEqual(p50.values.count, 3)
    XCTAssertEqual(p50.values[0], 30, accuracy: 0.04)
    XCTAssertEqual(line.metrics["throughput_per_s"]?.median, 200)
    XCTAssertNil(line.metrics["cpu_ms_per_request"])
  }

  func testRun_isLeftOutWithTheReason_whenItSaysNothing() throws {
    let good = try (0..<2).map { _ in try RecordedScenario.steady() }
    // Five sessions were asked for and none was opened.
    let invalid = try RecordedScenario.steady(RecordedScenario.header(sessions: 5))
    let brokenOff = try RecordedScenario.steady(events: [.measured])
    let other = try RecordedScenario.steady(RecordedScenario.header(workers: 9))
    for (recorded, reason) in [
      (invalid, "INVALID (sessions 0"), (brokenOff, "not complete (the recording breaks off"),
      (other, "another load"),
    ] {
      let runs = runs(good + [recorded])
      XCTAssertEqual(runs.lines.map(\.runs), [2])
      XCTAssertTrue(runs.remarks.first?.contains(reason) ?? false, "\(runs.remarks)")
      let few = self.runs([good[0], recorded])
      XCTAssertEqual(few.lines, [])
      let why = try XCTUnwrap(few.missing[RecordedScenario.name])
      XCTAssertTrue(why.hasPrefix("valid runs: 1 of 2, a night needs 2; "), why)
      XCTAssertTrue(why.contains(reason), why)
    }
  }

  func testScenario_isWanting_whenTheMachineSpoiltARun() throws {
    let spoilt = try RecordedScenario.steady()
    let late = GeneratorLine(at: 1_000_000_000, loop: 0, cpuSeconds: 0.1, lateMilliseconds: 500)
    try spoilt.write(RecordingJSON.encodeLine(late), to: spoilt.layout.generator)
    let ungranted = try RecordedScenario.steady(RecordedScenario.header(sessions: 5))
    let ofAnother = try RecordedScenario(RecordedScenario.header(.latencyTest))
    let good = try RecordedScenario.steady()
    let runs = runs([good, spoilt, ofAnother, good])
    XCTAssertEqual(runs.wanting(3), [RecordedScenario.name])
    XCTAssertEqual(runs.wanting(2), [])
    XCTAssertEqual(runs.remarks.count, 1)
    XCTAssertEqual(runs.remarks.first?.contains("generator_late_tick_ms"), true, "\(runs.remarks)")
    // The server will grant no more sessions another time.
    XCTAssertEqual(self.runs([good, ungranted]).wanting(3), [])
    XCTAssertEqual(self.runs([good]).wanting(3), [])
  }

  func testScenario_isMissing_withoutAnyRun() {
    XCTAssertEqual(
      runs([]).missing,
      [RecordedScenario.name: "valid runs: 0 of 0, a night needs 2"]
    )
  }
}

extension RecordedScenario {
  /// A recording of 400 successes in two seconds, all of the same latency.
  static func steady(
    _ header: ScenarioHeader = RecordedScenario.header(),
    milliseconds: Double = 10,
    events: [RunEvent] = [.measured, .drained]
  ) throws -> RecordedScenario {
    let recorded = try RecordedScenario(header)
    try recorded.write(
      (0..<400).map { index in
        Sample(
          index.isMultiple(of: 2) ? "a" : "b",
          planned: Double(index) * 4.9,
          done: Double(index) * 4.9 + milliseconds
        )
      }
    )
    try recorded.write(events)
    return recorded
  }
}
