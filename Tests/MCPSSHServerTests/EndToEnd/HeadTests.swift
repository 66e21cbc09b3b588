import EventIO
import Foundation
import XCTest

@testable import mcp_ssh_server

/// What the server decides by a request's head alone, and what it answers to HEAD.
final class HeadTests: XCTestCase {
  private func tokenFile() throws -> String {
    let file = NSTemporaryDirectory() + "/mcp-ssh-server-head-token-\(getpid())"
    try "0123456789abcdef\n".write(toFile: file, atomically: true, encoding: .utf8)
    return file
  }

  func testHost_isRefusedOnLoopback_whenItIsAnotherName() async throws {
    let server = try await TestServer()
    defer { _ = try? server.process.end() }
    let cases: [(head: String, status: Int)] = [
      ("GET /metrics HTTP/1.1\r\nHost: localhost:3000", 200),
      ("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1", 200),
      ("GET /metrics HTTP/1.1\r\nHost: [::1]:1", 200),
      ("GET http://localhost/metrics HTTP/1.1\r\nHost: localhost", 200),
      ("GET /metrics HTTP/1.0", 200),
      ("GET /health HTTP/1.1\r\nHost: rebound.example", 200),
      ("GET /metrics HTTP/1.1\r\nHost: rebound.example", 403),
      ("GET /metrics HTTP/1.0\r\nHost: rebound.example", 403),
      ("GET http://rebound.example/metrics HTTP/1.1\r\nHost: localhost", 403),
      ("GET /metrics HTTP/1.1\r\nHost:", 403),
      ("GET /metrics HTTP/1.1\r\nHost: localhost.", 403),
      ("GET /nowhere HTTP/1.1\r\nHost: rebound.example", 403),
      ("DELETE /mcp HTTP/1.1\r\nHost: rebound.example", 403),
      ("POST /mcp HTTP/1.1\r\nHost: rebound.example\r\nContent-Length: 9", 403),
      ("GET /metrics HTTP/1.1\r\nHost: localhost@rebound.example", 400),
      ("GET /metrics HTTP/1.1\r\nHost: rebound.example@localhost", 400),
      ("GET /metrics HTTP/1.1\r\nHost: [::1]rebound.example", 400),
      ("GET /metrics HTTP/1.1\r\nHost: localhost\r\nHost: rebound.example", 400),
      ("GET /metrics HTTP/1.1", 400),
      ("GET /metrics HTTP/1.1\r\nHost: localhost\r\nOrigin: http://127.0.0.1:9", 200),
      ("GET /metrics HTTP/1.1\r\nHost: localhost\r\nOrigin: null", 403),
      ("GET /metrics HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost@evil.example", 403),
      ("GET /metrics HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost.evil.example", 403),
    ]
    for (head, status) in cases {
      let client = try TestHTTPClient(port: server.port)
      try client.send("\(head)\r\n\r\n")
      XCTAssertEqual(try client.receive().status, status, head)
    }
  }

  func testOrigin_mustBeTheHostsOwn_beyondLoopback() async throws {
    let server = try await TestServer(["--allow-anyone"], host: "0.0.0.0")
    defer { _ = try? server.process.end() }
    for (host, origin, status) in [
      ("mcp.example", nil, 200), ("mcp.example:3000", "https://MCP.example", 200),
      ("mcp.example", "https://evil.example", 403), ("mcp.example", "null", 403),
      ("", "null", 403),
    ] as [(String, String?, Int)] {
      let origin = origin.map { ["Origin": $0] } ?? [:]
      let response = try TestHTTPClient(port: server.port)
        .request("GET", "/metrics", headers: ["Host": host].merging(origin) { $1 })
      XCTAssertEqual(response.status, status, "\(host) \(origin)")
    }
  }

  func testRefusal_comesBeforeTheBody_andEndsTheConnection() async throws {
    let file = try tokenFile()
    defer { unlink(file) }
    let server = try await TestServer(["--token-file", file])
    defer { _ = try? server.process.end() }
    let good = "Authorization: Bearer 0123456789abcdef\r\n"
    let length = "Content-Length: 1000000\r\n"
    for (start, fields, status) in [
      ("POST /mcp", length, 401), ("POST /mcp", length + "Expect: 100-continue\r\n", 401),
      ("POST /mcp", "Transfer-Encoding: chunked\r\n", 401), ("POST /nowhere", good + length, 404),
      ("PUT /mcp", good + length, 405), ("POST /metrics", good + length, 405),
      ("GET /health", length, 200), ("POST /health", length, 405),
      ("POST /mcp", good + length + "Origin: http://evil.example\r\n", 403),
    ] {
      let client = try TestHTTPClient(port: server.port)
      try client.send("\(start) HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n")
      let response = try client.receive()
      XCTAssertEqual(response.status, status, start)
      XCTAssertEqual(response.headers["connection"], "close", start)
      XCTAssertTrue(client.isClosedByServer(), start)
    }
    let client = try TestHTTPClient(port: server.port)
    try client.send("POST /mcp HTTP/1.1\r\nHost: localhost\r\n\(good)Expect: 100-continue\r\n")
    try client.send("Content-Type: application/json\r\nContent-Length: 2\r\n\r\n")
    XCTAssertEqual(try client.receive().status, 100)
    try client.send("{}")
    XCTAssertEqual(try client.receive().status, 400)
  }

  func testHEAD_isAnsweredWithTheHeadOfGET_andTheConnectionStaysInStep() async throws {
    let server = try await TestServer()
    defer { _ = try? server.process.end() }
    let client = try TestHTTPClient(port: server.port)
    for path in ["/health", "/metrics", "/mcp", "/nowhere"] {
      let head = try client.request("HEAD", path)
      let get = try client.request("GET", path)
      XCTAssertEqual(head.status, get.status, path)
      XCTAssertEqual(head.headers["content-type"], get.headers["content-type"], path)
      if path != "/metrics" {
        XCTAssertEqual(head.headers["content-length"], get.headers["content-length"], path)
      }
      XCTAssertEqual(head.headers["allow"], get.headers["allow"], path)
      XCTAssertFalse(get.body.isEmpty, path)
    }
  }

  func testMessages_areHandledInProportionToTheirSize_whateverIsInThem() async throws {
    let server = try await TestServer(["--rate-limit", "0"])
    defer { _ = try? server.process.end() }
    let session = try TestSession(server, version: "2025-03-26")
    let size = 1_000_000
    func many(_ text: String) -> String { String(repeating: text, count: size / text.utf8.count) }
    let bodies = [
      many("["), many("[],"), many("{\"\":"), "{" + many("\"a\":1,") + "\"a\":1}", many("9"),
      "{\"jsonrpc\":\"2.0\",\"id\":\(many("9")),\"method\":\"x\"}", "\"" + many("\\u0301") + "\"",
      TestSession.message("e" + many("\u{301}")), "[" + many("{},") + "{}]", "1e" + many("9"),
      TestSession.message(
        "tools/call",
        #"{"name":"ssh_hostname","arguments":{"session_id":"e\#(many("\u{301}"))"}}"#
      ),
    ]
    for body in bodies {
      let start = MonotonicInstant.now()
      let response = try session.post(body)
      XCTAssertTrue([200, 400].contains(response.status), String(body.prefix(20)))
      // Seconds per megabyte would be superlinear; a busy machine is not.
      XCTAssertLessThan(MonotonicInstant.now() - start, .seconds(10), String(body.prefix(20)))
    }
  }
}
