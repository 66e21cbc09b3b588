import Foundation
import XCTest

@testable import LoadSupport

final class NightSeriesTests: XCTestCase {
  func testNight_isADateOfTheCalendar() {
    XCTAssertEqual(Night("2026-01-01"), MadeUpNights.first)
    XCTAssertEqual(Night("2026-02-28")?.advanced(by: 1).description, "2026-03-01")
    for text in ["2026-02-30", "2026-2-3", "20260203", "2026-02-03x", " 2026-02-03", ""] {
      XCTAssertNil(Night(text), text)
    }
  }

  func testHardware_isTheSame_whateverTheKernelKeepsOfTheMemory() {
    func gib(_ share: Double, _ size: Double) -> Int {
      NightLine.Hardware(
        MadeUpNights.machine(memoryBytes: UInt64(size * share * Double(1 << 30)))
      ).memoryGiB
    }
    for size in [1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256.0] {
      for share in [0.95, 0.97, 0.99, 1] { XCTAssertEqual(gib(share, size), Int(size)) }
    }
  }

  func testSeries_isInOrder_withTheLaterLineOfANight() throws {
    let lines = [
      MadeUpNights.line(1, [.p50: 1]), MadeUpNights.line(0), MadeUpNights.line(2),
      MadeUpNights.line(1, [.p50: 2]),
    ]
    let series = try XCTUnwrap(MadeUpNights.series(lines))
    XCTAssertEqual(series.lines.map { $0.night.day - MadeUpNights.first.day }, [0, 1, 2])
    XCTAssertEqual(series.lines[1].metrics["p50_ms"]?.median, 2)
    XCTAssertEqual(
      series.remarks,
      ["2026-01-02 is there 2 times; line 4 counts, the latest"]
    )
  }

  func testSeries_saysWhichNightsAreMissing() throws {
    let lines = [0, 1, 4, 5, 7].map { MadeUpNights.line($0) }
    XCTAssertEqual(
      try XCTUnwrap(MadeUpNights.series(lines)).remarks,
      ["3 nights are missing since 2026-01-01: 2026-01-03 to 2026-01-04, 2026-01-07"]
    )
  }

  func testSeries_neverMixesHardwareOrLoad_butTakesAnyVersion() throws {
    let other = MadeUpNights.machine("Slow 2")
    let lines = [
      MadeUpNights.line(0, machine: other), MadeUpNights.line(0),
      MadeUpNights.line(1, workers: 9), MadeUpNights.line(1, version: "2.0"),
    ]
    let series = try XCTUnwrap(MadeUpNights.series(lines))
    XCTAssertEqual(series.lines, [lines[1], lines[3]])
    XCTAssertEqual(series.remarks.count, 2, "\(series.remarks)")
    XCTAssertTrue(
      series.remarks[0].hasPrefix("1 lines of other hardware are left out (such as Slow")
    )
    XCTAssertTrue(series.remarks[1].contains("another load"), series.remarks[1])
    XCTAssertTrue(series.remarks[1].contains("9 workers"), series.remarks[1])
    // The hardware and load of the last line are judged.
    XCTAssertEqual(MadeUpNights.series(lines.reversed())?.lines.map(\.load.workers), [9])
  }

  func testSeries_endsWithTheNightAskedFor() {
    let lines = (0..<4).map { MadeUpNights.line($0) }
    let end = MadeUpNights.first.advanced(by: 1)
    XCTAssertEqual(MadeUpNights.series(lines, upTo: end)?.lines.count, 2)
    XCTAssertNil(MadeUpNights.series(lines, upTo: MadeUpNights.first.advanced(by: -1)))
  }
}
