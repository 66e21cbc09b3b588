import EventIO
import XCTest

@testable import mcp_ssh_server

final class AuditLineTests: XCTestCase {
  private func line(_ text: String, limit: Int = .max) -> [UInt8] {
    var line = AuditLine("test")
    line.add("text", text, limit: limit)
    return line.finished
  }

  func testLine_isVisibleASCII_andKeepsEveryCharacter() throws {
    // All of the lower ones, where what is invisible mostly is, and some of the others.
    let values =
      Array(0...0x30FF) + Array(0xE_0000...0xE_0200)
      + Array(stride(from: 0x3100, to: 0x11_0000, by: 997))
    let scalars = values.compactMap { Unicode.Scalar(UInt32($0)) }
    for first in stride(from: 0, to: scalars.count, by: 500) {
      let part = scalars[first..<min(first + 500, scalars.count)]
      let bytes = line(String(String.UnicodeScalarView(part)))
      XCTAssertEqual(bytes.last, 0x0A)
      XCTAssertTrue(bytes.dropLast().allSatisfy { (0x20...0x7E).contains($0) })
      let read = try JSONValue(parsing: bytes)["text"]?.string
      XCTAssertTrue(read?.unicodeScalars.elementsEqual(part) == true, "\(part)")
    }
  }

  func testLine_isBounded_andTellsTheLength_whenATextIsLong() throws {
    for (unit, limit) in [("a", 4096), ("\u{7}", 4096), ("é", 4095), ("\u{1F600}", 4095)] {
      let text = String(repeating: unit, count: 300_000)
      let bytes = line(text, limit: limit)
      XCTAssertLessThan(bytes.count, 4096 * 6 + 200)
      let value = try JSONValue(parsing: bytes)
      XCTAssertEqual(value["text_bytes"]?.integer, text.utf8.count)
      let kept = try XCTUnwrap(value["text"]?.string)
      XCTAssertEqual(kept, String(repeating: unit, count: limit / unit.utf8.count))
    }
    XCTAssertNil(try JSONValue(parsing: line("abc", limit: 3))["text_bytes"])
    XCTAssertEqual(try JSONValue(parsing: line("abc", limit: 2))["text"], "ab")
  }

  func testLine_hasItsTimeInUTC_andDurationsInMilliseconds() throws {
    var line = AuditLine("test")
    line.add("long", Duration.milliseconds(61_000) + .microseconds(70))
    line.add("short", Duration.nanoseconds(999))
    line.add("none", nil as Int?)
    line.add("none", nil as String?)
    line.add("yes", true)
    let value = try JSONValue(parsing: line.finished)
    XCTAssertEqual(value["long"], .number("61000.070"))
    XCTAssertEqual(value["short"], .number("0.000"))
    XCTAssertNil(value["none"])
    XCTAssertEqual(value["yes"], true)
    let time = Array(try XCTUnwrap(value["time"]?.string).utf8)
    XCTAssertEqual(time.count, "2026-01-01T00:00:00.000Z".utf8.count)
    XCTAssertEqual(time.last, UInt8(ascii: "Z"))
  }
}
