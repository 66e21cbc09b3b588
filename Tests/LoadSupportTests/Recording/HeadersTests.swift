import EventIO
import Foundation
import XCTest

@testable import LoadSupport

final class HeadersTests: XCTestCase {
  /// Every key of a file, however deep, except those below a key that holds names of others.
  private func keys(_ value: Any, except names: Set<String> = []) -> [String] {
    if let array = value as? [Any] { return array.flatMap { keys($0, except: names) } }
    guard let object = value as? [String: Any] else { return [] }
    return object.flatMap { key, value in
      [key] + (names.contains(key) ? [] : keys(value, except: names))
    }
  }

  private func assertSnakeCase(_ data: Data, except names: Set<String> = []) throws {
    for key in keys(try JSONSerialization.jsonObject(with: data), except: names) {
      XCTAssertNotNil(key.range(of: "^[a-z][a-z0-9_]*$", options: .regularExpression), key)
    }
  }

  private func roundTrip<Value: Codable & Equatable>(_ value: Value) throws {
    let data = try RecordingJSON.encodeFile(value)
    XCTAssertEqual(data.last, 0x0A)
    XCTAssertEqual(try JSONDecoder().decode(Value.self, from: data), value)
    let line = try RecordingJSON.encodeLine(value)
    XCTAssertEqual(line.firstIndex(of: 0x0A), line.count - 1)
    XCTAssertEqual(try JSONDecoder().decode(Value.self, from: Data(line)), value)
    try assertSnakeCase(data, except: ["commands", "details", "totals"])
  }

  func testRunHeader_survivesCoding_andTellsFormatClockAndMachine() throws {
    let header = RunHeader(testID: "loadtest_20260212_153045")
    try roundTrip(header)
    XCTAssertEqual(header.format, RunHeader.currentFormat)
    let started = try XCTUnwrap(ISO8601DateFormatter().date(from: header.started))
    XCTAssertEqual(
      started.timeIntervalSince1970,
      header.clock.epochMilliseconds / 1_000,
      accuracy: 5
    )
    XCTAssertGreaterThan(header.machine.cores, 0)
    XCTAssertGreaterThan(header.machine.memoryBytes, 1 << 20)
    XCTAssertTrue(header.machine.kernel.hasPrefix("Linux "), header.machine.kernel)
    XCTAssertFalse(header.machine.cpuModel.isEmpty)
  }

  func testScenarioHeader_survivesCoding() throws {
    try roundTrip(RecordedScenario.header())
    try roundTrip(RecordedScenario.header(arrivalRate: 100))
  }

  func testNetwork_survivesCoding_andIsReadWithoutAProbe() throws {
    var network = NetworkDescription(kind: .live, server: "http://h/mcp", target: "t:22")
    let before = try RecordingJSON.encodeLine(network)
    XCTAssertNil(try JSONDecoder().decode(NetworkDescription.self, from: Data(before)).probe)
    let probe = ProtocolProbe(outcome: .httpError, httpStatus: 400, nanoseconds: 1_500_000)
    network.note(.legacy, "2025-11-25", after: probe)
    try roundTrip(network)
    let text = String(decoding: try RecordingJSON.encodeLine(network), as: UTF8.self)
    XCTAssertTrue(
      text.contains(
        #""protocol_probe":{"http_status":400,"outcome":"http_error","time_ns":1500000}"#
      ),
      text
    )
  }

  func testEvents_surviveCoding() throws {
    try roundTrip(RunEvent(.setup, at: -1))
    try roundTrip(
      RunEvent(.measure, at: 1, until: .max, step: "workers=2", message: "\"\n", attempts: 0)
    )
  }

  func testLines_areReadAsFarAsTheyCanBe() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write(
      Array(#"{"event":"setup","at_ns":1}"#.utf8) + Array("\nnonsense\n\n".utf8)
        + Array(#"{"event":"drain","at_ns":1,"until_ns":\#(Int64.max)}"#.utf8) + [0x0A]
        + Array(#"{"event":"a kind of later","at_ns":2}"#.utf8) + [0x0A]
        + Array(#"{"event":"end","at_ns":3,"attempts":9}"#.utf8) + Array("\n{\"event\":\"e".utf8),
      to: "events.jsonl"
    )
    let events = RecordingJSON.decodeLines(RunEvent.self, at: path)
    XCTAssertEqual(events.read, [RunEvent(.setup, at: 1), RunEvent(.end, at: 3, attempts: 9)])
    XCTAssertEqual(events.unreadable, 4)
    XCTAssertEqual(RecordingJSON.decodeLines(RunEvent.self, at: "/nowhere").read, [])
  }

  func testLayout_sortsSampleFilesByNumber_andLeavesOutOthers() throws {
    let directory = try TemporaryDirectory()
    for name in ["w10.jsonl", "w2.jsonl", "w0.jsonl", "events.jsonl", "w.jsonl", "wx.jsonl", "w1"] {
      _ = try directory.write([], to: name)
    }
    let layout = ScenarioLayout(directory: directory.path)
    XCTAssertEqual(
      try layout.sampleFiles(),
      ["w0.jsonl", "w2.jsonl", "w10.jsonl"].map { directory.path + "/" + $0 }
    )
    XCTAssertEqual(layout.samples(2), directory.path + "/w2.jsonl")
  }
}
