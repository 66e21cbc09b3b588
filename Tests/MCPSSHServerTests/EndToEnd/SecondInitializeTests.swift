import EventIO
import XCTest

@testable import mcp_ssh_server

/// A client that opens a session where there is one.
final class SecondInitializeTests: XCTestCase {
  func testSession_staysAsItIs_whenItIsToBeOpenedAgain() async throws {
    let server = try await TestServer()
    defer { _ = try? server.process.end() }
    let session = try TestSession(server)
    let again = TestSession.message("initialize", #"{"protocolVersion":"2024-11-05"}"#, id: 9)
    // An error of the request, not of the transport: the session is known and goes on.
    let refused = try session.post(again)
    XCTAssertEqual(refused.status, 200)
    XCTAssertEqual(refused.json?["id"], 9)
    XCTAssertEqual(refused.json?["error"]?["code"], -32600)
    let words = try XCTUnwrap(refused.json?["error"]?["message"]?.string)
    XCTAssertTrue(words.contains("already initialized"), words)
    XCTAssertTrue(words.contains("without Mcp-Session-Id"), words)
    XCTAssertNil(refused.headers["mcp-session-id"])
    XCTAssertEqual(try session.post(TestSession.message("ping")).status, 200)

    // Without the id it begins another, and the first one stands.
    let other = try TestSession(server)
    XCTAssertNotEqual(other.id, session.id)
    for one in [session, other] {
      XCTAssertEqual(try one.post(TestSession.message("ping")).status, 200)
    }

    // With one that has ended it is told to leave that out.
    let headers = ["Mcp-Session-Id": session.id]
    XCTAssertEqual(try session.client.request("DELETE", headers: headers).status, 204)
    let late = try session.post(again)
    XCTAssertEqual(late.status, 404)
    XCTAssertEqual(late.json?["id"], 9)
    let advice = try XCTUnwrap(late.json?["error"]?["message"]?.string)
    XCTAssertTrue(advice.contains("without Mcp-Session-Id"), advice)
    XCTAssertNotNil(try TestSession(server).id)
  }
}
