import EventIO
import XCTest

@testable import LoadSupport

/// Tools that want arguments repeated in header fields, and say so only in the middle of a load.
final class LateFieldsTests: XCTestCase {
  private static let profile = {
    var profile = ToolProfile.standard
    profile.form = .modern
    return profile
  }()

  /// A server whose tool wants its command in a field from that call on, and lists its tools so.
  private static func server(
    from number: Int,
    tools: String = annotated,
    lists: FakeMCP.Counter = FakeMCP.Counter()
  ) -> FakeMCP {
    var fake = FakeMCP()
    fake.era = .modern
    let calls = FakeMCP.Counter()
    fake.onRequest = { request in
      guard let id = request.json["id"]?.integer else { return nil }
      if request.json["method"] == "tools/list" {
        _ = lists.next()
        return [.send(Answer.http(200, Answer.result(id, tools)))]
      }
      guard let command = request.json["params"]?["arguments"]?["command"]?.string,
        calls.next() >= number, request.fields["mcp-param-command"] != command
      else { return nil }
      return [.send(Answer.http(400, Answer.error(id, -32020, "Mcp-Param-Command is missing")))]
    }
    return fake
  }

  private static let annotated = """
    {"tools":[{"name":"ssh_run_command","inputSchema":{"properties":{"session_id":{"type":"string"},
    "command":{"type":"string","x-mcp-header":"Command"}}}}]}
    """

  func testCall_isSentOnceMore_whenItsToolHasGainedAnAnnotation() async throws {
    let fake = Self.server(from: 1)
    try await LoopHarness.run(against: fake.script) { loop, server in
      let session = try TestCalls.session(of: server, profile: Self.profile, on: loop)
      _ = await session.initialize(plannedAt: 0)
      var attempts: [Attempt] = []
      for _ in 0..<4 {
        attempts.append(await session.perform(TestCalls.call(Self.profile), plannedAt: 0))
      }
      XCTAssertEqual(attempts.map(\.outcome), [.success, .success, .success, .success])
      XCTAssertEqual(session.attemptsMade, 4)
      let requests = await server.requests
      XCTAssertEqual(
        requests.map { $0.json["method"]?.string },
        ["tools/call", "tools/call", "tools/list", "tools/call", "tools/call", "tools/call"]
      )
      XCTAssertEqual(
        requests.map { $0.fields["mcp-param-command"] },
        [nil, nil, nil, "id", "id", "id"]
      )
      XCTAssertEqual(Set(requests.compactMap { $0.json["id"]?.integer }).count, 6)
      // The one attempt has all that was sent for it, from the first time on.
      let sent = try attempts.map { try XCTUnwrap($0.bytesSent) }
      XCTAssertGreaterThan(sent[1], sent[0] + sent[2])
      XCTAssertEqual(session.lateFields.names, ["Mcp-Param-Command"])
    }
  }

  func testTools_areListedOnceASession_whenThatDoesNotHelp() async throws {
    for (tools, words) in [
      (#"{"tools":[]}"#, "the tools were listed again, and no other header fields are asked for"),
      ("7", "the tools were listed again"),
      // Clients must not call a tool whose annotations break the rules: nothing is learnt of it.
      (Self.annotated.replacing("Command\"}", with: "a b\"}"), "no other header fields"),
    ] {
      let lists = FakeMCP.Counter()
      let fake = Self.server(from: 0, tools: tools, lists: lists)
      try await LoopHarness.run(against: fake.script) { loop, server in
        let session = try TestCalls.session(of: server, profile: Self.profile, on: loop)
        var attempts: [Attempt] = []
        for _ in 0..<3 {
          attempts.append(await session.perform(TestCalls.call(Self.profile), plannedAt: 0))
        }
        XCTAssertEqual(attempts.map(\.outcome), [.httpError, .httpError, .httpError])
        XCTAssertEqual(attempts.map(\.httpStatus), [400, 400, 400])
        XCTAssertEqual(attempts[0].error?.contains(words), true, attempts[0].error ?? "")
        XCTAssertEqual(attempts[1].error?.contains("listed"), false)
      }
      XCTAssertEqual(lists.value, 1)
    }
  }

  func testSession_doesNotListAgain_inTheLegacyEra() async throws {
    var fake = Self.server(from: 0)
    fake.era = .legacy
    try await LoopHarness.run(against: fake.script) { loop, server in
      let session = try TestCalls.session(of: server, on: loop)
      let attempt = await session.perform(TestCalls.call, plannedAt: 0)
      XCTAssertEqual(attempt.outcome, .httpError)
      let requests = await server.requests
      XCTAssertEqual(requests.count, 1)
    }
  }

  func testEvent_saysThatCallsWereSentOnceMore() async throws {
    var options = LoadRunHarness.Options()
    options.profile = Self.profile
    let lists = FakeMCP.Counter()
    let run = try await LoadRunHarness(options, against: Self.server(from: 6, lists: lists).script)
    try run.assertAccounted()
    XCTAssertEqual(Set(run.load.map(\.attempt.outcome)), [.success])
    XCTAssertEqual(lists.value, 2)
    let remark = try XCTUnwrap(run.event(.remark))
    let words = try XCTUnwrap(remark.message)
    XCTAssertTrue(words.contains("refused calls of 2 of 2 workers"), words)
    XCTAssertTrue(words.contains("2 found that the tools ask for Mcp-Param-Command"), words)
    XCTAssertGreaterThan(remark.at, try XCTUnwrap(run.event(.setup)).at)
  }
}
