import EventIO
import XCTest

@testable import LoadSupport

/// Answers whose streams a server ends early, to be asked for the rest (MCP 2025-11-25).
final class StreamResumptionTests: XCTestCase {
  private static let priming = "id: e-1\nretry: 10\ndata:\n\n"

  private func perform(
    within limit: Duration = .seconds(20),
    era: ProtocolEra = .legacy,
    _ script: @escaping ScriptedServer.Script
  ) async throws -> (attempt: Attempt, requests: [ScriptedServer.Request]) {
    try await LoopHarness.run(against: script) { loop, server in
      var timeouts = HTTPClientTimeouts()
      timeouts.wholeRequest = limit
      var profile = ToolProfile.standard
      profile.form = RequestForm(era: era)
      let session = try TestCalls.session(
        of: server,
        profile: profile,
        timeouts: timeouts,
        on: loop
      )
      let attempt = await session.perform(TestCalls.call(profile), plannedAt: 5)
      XCTAssertEqual(session.attemptsMade, 1)
      return (attempt, await server.requests)
    }
  }

  func testAnswer_isAskedForAgain_untilItIsThere() async throws {
    let (attempt, requests) = try await perform { request, number in
      switch number {
      case 0: [.send(Answer.openStream(Self.priming) + Answer.lastChunk)]
      // Cut off without the end of the body, and without an id of its own.
      case 1: [.send(Answer.openStream(": still working\n\n")), .close]
      case 2: [.send(Answer.openStream("id: e-2\ndata: {}\n\n")), .reset]
      default:
        [.send(Answer.openStream("data: \(Answer.result(1, Answer.text("ok")))\n\n"))]
      }
    }
    XCTAssertEqual(attempt.outcome, .success, attempt.error ?? "")
    XCTAssertEqual(attempt.planned, 5)
    XCTAssertEqual(requests.map(\.method), ["POST", "GET", "GET", "GET"])
    XCTAssertEqual(
      requests.map { $0.fields["last-event-id"] },
      [nil, "e-1", "e-1", "e-2"]
    )
    XCTAssertTrue(
      requests.allSatisfy { $0.fields["accept"]?.contains("text/event-stream") == true }
    )
    XCTAssertEqual(requests.last?.body, [])
    let first = try XCTUnwrap(attempt.firstByte)
    XCTAssertGreaterThanOrEqual(attempt.done - first, 10_000_000)
    XCTAssertGreaterThan(attempt.bytesReceived ?? 0, 300)
  }

  func testStream_isNotAskedForAgain_whenItSaysNothingOfThat() async throws {
    let (attempt, requests) = try await perform { _, _ in
      [.send(Answer.openStream("data: {}\n\n") + Answer.lastChunk)]
    }
    XCTAssertEqual(attempt.outcome, .protocolError)
    XCTAssertEqual(requests.count, 1)
    let modern = try await perform(era: .modern) { _, _ in
      [.send(Answer.openStream(Self.priming) + Answer.lastChunk)]
    }
    XCTAssertEqual(modern.attempt.outcome, .protocolError)
    XCTAssertEqual(modern.requests.count, 1)
  }

  func testCall_timesOut_whenItsAnswerNeverComes() async throws {
    let (attempt, requests) = try await perform(within: .milliseconds(60)) { _, _ in
      [.send(Answer.openStream(Self.priming) + Answer.lastChunk)]
    }
    XCTAssertEqual(attempt.outcome, .timeout, attempt.error ?? "")
    XCTAssertGreaterThanOrEqual(requests.count, 2)
    let patient = try await perform(within: .milliseconds(60)) { _, _ in
      [.send(Answer.openStream("id: 1\nretry: 3600000\ndata:\n\n") + Answer.lastChunk)]
    }
    XCTAssertEqual(patient.attempt.outcome, .timeout)
    XCTAssertEqual(patient.requests.count, 1)
  }

  func testRefusal_isTheAnswer_whenAServerDoesNotGoOn() async throws {
    let (attempt, _) = try await perform { _, number in
      number == 0
        ? [.send(Answer.openStream(Self.priming) + Answer.lastChunk)] : [.send(Answer.http(405))]
    }
    XCTAssertEqual(attempt.outcome, .httpError)
    XCTAssertEqual(attempt.error, "going on with the answer's stream: HTTP 405")
  }
}
