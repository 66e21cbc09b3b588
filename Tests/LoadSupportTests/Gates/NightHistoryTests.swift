import Foundation
import XCTest

@testable import LoadSupport

final class NightHistoryTests: XCTestCase {
  private func history() throws -> NightHistory {
    NightHistory(directory: try TemporaryDirectory().path + "/results/history")
  }

  private func write(_ text: String, to history: NightHistory) throws {
    try FileManager.default.createDirectory(
      atPath: history.directory,
      withIntermediateDirectories: true
    )
    try Data(text.utf8).write(to: URL(fileURLWithPath: history.path(of: MadeUpNights.scenario)))
  }

  private func text(_ history: NightHistory) throws -> String {
    try String(contentsOfFile: history.path(of: MadeUpNights.scenario), encoding: .utf8)
  }

  private func encoded(_ line: NightLine) throws -> String {
    String(decoding: try RecordingJSON.encodeLine(line), as: UTF8.self)
  }

  func testAppend_createsTheDirectory_andReadsBackTheSame() throws {
    let history = try history()
    XCTAssertEqual(try history.read(MadeUpNights.scenario).lines.count, 0)
    XCTAssertThrowsError(try history.scenarios()) {
      XCTAssertTrue("\($0)".contains("there is no history in \(history.directory);"), "\($0)")
    }
    let lines = [MadeUpNights.line(0), MadeUpNights.line(1)]
    for line in lines { try history.append(line) }
    let content = try history.read(MadeUpNights.scenario)
    XCTAssertEqual(content.lines.map(\.line), lines)
    XCTAssertEqual(content.lines.map(\.number), [1, 2])
    XCTAssertEqual(content.remarks, [])
    XCTAssertEqual(try history.scenarios(), [MadeUpNights.scenario])
  }

