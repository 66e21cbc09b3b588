import EventIO
import XCTest

@testable import LoadSupport

final class RPCReplyTests: XCTestCase {
  private func read(_ text: String, expecting id: Int64 = 7) throws -> RPCReply {
    try Array(text.utf8).withUnsafeBytes { try RPCReply(parsing: $0, expecting: id) }
  }

  func testReply_tellsWhoseAnswerItIs() throws {
    let cases: [(String, RPCReply.Identity)] = [
      (#"{"id":7,"result":{}}"#, .matching), (#"{"id":"7","result":{}}"#, .matching),
      (#"{"result":{},"id":7}"#, .matching), (#"{"id":8,"result":{}}"#, .foreign),
      (#"{"id":"x","result":{}}"#, .foreign), (#"{"id":7.5,"result":{}}"#, .foreign),
      (#"{"id":[7],"result":{}}"#, .foreign), (#"{"id":-7,"result":{}}"#, .foreign),
      (#"{"id":7.0,"result":{}}"#, .matching), (#"{"id":70e-1,"result":{}}"#, .matching),
      (#"{"id":"7.00","result":{}}"#, .matching),
      ("\u{FEFF}" + #"{"id":7,"result":{}}"#, .matching),
      (#"{"id":99999999999999999999,"result":{}}"#, .foreign),
      (#"{"id":null,"error":{}}"#, .anonymous), (#"{"error":{}}"#, .anonymous),
    ]
    for (text, identity) in cases {
      XCTAssertEqual(try read(text).identity, identity, text)
    }
  }

  func testReply_findsResultAndError() throws {
    let cases: [(String, String?, String?, Bool)] = [
      (#"{"id":7,"result":{"a":[1]}}"#, #"{"a":[1]}"#, nil, false),
      (
        #"{"id":7,"result": {"isError" : true , "x":1} }"#, #"{"isError" : true , "x":1}"#, nil,
        true
      ),
      (#"{"id":7,"result":{"isError":false}}"#, #"{"isError":false}"#, nil, false),
      (#"{"id":7,"result":{"isError":"true"}}"#, #"{"isError":"true"}"#, nil, true),
      (#"{"id":7,"result":{"x":{"isError":true}}}"#, #"{"x":{"isError":true}}"#, nil, false),
      (#"{"id":7,"result":"text"}"#, #""text""#, nil, false),
      (#"{"id":7,"result":null}"#, nil, nil, false),
      (#"{"id":7,"error":null,"result":1}"#, "1", nil, false),
      (#"{"id":7,"error":{"code":1}}"#, nil, #"{"code":1}"#, false),
      (#"{"id":7,"error":"boom"}"#, nil, #""boom""#, false),
      (#"{"id":7,"method":"ping"}"#, nil, nil, false),
      ("{}", nil, nil, false),
      (#"{"isError":true,"id":7,"result":{}}"#, "{}", nil, false),
    ]
    for (text, result, error, isToolError) in cases {
      let reply = try read(text)
      let bytes = Array(text.utf8)
      XCTAssertEqual(reply.result.map { String(decoding: bytes[$0], as: UTF8.self) }, result, text)
      XCTAssertEqual(reply.error.map { String(decoding: bytes[$0], as: UTF8.self) }, error, text)
      XCTAssertEqual(reply.isToolError, isToolError, text)
      XCTAssertEqual(reply.isResponse, result != nil || error != nil, text)
    }
  }

  func testReply_isTheOneWithTheWantedID_whenABatchComes() throws {
    let result = #"{"jsonrpc":"2.0","id":7,"result":{"mine":1}}"#
    let foreign = #"{"id":6,"result":{}}"#
    let notification = #"{"method":"notifications/progress","params":{}}"#
    // A request of the server; its ids are the server's own.
    let request = #"{"id":7,"method":"sampling/createMessage"}"#
    for batch in [
      [result], [foreign, result], [result, foreign], [notification, result, notification],
      [request, result], [result, request],
    ] {
      let text = "[" + batch.joined(separator: " , ") + "]"
      let reply = try read(text)
      XCTAssertEqual(reply.identity, .matching, text)
      XCTAssertTrue(reply.isResponse, text)
      let range = try XCTUnwrap(reply.result, text)
      XCTAssertEqual(String(decoding: Array(text.utf8)[range], as: UTF8.self), #"{"mine":1}"#)
    }
    XCTAssertFalse(try read("[]").isResponse)
    XCTAssertEqual(try read("[\(foreign)]").identity, .foreign)
  }

  func testReply_isRefused_whenItIsNoMessage() {
    for text in [
      "", "7", "\"x\"", "null", "[1]", "[[]]", "{", #"{"id":7"#, #"{"id":7,"result":{}"#,
      #"{"id":7,"result":{}} {}"#, #"{"id":7,"result":{}},"#, #"{"id":7 "result":{}}"#,
      #"[{"id":7,"result":{}}"#, #"[{"id":7,"result":{}}]]"#, "<html></html>",
    ] {
      XCTAssertThrowsError(try read(text), text)
    }
  }
}
