import EventIO
import XCTest

@testable import LoadSupport

/// Which era of the protocol the check before the load settles on.
final class NetworkCheckEraTests: XCTestCase {
  private func check(
    _ era: ProtocolEra?,
    _ fake: FakeMCP = FakeMCP(),
    tools: String = #"{"tools":[]}"#,
    needs tool: String? = nil
  ) async throws -> (findings: NetworkCheck.Findings, methods: [String]) {
    var fake = fake
    let onRequest = fake.onRequest
    fake.onRequest = { request in
      if let steps = onRequest(request) { return steps }
      guard request.json["method"] == "tools/list", let id = request.json["id"]?.integer else {
        return nil
      }
      return [.send(Answer.http(200, Answer.result(id, tools)))]
    }
    let loop = try EventLoop(name: "server")
    defer { loop.stop() }
    let server = try await ScriptedServer.start(on: loop, script: fake.script)
    let url = HTTPURL(host: "127.0.0.1", port: server.address.port, path: "/mcp")
    let result: Result<NetworkCheck.Findings, any Error>
    do {
      result = .success(
        try await NetworkCheck.run(
          MCPClientEndpoint(url),
          profile: .standard,
          target: nil,
          tools: tool.map { [$0] } ?? [],
          era: era,
          timeouts: HTTPClientTimeouts()
        )
      )
    } catch {
      result = .failure(error)
    }
    let methods = await server.requests.map { $0.json["method"]?.string ?? $0.method }
    await server.stop()
    return (try result.get(), methods)
  }

  /// A server that answers the question for the modern era so.
  private func answering(_ status: Int, _ body: @escaping @Sendable (Int) -> String) -> FakeMCP {
    var fake = FakeMCP()
    fake.onRequest = { request in
      guard request.json["method"] == "server/discover" else { return nil }
      return [.send(Answer.http(status, body(request.json["id"]?.integer ?? 0)))]
    }
    return fake
  }

  func testAuto_takesTheModernEra_whereTheServerSpeaksIt() async throws {
    var fake = FakeMCP()
    fake.era = .modern
    for era in [nil, ProtocolEra.modern] {
      let (findings, methods) = try await check(era, fake)
      XCTAssertEqual(findings.profile.form, .modern)
      XCTAssertEqual(findings.revision, "2026-07-28")
      XCTAssertEqual(findings.server, "fake 7")
      XCTAssertNil(findings.probe)
      XCTAssertEqual(methods, ["server/discover"])
    }
  }

