import EventIO
import XCTest

@testable import LoadSupport

final class NetworkCheckTests: NetworkCheckTestCase {
  func testNetwork_isFine_afterOneLoginAndOneCommand_whichAreUndone() async throws {
    let fake = FakeMCP()
    let (findings, requests) = try await check(fake)
    XCTAssertEqual(findings.profile, .standard)
    XCTAssertNil(findings.poolLimit)
    XCTAssertEqual(fake.connects.value, 1)
    // It answered what only a shell answers to `echo`.
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
    XCTAssertGreaterThan(try XCTUnwrap(found.requestSeconds), 0)
    XCTAssertNil(Network.RateLimit(found))
    let limited = try await check(metrics: "mcp_http_rate_limit_requests 100\n").findings
    XCTAssertEqual(Network.RateLimit(limited)?.requests, 100)
    XCTAssertEqual(Network.RateLimit(limited)?.windowSeconds, 60)
  }

  /// Seconds and sessions without number had ended the program, or its machine's memory.
  func testLimits_areNone_whereAServerTellsMoreThanCanBeTried() async throws {
    for value in ["9.2e18", "2147483647", "1e300", "100001", "-1"] {
      let names = [
        "pool_connections_limit", "http_rate_limit_requests", "http_rate_limit_window_seconds",
      ]
      let found = try await check(
        metrics: names.map { "mcp_\($0) \(value)\n" }.joined()
      ).findings
      XCTAssertEqual(found.poolLimit, 0, value)
      XCTAssertEqual(found.rateLimit, 0, value)
      XCTAssertNil(found.rateWindowSeconds, value)
    }
  }

  // MARK: What may be wrong

  func testServer_thatDoesNotAnswer_isNamed_withACommandToTry() async throws {
    let port = try Socket.freeLoopbackPort()
    await assertRefused(["http://127.0.0.1:\(port)/mcp", "Connection refused", "curl -i"]) {
      _ = try await NetworkCheck.run(
        MCPClientEndpoint(HTTPURL(host: "127.0.0.1", port: port, path: "/mcp")),
        profile: .standard,
        target: SSHTarget(host: "t", port: 22),
        era: .legacy,
        timeouts: HTTPClientTimeouts()
      )
    }
    var fake = FakeMCP()
    fake.onRequest = { _ in [.send(Answer.http(401, "who are you?"))] }
    let words = ["cannot be used as an MCP server", "HTTP 401", "-H 'Authorization: …'", "/mcp?…"]
    await assertRefused(words) {
      _ = try await check(fake, headers: ["Authorization": Secret("Bearer hunter2")])
    }
  }

