import EventIO
import Glibc
import XCTest

@testable import mcp_ssh_server

/// MCP 2026-07-28: each request stands alone, beside sessions on the same path.
final class LoneMessageTests: ServerTestCase {
  private static let key = "io.modelcontextprotocol/"
  private static let meta: JSONValue = [
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": [:],
  ]

  private func body(
    _ method: String,
    _ parameters: [JSONValue.Member] = [],
    meta: JSONValue? = meta,
    id: JSONValue = 7
  ) -> String {
    let all = parameters + (meta.map { [.init("_meta", $0)] } ?? [])
    let message: JSONValue = [
      "jsonrpc": "2.0", "id": id, "method": .string(method), "params": .object(all),
    ]
    return String(decoding: message.encoded, as: UTF8.self)
  }

  private func headers(_ method: String, name: String? = nil) -> [String: String] {
    var headers = ["MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method]
    headers["Mcp-Name"] = name
    return headers
  }

  private func start(
    _ tool: String,
    _ arguments: JSONValue,
    over client: TestHTTPClient,
    id: JSONValue = 7
  ) throws {
    let body = body(
      "tools/call",
      [.init("name", .string(tool)), .init("arguments", arguments)],
      id: id
    )
    try client.start(headers: headers("tools/call", name: tool), body: body)
  }

  private func call(
    _ tool: String,
    _ arguments: JSONValue = [:],
    over client: TestHTTPClient
  ) throws -> JSONValue {
    try start(tool, arguments, over: client)
    let response = try client.receive()
    XCTAssertEqual(response.status, 200, response.text)
    XCTAssertNil(response.headers["mcp-session-id"])
    return try XCTUnwrap(response.json?["result"], response.text)
  }

  func testServer_tellsWhatItSpeaksAndOffers() async throws {
    let server = try await TestServer()
    defer { _ = try? server.process.end() }
    let client = try TestHTTPClient(port: server.port)
    for method in ["server/discover", "tools/list"] {
      let answer = try client.request(headers: headers(method), body: body(method))
      XCTAssertEqual(answer.status, 200, answer.text)
      XCTAssertEqual(answer.json?["id"], 7)
      let result = try XCTUnwrap(answer.json?["result"], answer.text)
      XCTAssertEqual(result["resultType"], "complete")
      XCTAssertEqual(result["ttlMs"]?.integer, 60_000)
      XCTAssertEqual(result["cacheScope"], "private")
      let name = result["_meta"]?[Self.key + "serverInfo"]?["name"]
      XCTAssertEqual(name, "mcp-ssh-server")
      if method == "tools/list" {
        XCTAssertEqual(result["tools"]?.array?.isEmpty, false)
      } else {
        XCTAssertEqual(result["supportedVersions"]?.array?.first, "2026-07-28")
        XCTAssertEqual(result["supportedVersions"]?.array?.contains("2025-11-25"), true)
        XCTAssertNotNil(result["capabilities"]?["tools"])
      }
    }
    let told = try client.request(
      headers: headers("notifications/x"),
      body: #"{"jsonrpc":"2.0","method":"notifications/x"}"#
    )
    XCTAssertEqual(told.status, 202)
    XCTAssertEqual(told.body, [])
  }

  func testRequest_isRefused_whenItDoesNotSayWhatItMust() async throws {
    let server = try await TestServer()
    defer { _ = try? server.process.end() }
    let client = try TestHTTPClient(port: server.port)
    let right = headers("tools/list")
    let named = headers("tools/call", name: "ssh_hostname")
    let call = body("tools/call", [.init("name", "ssh_hostname")])
    let cases: [(headers: [String: String], body: String, status: Int, code: JSONValue)] = [
      (right, body("tools/list", meta: nil), 400, -32602),
      (right, body("tools/list", meta: [:]), 400, -32602),
      (
        right, body("tools/list", meta: .object([.init(Self.key + "clientCapabilities", [:])])),
        400, -32602
      ),
      (
        right,
        body("tools/list", meta: .object([.init(Self.key + "protocolVersion", "2026-07-28")])),
        400, -32602
      ),
      (right.filter { $0.key != "MCP-Protocol-Version" }, body("tools/list"), 400, -32020),
      (
        right.merging(["MCP-Protocol-Version": "2025-11-25"]) { $1 }, body("tools/list"), 400,
        -32020
      ),
      (right.filter { $0.key != "Mcp-Method" }, body("tools/list"), 400, -32020),
      (right.merging(["Mcp-Method": "Tools/list"]) { $1 }, body("tools/list"), 400, -32020),
      (named.filter { $0.key != "Mcp-Name" }, call, 400, -32020),
      (named.merging(["Mcp-Name": "ssh_connect"]) { $1 }, call, 400, -32020),
      (named.merging(["Mcp-Name": "=?base64?c3NoX2Nvbm5lY3Q=?="]) { $1 }, call, 400, -32020),
      (named.merging(["Mcp-Name": "=?base64?c3NoX2hvc3RuYW1l?="]) { $1 }, call, 200, .null),
      (headers("initialize"), body("initialize"), 404, -32601),
      (headers("ping"), body("ping"), 404, -32601),
      (headers("subscriptions/listen"), body("subscriptions/listen"), 404, -32601),
      (right, "[\(body("tools/list"))]", 400, -32600),
      (right, #"{"jsonrpc":"2.0","id":7,"result":{}}"#, 400, -32600),
      // An id of a session means nothing here, and no session is begun.
      (right.merging(["Mcp-Session-Id": "unknown"]) { $1 }, body("tools/list"), 200, .null),
    ]
    for (headers, body, status, code) in cases {
      let answer = try client.request(headers: headers, body: body)
      XCTAssertEqual(answer.status, status, "\(headers) \(body)")
      XCTAssertEqual(answer.json?["error"]?["code"] ?? .null, code, "\(headers) \(body)")
      if body.first == "{" { XCTAssertEqual(answer.json?["id"], 7, body) }
      XCTAssertNil(answer.headers["mcp-session-id"])
    }
    for method in ["GET", "DELETE"] {
      let answer = try client.request(method, headers: right)
      XCTAssertEqual(answer.status, 405)
      XCTAssertEqual(answer.headers["allow"], "POST")
    }
  }

  func testRevision_isRefusedWithThoseThatAreSpoken_whenItIsAnother() async throws {
    let server = try await TestServer()
    defer { _ = try? server.process.end() }
    let meta: JSONValue = .object([
      .init(Self.key + "protocolVersion", "2099-01-01"),
      .init(Self.key + "clientCapabilities", [:]),
    ])
    let answer = try TestHTTPClient(port: server.port).request(
      headers: ["MCP-Protocol-Version": "2099-01-01", "Mcp-Method": "server/discover"],
      body: body("server/discover", meta: meta)
    )
    XCTAssertEqual(answer.status, 400)
    XCTAssertEqual(answer.json?["error"]?["code"], -32022)
    XCTAssertEqual(answer.json?["error"]?["data"]?["requested"], "2099-01-01")
    XCTAssertEqual(
      answer.json?["error"]?["data"]?["supported"],
      ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
    )
  }

  func testSSHSession_isNamedByAnArgument_andNoListTellsIt() async throws {
    try await withServer { server, sshd in
      let client = try TestHTTPClient(port: server.port)
      let opened = try call("ssh_connect", sshd.target, over: client)
      XCTAssertEqual(opened["resultType"], "complete")
      let id = try XCTUnwrap(opened["structuredContent"]?["session_id"], "\(opened)")
      // Whoever knows the id may use it, over whatever connection.
      let other = try TestHTTPClient(port: server.port)
      let said = try call("ssh_run_command", ["session_id": id, "command": "echo a"], over: other)
      XCTAssertEqual(said["structuredContent"]?["stdout"], "a\n", "\(said)")
      let list = try call("ssh_list_sessions", over: other)
      XCTAssertEqual(list["count"], 1)
      XCTAssertNil(list["sessions"]?.array?.first?["session_id"])
      XCTAssertFalse("\(list)".contains(try XCTUnwrap(id.string)))
      // A client with a session of its own is another client.
      let session = try TestSession(server)
      XCTAssertEqual(try run("true", id, session).failureCode, "unknown_session")
      let ended = try call("ssh_disconnect", ["session_id": id], over: other)
      XCTAssertEqual(ended["isError"], false)
      let gone = try call("ssh_hostname", ["session_id": id], over: client)
      XCTAssertEqual(gone.failureCode, "unknown_session")
    }
  }

  /// Clients that share nothing but the address choose their ids each by itself.
  func testCommand_isCancelled_whenItsClientHangsUp_andNoOther() async throws {
    try await withServer { server, sshd in
      let waiting = try TestHTTPClient(port: server.port)
      let first = try call("ssh_connect", sshd.target, over: waiting)
      let id = try XCTUnwrap(first["structuredContent"]?["session_id"])
      let marker = "sleep 3\(getpid())"
      var leaving: TestHTTPClient? = try TestHTTPClient(port: server.port)
      let second = try call("ssh_connect", sshd.target, over: XCTUnwrap(leaving))
      let lost = try XCTUnwrap(second["structuredContent"]?["session_id"])
      try start(
        "ssh_run_command",
        ["session_id": lost, "command": .string("\(marker)7")],
        over: XCTUnwrap(leaving)
      )
      try start(
        "ssh_run_command",
        ["session_id": id, "command": .string("\(marker)8")],
        over: waiting
      )
      waitUntil("both run") { isRunning("\(marker)7") && isRunning("\(marker)8") }
      leaving = nil
      waitUntil("it was cancelled") { !isRunning("\(marker)7") }
      XCTAssertTrue(isRunning("\(marker)8"))
      // Its SSH session is still there, for whoever knows it.
      let other = try TestHTTPClient(port: server.port)
      let said = try call(
        "ssh_run_command",
        ["session_id": lost, "command": "echo b"],
        over: other
      )
      XCTAssertEqual(said["structuredContent"]?["stdout"], "b\n", "\(said)")
    }
  }

  func testRequestAfterACall_isAnswered_overTheSameConnection() async throws {
    try await withServer { server, sshd in
      let client = try TestHTTPClient(port: server.port)
      let id = try XCTUnwrap(
        try call("ssh_connect", sshd.target, over: client)["structuredContent"]?["session_id"]
      )
      let command: JSONValue = ["session_id": id, "command": "sleep 0.1"]
      for _ in 0..<3 {
        XCTAssertEqual(try call("ssh_run_command", command, over: client)["isError"], false)
      }
      // One that is here already hides nothing of the answer before it.
      for number in 1...5 {
        try start("ssh_run_command", command, over: client, id: .number("\(number)"))
      }
      for number in 1...5 {
        XCTAssertEqual(try client.receive().json?["id"], .number("\(number)"))
      }
    }
  }

  func testRate_isCountedByAddress() async throws {
    let server = try await TestServer(["--rate-limit", "3", "--rate-window", "600"])
    defer { _ = try? server.process.end() }
    let statuses = try (0..<4).map { _ in
      try TestHTTPClient(port: server.port)
        .request(headers: headers("tools/list"), body: body("tools/list")).status
    }
    XCTAssertEqual(statuses, [200, 200, 200, 429])
  }
}
