import EventIO
import XCTest

@testable import LoadSupport

final class MCPClientSessionTests: XCTestCase {
  func testSession_isOpenedUsedAndEnded() async throws {
    try await LoopHarness.run(against: FakeMCP().script) { loop, server in
      let session = try TestCalls.session(of: server, headers: ["X-Extra": Secret("yes")], on: loop)
      let opened = await session.initialize(plannedAt: 1)
      XCTAssertEqual(opened.map(\.operation), ["initialize", "notifications/initialized"])
      XCTAssertEqual(opened.map(\.1.outcome), [.success, .success])
      XCTAssertEqual(session.id, "mcp-0")
      XCTAssertEqual(session.revision?.name, "2025-11-25")
      XCTAssertEqual(session.era, .legacy)
      let called = await session.perform(TestCalls.call, plannedAt: 2)
      XCTAssertEqual(called.outcome, .success)
      let ended = await session.end(plannedAt: 3)
      XCTAssertEqual(ended?.outcome, .success)
      let endedTwice = await session.end(plannedAt: 3)
      XCTAssertNil(endedTwice)
      XCTAssertEqual(session.attemptsMade, 4)
      XCTAssertEqual(session.connectionsOpened, 1)

      let requests = await server.requests
      XCTAssertEqual(requests.map(\.method), ["POST", "POST", "POST", "DELETE"])
      XCTAssertEqual(
        requests.map { $0.fields["mcp-session-id"] },
        [nil, "mcp-0", "mcp-0", "mcp-0"]
      )
      XCTAssertEqual(
        requests.map { $0.fields["mcp-protocol-version"] },
        [nil, "2025-11-25", "2025-11-25", "2025-11-25"]
      )
      for request in requests {
        XCTAssertEqual(request.path, "/mcp")
        XCTAssertEqual(request.fields["host"], "127.0.0.1:\(server.address.port)")
        XCTAssertEqual(request.fields["accept"], "application/json, text/event-stream")
        XCTAssertEqual(request.fields["accept-encoding"], "identity")
        XCTAssertEqual(request.fields["content-type"], "application/json")
        XCTAssertEqual(request.fields["x-extra"], "yes")
      }
      XCTAssertEqual(
        requests[0].json["params"]?["protocolVersion"],
        .string(ToolProfile.standard.protocolVersion)
      )
      XCTAssertNotNil(requests[0].json["params"]?["clientInfo"]?["name"]?.string)
      XCTAssertNotNil(requests[0].json["params"]?["capabilities"])
      XCTAssertNil(requests[1].json["id"])
    }
  }

  func testVersionHeader_isSentFromTheRevisionThatAsksForIt() async throws {
    for (version, isSent) in [
      ("2024-11-05", false), ("2025-03-26", false), ("2025-06-18", true), ("2025-11-25", true),
      ("2026-07-28", true),
    ] {
      var fake = FakeMCP()
      fake.version = version
      try await LoopHarness.run(against: fake.script) { loop, server in
        let session = try TestCalls.session(of: server, on: loop)
        _ = await session.initialize(plannedAt: 0)
        _ = await session.perform(TestCalls.call, plannedAt: 0)
        let requests = await server.requests
        XCTAssertNil(requests[0].fields["mcp-protocol-version"])
        for request in requests.dropFirst() {
          XCTAssertEqual(request.fields["mcp-protocol-version"], isSent ? version : nil)
        }
      }
    }
  }

  /// What a server says goes into the heads of requests; only what looks like a revision may.
  func testVersion_isNotSent_whenItDoesNotLookLikeOne() async throws {
    for version in [#"2099-01-01\r\nX-Evil: yes"#, "latest", "2099-1-1", "2099-01-011", ""] {
      var fake = FakeMCP()
      fake.version = version
      try await LoopHarness.run(against: fake.script) { loop, server in
        let session = try TestCalls.session(of: server, on: loop)
        let opened = await session.initialize(plannedAt: 0)
        XCTAssertEqual(opened.map(\.1.outcome), [.success, .success], version)
        XCTAssertNil(session.revision?.name, version)
        let requests = await server.requests
        for request in requests {
          XCTAssertNil(request.fields["mcp-protocol-version"], version)
          XCTAssertNil(request.fields["x-evil"], version)
        }
      }
    }
  }

