import XCTest

@testable import LoadSupport

final class ServerOutageTests: XCTestCase {
  /// Ten seconds of a server that is asked every 10 ms, and is away for a time.
  private func restart(
    away: Range<Double> = 0..<0,
    isSilent: Bool = false,
    error: String = "connect: Connection refused",
    _ pages: [String] = []
  ) throws -> ServerOutage? {
    let recorded = try RecordedScenario(RecordedScenario.header(seconds: 10))
    let samples = (0..<1_000).compactMap { index -> Sample? in
      let at = Double(index) * 10
      guard away.contains(at / 1_000) else {
        return Sample("a", planned: at, done: at + 5, sent: at)
      }
      return isSilent ? nil : Sample("a", .transportError, planned: at, done: at + 1, error: error)
    }
    try recorded.write(samples)
    try recorded.write([
      RunEvent(.measure, at: 0, until: 10_000_000_000), RunEvent(.drain, at: 10_000_000_001),
      RunEvent(.end, at: 10_000_000_002, attempts: samples.count),
    ])
    try recorded.write(
      pages.enumerated().map { ServerMetricsLine(.tick, at: Double($0) * 1_000, $1) }
    )
    let analysis = try recorded.analysis()
    if let outage = analysis.outage {
      XCTAssertEqual(analysis.problems.first, "the server ended in mid-run: \(outage.text)")
    }
    return analysis.outage
  }

  func testRestart_isNamed_byEachSign() throws {
    let refused = try XCTUnwrap(try restart(away: 3..<5))
    XCTAssertEqual(refused.count, 1)
    XCTAssertEqual(
      refused.text,
      "connections were refused between 3.0 s and 5.0 s of the window"
    )
    let process = try XCTUnwrap(
      try restart([1_000, 1_000, 1_500, 1_500].map { "process_start_time_seconds \($0)" })
    )
    XCTAssertEqual(
      process.text,
      "process_start_time_seconds changed between 1.0 s and 2.0 s of the window"
    )
    let counters = try XCTUnwrap(try restart([5, 9, 2, 4].map { "x_total \($0)" }))
    XCTAssertEqual(
      counters.text,
      "counters went down between 1.0 s and 2.0 s of the window (x_total)"
    )
    let twice = try restart([1_000, 1_500, 2_000].map { "process_start_time_seconds \($0)" })
    XCTAssertEqual(twice?.count, 2)
  }

  /// Several processes behind one address answer by turns, and none of them was restarted.
  func testRestart_isNone_whereSeveralProcessesAnswer() throws {
    XCTAssertNil(
      try restart([1_000, 1_500, 1_000, 1_500].map { "process_start_time_seconds \($0)" })
    )
    XCTAssertNil(try restart([5, 2, 7, 4].map { "x_total \($0)" }))
  }

  /// A server that is gone for good is refused until the end; a moment's refusal is none, and failures of
  /// our own are not the server's.
  func testOutage_isToldWithoutAReturn_andIsNone_whereNothingWasRefusedForLong() throws {
    XCTAssertEqual(
      try restart(away: 3..<10)?.text,
      "connections were refused from 3.0 s of the window on"
    )
    XCTAssertNil(try restart())
    XCTAssertNil(try restart(away: 0..<10))
    XCTAssertNil(try restart(away: 3..<3.05))
    XCTAssertNil(try restart(away: 3..<5, isSilent: true))
    XCTAssertNil(try restart(away: 3..<5, error: "connect: Cannot assign requested address"))
  }
}