  func testLine_hasTheDocumentedForm() throws {
    let text = try encoded(MadeUpNights.line(0, commit: "abc"))
    XCTAssertTrue(
      text.hasPrefix(
        #"{"commit":"abc","failed_requests":0,"format":2,"#
          + #""key":{"cores":4,"cpu_model":"Fast 1","memory_gib":16},"#
          + #""load":{"arrivals":"closed","commands":{"a":"whoami","b":"whoami"},"duration_s":2,"#
          + #""loops":1,"profile":"smoke","server":"http://h:3000/mcp","target":"t:22","#
          + #""timeout_s":30,"tool_profile":"standard","warm_up_s":0.5,"workers":2},"#
          + #""metrics":{"p50_ms":{"median":10,"values":["#
      ),
      text
    )
    XCTAssertTrue(
      text.contains(
        #""night":"2026-01-01","requests":1000,"runs":3,"scenario":"command_throughput""#
      )
    )
    XCTAssertTrue(text.contains(#""versions":{"kernel":"Linux 6.1 x86_64","server":"1.0","tool"#))
  }

  /// As version 1.0 wrote them: what they lack they lack, and so they are compared with nothing.
  func testLines_ofFormat1_areRead_andLeftOut() throws {
    let history = try history()
    func old(_ night: String) -> String {
      #"{"format":1,"key":{"cores":4,"cpu_model":"Fast 1","memory_gib":16},"#
        + #""load":{"duration_s":2,"profile":"smoke","server":"http://h:3000/mcp","workers":2},"#
        + #""metrics":{"p50_ms":{"median":10,"values":[10]}},"night":"\#(night)","runs":2,"#
        + #""scenario":"command_throughput","versions":{}}"# + "\n"
    }
    try write(old("2025-12-30") + old("2025-12-31"), to: history)
    let before = try XCTUnwrap(NightSeries(try history.read(MadeUpNights.scenario)))
    XCTAssertEqual(before.lines.map(\.night.description), ["2025-12-31"])
    XCTAssertTrue(before.remarks[0].contains("compared with no other: lines of format 1"))
    try history.append(MadeUpNights.line(0))
    let after = try XCTUnwrap(NightSeries(try history.read(MadeUpNights.scenario)))
    XCTAssertEqual(after.lines, [MadeUpNights.line(0)])
    XCTAssertTrue(
      after.remarks[0].hasPrefix("2 lines of format 1 are left out"),
      "\(after.remarks)"
    )
  }

  /// Whatever byte the last write was cut at, the lines before it and the next one are whole.
  func testAppend_losesNothing_whereverTheLastLineWasCut() throws {
    let history = try history()
    let whole = try encoded(MadeUpNights.line(0))
    let cut = try encoded(MadeUpNights.line(1))
    for length in stride(from: 0, through: cut.utf8.count, by: 7) {
      let rest = String(decoding: cut.utf8.prefix(length), as: UTF8.self)
      try write(whole + rest, to: history)
      try history.append(MadeUpNights.line(2))
      let text = try text(history)
      XCTAssertTrue(text.hasPrefix(whole + rest), "cut at \(length)")
      let content = try history.read(MadeUpNights.scenario)
      let days = content.lines.map { $0.line.night.day - MadeUpNights.first.day }
      XCTAssertEqual(days, [0, 2], "cut at \(length)")
      XCTAssertEqual(content.remarks.count, length == 0 ? 0 : 1, "cut at \(length)")
    }
    // A line that lacks nothing but its end counts.
    try write(whole + cut.dropLast(), to: history)
    try history.append(MadeUpNights.line(2))
    XCTAssertEqual(try history.read(MadeUpNights.scenario).lines.count, 3)
  }

  func testDamagedLines_areKept_leftOut_andNamedByTheirNumbers() throws {
    let history = try history()
    let line = try encoded(MadeUpNights.line(0))
    let text =
      line + "<<<<<<< HEAD\n" + "\n" + line.replacing("2026-01-01", with: "2026-02-30")
      + line.replacing(#""median":10"#, with: #""median":0"#)
      + line.replacing("command_throughput", with: "latency_test")
      + line.replacing(#""format":2"#, with: #""format":3,"more":[]"#) + "\u{0}\u{FFFD}\n" + line
    try write(text, to: history)
    let content = try history.read(MadeUpNights.scenario)
    XCTAssertEqual(content.lines.map(\.number), [1, 9])
    let path = history.path(of: MadeUpNights.scenario)
    XCTAssertEqual(content.remarks.count, 2, "\(content.remarks)")
    XCTAssertTrue(content.remarks[0].hasPrefix("\(path):2,4,5,6,8: damaged"), "\(content.remarks)")
    XCTAssertTrue(content.remarks[1].hasPrefix("\(path):7: of a newer format"))
    try history.append(MadeUpNights.line(1))
    XCTAssertTrue(try self.text(history).hasPrefix(text))
  }

  func testLines_areReadOrNamed_whateverBytesAreInThem() throws {
    let history = try history()
    try write("", to: history)
    var random = SeededRandom(seed: 20_260_212)
    let lines = try (0..<5).map { try encoded(MadeUpNights.line($0)) }.joined()
    for round in 0..<200 {
      var bytes = Array(lines.utf8)
      for _ in 0...3 {
        bytes[.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
      }
      try Data(bytes).write(to: URL(fileURLWithPath: history.path(of: MadeUpNights.scenario)))
      let content = try history.read(MadeUpNights.scenario)
      XCTAssertLessThanOrEqual(content.lines.count, 5, "round \(round)")
      XCTAssertTrue(content.lines.count == 5 || !content.remarks.isEmpty, "round \(round)")
    }
  }

  func testAppend_saysWhere_whenItCannotWrite() throws {
    let directory = try TemporaryDirectory()
    let history = NightHistory(directory: try directory.write([], to: "file") + "/history")
    XCTAssertThrowsError(try history.append(MadeUpNights.line(0)))
  }
}
