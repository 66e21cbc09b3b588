import EventIO
import Glibc
import XCTest

@testable import LoadSupport

final class HTTPClientConnectionTests: XCTestCase {
  private static let request = Array(
    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}".utf8
  )

  /// One exchange with its timing; the error is a value.
  private struct Exchange {
    var timing = ExchangeTiming()
    var error: HTTPError?

    init(
      _ connection: HTTPClientConnection,
      _ request: [UInt8] = HTTPClientConnectionTests.request
    ) async {
      do throws(HTTPError) {
        try await connection.exchange(request, timing: &timing)
      } catch {
        self.error = error
      }
    }
  }

  private static func timeouts(
    connect: Duration = .seconds(30),
    firstByte: Duration = .seconds(30),
    whole: Duration = .seconds(30)
  ) -> HTTPClientTimeouts {
    var timeouts = HTTPClientTimeouts()
    timeouts.connect = connect
    timeouts.firstByte = firstByte
    timeouts.wholeRequest = whole
    return timeouts
  }

  func testConnection_isUsedAgain_whenTheServerKeepsItOpen() async throws {
    try await LoopHarness.run { request, number in
      [.send(Answer.http(200, "answer \(number)"))]
    } _: { loop, server in
      let connection = HTTPClientConnection(to: server.address, on: loop)
      for number in 0..<5 {
        let exchange = await Exchange(connection)
        XCTAssertNil(exchange.error)
        XCTAssertEqual(connection.body, Array("answer \(number)".utf8))
        XCTAssertEqual(exchange.timing.connecting != nil, number == 0)
        let sent = try XCTUnwrap(exchange.timing.sent)
        let firstByte = try XCTUnwrap(exchange.timing.firstByte)
        XCTAssertLessThanOrEqual(sent, firstByte)
        XCTAssertLessThanOrEqual(firstByte, connection.lastReceived)
      }
      XCTAssertEqual(connection.connectionsOpened, 1)
      let accepted = await server.connectionsAccepted
      XCTAssertEqual(accepted, 1)
    }
  }

  func testConnection_isOpenedAnew_whenTheServerClosesAfterEachAnswer() async throws {
    try await LoopHarness.run { _, _ in
      [.send(Answer.http(200, "{}", fields: ["Connection: close"])), .close]
    } _: { loop, server in
      let connection = HTTPClientConnection(to: server.address, on: loop)
      for _ in 0..<3 {
        let exchange = await Exchange(connection)
        XCTAssertNil(exchange.error)
        XCTAssertGreaterThan(try XCTUnwrap(exchange.timing.connecting), 0)
      }
      XCTAssertEqual(connection.connectionsOpened, 3)
    }
  }

  func testConnection_isOpenedAnew_whenTheServerClosedItWhileIdle() async throws {
    try await LoopHarness.run { _, number in
      [.send(Answer.http(200, "{}"))] + (number == 0 ? [.close] : [])
    } _: { loop, server in
      let connection = HTTPClientConnection(to: server.address, on: loop)
      let first = await Exchange(connection)
      await loop.turn()
      let second = await Exchange(connection)
      XCTAssertNil(first.error)
      XCTAssertNil(second.error)
      XCTAssertNotNil(second.timing.connecting)
      let requests = await server.requests
      XCTAssertEqual(requests.map(\.connection), [0, 1])
    }
  }

  /// A second answer to one request belongs to nothing.
  func testConnection_isOpenedAnew_whenMoreCameThanTheAnswer() async throws {
    for isLate in [false, true] {
      try await LoopHarness.run { _, number in
        let answer = Answer.http(200, "answer \(number)")
        let surplus = Answer.http(500, "surplus")
        return isLate ? [.send(answer), .send(surplus)] : [.send(answer + surplus)]
      } _: { loop, server in
        let connection = HTTPClientConnection(to: server.address, on: loop)
        for number in 0..<3 {
          let exchange = await Exchange(connection)
          XCTAssertNil(exchange.error)
          XCTAssertEqual(String(decoding: connection.body, as: UTF8.self), "answer \(number)")
          await loop.turn()
        }
        XCTAssertEqual(connection.connectionsOpened, 3)
      }
    }
  }

  func testRequest_isNeverSentTwice_whenTheConnectionBreaks() async throws {
    let half = Array(Answer.http(200, "answer").dropLast(3))
    let ends: [([ScriptedServer.Step], HTTPError?)] = [
      ([.send(half), .reset], nil), ([.reset], nil), ([.send(half), .close], .endOfStream),
      ([.close], .endOfStream),
    ]
    for (steps, expected) in ends {
      for position in 0..<2 {
        try await LoopHarness.run { _, number in
          number == position ? steps : [.send(Answer.http(200, "whole"))]
        } _: { loop, server in
          let connection = HTTPClientConnection(to: server.address, on: loop)
          for number in 0..<3 {
            let exchange = await Exchange(connection)
            if number == position {
              if let expected { XCTAssertEqual(exchange.error, expected, "\(steps)") }
              XCTAssertEqual(
                exchange.error.map { Classification($0).outcome },
                .transportError,
                "\(steps) at \(position)"
              )
              XCTAssertNotNil(exchange.timing.sent)
            } else {
              XCTAssertNil(exchange.error, "\(steps) at \(position)")
            }
          }
          let requests = await server.requests
          XCTAssertEqual(requests.count, 3, "\(steps) at \(position)")
        }
      }
    }
  }

  func testExchange_fails_whenNobodyListens() async throws {
    let address = try await LoopHarness.run { _, _ in
      []
    } _: {
      $1.address
    }
    try await LoopHarness.run { _, _ in
      []
    } _: { loop, _ in
      let exchange = await Exchange(HTTPClientConnection(to: address, on: loop))
      guard case .transport(let error) = exchange.error else {
        XCTFail("\(String(describing: exchange.error))")
        return
      }
      XCTAssertEqual(error.code, ECONNREFUSED)
      XCTAssertTrue("\(error)".contains("\(address)"), "\(error)")
      XCTAssertNil(exchange.timing.sent)
      XCTAssertNotNil(exchange.timing.connecting)
    }
  }

  func testExchange_timesOut_whenNoByteComes() async throws {
    try await LoopHarness.run { _, number in
      number == 0 ? [] : [.send(Answer.http())]
    } _: { loop, server in
      let timeouts = Self.timeouts(firstByte: .milliseconds(150))
      let connection = HTTPClientConnection(to: server.address, on: loop, timeouts: timeouts)
      let exchange = await Exchange(connection)
      XCTAssertEqual(exchange.error, .timeout(.firstByte))
      XCTAssertNil(exchange.timing.firstByte)
      let waited = MonotonicInstant.now().nanoseconds - (try XCTUnwrap(exchange.timing.sent))
      XCTAssertGreaterThanOrEqual(waited, 150_000_000)
      // The late answer must not be taken for that of the next request.
      let next = await Exchange(connection)
      XCTAssertNil(next.error)
      XCTAssertEqual(connection.connectionsOpened, 2)
    }
  }

  func testExchange_timesOut_whenTheAnswerIsNeverWhole() async throws {
    let head = Array("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n".utf8)
    let scripts: [[ScriptedServer.Step]] = [
      [.send(head)],
      // Each piece comes in time, the whole does not.
      [.send(head)] + (0..<200).flatMap { _ in [.pause(.milliseconds(5)), .send([0x20])] },
    ]
    for steps in scripts {
      try await LoopHarness.run { _, _ in
        steps
      } _: { loop, server in
        let timeouts = Self.timeouts(whole: .milliseconds(200))
        let exchange = await Exchange(
          HTTPClientConnection(to: server.address, on: loop, timeouts: timeouts)
        )
        XCTAssertEqual(exchange.error, .timeout(.wholeRequest))
        XCTAssertNotNil(exchange.timing.firstByte)
      }
    }
  }

  func testExchange_timesOut_whenConnectingIsNotAnswered() async throws {
    let loopback = try XCTUnwrap(SocketAddress.resolve(host: "127.0.0.1", port: 0).first)
    let listening = try Socket.listen(on: loopback, backlog: 0)
    let address = try SocketAddress.local(of: listening)
    // Nobody accepts: when the queue is full, the kernel drops what else wants in.
    var fillers: [Int32] = []
    defer { for filler in fillers { close(filler) } }
    for _ in 0..<4 { fillers.append(try Socket.startConnecting(to: address).release()) }
    try await LoopHarness.run { _, _ in
      []
    } _: { loop, _ in
      let timeouts = Self.timeouts(connect: .milliseconds(50))
      let exchange = await Exchange(HTTPClientConnection(to: address, on: loop, timeouts: timeouts))
      XCTAssertEqual(exchange.error, .timeout(.opening(.connection)))
      XCTAssertGreaterThanOrEqual(try XCTUnwrap(exchange.timing.connecting), 50_000_000)
      XCTAssertNil(exchange.timing.sent)
    }
    XCTAssertGreaterThan(listening.rawValue, 0)
  }

  func testAnswer_isTheSame_whenEachByteComesByItself() async throws {
    let answer =
      Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
      + Answer.openStream("data: 1\n\n") + Answer.chunk("rest") + Answer.lastChunk
    try await LoopHarness.run { _, _ in
      [.trickle(answer)]
    } _: { loop, server in
      let connection = HTTPClientConnection(to: server.address, on: loop)
      for _ in 0..<2 {
        let exchange = await Exchange(connection)
        XCTAssertNil(exchange.error)
        XCTAssertEqual(connection.body, Array("data: 1\n\nrest".utf8))
      }
      XCTAssertEqual(connection.connectionsOpened, 1)
    }
  }

  func testAnswer_endsWithTheConnection_whenNothingElseSaysSo() async throws {
    try await LoopHarness.run { _, _ in
      [.send(Array("HTTP/1.0 200 OK\r\n\r\nall ".utf8)), .trickle(Array("of it".utf8)), .close]
    } _: { loop, server in
      let connection = HTTPClientConnection(to: server.address, on: loop)
      let exchange = await Exchange(connection)
      XCTAssertNil(exchange.error)
      XCTAssertEqual(connection.body, Array("all of it".utf8))
    }
  }

  func testExchange_fails_whenTheServerSpeaksAnotherProtocolOrTooMuch() async throws {
    let noise = [
      "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 banana\r\n\r\n",
      "HTTP/1.1 200 OK\r\n" + String(repeating: "x", count: 70_000),
    ]
    for text in noise {
      try await LoopHarness.run { _, _ in
        [.send(Array(text.utf8)), .close]
      } _: { loop, server in
        let exchange = await Exchange(HTTPClientConnection(to: server.address, on: loop))
        XCTAssertEqual(
          exchange.error.map { Classification($0).outcome },
          .protocolError,
          String(text.prefix(30))
        )
      }
    }
  }

  func testExchange_fails_whenTheBodyExceedsTheLimit() async throws {
    try await LoopHarness.run { _, _ in
      [.send(Answer.http(200, String(repeating: "x", count: 1_001)))]
    } _: { loop, server in
      var limits = HTTPLimits()
      limits.body = 1_000
      let connection = HTTPClientConnection(to: server.address, on: loop, limits: limits)
      let exchange = await Exchange(connection)
      XCTAssertEqual(exchange.error, .violation("a body of more than 1000 bytes"))
    }
  }

  func testRequest_arrivesWhole_whenItExceedsTheSocketsBuffer() async throws {
    let body = (0..<8_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 9) }
    let request = Array("POST / HTTP/1.1\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body
    try await LoopHarness.run { request, _ in
      [.send(Answer.http(200, "\(request.body == body)"))]
    } _: { loop, server in
      let connection = HTTPClientConnection(to: server.address, on: loop)
      let exchange = await Exchange(connection, request)
      XCTAssertNil(exchange.error)
      XCTAssertEqual(connection.body, Array("true".utf8))
    }
  }

  // MARK: Peers that never stop

  /// What a peer may send without end: each keeps the channel readable.
  private static let floods: [(String, [UInt8], [UInt8])] = [
    (
      "comments of a stream", Answer.openStream(": a\n\n"),
      Answer.chunk(String(repeating: ": a\n\n", count: 500))
    ),
    ("a body", Array("HTTP/1.1 200 OK\r\n\r\n".utf8), [UInt8](repeating: 0x20, count: 4096)),
  ]

  /// An exchange with a server on another loop that sends faster than anybody waits.
  private func flood(
    _ head: [UInt8],
    _ bytes: [UInt8],
    timeout: Duration,
    _ meanwhile: @escaping @Sendable (EventLoop) -> Void = { _ in }
  ) async throws -> HTTPError? {
    let servers = try EventLoop(name: "server")
    let clients = try EventLoop(name: "client")
    defer {
      servers.stop()
      clients.stop()
    }
    let server = try await ScriptedServer.start(on: servers) { _, _ in
      [.send(head), .flood(bytes)]
    }
    let address = server.address
    let error = await LoopHarness(loop: clients).run { loop in
      meanwhile(loop)
      var limits = HTTPLimits()
      limits.body = .max / 2
      limits.head = .max / 2
      let connection = HTTPClientConnection(
        to: address,
        on: loop,
        timeouts: Self.timeouts(whole: timeout),
        limits: limits
      )
      return await Exchange(connection).error
    }
    await server.stop()
    return error
  }

  private static let interim = Array("HTTP/1.1 102 Processing\r\n\r\n".utf8)

  func testExchange_timesOut_whenThePeerNeverStopsSending() async throws {
    let floods = Self.floods + [("interim answers", Self.interim, Self.interim)]
    for (name, head, bytes) in floods {
      let error = try await flood(head, bytes, timeout: .milliseconds(200))
      XCTAssertEqual(error, .timeout(.wholeRequest), name)
    }
  }

  func testExchange_isInterrupted_andLeavesTurnsToOthers_whenThePeerNeverStopsSending() async throws
  {
    for (name, head, bytes) in Self.floods {
      // The interruption is a timer's: it comes only if the loop has turns for it.
      let error = try await flood(head, bytes, timeout: .seconds(600)) { loop in
        loop.schedule(at: .now() + .milliseconds(50)) { loop.interruptChannels() }
      }
      XCTAssertEqual(error, .interrupted, name)
    }
  }

  func testExchange_fails_whenInterimAnswersExceedTheLimit() async throws {
    try await LoopHarness.run { _, _ in
      [.flood(Self.interim)]
    } _: { loop, server in
      let exchange = await Exchange(HTTPClientConnection(to: server.address, on: loop))
      XCTAssertEqual(
        exchange.error,
        .violation("more than 65536 bytes of interim responses and empty lines")
      )
    }
  }

  func testExchange_isInterrupted_whenTheRunIsCutOff() async throws {
    try await LoopHarness.run { _, _ in
      []
    } _: { loop, server in
      let connection = HTTPClientConnection(to: server.address, on: loop)
      loop.schedule(at: .now() + .milliseconds(5)) { loop.interruptChannels() }
      let exchange = await Exchange(connection)
      XCTAssertEqual(exchange.error, .interrupted)
    }
  }
}
