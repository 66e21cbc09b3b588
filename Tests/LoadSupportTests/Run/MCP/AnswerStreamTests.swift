import EventIO
import XCTest

@testable import LoadSupport

final class AnswerStreamTests: XCTestCase {
  func testStream_givesTheAnswer_whenOtherMessagesComeFirst() async throws {
    for trickles in [false, true] {
      let attempt = try await TestCalls.attempt { id in
        // The server's own request may carry any id.
        let request = #"data: {"jsonrpc":"2.0","id":\#(id),"method":"roots/list"}"# + "\n\n"
        let answer = "event: message\ndata: \(Answer.result(id, Answer.text("ok")))\n\n"
        let bytes = Answer.openStream(Answer.noise + request + answer)
        // The stream stays open: an attempt that waited for its end would time out.
        return [trickles ? .trickle(bytes) : .send(bytes)]
      }
      XCTAssertEqual(attempt.outcome, .success, attempt.error ?? "")
    }
  }

  func testStream_isLeftBehind_whenItStaysOpen() async throws {
    try await LoopHarness.run { request, _ in
      let answer = Answer.result(request.json["id"]?.integer ?? 0, Answer.text("ok"))
      return [.send(Answer.openStream("data: \(answer)\n\n"))]
    } _: { loop, server in
      let session = try TestCalls.session(of: server, on: loop)
      for _ in 0..<3 {
        let attempt = await session.perform(TestCalls.call, plannedAt: 0)
        XCTAssertEqual(attempt.outcome, .success)
      }
      XCTAssertEqual(session.connectionsOpened, 3)
    }
  }

  func testStreamsConnection_isUsedAgain_whenItsEndIsThereByThen() async throws {
    try await LoopHarness.run { request, _ in
      let answer = Answer.result(request.json["id"]?.integer ?? 0, Answer.text("ok"))
      return [
        .send(Answer.openStream("data: \(answer)\n\n")), .pause(.zero), .send(Answer.lastChunk),
      ]
    } _: { loop, server in
      let session = try TestCalls.session(of: server, on: loop)
      for _ in 0..<3 {
        let attempt = await session.perform(TestCalls.call, plannedAt: 0)
        XCTAssertEqual(attempt.outcome, .success)
        await loop.turn()
      }
      XCTAssertEqual(session.connectionsOpened, 1)
    }
  }

  func testStreamsConnection_isUsedAgain_whenItsEndComesSoonAfterTheAnswer() async throws {
    try await LoopHarness.run { request, _ in
      let answer = Answer.result(request.json["id"]?.integer ?? 0, Answer.text("ok"))
      return [
        .send(Answer.openStream("data: \(answer)\n\n")), .pause(.milliseconds(2)),
        .send(Answer.lastChunk),
      ]
    } _: { loop, server in
      var timeouts = HTTPClientTimeouts()
      timeouts.endOfStream = .seconds(20)
      let session = try TestCalls.session(of: server, timeouts: timeouts, on: loop)
      for call in 0..<3 {
        let attempt = await session.perform(TestCalls.call, plannedAt: 0)
        XCTAssertEqual(attempt.outcome, .success)
        XCTAssertEqual(attempt.endingStream != nil, call > 0)
      }
      XCTAssertEqual(session.connectionsOpened, 1)
    }
  }

  func testEndOfStreams_isWaitedForNoMore_whenThreeInARowStayOpen() async throws {
    try await LoopHarness.run { request, _ in
      let answer = Answer.result(request.json["id"]?.integer ?? 0, Answer.text("ok"))
      return [.send(Answer.openStream("data: \(answer)\n\n"))]
    } _: { loop, server in
      var timeouts = HTTPClientTimeouts()
      timeouts.endOfStream = .milliseconds(1)
      let session = try TestCalls.session(of: server, timeouts: timeouts, on: loop)
      var waits = 0
      for _ in 0..<6 {
        let attempt = await session.perform(TestCalls.call, plannedAt: 0)
        XCTAssertEqual(attempt.outcome, .success)
        waits += attempt.endingStream == nil ? 0 : 1
      }
      XCTAssertEqual(waits, 3)
      XCTAssertEqual(session.connectionsOpened, 6)
    }
  }

