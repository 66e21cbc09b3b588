import EventIO
import XCTest

@testable import LoadSupport

final class ProgressLineTests: XCTestCase {
  private let now = MonotonicInstant(nanoseconds: 100_000_000_000)
  private let part = RecordingPart(runID: "night", index: 1, of: 4, attempt: "a")

  private func json(_ snapshot: ProgressMeter.Snapshot) throws -> JSONValue {
    let line = ProgressLine(snapshot, of: part, scenario: "sustained_load", now: now)
    let bytes = try RecordingJSON.encodeLine(line)
    XCTAssertEqual(bytes.count { $0 == 0x0A }, 1)
    return try JSONValue(parsing: bytes)
  }

  func testLine_tellsWhatWasDone_andHowFast() throws {
    var snapshot = ProgressMeter.Snapshot()
    (snapshot.phase, snapshot.workers) = ("load", 3)
    snapshot.loadStart = now + .milliseconds(-12_500)
    snapshot.since = now + .seconds(-1)
    snapshot.outcomes = [.success: 1_000, .timeout: 2, .toolError: 1]
    snapshot.recentOutcomes = [.success: 300, .timeout: 1]
    for milliseconds in 1...100 { snapshot.recentLatency.record(Int64(milliseconds) * 1_000_000) }
    snapshot.recentLateness = 2_500_000
    let line = try json(snapshot)
    XCTAssertEqual(line["run_id"], "night")
    XCTAssertEqual(line["index"], 1)
    XCTAssertEqual(line["of"], 4)
    XCTAssertEqual(line["scenario"], "sustained_load")
    XCTAssertEqual(line["step"], "load")
    XCTAssertEqual(line["t_s"]?.double, 12.5)
    XCTAssertEqual(line["requests"], 1_003)
    XCTAssertEqual(line["failures"], 3)
    XCTAssertEqual(line["per_second"]?.double, 300)
    XCTAssertEqual(try XCTUnwrap(line["p99_ms"]?.double), 99, accuracy: 1)
    XCTAssertEqual(line["lateness_ms"]?.double, 2.5)
    XCTAssertEqual(line["workers"], 3)
  }

  func testLine_hasNoTimeAndNoLatency_beforeTheLoad() throws {
    var snapshot = ProgressMeter.Snapshot()
    snapshot.loadStart = now + .seconds(2)
    snapshot.since = now
    let line = try json(snapshot)
    XCTAssertNil(line["t_s"])
    XCTAssertNil(line["p99_ms"])
    XCTAssertEqual(line["per_second"], 0)
    XCTAssertEqual(line["requests"], 0)
  }

  func testMeter_keepsTheLatestLateness_sinceItWasLastTaken() {
    let meter = ProgressMeter()
    for (sent, planned) in [(7, 5), (30, 10), (41, 40)] as [(Int64, Int64)] {
      var attempt = Attempt(outcome: .success, planned: planned, done: 50)
      attempt.sent = sent
      meter.record(attempt)
    }
    XCTAssertEqual(meter.take().recentLateness, 20)
    XCTAssertEqual(meter.take().recentLateness, 0)
  }
}
