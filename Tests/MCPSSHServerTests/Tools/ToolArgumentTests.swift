import EventIO
import XCTest

@testable import mcp_ssh_server

final class ToolArgumentTests: XCTestCase {
  private func assertRefused<Value>(
    _ argument: ToolArgument<Value>,
    _ arguments: JSONValue,
    _ expected: String,
    at: UInt = #line
  ) {
    XCTAssertThrowsError(try argument.value(in: arguments), line: at) { error in
      XCTAssertEqual(
        error as? ToolError,
        .invalidArgument(argument.schema.name, expected),
        line: at
      )
    }
  }

  func testText_mayBeThere_orMustBe() throws {
    let name = ToolArgument.text("name", "A name.")
    XCTAssertNil(try name.value(in: [:]))
    XCTAssertNil(try name.value(in: ["name": .null]))
    XCTAssertEqual(try name.value(in: ["name": ""]), "")
    assertRefused(name, ["name": true], "a string")
    XCTAssertFalse(name.schema.isRequired)
    let host = ToolArgument.required("host", "A host.")
    XCTAssertEqual(try host.value(in: ["host": "h"]), "h")
    for arguments: JSONValue in [[:], ["host": .null], ["host": ""]] {
      assertRefused(host, arguments, "a string; it is required")
    }
    assertRefused(host, ["host": 3], "a string")
    XCTAssertTrue(host.schema.isRequired)
  }

  func testInteger_mayBeText_andStaysInTheRangeThatItsSchemaShows() throws {
    let port = ToolArgument.integer("port", "A port.", 1...9, usual: 2)
    XCTAssertEqual(try port.value(in: [:]), 2)
    XCTAssertEqual(try port.value(in: ["port": "7"]), 7)
    XCTAssertEqual(try port.value(in: ["port": 9]), 9)
    for value: JSONValue in [0, 10, "10", "x", true, [], "7\u{301}"] {
      assertRefused(port, ["port": value], "a whole number from 1 to 9")
    }
    XCTAssertEqual(
      String(decoding: JSONValue.object(port.schema.members).encoded, as: UTF8.self),
      #"{"type":"integer","description":"A port.","default":2,"minimum":1,"maximum":9}"#
    )
    let most = ToolArgument<Int?>.integer("most", "At most.", 1...9)
    XCTAssertNil(try most.value(in: [:]))
    XCTAssertEqual(most.schema.members.map(\.key), ["type", "description", "minimum", "maximum"])
  }

  func testFlag_hasADefault() throws {
    let flag = ToolArgument.flag("on", "Whether.", usual: true)
    XCTAssertTrue(try flag.value(in: [:]))
    XCTAssertFalse(try flag.value(in: ["on": false]))
    assertRefused(flag, ["on": "yes"], "true or false")
    XCTAssertEqual(flag.schema.members.last, .init("default", true))
  }
}
