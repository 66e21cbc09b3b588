import XCTest

@testable import LoadSupport

final class MeasuredWindowTests: XCTestCase {
  private let measure = RunEvent(.measure, at: 1_000, until: 5_000)

  private func assert(
    _ events: [RunEvent],
    lastDone: Int64? = nil,
    _ start: Int64,
    _ end: Int64,
    _ ending: MeasuredWindow.Ending,
    line: UInt = #line
  ) {
    let window = MeasuredWindow(events: events, lastDone: lastDone)
    XCTAssertEqual(window.start, start, line: line)
    XCTAssertEqual(window.end, end, line: line)
    XCTAssertEqual(window.ending, ending, line: line)
  }

  func testWindow_isThePlannedOne_whenTheRunWentThrough() {
    let drain = RunEvent(.drain, at: 5_100)
    assert([measure, drain], 1_000, 5_000, .complete)
    // An end that was asked for only while sessions were being closed changes nothing.
    assert([measure, drain, RunEvent(.stopped, at: 5_200)], 1_000, 5_000, .complete)
    assert([measure, drain, RunEvent(.stopped, at: 5_000)], 1_000, 5_000, .complete)
  }

  func testWindow_endsWhereItWasStopped() {
    let drain = RunEvent(.drain, at: 3_100)
    assert([measure, drain, RunEvent(.stopped, at: 3_000)], 1_000, 3_000, .stopped)
    assert([measure, drain, RunEvent(.stopped, at: 500)], 1_000, 1_000, .stopped)
    assert([measure, RunEvent(.stopped, at: 4_999)], lastDone: 2_000, 1_000, 4_999, .stopped)
  }

  func testWindow_endsWithTheLastSample_whenTheRecordingBreaksOff() {
    assert([measure], lastDone: 3_000, 1_000, 3_000, .brokenOff)
    assert([measure], lastDone: 9_000, 1_000, 5_000, .brokenOff)
    assert([measure], lastDone: 500, 1_000, 1_000, .brokenOff)
    assert([measure], 1_000, 1_000, .brokenOff)
  }

  func testWindow_isEmpty_whenTheLoadNeverBegan() {
    assert([], 0, 0, .neverBegan)
    assert([RunEvent(.setup, at: 1), RunEvent(.drain, at: 2)], lastDone: 2, 0, 0, .neverBegan)
    assert([RunEvent(.measure, at: 1_000)], 0, 0, .neverBegan)
  }

  /// A damaged recording must not crash whoever reads it.
  func testWindow_isEmpty_whenItEndsBeforeItBegins() {
    let reversed = RunEvent(.measure, at: 5_000, until: 1_000)
    assert([reversed, RunEvent(.drain, at: 6_000)], 5_000, 5_000, .complete)
    assert([reversed], lastDone: 3_000, 5_000, 5_000, .brokenOff)
  }
}
