import EventIO
import XCTest

@testable import LoadSupport

/// A connection over streams that are no sockets.
final class HTTPClientStreamTests: XCTestCase {
  /// Takes everything off a socket at once and gives it byte by byte, as one that decodes records may.
  ///
  /// It can also say that there is something to read when there never is.
  private final class HoldingStream: ByteStream {
    private let channel: Channel
    private let isIdle: Bool
    private var held: ArraySlice<UInt8> = []

    init(_ channel: Channel, isIdle: Bool = false) {
      self.channel = channel
      self.isIdle = isIdle
    }

    func waitUntilOpen(until deadline: MonotonicInstant?) async throws(Errno) -> WaitResult {
      try await channel.waitUntilOpen(until: deadline)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> IOResult {
      try channel.write(bytes)
    }

    func waitWritable(until deadline: MonotonicInstant?) async -> WaitResult {
      await channel.waitWritable(until: deadline)
    }

    func read(_ body: (UnsafeRawBufferPointer) -> Void) throws(Errno) -> Int? {
      if isIdle { return nil }
      if held.isEmpty {
        var new: [UInt8] = []
        guard let count = try channel.read({ new += $0 }) else { return nil }
        if count == 0 {
          body(UnsafeRawBufferPointer(start: nil, count: 0))
          return 0
        }
        held = new[...]
      }
      held.prefix(1).withUnsafeBytes(body)
      held = held.dropFirst()
      return 1
    }

    var hasUnreadInput: Bool { !held.isEmpty || channel.hasUnreadInput }

    func resumeWhenReadable(
      _ continuation: UnsafeContinuation<WaitResult, Never>,
      until deadline: MonotonicInstant?
    ) {
      guard held.isEmpty, !isIdle else { return continuation.resume(returning: .ready) }
      channel.resumeWhenReadable(continuation, until: deadline)
    }

    var interruptions: Int { channel.interruptions }

    func close() { channel.close() }
  }

  private static let request = Array("GET / HTTP/1.1\r\nHost: h\r\n\r\n".utf8)

  private static func connection(
    to server: ScriptedServer,
    on loop: EventLoop,
    isIdle: Bool = false,
    timeout: Duration = .seconds(30)
  ) -> HTTPClientConnection {
    var timeouts = HTTPClientTimeouts()
    timeouts.firstByte = timeout
    return HTTPClientConnection(to: server.address, on: loop, timeouts: timeouts) {
      address,
      loop throws(Errno) in
      HoldingStream(try Channel(Socket.startConnecting(to: address), on: loop), isIdle: isIdle)
    }
  }

  func testResponse_isReadToItsEnd_whenTheStreamHoldsIt() async throws {
    try await LoopHarness.run { _, number in
      [.send(Answer.http(200, "answer \(number)"))]
    } _: { loop, server in
      let connection = Self.connection(to: server, on: loop)
      for number in 0..<3 {
        var timing = ExchangeTiming()
        try await connection.exchange(Self.request, timing: &timing)
        XCTAssertEqual(connection.body, Array("answer \(number)".utf8))
        XCTAssertEqual(timing.connecting != nil, number == 0)
      }
      XCTAssertEqual(connection.connectionsOpened, 1)
    }
  }

  /// The kernel has nothing more to tell of it by then.
  func testConnection_isOpenedAnew_whenTheStreamStillHoldsWhatNobodyAskedFor() async throws {
    try await LoopHarness.run { _, number in
      [.send(Answer.http(200, "answer \(number)") + Answer.http(500, "surplus"))]
    } _: { loop, server in
      let connection = Self.connection(to: server, on: loop)
      for number in 0..<3 {
        var timing = ExchangeTiming()
        try await connection.exchange(Self.request, timing: &timing)
        XCTAssertEqual(connection.body, Array("answer \(number)".utf8))
      }
      XCTAssertEqual(connection.connectionsOpened, 3)
    }
  }

  func testExchange_timesOut_whenTheStreamIsAlwaysReadyAndGivesNothing() async throws {
    try await LoopHarness.run { _, _ in
      []
    } _: { loop, server in
      let connection = Self.connection(
        to: server,
        on: loop,
        isIdle: true,
        timeout: .milliseconds(50)
      )
      var timing = ExchangeTiming()
      do throws(HTTPError) {
        try await connection.exchange(Self.request, timing: &timing)
        XCTFail("there is no answer")
      } catch {
        XCTAssertEqual(error, .timeout(.firstByte))
      }
    }
  }

  func testExchange_isInterrupted_whenTheStreamIsAlwaysReadyAndGivesNothing() async throws {
    try await LoopHarness.run { _, _ in
      []
    } _: { loop, server in
      let connection = Self.connection(to: server, on: loop, isIdle: true)
      loop.schedule(at: .now() + .milliseconds(5)) { loop.interruptChannels() }
      var timing = ExchangeTiming()
      do throws(HTTPError) {
        try await connection.exchange(Self.request, timing: &timing)
        XCTFail("there is no answer")
      } catch {
        XCTAssertEqual(error, .interrupted)
      }
    }
  }
}
