import EventIO
import XCTest

@testable import LoadSupport

final class ModernSessionTests: XCTestCase {
  private static let profile = {
    var profile = ToolProfile.standard
    profile.form = .modern
    return profile
  }()

  func testSession_hasNeitherHandshakeNorEnd() async throws {
    var fake = FakeMCP()
    fake.era = .modern
    try await LoopHarness.run(against: fake.script) { loop, server in
      let session = try TestCalls.session(of: server, profile: Self.profile, on: loop)
      let opened = await session.initialize(plannedAt: 0)
      XCTAssertTrue(opened.isEmpty)
      XCTAssertTrue(session.stands)
      for _ in 0..<2 {
        let attempt = await session.perform(TestCalls.call(Self.profile), plannedAt: 0)
        XCTAssertEqual(attempt.outcome, .success, attempt.error ?? "")
      }
      let ended = await session.end(plannedAt: 0)
      XCTAssertNil(ended)
      let requests = await server.requests
      XCTAssertEqual(requests.map { $0.json["method"]?.string }, ["tools/call", "tools/call"])
      XCTAssertEqual(
        requests.map { $0.fields["mcp-protocol-version"] },
        ["2026-07-28", "2026-07-28"]
      )
      XCTAssertEqual(Set(requests.compactMap { $0.json["id"]?.integer }).count, 2)
    }
  }

  func testServer_tellsItsName_whenItIsAsked() async throws {
    var fake = FakeMCP()
    fake.era = .modern
    try await LoopHarness.run(against: fake.script) { loop, server in
      let session = try TestCalls.session(of: server, profile: Self.profile, on: loop)
      let attempt = await session.discover(plannedAt: 0, within: .seconds(20))
      XCTAssertEqual(attempt.outcome, .success, attempt.error ?? "")
      XCTAssertEqual(session.server, "fake 7")
      XCTAssertEqual(session.serverName, "fake")
    }
  }

  /// Closing the stream is a cancellation by rule, which whoever reads the figures has to know.
  func testTimeout_saysThatItCancels() async throws {
    for (profile, says) in [(Self.profile, true), (.standard, false)] {
      try await LoopHarness.run { _, _ in
        []
      } _: { loop, server in
        var timeouts = HTTPClientTimeouts()
        timeouts.wholeRequest = .milliseconds(20)
        let session = try TestCalls.session(
          of: server,
          profile: profile,
          timeouts: timeouts,
          on: loop
        )
        let attempt = await session.perform(TestCalls.call(profile), plannedAt: 0)
        XCTAssertEqual(attempt.outcome, .timeout)
        XCTAssertEqual(attempt.error?.contains("cancels the request"), says, attempt.error ?? "")
      }
    }
  }

  func testServersRequests_areNotAnswered() async throws {
    try await LoopHarness.run { request, _ in
      let id = request.json["id"]?.integer ?? 0
      let asked = #"data: {"jsonrpc":"2.0","id":9,"method":"ping"}"# + "\n\n"
      let answer = "data: \(Answer.result(id, Answer.text("ok")))\n\n"
      return [.send(Answer.http(200, asked + answer, type: "text/event-stream"))]
    } _: { loop, server in
      let session = try TestCalls.session(of: server, profile: Self.profile, on: loop)
      let attempt = await session.perform(TestCalls.call(Self.profile), plannedAt: 0)
      XCTAssertEqual(attempt.outcome, .success, attempt.error ?? "")
      XCTAssertNil(session.answerer)
    }
  }
}
