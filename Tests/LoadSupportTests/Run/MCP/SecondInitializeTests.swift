import EventIO
import XCTest

@testable import LoadSupport

/// What becomes of a client that opens a session where there is one, or there was one.
final class SecondInitializeTests: XCTestCase {
  /// A server of one session for all that ask, which is refused a second time; with an id, or without.
  private static func shared(_ status: Int, id: String?, onDelete: Int = 405) -> FakeMCP {
    var fake = FakeMCP()
    let opened = FakeMCP.Counter()
    fake.onRequest = { request in
      if request.method == "DELETE" { return [.send(Answer.http(onDelete))] }
      guard let number = request.json["id"]?.integer else { return nil }
      guard request.json["method"] == "initialize" else {
        let isKnown = id == nil || request.fields["mcp-session-id"] == id
        return isKnown ? nil : [.send(Answer.http(400, Answer.error(number, -32000, "no id")))]
      }
      if opened.next() == 0 {
        let result = #"{"protocolVersion":"2025-06-18","capabilities":{}}"#
        let fields = id.map { ["Mcp-Session-Id: \($0)"] } ?? []
        return [.send(Answer.http(200, Answer.result(number, result), fields: fields))]
      }
      let error = Answer.error(number, -32600, "Invalid Request: Server already initialized")
      return [.send(Answer.http(status, error))]
    }
    return fake
  }

  func testSession_stands_whenItIsThereAlready() async throws {
    for (status, id) in [(400, nil), (200, nil), (400, "only"), (200, "only")] as [(Int, String?)] {
      try await LoopHarness.run(against: Self.shared(status, id: id).script) { loop, server in
        let session = try TestCalls.session(of: server, on: loop)
        _ = await session.initialize(plannedAt: 0)
        _ = await session.end(plannedAt: 0)
        XCTAssertFalse(session.isSharedByAll)
        let refused = await session.initialize(plannedAt: 0)
        XCTAssertEqual(refused.map(\.1.outcome), [status == 200 ? .rpcError : .httpError])
        XCTAssertEqual(refused.first?.1.rpcCode, -32600)
        XCTAssertTrue(session.stands)
        XCTAssertTrue(session.isSharedByAll)
        XCTAssertEqual(session.id, id)
        let called = await session.perform(TestCalls.call, plannedAt: 0)
        XCTAssertEqual(called.outcome, .success, called.error ?? "")
        let requests = await server.requests
        XCTAssertEqual(requests.last?.fields["mcp-session-id"], id)
      }
    }
  }

  /// Another error is none of that, and leaves the session closed.
  func testSession_doesNotStand_whenInitializeFailsOtherwise() async throws {
    try await LoopHarness.run { request, _ in
      let id = request.json["id"]?.integer ?? 0
      return [.send(Answer.http(400, Answer.error(id, -32600, "Bad Request")))]
    } _: { loop, server in
      let session = try TestCalls.session(of: server, on: loop)
      _ = await session.initialize(plannedAt: 0)
      XCTAssertFalse(session.stands)
      XCTAssertFalse(session.isSharedByAll)
    }
  }

  func testLoad_goesOn_whenAllWorkersShareOneSession() async throws {
    let run = try await LoadRunHarness(against: Self.shared(400, id: nil).script)
    try run.assertAccounted()
    XCTAssertEqual(
      Set(run.samples.filter { $0.operation == "initialize" }.map(\.attempt.outcome)),
      [.success, .httpError]
    )
    XCTAssertEqual(Set(run.load.map(\.worker)), [0, 1])
    XCTAssertEqual(Set(run.load.map(\.attempt.outcome)), [.success])
    XCTAssertNil(run.event(.problem))
  }

  func testSecondSession_hasItsOwnID_whateverTheFirstHad() async throws {
    try await LoopHarness.run(against: FakeMCP().script) { loop, server in
      let session = try TestCalls.session(of: server, on: loop)
      _ = await session.initialize(plannedAt: 0)
      _ = await session.initialize(plannedAt: 0)
      _ = await session.perform(TestCalls.call, plannedAt: 0)
      let requests = await server.requests
      XCTAssertEqual(
        requests.map { $0.fields["mcp-session-id"] },
        [nil, "mcp-0", nil, "mcp-1", "mcp-1"]
      )
    }
  }

  /// A server that has dropped a session says so by any status, and it is opened again.
  func testWorker_initializesAgain_whateverStatusTellsThatTheSessionIsGone() async throws {
    for (status, body) in [
      (404, ""), (400, "Bad Request: No valid session ID provided"), (401, "session expired"),
      (401, ""),
    ] {
      var options = LoadRunHarness.Options()
      options.workers = 1
      options.duration = .milliseconds(400)
      var fake = FakeMCP()
      fake.onRequest = { request in
        let isDropped =
          request.fields["mcp-session-id"] == "mcp-0"
          && request.json["params"]?["arguments"]?["command"]?.string == "whoami"
        return isDropped ? [.send(Answer.http(status, body))] : nil
      }
      if body.isEmpty, status == 401 {
        // Without a word: three errors in a row are reason enough.
        options.operations["a"] = .command("whoami")
      }
      let run = try await LoadRunHarness(options, against: fake.script)
      try run.assertAccounted()
      XCTAssertEqual(run.samples.count { $0.operation == "initialize" }, 2, "\(status) \(body)")
      XCTAssertEqual(run.load.last?.attempt.outcome, .success, "\(status) \(body)")
      XCTAssertLessThanOrEqual(run.load.count { $0.attempt.outcome != .success }, 3)
    }
  }

  // MARK: The check before the load

  private func check(_ fake: FakeMCP) async throws -> NetworkCheck.Findings {
    let loop = try EventLoop(name: "server")
    defer { loop.stop() }
    let server = try await ScriptedServer.start(on: loop, script: fake.script)
    let url = HTTPURL(host: "127.0.0.1", port: server.address.port, path: "/mcp")
    let findings: Result<NetworkCheck.Findings, any Error>
    do {
      findings = .success(
        try await NetworkCheck.run(
          MCPClientEndpoint(url, at: [server.address]),
          profile: .standard,
          target: SSHTarget(host: "t", port: 22),
          era: .legacy,
          timeouts: HTTPClientTimeouts()
        )
      )
    } catch {
      findings = .failure(error)
    }
    await server.stop()
    return try findings.get()
  }

  func testCheck_saysThatAllShareOneSession_orThatItIsSomebodyElses() async throws {
    let fake = Self.shared(400, id: nil)
    _ = try await check(fake)
    let findings = try await check(fake)
    XCTAssertTrue(findings.remarks.contains { $0.contains("share its one session") })

    let taken = Self.shared(400, id: "somebody's")
    _ = try await check(taken)
    do {
      _ = try await check(taken)
      XCTFail("nothing was wrong")
    } catch {
      for words in ["no id", "it had refused initialize"] {
        XCTAssertTrue("\(error)".contains(words), "\(error)")
      }
    }
  }
}