  func testAuto_fallsBackOnASession_whateverAnOldServerAnswers() async throws {
    for fake in [
      answering(400) { Answer.error($0, -32600, "no session") }, answering(404) { _ in "" },
      answering(400) { _ in "" }, answering(406) { _ in "no" }, answering(500) { _ in "oops" },
      answering(200) { Answer.error($0, -32601, "unknown") },
      answering(400) { Answer.error($0, -32602, "unknown") },
      // Any method is fine to it.
      answering(200) { Answer.result($0) },
      answering(400) { Answer.error($0, -32022, "v", data: #"{"supported":["2025-11-25"]}"#) },
      answering(200) { Answer.result($0, #"{"supportedVersions":["2025-06-18"]}"#) },
    ] {
      let (findings, methods) = try await check(nil, fake)
      XCTAssertEqual(findings.profile.form, .legacy)
      XCTAssertEqual(findings.revision, "2025-11-25")
      XCTAssertEqual(
        methods,
        ["server/discover", "initialize", "notifications/initialized", "DELETE"]
      )
      XCTAssertGreaterThan(try XCTUnwrap(findings.probe).nanoseconds, 0)
    }
  }

  func testProbe_isKept_whereASessionFollows() async throws {
    let answers: [(FakeMCP, Outcome, Int?)] = [
      (answering(400) { Answer.error($0, -32600, "no session") }, .httpError, 400),
      (answering(429) { _ in "" }, .rateLimited, 429),
      (answering(200) { Answer.result($0) }, .success, 200),
    ]
    for (fake, outcome, status) in answers {
      let findings = try await check(nil, fake).findings
      XCTAssertEqual(findings.probe?.outcome, outcome)
      XCTAssertEqual(findings.probe?.httpStatus, status)
      // What a server of the modern era may answer under load as well is no reason to be sure.
      let remarks = findings.remarks.filter { $0.contains("server/discover came to rate_limited") }
      XCTAssertEqual(remarks.count, status == 429 ? 1 : 0)
    }
    let unasked = try await check(.legacy).findings.probe
    XCTAssertNil(unasked)
  }

  func testAuto_doesNotFallBack_whereTheServerSpeaksAnotherModernRevisionOnly() async throws {
    for (fake, words) in [
      (
        answering(400) { Answer.error($0, -32022, "v", data: #"{"supported":["2099-01-01"]}"#) },
        "the server speaks 2099-01-01"
      ),
      (answering(400) { Answer.error($0, -32020, "h") }, "(-32020)"),
      (answering(400) { Answer.error($0, -32021, "c") }, "(-32021)"),
    ] {
      do {
        _ = try await check(nil, fake)
        XCTFail("nothing was wrong: \(words)")
      } catch {
        XCTAssertTrue("\(error)".contains(words), "\(error)")
        XCTAssertFalse("\(error)".contains("initialize ended"), "\(error)")
      }
    }
  }

  /// A modern server that misses something says so before any session: both answers are told.
  func testAuto_tellsBothAnswers_whenParametersAreRefusedAndInitializeIsToo() async throws {
    var fake = answering(400) { Answer.error($0, -32602, "missing example.com/key") }
    let onRequest = fake.onRequest
    fake.onRequest = { request in
      guard request.json["method"] == "initialize" else { return onRequest(request) }
      let id = request.json["id"]?.integer ?? 0
      return [.send(Answer.http(404, Answer.error(id, -32601, "unknown")))]
    }
    do {
      _ = try await check(nil, fake)
      XCTFail("nothing was wrong")
    } catch {
      for words in [
        "a key of _meta is missing, or the server does not accept the parameters (-32602): missing example.com/key",
        "; then initialize ended in http_error: HTTP 404: the server does not know the method (-32601)",
      ] {
        XCTAssertTrue("\(error)".contains(words), "\(error)")
      }
    }
  }

  func testEra_isNotAskedFor_whereItIsNamed() async throws {
    let (findings, methods) = try await check(.legacy)
    XCTAssertEqual(findings.profile.form, .legacy)
    XCTAssertEqual(methods.first, "initialize")
    do {
      _ = try await check(.modern, answering(404) { _ in "" })
      XCTFail("an old server was taken for a modern one")
    } catch {
      XCTAssertTrue("\(error)".contains("server/discover ended in http_error"), "\(error)")
      for part in ["-H 'Mcp-Method: server/discover'", #""method":"server/discover""#] {
        XCTAssertTrue("\(error)".contains(part), "\(error)")
      }
    }
  }

  func testMirroredArguments_areFound_andToolsThatBreakTheRulesAreNone() async throws {
    var fake = FakeMCP()
    fake.era = .modern
    let tools = """
      {"tools":[{"name":"a","inputSchema":{"properties":{"r":{"type":"string","x-mcp-header":"R"}}}},
      {"name":"b","inputSchema":{"properties":{"r":{"type":"array","x-mcp-header":"R"}}}}]}
      """
    let (findings, _) = try await check(nil, fake, tools: tools, needs: "a")
    XCTAssertEqual(
      findings.profile.form.mirrored,
      ["a": [MirroredArgument(path: ["r"], field: "Mcp-Param-R")]]
    )
    XCTAssertTrue(findings.remarks.contains { $0.contains("tool b has an x-mcp-header") })
    do {
      _ = try await check(nil, fake, tools: tools, needs: "b")
      XCTFail("a tool that must not be called was there")
    } catch {
      XCTAssertTrue("\(error)".contains("it has no tool b"), "\(error)")
    }
  }

  /// A session under a revision without sessions is a mixture that nobody means.
  func testRevisionWithoutSessions_inInitialize_isRemarked() async throws {
    var fake = FakeMCP()
    fake.onRequest = { request in
      guard request.json["method"] == "initialize" else { return nil }
      let result = #"{"protocolVersion":"2026-07-28","capabilities":{},"serverInfo":{"name":"x"}}"#
      return [.send(Answer.http(200, Answer.result(request.json["id"]?.integer ?? 0, result)))]
    }
    let remarks = try await check(.legacy, fake).findings.remarks
    XCTAssertTrue(
      remarks.contains { $0.contains("2026-07-28") && $0.contains("--mcp-era modern") },
      "\(remarks)"
    )
    let usual = try await check(.legacy).findings.remarks
    XCTAssertEqual(usual, [])
  }

  func testAuto_fallsBackOnASession_whereTheQuestionEndsTheConnection() async throws {
    var fake = FakeMCP()
    fake.onRequest = { request in
      request.json["method"] == "server/discover" ? [.close] : nil
    }
    let findings = try await check(nil, fake).findings
    XCTAssertEqual(findings.revision, "2025-11-25")
    XCTAssertEqual(findings.probe?.outcome, .transportError)
    fake.onRequest = { _ in [.close] }
    do {
      _ = try await check(nil, fake)
      XCTFail("nothing was wrong")
    } catch {
      for words in ["server/discover ended in transport_error", "; then initialize ended in"] {
        XCTAssertTrue("\(error)".contains(words), "\(error)")
      }
    }
  }

  /// HTTP+SSE ended with MCP 2025-03-26.
  func testServerOf2024_isRefusedInASentence() async throws {
    var fake = FakeMCP()
    fake.onRequest = { request in
      request.method == "GET"
        ? [.send(Answer.openStream("event: endpoint\ndata: /messages?id=1\n\n"))]
        : [.send(Answer.http(405))]
    }
    for era in [nil, ProtocolEra.legacy] {
      do {
        _ = try await check(era, fake)
        XCTFail("nothing was wrong")
      } catch {
        XCTAssertTrue("\(error)".contains("it speaks HTTP+SSE"), "\(error)")
      }
    }
  }
}
