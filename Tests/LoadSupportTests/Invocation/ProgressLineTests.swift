import EventIO
import Foundation
import XCTest

@testable import LoadSupport

final class ProgressLineTests: XCTestCase {
  private let now = MonotonicInstant(nanoseconds: 100_000_000_000)
  private let part = RecordingPart(runID: "night", index: 1, of: 4, attempt: "a")

  private func json(
    _ snapshot: ProgressMeter.Snapshot,
    isStopping: Bool = false,
    result: String? = nil
  ) throws -> JSONValue {
    let line = ProgressLine(
      snapshot,
      of: part,
      scenario: "sustained_load",
      isStopping: isStopping,
      result: result,
      now: now
    )
    XCTAssertEqual(line.bytes.count { $0 == 0x0A }, 1)
    return try JSONValue(parsing: line.bytes)
  }

  private static func keys(_ line: JSONValue) throws -> [String] {
    guard case .object(let members) = line else { throw CocoaError(.coderReadCorrupt) }
    return members.map(\.key)
  }

  /// The second of two steps of 20 s, 10 s after its beginning.
  private func snapshot() -> ProgressMeter.Snapshot {
    var snapshot = ProgressMeter.Snapshot.midst(of: [20, 20], step: 1, secondsIn: 10, now: now)
    snapshot.steps[1] = StepForecast.step(seconds: 20, number: 2) { $0.rate = .steady(310) }
    snapshot.outcomes = [.success: 1_000, .timeout: 2, .toolError: 1]
    snapshot.recent.outcomes = [.success: 300, .timeout: 1]
    for milliseconds in 1...100 { snapshot.recent.latency.record(Int64(milliseconds) * 1_000_000) }
    snapshot.recentLateness = 2_500_000
    let attempt = Attempt(outcome: .timeout, planned: 0, done: 9, error: "no answer")
    snapshot.lastFailure = ("hostname", attempt)
    return snapshot
  }

  func testLine_tellsWhatWasDone_andHowFast() throws {
    let line = try json(snapshot())
    XCTAssertEqual(line["run_id"], "night")
    XCTAssertEqual(line["index"], 1)
    XCTAssertEqual(line["of"], 4)
    XCTAssertEqual(line["scenario"], "sustained_load")
    XCTAssertEqual(line["phase"], "load")
    XCTAssertEqual(line["step"], "port=2325")
    XCTAssertEqual(line["step_number"], 2)
    XCTAssertEqual(line["steps"], 2)
    XCTAssertEqual(line["t_s"]?.double, 30)
    XCTAssertEqual(line["left_s"]?.double, 10)
    XCTAssertEqual(line["requests"], 1_003)
    XCTAssertEqual(line["failures"], 3)
    XCTAssertEqual(line["per_second"]?.double, 300)
    XCTAssertEqual(line["planned_per_second"]?.double, 310)
    XCTAssertEqual(try XCTUnwrap(line["p99_ms"]?.double), 99, accuracy: 1)
    XCTAssertEqual(line["lateness_ms"]?.double, 2.5)
    XCTAssertEqual(line["workers"], 4)
    XCTAssertEqual(line["last_error"], "hostname: timeout: no answer")
  }

  func testLine_hasNoTimeNoStepAndNoLatency_beforeTheLoad() throws {
    var snapshot = ProgressMeter.Snapshot()
    snapshot.recent.since = now
    let line = try json(snapshot)
    for key in ["t_s", "left_s", "step", "step_number", "steps", "p99_ms", "planned_per_second"] {
      XCTAssertNil(line[key], key)
    }
    XCTAssertEqual(line["per_second"], 0)
    XCTAssertEqual(line["requests"], 0)
  }

  func testLine_tellsEachPhase_andTheEnd() throws {
    var snapshot = snapshot()
    snapshot.steps[1] = StepForecast.step(seconds: 20, number: 2) { $0.isWarmUp = true }
    XCTAssertEqual(try json(snapshot)["phase"], "warmup")
    XCTAssertEqual(try json(snapshot, isStopping: true)["phase"], "stopping")
    for (phase, name) in [
      (.starting, "starting"), (.setup, "setup"), (.waiting("for part 0"), "waiting"),
      (.drain, "drain"), (.judging, "judging"),
    ] as [(ProgressMeter.Phase, String)] {
      snapshot.phase = phase
      let line = try json(snapshot)
      XCTAssertEqual(line["phase"]?.string, name)
      XCTAssertEqual(line["waiting_for"]?.string, name == "waiting" ? "for part 0" : nil)
      XCTAssertNil(line["step"])
      XCTAssertNil(line["result"])
    }
    let last = try json(snapshot, result: "PASS")
    XCTAssertEqual(last["phase"], "ended")
    XCTAssertEqual(last["result"], "PASS")
  }

  func testKeys_areThoseOfTheDocumentation() throws {
    var waiting = snapshot()
    waiting.phase = .waiting("for part 0")
    let lines = try [json(snapshot()), json(waiting), json(waiting, result: "PASS")]
    let told = Set(try lines.flatMap { try Self.keys($0) })
    let page = try String(contentsOfFile: "docs/settings.md", encoding: .utf8)
    let section = try XCTUnwrap(page.components(separatedBy: "### Progress for programs").last)
    let rows = try XCTUnwrap(section.components(separatedBy: "\n## ").first)
      .components(separatedBy: "\n").filter { $0.hasPrefix("| `") }
    let documented = rows.flatMap { row in
      row.components(separatedBy: " | ")[0].components(separatedBy: "`").enumerated()
        .filter { $0.offset % 2 == 1 }.map(\.element)
    }
    XCTAssertEqual(told.sorted(), documented.sorted())
  }
}
