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
      series.remarks[0].hasPrefix("1 line of other hardware is left out (such as Slow")
    )
    XCTAssertTrue(series.remarks[1].contains("another load"), series.remarks[1])
    XCTAssertTrue(series.remarks[1].contains("9 workers"), series.remarks[1])
    // The hardware and load of the last line are judged.
    XCTAssertEqual(MadeUpNights.series(lines.reversed())?.lines.map(\.load.workers), [9])
  }

  /// All that decides what is measured, one at a time.
  func testSeries_leavesOutEveryOtherLoad_andSaysInWhatItDiffers() throws {
    let usual = RecordedScenario.header()
    let text = String(decoding: try RecordingJSON.encodeLine(usual), as: UTF8.self)
    func changed(_ old: String, _ new: String) throws -> ScenarioHeader {
      XCTAssertTrue(text.contains(old), "\(old) in \(text)")
      let data = Data(text.replacing(old, with: new).utf8)
      return try JSONDecoder().decode(ScenarioHeader.self, from: data)
    }
    let network = #""network":{"#
    for (old, new, words) in [
      (#""profile":"smoke""#, #""profile":"quick""#, "quick"),
      (#""workers":2"#, #""workers":3"#, "3 workers"),
      (#""loops":1"#, #""loops":2"#, "2 event loops"),
      (#""warm_up_s":0.5"#, #""warm_up_s":1"#, "1.0 s of warm-up"),
      (#""duration_s":2"#, #""duration_s":9"#, "9.0 s"),
      (#""arrivals":"closed""#, #""arrivals":"poisson","arrival_rate":5"#, "poisson arrivals, 5.0"),
      (#""timeout_s":30"#, #""timeout_s":5"#, "a timeout of 5.0 s"),
      (#""tool_profile":"standard""#, #""tool_profile":"other""#, "tool profile other"),
      (#""b":"whoami""#, #""b":"df""#, "commands a: whoami; b: df"),
      (#""scenario":"#, #""sessions":7,"scenario":"#, "7 sessions"),
      (#""server":"http://h:3000/mcp""#, #""server":"http://i/mcp""#, "server http://i/mcp"),
      (#""target":"t:22""#, #""target":"u:22""#, "target u:22"),
      (network, network + #""server_name":"x","#, "its name x"),
      (network, network + #""server_command":"0badcafe","#, "its command 0badcafe"),
      (network, network + #""link_emulation":"netem","#, "netem"),
    ] {
      let lines = [
        MadeUpNights.line(0), MadeUpNights.line(1, header: try changed(old, new)),
        MadeUpNights.line(2),
      ]
      let series = try XCTUnwrap(MadeUpNights.series(lines))
      XCTAssertEqual(series.lines, [lines[0], lines[2]], new)
      let remark = try XCTUnwrap(series.remarks.first)
      XCTAssertTrue(remark.hasPrefix("1 line of another load is left out (such as "), remark)
      XCTAssertTrue(remark.contains(words), "\(words) in \(remark)")
      XCTAssertEqual(MadeUpNights.series(Array(lines.prefix(2)))?.lines, [lines[1]], new)
    }
  }

  func testSeries_isOneNight_whereMachinesCannotBeToldApart() throws {
    for name in ["unknown", "Unknown", " ", ""] {
      let machine = MadeUpNights.machine(name)
      let lines = (0..<20).map { MadeUpNights.line($0, machine: machine) }
      let series = try XCTUnwrap(MadeUpNights.series(lines))
      XCTAssertEqual(series.lines, [lines[19]], name)
      XCTAssertTrue(series.remarks[0].contains("the processor has no name"), "\(series.remarks)")
      XCTAssertThrowsError(
        try Baseline(
          accepting: series,
          since: lines[19].night,
          because: "x",
          replacing: nil,
          on: lines[19].night
        )
      ) { XCTAssertTrue("\($0)".contains("cannot be told apart"), "\($0)") }
    }
  }

  func testSeries_isSound_withoutNightsThatFailed() {
    let failures = [2: 400, 3: 15, 5: 8, 6: 30, 7: 9]
    let lines = (0..<9).map { day in
      MadeUpNights.line(day, failed: failures[day] ?? 0, failures: day == 2 ? ["x": "y"] : [:])
    }
    let sound = MadeUpNights.series(lines)?.sound(since: nil) ?? []
    // 1.5 % and 3 % are more than the share before by more than 1 %.
    XCTAssertEqual(sound.map { $0.night.day - MadeUpNights.first.day }, [0, 1, 4, 5, 7, 8])
    let since = MadeUpNights.first.advanced(by: 3)
    let accepted = MadeUpNights.series(lines)?.sound(since: since) ?? []
    XCTAssertEqual(accepted.map { $0.night.day - MadeUpNights.first.day }, [3, 4, 5, 7, 8])
  }

  func testSeries_endsWithTheNightAskedFor() {
    let lines = (0..<4).map { MadeUpNights.line($0) }
    let end = MadeUpNights.first.advanced(by: 1)
    XCTAssertEqual(MadeUpNights.series(lines, upTo: end)?.lines.count, 2)
    XCTAssertNil(MadeUpNights.series(lines, upTo: MadeUpNights.first.advanced(by: -1)))
  }
}
