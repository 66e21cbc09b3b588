import EventIO
import Foundation
import XCTest

final class JSONValueTextTests: XCTestCase {
  func testValue_isReadAsItWasWritten_whenACoderIsUsed() throws {
    let value: JSONValue = [
      "a": [.null, true, "x", 1, 0.5, [:], []], "big": .number("9223372036854775807"),
      "bigger": .number("18446744073709551615"), "least": .number("-9223372036854775808"),
    ]
    XCTAssertEqual(
      try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value)),
      value
    )
  }

  func testText_isBroken_whereALineWouldBeTooLong() {
    let value: JSONValue = [
      "name": "x", "list": ["12345678", "12345678"], "none": [:], "fits": [1, 2],
    ]
    XCTAssertEqual(
      String(decoding: value.indented(width: 24), as: UTF8.self),
      """
      {
        "name": "x",
        "list": [
          "12345678",
          "12345678"
        ],
        "none": {},
        "fits": [1, 2]
      }

      """
    )
    XCTAssertEqual(
      String(decoding: value.indented(), as: UTF8.self).split(separator: "\n").count,
      1
    )
  }
}
