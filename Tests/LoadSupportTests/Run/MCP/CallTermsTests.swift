import EventIO
import XCTest

@testable import LoadSupport

/// Calls that may take longer than others, are cancelled, or are told of on the way; and streams that belong to no call.
final class CallTermsTests: XCTestCase {
  /// A server that never answers a command.
  private static var silent: FakeMCP {
    var fake = FakeMCP()
    fake.onRun = { _, _ in [] }
    return fake
  }

  func testCall_isCancelledByItsNumber_andThenHungUpOn() async throws {
    try await LoopHarness.run(against: Self.silent.script) { loop, server in
      let session = try TestCalls.session(of: server, on: loop)
      _ = await session.initialize(plannedAt: 1)
      let terms = CallTerms(cancelAfter: .milliseconds(50))
      let now = MonotonicInstant.now().nanoseconds
      let attempt = await session.perform(TestCalls.call, plannedAt: now, on: terms)
      XCTAssertEqual(attempt.outcome, .success)
      XCTAssertGreaterThanOrEqual(attempt.latency, 50_000_000)
      let requests = await server.requests
      let cancelled = requests.first { $0.json["method"] == "notifications/cancelled" }
      let call = requests.first { $0.json["method"] == "tools/call" }
      XCTAssertEqual(cancelled?.json["params"]?["requestId"], call?.json["id"])
      XCTAssertNotNil(call?.json["id"])
      XCTAssertEqual(cancelled?.fields["mcp-session-id"], "mcp-0")
      await session.close()
    }
  }

  func testCall_isNoCancelledOne_whenItIsOverBefore() async throws {
    try await LoopHarness.run(against: FakeMCP().script) { loop, server in
      let session = try TestCalls.session(of: server, on: loop)
      _ = await session.initialize(plannedAt: 1)
      let terms = CallTerms(cancelAfter: .seconds(5))
      let attempt = await session.perform(TestCalls.call, plannedAt: 2, on: terms)
      XCTAssertEqual(attempt.outcome, .wrongAnswer)
      XCTAssertEqual(attempt.error, "the call was over before it was cancelled")
      await session.close()
    }
  }

  func testTimeout_isTheCallsOwn() async throws {
    try await LoopHarness.run(against: Self.silent.script) { loop, server in
      let session = try TestCalls.session(of: server, on: loop)
      _ = await session.initialize(plannedAt: 1)
      let terms = CallTerms(timeout: .milliseconds(50))
      let attempt = await session.perform(TestCalls.call, plannedAt: 2, on: terms)
      XCTAssertEqual(attempt.outcome, .timeout)
    }
  }

  func testProgress_isCounted_fromItsFirstNotificationOn() async throws {
    var fake = FakeMCP()
    fake.onRun = { _, id in
      let note = #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1}}"#
      let events = [note, note, Answer.result(id, #"{"content":[]}"#)]
      return [
        .send(
          Answer.http(
            200,
            events.map { "data: \($0)\n\n" }.joined(),
            type: "text/event-stream"
          )
        )
      ]
    }
    try await LoopHarness.run(against: fake.script) { loop, server in
      let session = try TestCalls.session(of: server, on: loop)
      _ = await session.initialize(plannedAt: 1)
      let attempt = await session.perform(TestCalls.call, plannedAt: 2)
      XCTAssertEqual(attempt.progress, 2)
      XCTAssertNotNil(attempt.firstProgress)
      let next = await session.perform(CallTemplate("tools/list"), plannedAt: 3)
      XCTAssertNil(next.progress)
    }
  }

  /// Where a call asks for its progress by its own number, that of another call is none.
  func testProgress_isTheCallsOwn_byItsToken() async throws {
    var fake = FakeMCP()
    fake.onRun = { _, id in
      let notes = ["\"someone-else\"", "\(id)", "\"\(id)\""].map {
        #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":\#($0),"progress":1}}"#
      }
      let events = notes + [Answer.result(id, #"{"content":[]}"#)]
      let text = events.map { "data: \($0)\n\n" }.joined()
      return [.send(Answer.http(200, text, type: "text/event-stream"))]
    }
    try await LoopHarness.run(against: fake.script) { loop, server in
      let session = try TestCalls.session(of: server, on: loop)
      _ = await session.initialize(plannedAt: 1)
      var profile = ToolProfile.standard
      profile.form.asksForProgress = true
      let attempt = await session.perform(TestCalls.call(profile), plannedAt: 2)
      XCTAssertEqual(attempt.progress, 2)
    }
  }

  // MARK: Streams

  func testStream_isHeld_andRefusedByItsStatus() async throws {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    for (answer, outcome, status) in [
      (Array(head.utf8), Outcome.success, 200), ([], .success, nil),
      (Answer.http(405), .httpError, 405),
      (Answer.http(200, "{}"), .protocolError, 200),
    ] {
      var fake = FakeMCP()
      fake.onRequest = { $0.method == "GET" ? (answer.isEmpty ? [] : [.send(answer)]) : nil }
      try await LoopHarness.run(against: fake.script) { loop, server in
        let session = try TestCalls.session(of: server, on: loop)
        _ = await session.initialize(plannedAt: 1)
        let attempt = await session.listen(for: .milliseconds(100), plannedAt: 2)
        XCTAssertEqual(attempt.outcome, outcome, attempt.error ?? "")
        XCTAssertEqual(attempt.httpStatus, status)
        // It has a connection of its own.
        let accepted = await server.connectionsAccepted
        XCTAssertEqual(accepted, 2)
      }
    }
  }

  func testStream_isBrokenAsItBegins_withoutATime() async throws {
    var fake = FakeMCP()
    fake.onRequest = { request in
      request.method == "GET"
        ? [.send(Array("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n".utf8))] : nil
    }
    try await LoopHarness.run(against: fake.script) { loop, server in
      let session = try TestCalls.session(of: server, on: loop)
      _ = await session.initialize(plannedAt: 1)
      let now = MonotonicInstant.now().nanoseconds
      let attempt = await session.listen(for: nil, plannedAt: now)
      XCTAssertEqual(attempt.outcome, .success)
      XCTAssertNotNil(attempt.firstByte)
      XCTAssertNil(attempt.httpStatus)
    }
  }
}
