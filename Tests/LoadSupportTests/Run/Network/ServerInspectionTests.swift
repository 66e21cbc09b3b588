import EventIO
import XCTest

@testable import LoadSupport

final class ServerInspectionTests: XCTestCase {
  private static let tools = """
    {"tools":[{"name":"ssh_exec","description":"Runs a command.","inputSchema":{"required":["host","command"],
    "properties":{"host":{"type":"string"},"command":{"type":"string"}}}}]}
    """

  /// Inspects a server that answers some methods so, and gives what it was asked as well.
  private func inspect(
    _ answers: [String: String],
    capabilities: String = "{}",
    era: ProtocolEra = .legacy,
    metrics: String? = nil,
    tokens: [String] = []
  ) async throws -> (found: ServerInspection, requests: [ScriptedServer.Request]) {
    var fake = FakeMCP()
    fake.era = era
    fake.onRequest = { request in
      if request.path == "/metrics", let metrics { return [.send(Answer.http(200, metrics))] }
      let message = request.json
      guard let id = message["id"]?.integer, let method = message["method"]?.string else {
        return nil
      }
      if method == "initialize" {
        let result = """
          {"protocolVersion":"2025-11-25","capabilities":\(capabilities),
          "serverInfo":{"name":"fake","version":"3"}}
          """
        return [.send(Answer.http(200, Answer.result(id, result), fields: ["Mcp-Session-Id: s"]))]
      }
      if method == "server/discover" { return nil }
      guard let answer = answers[method] else {
        return [.send(Answer.http(200, Answer.error(id, -32601, "no \(method)")))]
      }
      return [.send(Answer.http(200, Answer.result(id, answer)))]
    }
    let loop = try EventLoop(name: "server")
    defer { loop.stop() }
    let server = try await ScriptedServer.start(on: loop, script: fake.script)
    let url = HTTPURL(host: "127.0.0.1", port: server.address.port, path: "/mcp?key=hunter2hunter2")
    var settings = RunSettings()
    settings.eraChoice = RunSettings.EraChoice(rawValue: era.rawValue) ?? .auto
    settings.headers = ["X-Key": Secret("hunter2hunter2")]
    do {
      let found = try await ServerInspection.ask(url, settings, control: RunControl())
      let requests = await server.requests
      await server.stop()
      return (found, requests)
    } catch {
      await server.stop()
      throw error
    }
  }

