import EventIO
import XCTest

@testable import LoadSupport

final class RedirectTests: XCTestCase {
  func testRedirect_isFollowedAndRemembered_whenItStaysOnTheServer() async throws {
    for status in [307, 308] {
      for isAbsolute in [false, true] {
        try await LoopHarness.run { request, _ in
          guard request.path == "/mcp/" else {
            return [.send(Answer.http(200, Answer.result(request.json["id"]?.integer ?? 0)))]
          }
          let host = isAbsolute ? "http://\(request.fields["host"] ?? "")" : ""
          return [.send(Answer.http(status, fields: ["Location: \(host)/mcp"]))]
        } _: { loop, server in
          let session = try TestCalls.session(of: server, path: "/mcp/", on: loop)
          for _ in 0..<2 {
            let attempt = await session.perform(TestCalls.call, plannedAt: 0)
            XCTAssertEqual(attempt.outcome, .success)
            XCTAssertEqual(attempt.httpStatus, 200)
          }
          XCTAssertEqual(session.attemptsMade, 2)
          let requests = await server.requests
          XCTAssertEqual(requests.map(\.path), ["/mcp/", "/mcp", "/mcp"])
          XCTAssertEqual(requests.map(\.method), ["POST", "POST", "POST"])
          XCTAssertEqual(requests[0].body, requests[1].body)
        }
      }
    }
  }

  /// What a redirect takes is the server's time: the first request was sent when it was due.
  func testRedirectedAttempt_wasSentTheFirstTime() async throws {
    try await LoopHarness.run { request, _ in
      guard request.path == "/v1/mcp" else {
        return [
          .pause(.milliseconds(60)), .send(Answer.http(307, fields: ["Location: v1/mcp"])),
        ]
      }
      return [.send(Answer.http(200, Answer.result(request.json["id"]?.integer ?? 0)))]
    } _: { loop, server in
      let session = try TestCalls.session(of: server, on: loop)
      let attempt = await session.perform(TestCalls.call, plannedAt: 0)
      XCTAssertEqual(attempt.outcome, .success, attempt.error ?? "")
      let sent = try XCTUnwrap(attempt.sent)
      XCTAssertGreaterThanOrEqual(attempt.done - sent, 60_000_000)
      // So are the bytes of both requests.
      let whole = try XCTUnwrap(attempt.bytesSent)
      let second = await session.perform(TestCalls.call, plannedAt: 0)
      XCTAssertGreaterThan(whole, try XCTUnwrap(second.bytesSent) * 3 / 2)
    }
  }

  func testRedirect_isRefused_whenItLeadsElsewhereOrNowhere() async throws {
    for field in [
      "Location: http://127.0.0.2/mcp", "Location: http://127.0.0.1:1/mcp",
      "Location: //evil.example/mcp", "Location: https://127.0.0.1/mcp", "X: y", "Location:",
    ] {
      let attempt = try await TestCalls.attempt { _ in [.send(Answer.http(307, fields: [field]))] }
      XCTAssertEqual(attempt.outcome, .httpError, field)
      XCTAssertEqual(attempt.httpStatus, 307, field)
      XCTAssertTrue(attempt.error?.contains("another server") == true, attempt.error ?? field)
    }
  }

  func testRedirect_endsInAnError_whenItGoesRoundInCircles() async throws {
    try await LoopHarness.run { _, number in
      [.send(Answer.http(308, fields: ["Location: /\(number)"]))]
    } _: { loop, server in
      let session = try TestCalls.session(of: server, on: loop)
      let attempt = await session.perform(TestCalls.call, plannedAt: 5)
      XCTAssertEqual(attempt.outcome, .httpError)
      XCTAssertEqual(attempt.planned, 5)
      XCTAssertEqual(session.attemptsMade, 1)
      let requests = await server.requests
      XCTAssertLessThanOrEqual(requests.count, 6)
    }
  }

  func testOtherRedirects_areNotFollowed() async throws {
    for status in [301, 302, 303] {
      let attempt = try await TestCalls.attempt { _ in
        [.send(Answer.http(status, fields: ["Location: /mcp"]))]
      }
      XCTAssertEqual(attempt.outcome, .httpError)
      XCTAssertEqual(attempt.httpStatus, status)
    }
  }
}
