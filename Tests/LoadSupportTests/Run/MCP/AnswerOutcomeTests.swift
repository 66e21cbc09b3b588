import EventIO
import XCTest

@testable import LoadSupport

final class AnswerOutcomeTests: XCTestCase {
  func testAttempt_carriesItsInstants() async throws {
    let attempt = try await TestCalls.attempt { [.send(Answer.http(200, Answer.result($0)))] }
    XCTAssertEqual(attempt.outcome, .success)
    XCTAssertEqual(attempt.planned, 5)
    XCTAssertNil(attempt.error)
    let sent = try XCTUnwrap(attempt.sent)
    let firstByte = try XCTUnwrap(attempt.firstByte)
    XCTAssertGreaterThan(sent, 5)
    XCTAssertGreaterThanOrEqual(firstByte, sent)
    XCTAssertGreaterThanOrEqual(attempt.done, firstByte)
    XCTAssertEqual(attempt.httpStatus, 200)
    XCTAssertNotNil(attempt.connecting)
  }

  func testAttempt_countsBytes_headsIncluded() async throws {
    try await LoopHarness.run { request, _ in
      [.send(Answer.http(200, Answer.result(request.json["id"]?.integer ?? 0)))]
    } _: { loop, server in
      let session = try TestCalls.session(of: server, on: loop)
      for id in 1...2 {
        let attempt = await session.perform(TestCalls.call, plannedAt: 0)
        XCTAssertEqual(attempt.bytesSent, Int64(session.lane.message.count))
        let answer = Answer.http(200, Answer.result(id))
        XCTAssertEqual(attempt.bytesReceived, Int64(answer.count))
      }
    }
    let refused = try await TestCalls.attempt { _ in [.reset] }
    XCTAssertEqual(refused.bytesReceived, 0)
  }

  func testAttempt_carriesWhatARefusalAsks() async throws {
    for (field, seconds) in [
      ("Retry-After: 60", 60), ("Retry-After: soon", nil), ("X: y", nil),
      ("Retry-After: 1.9", 2), ("Retry-After: -1.5", nil), ("Retry-After: nan", nil),
      ("Retry-After: 1e300", nil), ("Retry-After: 0x10", nil), ("Retry-After: -1", nil),
      ("Retry-After: 1.2.3", nil), ("Retry-After: 0", 0),
    ] as [(String, Int?)] {
      let attempt = try await TestCalls.attempt { _ in
        let body = #"{"jsonrpc":"2.0","id":null,"error":{"code":429,"message":"slow down"}}"#
        return [.send(Answer.http(429, body, fields: [field]))]
      }
      XCTAssertEqual(attempt.outcome, .rateLimited)
      XCTAssertEqual(attempt.retryAfterSeconds, seconds)
      XCTAssertEqual(attempt.error, "slow down")
    }
  }

  func testAttempt_carriesTheWaitUntilADate() async throws {
    for (fields, seconds) in [
      (["Date: Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After: Sun, 06 Nov 1994 08:50:37 GMT"], 60),
      (["Date: Sunday, 06-Nov-94 08:49:37 GMT", "Retry-After: Sun Nov  6 08:49:40 1994"], 3),
      (["Date: Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After: Sun, 06 Nov 1994 08:00:00 GMT"], 0),
      (["Retry-After: Sun, 06 Nov 1994 08:49:37 GMT"], 0),
      (["Retry-After: Sun, 06 Foo 1994 08:49:37 GMT"], nil),
    ] as [([String], Int?)] {
      let attempt = try await TestCalls.attempt { _ in
        [.send(Answer.http(429, "no", fields: fields))]
      }
      XCTAssertEqual(attempt.outcome, .rateLimited)
      XCTAssertEqual(attempt.retryAfterSeconds, seconds, "\(fields)")
    }
  }

  func testAnswer_isTheSame_behindAByteOrderMark() async throws {
    let attempt = try await TestCalls.attempt { id in
      [.send(Answer.http(200, "\u{FEFF}" + Answer.result(id, Answer.text("ok"))))]
    }
    XCTAssertEqual(attempt.outcome, .success, attempt.error ?? "")
  }

