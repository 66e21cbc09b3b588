import EventIO
import Foundation
import XCTest

@testable import mcp_ssh_server

/// Connections beyond the limits, and those that hold what others need.
final class ConnectionLimitTests: XCTestCase {
  private static let token = ["Authorization": "Bearer 0123456789abcdef"]

  private func withServer(
    _ arguments: [String] = [],
    _ body: (TestServer) throws -> Void
  ) async throws {
    let file = NSTemporaryDirectory() + "/mcp-ssh-server-limit-token-\(getpid())"
    try "0123456789abcdef\n".write(toFile: file, atomically: true, encoding: .utf8)
    defer { unlink(file) }
    let server = try await TestServer(["--token-file", file] + arguments)
    defer { _ = try? server.process.end() }
    try body(server)
  }

  private func metrics(_ client: TestHTTPClient) throws -> String {
    let response = try client.request("GET", "/metrics", headers: Self.token)
    XCTAssertEqual(response.status, 200)
    return response.text
  }

  func testStrangers_makeRoomForClients_whenTheyHoldAllConnections() async throws {
    try await withServer(["--connection-limit", "4"]) { server in
      let known = try TestHTTPClient(port: server.port)
      _ = try metrics(known)
      // Those that never passed, whether silent, refused or in the middle of a head.
      var strangers: [TestHTTPClient] = []
      for number in 0..<20 {
        let stranger = try TestHTTPClient(port: server.port)
        if number % 3 == 1 { try stranger.send("POST /mcp HTTP/1.1\r\nHost: loc") }
        if number % 3 == 2 {
          XCTAssertEqual(try stranger.request("GET", "/metrics").status, 401)
        }
        strangers.append(stranger)
      }
      let late = try TestHTTPClient(port: server.port)
      XCTAssertTrue(try metrics(late).contains("mcp_http_connections_active 4\n"))
      XCTAssertTrue(strangers[0].isClosedByServer())
      _ = try metrics(known)
    }
  }

  /// A client that has sent thousands of requests at once has its turn, and others have theirs.
  func testPipeliningClient_doesNotHoldUpOthers() async throws {
    let requests = 2_000
    let health = String(
      repeating: "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
      count: requests
    )
    let token = Self.token.map { "\($0.key): \($0.value)" }.joined()
    // How many of them were answered when another client was, which asked right after.
    var answeredBefore: [Int] = []
    // On a busy machine all may be over before the other one's request is there.
    for _ in 0..<5 where answeredBefore.allSatisfy({ $0 >= requests }) {
      try await withServer { server in
        let (greedy, other) = (
          try TestHTTPClient(port: server.port), try TestHTTPClient(port: server.port)
        )
        try other.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\(token)\r\n")
        try greedy.send(health)
        try other.send("\r\n")
        let page = try other.receive().text
        let counts = page.split(separator: "\n").filter { $0.hasPrefix("mcp_http_requests_total") }
        answeredBefore.append(
          counts.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
        )
        for _ in 0..<requests { XCTAssertEqual(try greedy.receive().status, 200) }
      }
    }
    XCTAssertLessThan(answeredBefore.min() ?? .max, requests)
  }