  /// A refusal for the target's host key leads to the setting, and on where that is no help.
  func testHostKey_thatIsRefused_leadsToTheSetting() async throws {
    var fake = FakeMCP()
    fake.onConnect = { _, id in
      [
        .send(
          Answer.http(
            200,
            Answer.result(
              id,
              #"{"isError":true,"content":[{"type":"text","text":"Host Key verification failed."}]}"#
            )
          )
        )
      ]
    }
    await assertRefused(["Host Key", "by LOADTEST_INSECURE=1 (--insecure)"]) {
      _ = try await check(fake)
    }
    await assertRefused(["Host Key", "was told not to check", "make the key known there"]) {
      _ = try await check(fake, isInsecure: true)
    }
    var profile = ToolProfile.standard
    profile.connect?.arguments["insecure"] = nil
    await assertRefused(["Host Key", "is not passed to the server", "has no argument \"insecure\""])
    {
      _ = try await check(fake, profile: profile, isInsecure: true)
    }
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

  /// A server whose commands are answered so, and by the command's text.
  private func server(
    _ answer: @escaping @Sendable (String) -> String
  ) -> FakeMCP {
    var fake = FakeMCP()
    fake.onRequest = { request in
      let call = request.json["params"]
      guard let id = request.json["id"]?.integer, call?["name"]?.string == "ssh_run_command"
      else { return nil }
      let result = answer(call?["arguments"]?["command"]?.string ?? "")
      return [.send(Answer.http(200, Answer.result(id, result)))]
    }
    return fake
  }

  /// All of these report no failure.
  func testCommand_thatDidNotRun_isNoProof_whateverTheServerReports() async throws {
    let gateway = server { _ in Answer.text("Error: Host 't' not found") }
    await assertRefused(["cannot run a command", "wrong_answer", "Host 't' not found", "\"check\""])
    {
      _ = try await check(gateway)
    }
    let silent = server { _ in
      #"{"content":[{"type":"text","text":""}],"structuredContent":{"exit_code":127}}"#
    }
    await assertRefused(["exit status 127"]) { _ = try await check(silent) }
    // A refusal that repeats the command has all its words.
    let refusing = server { Answer.text("the command \($0) is forbidden") }
    await assertRefused(["nothing shows that it ran", "is forbidden"]) {
      _ = try await check(refusing)
    }
    await assertRefused(["no text"]) { _ = try await check(server { _ in Answer.text("") }) }
    // One word could be a host's name, but not where it answers everything.
    await assertRefused(["nothing shows that it ran", "denied"]) {
      _ = try await check(server { _ in Answer.text("denied") })
    }
  }

  func testProof_mayBeTheHostName_orWhatTheProfileNames() async throws {
    let strict = server { command in
      command == "hostname"
        ? Answer.text("web-1.example\\n") : Answer.text("not allowed", isError: true)
    }
    _ = try await check(strict)
    let router = server { command in
      command == "show version" ? Answer.text("Version 7.3") : Answer.text("% Invalid input")
    }
    await assertRefused(["% Invalid input"]) { _ = try await check(router) }
    var profile = ToolProfile.standard
    profile.check = .init(command: "show version", answer: "Version 7")
    _ = try await check(router, profile: profile)
    // Where the answer is JSON in a text, or beside it.
    _ = try await check(
      server { #"{"content":[],"structuredContent":{"stdout":"\#(FakeMCP.output(of: $0))"}}"# }
    )
  }

  func testCommandsOfTheLoad_areHeard_whichIsHowSilenceIsKnownLater() async throws {
    let shy = server { $0 == "true" ? Answer.text("\\n") : Answer.text(FakeMCP.output(of: $0)) }
    let (findings, requests) = try await check(shy, commands: ["true", "hostname", "hostname"])
    XCTAssertEqual(findings.spokenCommands, ["hostname"])
    let commands = requests.compactMap { $0.json["params"]?["arguments"]?["command"]?.string }
    XCTAssertEqual(commands.dropFirst(), ["hostname", "true"])
  }

  // MARK: Health

  func testHealth_isLacking_whereItIsNotThereFromTheFirstTimeOn() async throws {
    func lacks(
      _ status: Int,
      _ path: String = "/mcp",
      healthPath: String = MCPClientEndpoint.usualHealthPath
    ) async throws -> [ServerFeature]? {
      var fake = FakeMCP()
      fake.onRequest = { request in
        request.path == healthPath ? [.send(Answer.http(status, "x"))] : nil
      }
      return try await check(fake, path: path, healthPath: healthPath).findings.lacks
    }
    for status in [404, 405, 501] {
      let lacking = try await lacks(status)
      XCTAssertEqual(lacking, [.health], "HTTP \(status)")
    }
    for status in [200, 500, 503, 401] {
      let lacking = try await lacks(status)
      XCTAssertNil(lacking, "HTTP \(status)")
    }
    // Beside a server below a path somebody else answers, unless the path was named.
    let guessed = try await lacks(401, "/api/mcp")
    XCTAssertEqual(guessed, [.health])
    let named = try await lacks(503, "/api/mcp", healthPath: "/api/health")
    XCTAssertNil(named)
  }

  // MARK: Addresses

  func testAddresses_areTriedInTurn_andTheOneThatAnswersIsNamed() async throws {
    let dead = try SocketAddress.resolve(
      host: "127.0.0.1",
      port: try Socket.freeLoopbackPort()
    )
    let findings = try await check(deadAddresses: dead).findings
    XCTAssertNotEqual("\(findings.address)", "\(dead[0])")
    let url = HTTPURL(host: "name", port: 80, path: "/mcp")
    await assertRefused(["at \(dead[0]) initialize", "Connection refused"]) {
      _ = try await NetworkCheck.run(
        MCPClientEndpoint(url, at: dead + dead),
        profile: .standard,
        target: nil,
        era: .legacy,
        timeouts: HTTPClientTimeouts()
      )
    }
  }

  // MARK: Stopping

  /// Nothing is measured yet: the first Ctrl-C is enough.
  func testCheck_endsAtOnce_whenTheRunIsStopped() async throws {
    let control = RunControl()
    var fake = FakeMCP()
    fake.onConnect = { _, _ in
      control.end(.stop, reason: "enough")
      return []
    }
    let loop = try EventLoop(name: "server")
    defer { loop.stop() }
    let server = try await ScriptedServer.start(on: loop, script: fake.script)
    let url = HTTPURL(host: "127.0.0.1", port: server.address.port, path: "/mcp")
    var timeouts = HTTPClientTimeouts()
    timeouts.firstByte = .seconds(600)
    timeouts.wholeRequest = .seconds(600)
    do {
      _ = try await NetworkCheck.run(
        MCPClientEndpoint(url),
        profile: .standard,
        target: SSHTarget(host: "t", port: 22),
        era: .legacy,
        timeouts: timeouts,
        control: control
      )
      XCTFail("nothing was stopped")
    } catch {
      XCTAssertTrue("\(error)".contains("was stopped"), "\(error)")
    }
    let last = await server.requests.last
    XCTAssertEqual(last?.json["params"]?["name"], "ssh_connect")
    await server.stop()
  }
}
