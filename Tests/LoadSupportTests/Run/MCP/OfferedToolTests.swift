import EventIO
import XCTest

@testable import LoadSupport

final class OfferedToolTests: XCTestCase {
  private func tool(_ schema: String, output: String = "null") throws -> OfferedTool {
    let text = #"{"name":"t","inputSchema":\#(schema),"outputSchema":\#(output)}"#
    return try XCTUnwrap(OfferedTool(JSONValue(parsing: text.utf8)), text)
  }

  func testArguments_haveTypesAndSayWhichAreRequired() throws {
    let tool = try tool(
      """
      {"type":"object","required":["host","mode"],"properties":{
      "host":{"type":"string","description":"where"},"port":{"type":["integer","null"],"default":22},
      "mode":{"enum":["fast","slow"]},"any":true}}
      """
    )
    XCTAssertEqual(tool.arguments.map(\.name), ["host", "port", "mode", "any"])
    XCTAssertEqual(tool.arguments.map(\.isRequired), [true, false, true, false])
    XCTAssertEqual(tool.argument("port")?.types, ["integer", "null"])
    XCTAssertEqual(tool.argument("port")?.value, 22)
    XCTAssertEqual(tool.argument("mode")?.value, "fast")
    XCTAssertEqual(tool.argument("host")?.description, "where")
    XCTAssertNil(tool.argument("Host"))
    XCTAssertFalse(tool.takesOthers)
  }

  func testSchema_isReadThroughReferencesAndAlternatives() throws {
    let tool = try tool(
      """
      {"$ref":"#/$defs/a~1b","$defs":{"a/b":{"allOf":[
        {"required":["host"],"properties":{"host":{"$ref":"#/$defs/text"}}},
        {"anyOf":[{"required":["key"],"properties":{"key":{"type":"string"}}},
                  {"required":["password"],"properties":{"password":{"type":"string"}}}]}]},
        "text":{"oneOf":[{"type":"string"},{"type":"null"}]}}}
      """
    )
    XCTAssertEqual(tool.arguments.map(\.name), ["host", "key", "password"])
    // Which of the alternatives holds is not known.
    XCTAssertEqual(tool.arguments.map(\.isRequired), [true, false, false])
    XCTAssertEqual(tool.argument("host")?.types, ["string", "null"])
  }

  func testMembersOfArguments_areReadToo() throws {
    let tool = try tool(
      #"{"properties":{"params":{"properties":{"command":{"type":"string"}}}}}"#
    )
    XCTAssertEqual(tool.arguments.map(\.name), ["params"])
    XCTAssertEqual(tool.fields.map(\.path), [["params"], ["params", "command"]])
  }

  func testGarbage_hasNoArguments_andLeavesRoomForAny() throws {
    for schema in ["null", "7", "[]", #"{"properties":[1]}"#, #"{"$ref":"elsewhere"}"#, "{}"] {
      let tool = try tool(schema, output: schema)
      XCTAssertEqual(tool.fields, [], schema)
      XCTAssertEqual(tool.resultFields, [], schema)
      XCTAssertTrue(tool.takesOthers, schema)
    }
    for entry in ["{}", #"{"name":7}"#, #"{"name":""}"#, "[]"] {
      XCTAssertNil(OfferedTool(try JSONValue(parsing: entry.utf8)), entry)
    }
  }

  func testSchema_thatHasNoEnd_isReadAsFarAsTheLimitsGo() throws {
    // It refers to itself, twice at each place, and once around.
    let tool = try tool(
      ##"{"properties":{"a":{"$ref":"#"},"b":{"$ref":"#"}},"allOf":[{"$ref":"#"},{"$ref":"#"}]}"##
    )
    XCTAssertEqual(tool.arguments.map(\.name), ["a", "b"])
    XCTAssertLessThanOrEqual(tool.fields.count, 300)
    // What is deep inside takes no room from what stands beside it.
    let deep = try self.tool(
      ##"{"properties":{"a":{"$ref":"#"},"command":{}},"allOf":[\##(Array(repeating: ##"{"$ref":"#"}"##, count: 50).joined(separator: ","))]}"##
    )
    XCTAssertEqual(deep.arguments.map(\.name), ["a", "command"])
    let many = (0..<5_000).map { #""a\#($0)":{"type":"string"}"# }.joined(separator: ",")
    XCTAssertEqual(try self.tool(#"{"properties":{\#(many)}}"#).fields.count, 300)
  }

  func testSchema_leavesRoomForOthers_whereItSaysSo() throws {
    for (rest, isOpen) in [
      (#","additionalProperties":true"#, true), (#","additionalProperties":{}"#, true),
      (#","patternProperties":{}"#, true), (#","additionalProperties":false"#, false), ("", false),
    ] {
      XCTAssertEqual(try tool(#"{"properties":{"a":{}}\#(rest)}"#).takesOthers, isOpen, rest)
    }
  }
}