  func testAnswer_isAProtocolError_whenItIsCompressed() async throws {
    for (status, outcome) in [
      (200, .protocolError), (429, .rateLimited), (500, .httpError),
    ] as [(Int, Outcome)] {
      let attempt = try await TestCalls.attempt { _ in
        [.send(Answer.http(status, "\u{1F}\u{8B}", fields: ["Content-Encoding: gzip"]))]
      }
      XCTAssertEqual(attempt.outcome, outcome)
      if status == 200 {
        XCTAssertTrue(attempt.error?.contains("Content-Encoding: gzip") == true)
      }
    }
    let onItsWay = try await TestCalls.attempt { _ in
      let chunk = "2\r\n\u{1F}x\r\n0\r\n\r\n"
      let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
      return [.send(Array((head + chunk).utf8))]
    }
    XCTAssertEqual(onItsWay.outcome, .protocolError)
    XCTAssertTrue(onItsWay.error?.contains("(Transfer-Encoding: gzip, chunked)") == true)
    let plain = try await TestCalls.attempt { id in
      [.send(Answer.http(200, Answer.result(id), fields: ["Content-Encoding: identity"]))]
    }
    XCTAssertEqual(plain.outcome, .success, plain.error ?? "")
  }

  /// A page, an event stream that is declared as JSON, another encoding: seen by how it begins.
  func testAnswer_showsItsTypeAndBeginning_whenItIsNoJSON() async throws {
    for (type, body, words) in [
      (
        "text/html", "<html><body>Welcome",
        #"begins with "<html><body>Welcome" (Content-Type: text/html)"#
      ),
      (
        "application/json", "event: message\ndata: {}\n\n",
        #"begins with "event: message data: {}""#
      ),
      (
        "text/plain; charset=utf-16le", "{\0}\0",
        #"begins with "{\u{0}}\u{0}" (Content-Type: text/plain;"#
      ),
    ] {
      let attempt = try await TestCalls.attempt { _ in
        let length = "Content-Length: \(body.utf8.count)"
        let head = "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\n\(length)\r\n\r\n"
        return [.send(Array((head + body).utf8))]
      }
      XCTAssertEqual(attempt.outcome, .protocolError)
      XCTAssertTrue(attempt.error?.contains(words) == true, attempt.error ?? "")
    }
  }

  func testHealth_isAskedWhereItWasSentOnTo_whenThatIsTheSameServer() async throws {
    for (location, outcome, paths) in [
      ("/health/", .success, ["/health", "/health/", "/health/"]),
      ("http://example.com/health", .httpError, ["/health", "/health"]),
      ("/health", .httpError, ["/health", "/health", "/health", "/health"]),
    ] as [(String, Outcome, [String])] {
      try await LoopHarness.run { request, _ in
        request.path == "/health/"
          ? [.send(Answer.http(200, "ok"))]
          : [.send(Answer.http(301, fields: ["Location: \(location)"]))]
      } _: { loop, server in
        let session = try TestCalls.session(of: server, on: loop)
        for _ in 0..<2 {
          let attempt = await session.checkHealth(plannedAt: 0)
          XCTAssertEqual(attempt.outcome, outcome, location)
        }
        let requests = await server.requests
        XCTAssertEqual(requests.map(\.path), paths)
        XCTAssertEqual(session.attemptsMade, 2)
      }
    }
  }

  func testAttempt_isATransportError_whenTheServerResets() async throws {
    let attempt = try await TestCalls.attempt { _ in [.reset] }
    XCTAssertEqual(attempt.outcome, .transportError)
    XCTAssertNil(attempt.httpStatus)
    XCTAssertNotNil(attempt.sent)
    XCTAssertNotNil(attempt.error)
    XCTAssertEqual(attempt.systemError, Int(ECONNRESET))
  }
}
