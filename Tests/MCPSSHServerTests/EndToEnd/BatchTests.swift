import EventIO
import XCTest

@testable import mcp_ssh_server

/// Batches and the limits that they count for.
final class BatchTests: XCTestCase {
  func testBatch_isCountedMessageByMessage() async throws {
    let server = try await TestServer(["--rate-limit", "5", "--rate-window", "600"])
    defer { _ = try? server.process.end() }
    let session = try TestSession(server, version: "2025-03-26")
    let calls = (1...20).map { TestSession.message("ping", id: $0) }
    let response = try session.post("[\(calls.joined(separator: ","))]")
    let answers = try XCTUnwrap(response.json?.array)
    XCTAssertEqual(answers.map { $0["id"] }, (1...20).map { .number(String($0)) })
    // initialize was the first of five.
    XCTAssertEqual(answers.count { $0["result"] != nil }, 4)
    XCTAssertEqual(answers.count { $0["error"]?["code"] == 429 }, 16)
    XCTAssertNotNil(answers.last?["error"]?["data"]?["retry_after_seconds"]?.integer)
    XCTAssertEqual(try session.post("[\(calls[0])]").status, 429)
    let page = try session.client.request("GET", "/metrics").text
    XCTAssertTrue(page.contains("mcp_http_rate_limited_total 17"), page)
  }

  func testBatch_isRefused_whenItHasTooManyMessages() async throws {
    let server = try await TestServer(["--rate-limit", "0"])
    defer { _ = try? server.process.end() }
    let session = try TestSession(server, version: "2025-03-26")
    let ping = TestSession.message("ping")
    for (count, status) in [(BatchAnswer.messageLimit, 200), (BatchAnswer.messageLimit + 1, 400)] {
      let batch = Array(repeating: ping, count: count).joined(separator: ",")
      XCTAssertEqual(try session.post("[\(batch)]").status, status)
    }
  }
}
