import EventIO
import XCTest

@testable import LoadSupport

final class ProgressTextTests: XCTestCase {
  private let now = MonotonicInstant(nanoseconds: 100_000_000_000)

  private func snapshot() -> ProgressMeter.Snapshot {
    var snapshot = ProgressMeter.Snapshot()
    snapshot.phase = "load"
    snapshot.loadStart = now + .seconds(-10)
    snapshot.loadEnd = now + .seconds(30)
    snapshot.since = now + .seconds(-2)
    snapshot.outcomes = [.success: 1_000, .timeout: 2, .toolError: 1]
    snapshot.recentOutcomes = [.success: 300]
    for milliseconds in 1...100 { snapshot.recentLatency.record(Int64(milliseconds) * 1_000_000) }
    snapshot.pool = (active: 10, idle: 2)
    return snapshot
  }

  func testLine_saysWhatIsLeftHowFastAndWhatFailed() {
    XCTAssertEqual(
      ProgressText(snapshot(), scenario: "command_throughput", now: now).line,
      "command_throughput load 30 s left, 150/s now, 100/s avg, p50 50.0 ms, p99 99.0 ms, "
        + "3 failed (tool_error 1, timeout 2)"
    )
  }

  func testLine_isShort_beforeTheLoad() {
    XCTAssertEqual(
      ProgressText(ProgressMeter.Snapshot(), scenario: "s", now: now).line,
      "s starting, 0 failed"
    )
  }

  func testView_fitsTheTerminal() {
    let text = ProgressText(snapshot(), scenario: "command_throughput", now: now)
    for width in [1, 20, 39, 80, 200] {
      for line in text.view(width: width) { XCTAssertLessThanOrEqual(line.count, width, line) }
    }
    let view = text.view(width: 80)
    XCTAssertTrue(view[0].contains("[##########...."), view[0])
    XCTAssertTrue(view[0].hasSuffix("30 s left"))
    XCTAssertTrue(view[2].contains("pool 10 active, 2 idle"))
  }

  func testMeter_beginsAnewWhatIsRecent() {
    let meter = ProgressMeter()
    meter.record(Attempt(outcome: .success, planned: 0, done: 5))
    meter.record(Attempt(outcome: .timeout, planned: 0, done: 9))
    let first = meter.take()
    XCTAssertEqual(first.recentOutcomes, [.success: 1, .timeout: 1])
    XCTAssertEqual(first.recentLatency.count, 1)
    meter.record(Attempt(outcome: .success, planned: 0, done: 5))
    let second = meter.take()
    XCTAssertEqual(second.recentOutcomes, [.success: 1])
    XCTAssertEqual(second.outcomes, [.success: 2, .timeout: 1])
  }
}
