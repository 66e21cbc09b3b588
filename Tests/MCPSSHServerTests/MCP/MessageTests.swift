import EventIO
import XCTest

@testable import mcp_ssh_server

final class MessageTests: XCTestCase {
  private func message(_ text: String) throws -> JSONRPCMessage {
    try JSONRPCMessage(try JSONValue(parsing: Array(text.utf8)))
  }

  func testMessage_keepsTheIDAsWritten() throws {
    for id in ["7", "\"7\"", "1e3", "-1"] {
      guard case .request(let request) = try message(#"{"jsonrpc":"2.0","id":\#(id),"method":"m"}"#)
      else { return XCTFail("no request") }
      XCTAssertEqual(String(decoding: request.id.encoded, as: UTF8.self), id)
    }
  }

  func testMessage_isRefused_whenItIsNone() {
    for text in [
      "1", "[]", "{}", #"{"jsonrpc":"2.0"}"#, #"{"jsonrpc":"1.0","id":1,"method":"m"}"#,
      #"{"jsonrpc":"2.0","id":null,"method":"m"}"#, #"{"jsonrpc":"2.0","id":[],"method":"m"}"#,
      #"{"jsonrpc":"2.0","id":1,"method":2}"#, #"{"jsonrpc":"2.0","id":1,"method":"m","params":3}"#,
    ] {
      XCTAssertThrowsError(try message(text), text) { error in
        XCTAssertEqual((error as? JSONRPCError)?.code, -32600)
      }
    }
  }

  func testAccept_isReadAsAListOfRanges() {
    let cases: [(String?, Bool, Bool)] = [
      (nil, true, false), ("*/*", true, false), ("application/json", true, false),
      ("text/event-stream", false, true), ("application/json, text/event-stream", true, true),
      ("Application/*;q=0.5,TEXT/event-stream", true, true), ("text/html", false, false),
      ("application/json;q=0, text/event-stream", false, true), ("", false, false),
    ]
    for (field, json, eventStream) in cases {
      let accepted = AcceptedMedia(field)
      XCTAssertEqual(accepted.json, json, "\(field ?? "none")")
      XCTAssertEqual(accepted.eventStream, eventStream, "\(field ?? "none")")
    }
  }

  func testVersion_isTheLatest_whenTheClientsIsUnknown() {
    XCTAssertEqual(ProtocolVersion.negotiated("2024-11-05"), .november2024)
    XCTAssertEqual(ProtocolVersion.negotiated("2099-01-01"), .november2025)
  }
}
