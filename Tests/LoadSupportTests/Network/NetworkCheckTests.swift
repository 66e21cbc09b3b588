import EventIO
import XCTest

@testable import LoadSupport

final class NetworkCheckTests: XCTestCase {
  private static let list = """
    {"tools":[{"name":"ssh_run_command"},{"name":"ssh_disconnect"},
    {"name":"ssh_connect","inputSchema":{"properties":{"host":{},"reuse":{}}}}]}
    """

  /// Checks a fake server whose answers to some methods and paths are others than usual.
  private func check(
    _ fake: FakeMCP = FakeMCP(),
    profile: ToolProfile = .standard,
    headers: [String: Secret] = [:],
    tools: String = list,
    metrics: String? = nil
  ) async throws -> (findings: NetworkCheck.Findings, requests: [ScriptedServer.Request]) {
    var fake = fake
    let onRequest = fake.onRequest
    fake.onRequest = { request in
      if let steps = onRequest(request) { return steps }
      if request.method == "GET", let metrics { return [.send(Answer.http(200, metrics))] }
      guard request.json["method"]?.string == "tools/list",
        let id = request.json["id"]?.integer
      else { return nil }
      return [.send(Answer.http(200, Answer.result(id, tools)))]
    }
    let loop = try EventLoop(name: "server")
    defer { loop.stop() }
    let server = try await ScriptedServer.start(on: loop, script: fake.script)
    let url = HTTPURL(host: "127.0.0.1", port: server.address.port, path: "/mcp?token=hunter2")
    do {
      let findings = try await NetworkCheck.run(
        MCPEndpoint(url, headers: headers),
        profile: profile,
        target: SSHTarget(host: "t", port: 2222, user: "me", password: Secret("hunter2")),
        timeouts: HTTPTimeouts()
      )
      let requests = await server.requests
      await server.stop()
      return (findings, requests)
    } catch {
      await server.stop()
      throw error
    }
  }

  private func assertRefused(
    _ words: [String],
    line: UInt = #line,
    _ check: () async throws -> Void
  ) async {
    do {
      try await check()
      XCTFail("nothing was wrong", line: line)
    } catch {
      for word in words { XCTAssertTrue("\(error)".contains(word), "\(error)", line: line) }
      XCTAssertFalse("\(error)".contains("hunter2"), "\(error)", line: line)
    }
  }

  func testNetwork_isFine_afterOneLoginAndOneCommand_whichAreUndone() async throws {
    let fake = FakeMCP()
    let (findings, requests) = try await check(fake)
    XCTAssertEqual(findings.profile, .standard)
    XCTAssertNil(findings.poolLimit)
    XCTAssertEqual(fake.connects.value, 1)
    XCTAssertEqual(fake.runs.value, 1)
    let last = requests.filter { $0.method != "GET" }.suffix(2)
    XCTAssertEqual(last.first?.json["params"]?["name"], "ssh_disconnect")
    XCTAssertEqual(last.last?.method, "DELETE")
  }

  func testReuse_isNotAskedFor_whereTheServerDoesNotOfferIt() async throws {
    let list = Self.list.replacing(#","reuse":{}"#, with: "")
    let found = try await check(tools: list).findings.profile
    XCTAssertNil(found.connect?.arguments["reuse"])
    XCTAssertEqual(found.connect?.arguments["host"], "host")
    // The reuse of pooled connections is our server's; one that lists no tools has it or not.
    let silent = try await check(tools: "{}").findings.profile
    XCTAssertEqual(silent, .standard)
  }

  func testLimits_areTakenFromTheMetrics() async throws {
    let metrics = "mcp_pool_connections_limit 20\nmcp_http_rate_limit_requests 0\n"
    let found = try await check(metrics: metrics).findings
    XCTAssertEqual(found.poolLimit, 20)
    XCTAssertEqual(found.rateLimit, 0)
    XCTAssertNil(found.rateWindowSeconds)
  }

  // MARK: What may be wrong

  func testServer_thatDoesNotAnswer_isNamed_withACommandToTry() async throws {
    let port = try Socket.freeLoopbackPort()
    await assertRefused(["http://127.0.0.1:\(port)/mcp", "Connection refused", "curl -i"]) {
      _ = try await NetworkCheck.run(
        MCPEndpoint(HTTPURL(host: "127.0.0.1", port: port, path: "/mcp")),
        profile: .standard,
        target: SSHTarget(host: "t", port: 22),
        timeouts: HTTPTimeouts()
      )
    }
    var fake = FakeMCP()
    fake.onRequest = { _ in [.send(Answer.http(401, "who are you?"))] }
    let words = ["does not answer as an MCP server", "HTTP 401", "-H 'Authorization: …'", "/mcp?…"]
    await assertRefused(words) {
      _ = try await check(fake, headers: ["Authorization": Secret("Bearer hunter2")])
    }
  }

  func testMissingTool_isNamed_withThoseThatAreThere() async throws {
    let tools = #"{"tools":[{"name":"open"},{"name":"exec"}]}"#
    await assertRefused(["no tool ssh_connect", "exec, open", "--tool-profiles"]) {
      _ = try await check(tools: tools)
    }
  }

  func testTools_mayComeInPages() async throws {
    var fake = FakeMCP()
    fake.onRequest = { request in
      let message = request.json
      guard message["method"]?.string == "tools/list", let id = message["id"]?.integer else {
        return nil
      }
      let page =
        message["params"]?["cursor"] == nil
        ? #"{"tools":[{"name":"a"}],"nextCursor":"2"}"# : Self.list
      return [.send(Answer.http(200, Answer.result(id, page)))]
    }
    let found = try await check(fake).findings.profile
    XCTAssertEqual(found, .standard)
  }

  func testLogin_thatFails_isNamed_withACommandToTry() async throws {
    var fake = FakeMCP()
    fake.onConnect = { _, id in
      let text = #"{"isError":true,"content":[{"type":"text","text":"denied for hunter2"}]}"#
      return [.send(Answer.http(200, Answer.result(id, text)))]
    }
    let denied = fake
    let words = ["cannot log in to t:2222", "tool_error: denied for (secret)", "ssh -p 2222 me@t"]
    await assertRefused(words) { _ = try await check(denied) }
    fake = FakeMCP()
    fake.connected = #"{"content":[]}"#
    let silent = fake
    await assertRefused(["names no session", "session_id", "session_keys"]) {
      _ = try await check(silent)
    }
  }

  func testCommand_thatFails_isNamed_withACommandToTry() async throws {
    var fake = FakeMCP()
    fake.onRun = { _, id in
      let text = #"{"isError":true,"content":[{"type":"text","text":"not allowed"}]}"#
      return [.send(Answer.http(200, Answer.result(id, text)))]
    }
    let words = ["logs in", "cannot run a command on t:2222", "not allowed", "me@t hostname"]
    await assertRefused(words) { [fake] in _ = try await check(fake) }
  }
}