  func testSession_isNotThere_whenTheServerGivesNone() async throws {
    try await LoopHarness.run { request, _ in
      let id = request.json["id"]?.integer
      return [.send(id.map { Answer.http(200, Answer.result($0)) } ?? Answer.http(202))]
    } _: { loop, server in
      let session = try TestCalls.session(of: server, on: loop)
      let opened = await session.initialize(plannedAt: 0)
      XCTAssertEqual(opened.map(\.1.outcome), [.success, .success])
      XCTAssertNil(session.id)
      XCTAssertNil(session.revision?.name)
      let ended = await session.end(plannedAt: 0)
      XCTAssertNil(ended)
      let requests = await server.requests
      XCTAssertEqual(requests.count, 2)
      XCTAssertTrue(requests.allSatisfy { $0.fields["mcp-session-id"] == nil })
    }
  }

  func testSession_isOpenedAnew_whenTheServerHasForgottenIt() async throws {
    var fake = FakeMCP()
    fake.onRun = { number, _ in number == 0 ? [.send(Answer.http(404))] : nil }
    try await LoopHarness.run(against: fake.script) { loop, server in
      let session = try TestCalls.session(of: server, on: loop)
      _ = await session.initialize(plannedAt: 0)
      let lost = await session.perform(TestCalls.call, plannedAt: 0)
      XCTAssertEqual(lost.outcome, .httpError)
      XCTAssertEqual(lost.httpStatus, 404)
      _ = await session.initialize(plannedAt: 0)
      let found = await session.perform(TestCalls.call, plannedAt: 0)
      XCTAssertEqual(found.outcome, .success)
      let requests = await server.requests
      XCTAssertEqual(
        requests.map { $0.fields["mcp-session-id"] },
        [nil, "mcp-0", "mcp-0", nil, "mcp-1", "mcp-1"]
      )
      // The new handshake knows nothing of the old one.
      XCTAssertNil(requests[3].fields["mcp-protocol-version"])
      let ids = requests.compactMap { $0.json["id"]?.integer }
      XCTAssertEqual(Set(ids).count, 4, "an id was used twice: \(ids)")
    }
  }

  func testHandshake_stops_whenInitializeFails() async throws {
    try await LoopHarness.run { _, _ in
      [.send(Answer.http(500))]
    } _: { loop, server in
      let session = try TestCalls.session(of: server, on: loop)
      let opened = await session.initialize(plannedAt: 0)
      XCTAssertEqual(opened.map(\.operation), ["initialize"])
      XCTAssertEqual(opened.map(\.1.outcome), [.httpError])
      XCTAssertEqual(session.attemptsMade, 1)
    }
  }

  func testEndOfSession_isASuccess_whenTheServerDoesNotAllowIt() async throws {
    for (status, outcome) in [
      (200, .success), (204, .success), (405, .success), (404, .httpError), (500, .httpError),
    ] as [(Int, Outcome)] {
      var fake = FakeMCP()
      fake.onRequest = { $0.method == "DELETE" ? [.send(Answer.http(status))] : nil }
      try await LoopHarness.run(against: fake.script) { loop, server in
        let session = try TestCalls.session(of: server, on: loop)
        _ = await session.initialize(plannedAt: 0)
        let ended = await session.end(plannedAt: 7)
        XCTAssertEqual(ended?.outcome, outcome, "HTTP \(status)")
        XCTAssertEqual(ended?.planned, 7)
        XCTAssertNil(session.id)
      }
    }
  }

