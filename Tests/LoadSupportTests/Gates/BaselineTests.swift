import Foundation
import XCTest

@testable import LoadSupport

final class BaselineTests: XCTestCase {
  private let today = MadeUpNights.first.advanced(by: 100)

  private func series(_ nights: Int) throws -> NightSeries {
    try XCTUnwrap(MadeUpNights.series((0..<nights).map { MadeUpNights.line($0) }))
  }

  func testAnchor_isMadeOfTheLatestNights_andNeedsFifteen() throws {
    XCTAssertThrowsError(try Baseline(anchoring: series(14), replacing: nil, on: today)) {
      XCTAssertTrue("\($0)".contains("14 nights without a failure of Fast 1"), "\($0)")
      XCTAssertTrue("\($0)".hasSuffix("an anchor needs 15"), "\($0)")
    }
    let anchor = try Baseline(anchoring: series(40), replacing: nil, on: today).anchor
    XCTAssertEqual(
      anchor.nights.map(\.night),
      (10..<40).map { MadeUpNights.first.advanced(by: $0) }
    )
    XCTAssertEqual(anchor.values(of: "p50_ms", without: [anchor.nights[0].night]).count, 29)
    XCTAssertEqual(anchor.values(of: "p99_ms", without: []), [])
  }

  func testAnchor_hasNoNightThatFailed() throws {
    let lines = (0..<40).map { day in
      MadeUpNights.line(
        day,
        failed: day == 30 ? 300 : 2,
        failures: day.isMultiple(of: 10) && day < 30 ? ["success_rate": "x"] : [:]
      )
    }
    let series = try XCTUnwrap(MadeUpNights.series(lines))
    let anchor = try Baseline(anchoring: series, replacing: nil, on: today).anchor
    let days = anchor.nights.map { $0.night.day - MadeUpNights.first.day }
    XCTAssertEqual(days, (0..<40).filter { ![0, 10, 20, 30].contains($0) }.suffix(30))
    XCTAssertEqual(anchor.failed, FailedRequests(requests: 30_000, failed: 60))
    XCTAssertThrowsError(
      try Baseline(
        accepting: XCTUnwrap(MadeUpNights.series(Array(lines.prefix(21)))),
        since: lines[20].night,
        because: "x",
        replacing: nil,
        on: today
      )
    ) { XCTAssertTrue("\($0)".contains("no night without a failure"), "\($0)") }
  }

  func testAnchor_isNotReplaced_butByAcceptingALevel() throws {
    let first = try Baseline(anchoring: series(15), replacing: nil, on: today)
    XCTAssertThrowsError(try Baseline(anchoring: series(40), replacing: first, on: today)) {
      XCTAssertTrue("\($0)".contains("loadtest baseline accept --reason"), "\($0)")
    }
    let since = MadeUpNights.first.advanced(by: 36)
    let accepted = try Baseline(
      accepting: series(40),
      since: since,
      because: "new cipher",
      replacing: first,
      on: today.advanced(by: 1)
    )
    XCTAssertEqual(accepted.anchor.nights.count, 4)
    XCTAssertEqual(accepted.anchor.since, since)
    XCTAssertEqual(accepted.anchor.reason, "new cipher")
    XCTAssertEqual(accepted.earlier, [first.anchor])
    // Four nights are too few to last: they may be replaced when there are more of the same level.
    XCTAssertThrowsError(try Baseline(anchoring: series(50), replacing: accepted, on: today))
    let again = try Baseline(anchoring: series(60), replacing: accepted, on: today)
    XCTAssertEqual(again.anchor.nights.count, 24)
    XCTAssertEqual(again.anchor.since, since)
    XCTAssertEqual(again.earlier.map(\.nights.count), [15, 4])
    XCTAssertThrowsError(
      try Baseline(accepting: series(9), since: since, because: "", replacing: nil, on: today)
    )
  }

  func testFile_keepsABaselineForEachHardwareAndLoad() throws {
    let directory = try TemporaryDirectory().path + "/baselines"
    var file = try BaselineFile(of: MadeUpNights.scenario, in: directory)
    XCTAssertEqual(file.baselines, [])
    let one = try Baseline(anchoring: series(20), replacing: nil, on: today)
    let lines = (0..<20).map { MadeUpNights.line($0, workers: 7) }
    let other = try Baseline(
      anchoring: XCTUnwrap(MadeUpNights.series(lines)),
      replacing: nil,
      on: today
    )
    for baseline in [one, other, one] { file.put(baseline) }
    try file.write(to: directory)
    let read = try BaselineFile(of: MadeUpNights.scenario, in: directory)
    XCTAssertEqual(read, file)
    XCTAssertEqual(read.baselines.count, 2)
    XCTAssertEqual(read[one.conditions], one)
  }

  func testFile_isRefused_whenItIsDamagedOrNewer() throws {
    let directory = try TemporaryDirectory()
    for text in [
      "{", "[]", #"{"format":3,"scenario":"command_throughput","baselines":[]}"#,
      #"{"format":1,"scenario":"latency_test","baselines":[]}"#,
    ] {
      _ = try directory.write(text.utf8, to: "command_throughput.json")
      XCTAssertThrowsError(try BaselineFile(of: MadeUpNights.scenario, in: directory.path)) {
        XCTAssertTrue("\($0)".contains("\(directory.path)/command_throughput.json"), "\($0)")
      }
    }
  }
}