  func testRequest_isInterrupted_whenTheRunIsStoppedWhileItWaitsForTheEndOfAStream() async throws {
    try await LoopHarness.run { request, _ in
      let answer = Answer.result(request.json["id"]?.integer ?? 0, Answer.text("ok"))
      return [.send(Answer.openStream("data: \(answer)\n\n"))]
    } _: { loop, server in
      var timeouts = HTTPClientTimeouts()
      timeouts.endOfStream = .seconds(20)
      let session = try TestCalls.session(of: server, timeouts: timeouts, on: loop)
      _ = await session.perform(TestCalls.call, plannedAt: 0)
      loop.schedule(at: .now() + .milliseconds(5)) { loop.interruptChannels() }
      let attempt = await session.perform(TestCalls.call, plannedAt: 0)
      XCTAssertEqual(attempt.outcome, .interrupted)
      XCTAssertNil(attempt.sent)
      XCTAssertEqual(session.connectionsOpened, 1)
    }
  }

  func testStream_isAProtocolError_whenItEndsWithoutTheAnswer() async throws {
    let ends: [[ScriptedServer.Step]] = [
      [.send(Answer.openStream(Answer.noise) + Answer.lastChunk)],
      [.send(Answer.http(200, Answer.noise, type: "text/event-stream"))],
      [
        .send(Array("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n".utf8)),
        .send(Array(Answer.noise.utf8)), .close,
      ],
    ]
    for steps in ends {
      let attempt = try await TestCalls.attempt { _ in steps }
      XCTAssertEqual(attempt.outcome, .protocolError)
      XCTAssertEqual(attempt.error, "the event stream ended without the answer")
      XCTAssertEqual(attempt.httpStatus, 200)
    }
  }

  /// A server that waits for its ping to come back keeps the call waiting.
  func testServersRequests_areAnsweredBesideTheCall() async throws {
    let answers = FakeMCP.Counter()
    try await LoopHarness.run { request, _ in
      if let id = request.json["id"]?.integer, request.json["method"] != nil {
        // The end comes when the answers are here.
        let asked =
          #"data: {"jsonrpc":"2.0","id":"p-\u00e9","method":"ping"}"# + "\n\n"
          + #"data: {"jsonrpc":"2.0","id":9,"method":"roots/list"}"# + "\n\n"
          + #"data: {"jsonrpc":"2.0","id":10,"method":"sampling/createMessage","params":{}}"#
          + "\n\n"
          + #"data: {"jsonrpc":"2.0","id":11,"method":"elicitation/create","params":{}}"# + "\n\n"
        return [
          .send(Answer.openStream(asked)), .await { answers.value == 4 },
          .send(Answer.chunk("data: \(Answer.result(id, Answer.text("ok")))\n\n")),
        ]
      }
      _ = answers.next()
      return [.send(Answer.http(202))]
    } _: { loop, server in
      let session = try TestCalls.session(of: server, on: loop)
      let attempt = await session.perform(TestCalls.call, plannedAt: 0)
      XCTAssertEqual(attempt.outcome, .success, attempt.error ?? "")
      XCTAssertEqual(session.attemptsMade, 1)
      let requests = await server.requests
      let told = requests.filter { $0.json["method"] == nil }.map(\.json)
      XCTAssertEqual(
        told.first { $0["id"] == "p-\u{E9}" }?["result"],
        .object([])
      )
      for id in 9...11 {
        let answer = told.first { $0["id"]?.integer == id }
        XCTAssertEqual(answer?["error"]?["code"], -32601, "\(id)")
      }
      await session.close()
    }
  }

  func testStream_isJudgedByItsAnswer() async throws {
    let attempt = try await TestCalls.attempt { id in
      let answer = Answer.result(id, Answer.text("pool limit reached", isError: true))
      return [.send(Answer.http(200, "data: \(answer)\n\n", type: "text/event-stream"))]
    }
    XCTAssertEqual(attempt.outcome, .rejected)
  }
}