  func testSSHSession_isFoundInAnyOfItsPlaces() async throws {
    let cases: [(String, JSONValue?)] = [
      (#"{"content":[],"structuredContent":{"session_id":"a"}}"#, "a"),
      (#"{"content":"Connected.","session_id":"b"}"#, "b"),
      (#"{"content":[{"type":"text","text":"{\"session_id\":\"c\"}"}]}"#, "c"),
      (#"{"content":"{\"session_id\":\"d\"}"}"#, "d"),
      (#"{"content":[],"session_id":42}"#, 42),
      (#"{"content":[{"type":"text","text":"{\"session_id\":7}"}]}"#, 7),
      (
        #"{"content":[{"type":"text","text":"c"}],"structuredContent":{"session_id":"a"},"#
          + #""session_id":"b"}"#, "a"
      ),
      (#"{"content":[{"type":"image"},{"type":"text","text":"{\"session_id\":\"e\"}"}]}"#, "e"),
      (#"{"content":[{"type":"text","text":"session_id: f"}]}"#, nil),
      (#"{"content":[],"session_id":null}"#, nil), (#""text""#, nil), ("{}", nil),
    ]
    for (connected, expected) in cases {
      var fake = FakeMCP()
      fake.connected = connected
      try await LoopHarness.run(against: fake.script) { loop, server in
        let session = try TestCalls.session(of: server, on: loop)
        let call = try XCTUnwrap(SSHTarget(host: "h", port: 22).connectCall(.standard))
        let attempt = await session.perform(call, plannedAt: 0)
        XCTAssertEqual(attempt.outcome, expected == nil ? .wrongAnswer : .success, connected)
        XCTAssertEqual(try session.lane.captured(.session)?.json, expected, connected)
      }
    }
  }

  func testSSHSession_isFoundInAnEventStreamToo() async throws {
    try await LoopHarness.run { request, _ in
      let result = #"{"content":"Connected.","session_id":"s"}"#
      let answer = Answer.result(request.json["id"]?.integer ?? 0, result)
      return [.send(Answer.openStream(Answer.noise + "data: \(answer)\n\n"))]
    } _: { loop, server in
      let session = try TestCalls.session(of: server, on: loop)
      _ = await session.perform(TestCalls.call, plannedAt: 0)
      XCTAssertEqual(try session.lane.captured(.session)?.json, "s")
    }
  }

  // MARK: Recovery

  /// Opens a session with an SSH session in it, takes its calls for what they came to, and opens it anew;
  /// gives what the server saw after that.
  private func reopen(
    after outcomes: [Outcome],
    hasEnded: Bool = false,
    isCutOff: Bool = false
  ) async throws -> [String] {
    let fake = FakeMCP()
    return try await LoopHarness.run(against: fake.script) { loop, server in
      let session = try TestCalls.session(of: server, on: loop)
      _ = await session.initialize(plannedAt: 0)
      session.sshSessions = [[SlotValue(plain: "ssh-1".utf8)]]
      session.hasEnded = hasEnded
      for outcome in outcomes { session.note(Attempt(outcome: outcome, planned: 0, done: 0)) }
      XCTAssertFalse(session.stands)
      XCTAssertEqual(session.sshSessions, [])
      let before = await server.requests.count
      var recorded: [String] = []
      let error = await session.reopen(
        closing: ToolProfile.standard.disconnectCall,
        isCutOff: { isCutOff },
        record: { operation, _ in recorded.append(operation) }
      )
      XCTAssertNil(error)
      XCTAssertTrue(session.stands)
      XCTAssertEqual(session.id, "mcp-1")
      let seen = await server.requests.dropFirst(before)
      XCTAssertEqual(seen.count, recorded.count)
      return recorded
    }
  }

  func testSession_closesWhatItGaveUp_beforeItOpensAnew() async throws {
    let recorded = try await reopen(after: [.httpError, .httpError, .httpError])
    XCTAssertEqual(
      recorded,
      ["ssh_disconnect", "session_delete", "initialize", "notifications/initialized"]
    )
  }

  func testSession_closesNothing_whenTheServerHasEndedItOrTheRunIsCutOff() async throws {
    let opening = ["initialize", "notifications/initialized"]
    let ended = try await reopen(after: [.httpError], hasEnded: true)
    XCTAssertEqual(ended, opening)
    let cutOff = try await reopen(
      after: [.rpcError, .rpcError, .rpcError],
      isCutOff: true
    )
    XCTAssertEqual(cutOff, opening)
  }
}