  func testIdleClients_makeRoom_andBusyOnesDoNot() async throws {
    try await withServer(["--connection-limit", "2", "--inject-delay", "1s"]) { server in
      let clients = [
        try TestHTTPClient(port: server.port), try TestHTTPClient(port: server.port),
      ]
      for client in clients { _ = try metrics(client) }
      let third = try TestHTTPClient(port: server.port)
      _ = try metrics(third)
      XCTAssertTrue(clients[0].isClosedByServer())
      // Two calls under way leave no room for a third client.
      let body = TestSession.message("initialize", #"{"protocolVersion":"2025-11-25"}"#)
      let begun = try third.request(headers: Self.token, body: body)
      let session = try XCTUnwrap(begun.headers["mcp-session-id"])
      let headers = Self.token.merging(["Mcp-Session-Id": session]) { $1 }
      let call = TestSession.message("tools/call", #"{"name":"ssh_list_sessions"}"#)
      try third.start(headers: headers, body: call)
      try clients[1].start(headers: headers, body: call)
      // Both have begun when the server has read both, which it has when it answers a later request.
      usleep(200_000)
      let refused = try TestHTTPClient(port: server.port).receive()
      XCTAssertEqual(refused.status, 503)
      XCTAssertNotNil(refused.headers["retry-after"])
      XCTAssertEqual(try third.receive().status, 200)
      XCTAssertEqual(try clients[1].receive().status, 200)
    }
  }

  func testMemory_staysSmall_whenAThousandStrangersSendBodies() async throws {
    var descriptors = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &descriptors)
    var before = descriptors
    descriptors.rlim_cur = max(descriptors.rlim_cur, min(4096, descriptors.rlim_max))
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &descriptors)
    defer { setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before) }
    try XCTSkipIf(descriptors.rlim_cur < 1200, "too few descriptors")
    try await withServer { server in
      let client = try TestHTTPClient(port: server.port)
      func megabytes() throws -> Int {
        let line = try metrics(client).split(separator: "\n")
          .first { $0.hasPrefix("process_resident_memory_bytes ") }
        return try XCTUnwrap(
          line?.split(separator: " ").last.flatMap { Double($0) }.map { Int($0) }
        )
          >> 20
      }
      let before = try megabytes()
      let mebibyte = [UInt8](repeating: 0x20, count: 1 << 20)
      let head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048576\r\n"
      var strangers: [TestHTTPClient] = []
      var largest = 0
      for number in 0..<1000 {
        let stranger = try TestHTTPClient(port: server.port)
        // Half of them never end their heads.
        try? stranger.send(number % 2 == 0 ? "\(head)\r\n" : "\(head)X: ")
        strangers.append(stranger)
        if number % 100 == 99 {
          for stranger in strangers { _ = stranger.offer(mebibyte) }
          largest = max(largest, try megabytes())
        }
      }
      XCTAssertLessThan(largest, before + 45, "MiB; \(before) before")
      XCTAssertLessThan(largest, 80, "MiB")
      print("resident: \(before) MiB before, at most \(largest) MiB with 1,000 strangers")
    }
  }

  func testBodies_areRefused_whenAllTogetherAreTooLarge() async throws {
    let part = [UInt8](repeating: 0x20, count: 1000)
    await Task { @ServerLoop in
      let budget = BodyBudget(limitBytes: 10_000)
      var shares = [BodyBudget.Share](repeating: BodyBudget.Share(), count: 3)
      XCTAssertTrue(budget.hold(BodyBudget.freeBytes + 6 * part.count, &shares[0]))
      XCTAssertFalse(budget.hold(BodyBudget.freeBytes + 5 * part.count, &shares[1]))
      XCTAssertTrue(budget.hold(BodyBudget.freeBytes, &shares[1]))
      XCTAssertTrue(budget.hold(BodyBudget.freeBytes + 4 * part.count, &shares[2]))
      XCTAssertTrue(budget.hold(0, &shares[0]))
      XCTAssertTrue(budget.hold(BodyBudget.freeBytes + 6 * part.count, &shares[1]))
    }.value
    try await withServer { server in
      // Sixty-six bodies of nearly a MiB, none of them whole: the last ones find no room.
      let head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048576\r\n"
      let authorization = "Authorization: Bearer 0123456789abcdef\r\n\r\n"
      let body = String(repeating: " ", count: 1_048_000)
      var clients: [TestHTTPClient] = []
      for _ in 0..<66 {
        let client = try TestHTTPClient(port: server.port)
        try client.send(head + authorization + body)
        clients.append(client)
      }
      let refused = try XCTUnwrap(clients.last).receive()
      XCTAssertEqual(refused.status, 503)
      XCTAssertEqual(refused.headers["retry-after"], "1")
      // Small requests still get through.
      _ = try metrics(try TestHTTPClient(port: server.port))
      let initialize = TestSession.message("initialize", #"{"protocolVersion":"2025-11-25"}"#)
      let small = try TestHTTPClient(port: server.port)
      XCTAssertEqual(try small.request(headers: Self.token, body: initialize).status, 200)
    }
  }

  func testStranger_isClosed_whenItsHeadIsLate() async throws {
    let handler = await Task { @ServerLoop in StrangerHandler() }.value
    let port = try await Task { @ServerLoop in
      let timeouts = HTTPTimeouts(
        idle: .seconds(600),
        stranger: .milliseconds(50),
        linger: .milliseconds(1)
      )
      let address = try SocketAddress.resolve(host: "127.0.0.1", port: 0)[0]
      let listener = try HTTPListener(
        on: [address],
        timeouts: timeouts,
        connectionLimit: 10,
        handler: handler
      )
      ServerLoop.start { await listener.run() }
      return listener.addresses[0].port
    }.value
    let silent = try TestHTTPClient(port: port)
    XCTAssertTrue(silent.isClosedByServer())
    let slow = try TestHTTPClient(port: port)
    try slow.send("GET / HTTP/1.1\r\n")
    XCTAssertEqual(try slow.receive().status, 408)
    // Who always sends never waits for input, and comes to the deadline all the same.
    let endless = try TestHTTPClient(port: port)
    var sent = 0
    while (try? endless.send(String(repeating: "\r\n", count: 100))) != nil { sent += 1 }
    XCTAssertGreaterThan(sent, 0)
  }
}

/// Lets nobody pass.
@ServerLoop
private final class StrangerHandler: HTTPHandler {
  func answer(toHead head: HTTPRequest, from clientAddress: String) -> HTTPResponse? {
    HTTPResponse(status: 401)
  }

  func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) async throws(Errno) {}

  func answer(to error: HTTPRequestError) -> HTTPResponse {
    HTTPResponse(status: error.status)
  }

  func ended(_ connection: ObjectIdentifier) {}
}
