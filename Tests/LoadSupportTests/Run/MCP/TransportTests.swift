import EventIO
import XCTest

@testable import LoadSupport

/// A session over something that is no HTTP connection.
final class TransportTests: XCTestCase {
  /// Answers in memory as a child process might on its pipes: all messages come by themselves, those to
  /// nobody's question too, and the answer is told apart by its id.
  private final class MemoryTransport: Transport {
    private let answers: (JSONValue) -> [String]
    private(set) var head = HTTPResponseHead()
    private(set) var answer: [UInt8]?
    private(set) var bytesReceived: Int64 = 0
    private(set) var isClosed = false
    let isCutStream = false
    let lastEventID: [UInt8]? = nil
    let reconnectPause = Duration.zero
    let body: [UInt8] = []
    let lastReceived: Int64 = 7
    let connectionsOpened = 1

    init(_ answers: @escaping (JSONValue) -> [String]) throws {
      self.answers = answers
      let text = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
      try Array(text.utf8).withUnsafeBytes { try head.parse($0) }
    }

    func exchange(
      _ message: [UInt8],
      timing: inout ExchangeTiming,
      withinNanoseconds limit: Int64?,
      onMessage: ([UInt8]) -> Bool
    ) async throws(HTTPError) {
      (answer, bytesReceived) = (nil, 0)
      timing.sent = 5
      let end = message.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound ?? 0
      let request = (try? JSONValue(parsing: message[end...])) ?? .null
      for text in answers(request) {
        timing.firstByte = timing.firstByte ?? 6
        bytesReceived += Int64(text.utf8.count)
        if onMessage(Array(text.utf8)) {
          answer = Array(text.utf8)
          return
        }
      }
      if request["id"] != nil { throw .endOfStream }
    }

    func close() { isClosed = true }
  }

  private func withSession(
    _ answers: @escaping @Sendable (JSONValue) -> [String],
    _ body: @Sendable (MCPClientSession) async throws -> Void
  ) async throws {
    let loop = try EventLoop(name: "test")
    defer { loop.stop() }
    try await LoopHarness(loop: loop).run { loop in
      let transport = try MemoryTransport(answers)
      let session = MCPClientSession(
        try MCPClientEndpoint(HTTPURL(host: "127.0.0.1", port: 1)),
        profile: .standard,
        timeouts: HTTPClientTimeouts(),
        over: [transport],
        on: loop
      )
      try await body(session)
      await session.close()
      XCTAssertTrue(transport.isClosed)
    }
  }

  func testSession_takesTheMessageWithItsId_amongThoseOfOthers() async throws {
    try await withSession { request in
      guard let id = request["id"]?.integer else { return [] }
      let notification = #"{"jsonrpc":"2.0","method":"notifications/message","params":{}}"#
      let other = Answer.result(id + 1_000, Answer.text("of another call"))
      let late = Answer.result(id, Answer.text("too late"))
      return ["no JSON", notification, other, Answer.result(id, Answer.text("mine")), late]
    } _: { session in
      let opened = await session.initialize(plannedAt: 0)
      XCTAssertEqual(opened.map(\.1.outcome), [.success, .success])
      XCTAssertTrue(session.stands)
      let attempt = await session.perform(TestCalls.call, plannedAt: 1)
      XCTAssertEqual(attempt.outcome, .success)
      XCTAssertEqual(session.lane.text, "mine")
      XCTAssertEqual(
        [attempt.planned, attempt.sent, attempt.firstByte, attempt.done],
        [1, 5, 6, 7]
      )
    }
  }

  func testCall_isATransportError_whenItsAnswerDoesNotCome() async throws {
    try await withSession { _ in
      [Answer.result(1_000, "{}")]
    } _: { session in
      let attempt = await session.perform(TestCalls.call, plannedAt: 1)
      XCTAssertEqual(attempt.outcome, .transportError)
      XCTAssertNil(session.lane.text)
    }
  }
}