  func testInspection_asksForWhatThereIs_andCallsNoTool() async throws {
    let (found, requests) = try await inspect(
      ["tools/list": Self.tools, "prompts/list": #"{"prompts":[{"name":"p"}]}"#],
      capabilities: #"{"tools":{},"prompts":{},"logging":{}}"#,
      metrics: "mcp_pool_connections_limit 10\nmcp_http_rate_limit_requests 0\nother 1\n"
    )
    XCTAssertEqual(
      requests.map { $0.json["method"]?.string ?? "\($0.method) \($0.path)" },
      [
        "initialize", "notifications/initialized", "tools/list", "prompts/list", "GET /health",
        "GET /metrics", "DELETE /mcp?key=hunter2hunter2",
      ]
    )
    XCTAssertEqual(found.findings.server, "fake 3")
    XCTAssertEqual(found.findings.revision, "2025-11-25")
    XCTAssertEqual(found.capabilities, ["tools", "prompts", "logging"])
    XCTAssertEqual(found.tools.map(\.name), ["ssh_exec"])
    XCTAssertNil(found.toolsFault)
    XCTAssertEqual(found.counts.map(\.kind), ["prompts"])
    XCTAssertEqual(found.counts.map(\.count), [1])
    XCTAssertEqual(found.health?.status, 404)
    XCTAssertEqual(found.findings.poolLimit, 10)
    XCTAssertEqual(found.findings.rateLimit, 0)
    XCTAssertEqual(found.metrics?.count, 3)
    XCTAssertNotNil(found.draft.profile)
  }

  func testInspection_worksInTheModernEra() async throws {
    let tools = Self.tools.replacing(#"{"tools""#, with: #"{"resultType":"complete","tools""#)
    let (found, requests) = try await inspect(["tools/list": tools], era: .modern)
    XCTAssertEqual(found.findings.server, "fake 7")
    XCTAssertEqual(found.capabilities, ["tools"])
    XCTAssertEqual(found.tools.map(\.name), ["ssh_exec"])
    XCTAssertEqual(
      requests.compactMap { $0.json["method"]?.string },
      ["server/discover", "tools/list"]
    )
  }

  func testInspection_standsAServerThatAnswersNothingMore() async throws {
    let found = try await inspect([:], capabilities: #"{"resources":7}"#).found
    XCTAssertEqual(found.tools, [])
    XCTAssertTrue(found.toolsFault?.contains("no tools/list") == true, found.toolsFault ?? "")
    XCTAssertEqual(found.counts.count, 1)
    XCTAssertNotNil(found.counts[0].fault)
    XCTAssertNil(found.draft.profile)
    XCTAssertNil(found.profileText)
    XCTAssertTrue(found.text.contains("the tools could not be listed: "), found.text)
    XCTAssertFalse(found.text.contains("no tool looks as if"), found.text)
    let odd = try await inspect(["tools/list": #"{"tools":{"a":1}}"#]).found
    XCTAssertEqual(odd.toolsFault, #"the answer to tools/list has no array "tools""#)
    XCTAssertTrue(odd.text.contains("the tools could not be listed: "), odd.text)
    let none = try await inspect(["tools/list": #"{"tools":[]}"#]).found
    XCTAssertTrue(none.text.contains("docs/own-workloads.md"), none.text)
  }

  func testTools_areListedToTheEnd_whichALoopOfPagesHasNot() async throws {
    let endless = #"{"tools":[{"name":"a"}],"nextCursor":"again"}"#
    let found = try await inspect(["tools/list": endless]).found
    XCTAssertEqual(found.tools.count, 2)
    XCTAssertTrue(found.toolsFault?.contains("a cursor again") == true, found.toolsFault ?? "")
    let many = (0..<2_500).map { #"{"name":"t\#($0)"}"# }.joined(separator: ",")
    let large = try await inspect(["tools/list": #"{"tools":[\#(many)],"nextCursor":"1"}"#]).found
    XCTAssertEqual(large.tools.count, 2_500)
    XCTAssertTrue(
      large.toolsFault?.contains("more than 2500 entries") == true,
      large.toolsFault ?? ""
    )
  }

  // MARK: Text

  /// A run knows other names of the same metrics, too, and its page may be another.
  func testMetrics_haveTheNamesThatARunKnows_andTheirPage() async throws {
    let found = try await inspect(
      ["tools/list": Self.tools],
      metrics: "go_threads 4\nprocess_open_fds 5\nmcp_pool_hits_total -5\n"
    ).found
    for words in [
      "GET /metrics: 2 that figures are made of, 1 others", "go_threads", "threads of the server",
    ] { XCTAssertTrue(found.text.contains(words), "\(words): \(found.text)") }
    XCTAssertFalse(found.text.contains("process_threads"), found.text)
  }

  func testText_hasWhatPeopleWantToKnow() async throws {
    let found = try await inspect(
      ["tools/list": Self.tools],
      metrics: "mcp_pool_connections_limit 10\nmcp_pool_hits_total{host=\"a\"} 3\n"
    ).found
    for words in [
      "fake 3", "MCP 2025-11-25 (sessions)", "GET /health: HTTP 404",
      "10 SSH connections (gauge mcp_pool_connections_limit)",
      "not told (no gauge mcp_http_rate_limit_requests)",
      "ssh_exec(host* string, command* string)", "Runs a command.", "logins saved by the pool",
      "run.arguments.command  command", "exit_status",
    ] { XCTAssertTrue(found.text.contains(words), "\(words): \(found.text)") }
  }

  func testWhatAServerSays_isShownSafely_andWithoutSecrets() async throws {
    let tools = #"""
      {"tools":[{"name":"ssh_exec","description":"hunter2hunter2 \u001b[31m\nx","inputSchema":{"properties":
      {"command":{},"ho\u202est":{"type":"hunter2hunter2"}},"required":["ho\u202est"]}}]}
      """#
    let found = try await inspect(["tools/list": tools]).found
    let profile = try XCTUnwrap(found.profileText)
    for text in [
      found.text, profile, found.jsonText, found.draft.gaps.map(found.redacted).joined(),
    ] {
      XCTAssertFalse(text.contains("hunter2"), text)
    }
    for text in [found.text, profile, found.jsonText] {
      XCTAssertFalse(text.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" }, text)
    }
    // Escaped, and the same name all the same.
    let json = try JSONValue(parsing: found.jsonText.utf8)
    XCTAssertEqual(json["tools"]?.array?[0]["arguments"]?.array?[1]["path"], ["ho\u{202E}st"])
    XCTAssertNoThrow(try ToolProfile(parsing: profile.utf8))
  }

  func testJSON_hasAllOfIt() async throws {
    let found = try await inspect(
      ["tools/list": Self.tools],
      metrics: "mcp_pool_connections_limit 1e3\nbig 1e308\nbig{a=\"b\"} 1e308\n"
    ).found
    let json = try JSONValue(parsing: found.jsonText.utf8)
    XCTAssertEqual(json["server"], "fake 3")
    XCTAssertEqual(json["era"], "legacy")
    XCTAssertEqual(json["limits"]?["pool"], 1000)
    XCTAssertEqual(json["limits"]?["requests_per_window"], .null)
    XCTAssertEqual(json["metrics"], ["mcp_pool_connections_limit": 1000])
    XCTAssertEqual(json["tool_profile"], found.draft.profile)
    XCTAssertEqual(json["guesses"]?.array?.count, found.draft.guesses.count)
  }
}
