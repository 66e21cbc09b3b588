import EventIO
import Glibc
import XCTest

@testable import LoadSupport

final class LinkEmulationTests: XCTestCase {
  private static let program = Bundle.main.bundlePath + "/loadtest"

  /// Lends a loop, a listening target and the port of a link to it.
  private func withLink(
    _ condition: LinkCondition,
    _ body: (EventLoop, LinkListener, UInt16) async throws -> Void
  ) async throws {
    let loop = try EventLoop(name: "test")
    defer { loop.stop() }
    let listener = try await LinkListener.open(on: loop)
    let processes = try await SupervisedProcesses.start(executable: Self.program)
    do {
      let emulation = try await LinkEmulation.start(
        [condition],
        to: listener.port,
        seed: 1,
        program: Self.program,
        processes: processes
      )
      try await body(loop, listener, try XCTUnwrap(emulation.ports[condition.port]))
    } catch {
      await listener.close()
      await processes.stop()
      throw error
    }
    await listener.close()
    await processes.stop()
  }

  func testBytes_comeBackUnchangedWithTheEndBehindThem_whenTheLinkIsLossy() async throws {
    let condition = LinkCondition(
      port: 1,
      name: "",
      delayMilliseconds: 2,
      jitterMilliseconds: 1,
      lossPercent: 1
    )
    var random = SeededRandom(seed: 2)
    let bytes = (0..<(4 << 20) + 1).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    try await withLink(condition) { loop, listener, port in
      let client = try await LinkPeer.connect(to: port, on: loop)
      let target = try await listener.accept()
      async let echo: Void = target.echo()
      async let sent: Void = client.send(bytes, thenEnds: true)
      let received = try await client.receiveAll()
      try await sent
      try await echo
      // Not XCTAssertEqual: it would print them.
      XCTAssertTrue(received == bytes, "\(received.count) of \(bytes.count) bytes came back")
      await client.close()
      await target.close()
    }
  }

  func testRoundTrip_isTheDelay_whenMessagesAreSmall() async throws {
    let near = try XCTUnwrap(LinkCondition.all.first { $0.name == "near" })
    try await withLink(near) { loop, listener, port in
      let client = try await LinkPeer.connect(to: port, on: loop)
      let target = try await listener.accept()
      async let echo: Void = target.echo()
      let times = try await client.roundTripMilliseconds(40).sorted()
      let median = (times[19] + times[20]) / 2
      // The link never lets go too early. What comes on top is this machine's, and spares some
      // messages even when it is busy.
      XCTAssertGreaterThanOrEqual(times[0], 45, "\(times)")
      XCTAssertLessThan(times[0], 55, "\(times)")
      XCTAssertLessThan(median, 90, "\(times)")
      try await client.send([], thenEnds: true)
      try await echo
      await client.close()
      await target.close()
    }
  }

  func testReset_reachesTheOtherEnd_whenEitherEndResets() async throws {
    let condition = LinkCondition(port: 1, name: "", delayMilliseconds: 20)
    try await withLink(condition) { loop, listener, port in
      var client = try await LinkPeer.connect(to: port, on: loop)
      var target = try await listener.accept()
      await client.reset()
      var end = await target.failure()
      XCTAssertEqual(end?.code, ECONNRESET)
      await target.close()

      client = try await LinkPeer.connect(to: port, on: loop)
      target = try await listener.accept()
      try await target.send([1, 2, 3], thenEnds: false)
      // Behind the first bytes, so that they are out of the target's own buffers.
      let first = try await client.receive()
      XCTAssertEqual(first, [1, 2, 3])
      await target.reset()
      end = await client.failure()
      XCTAssertEqual(end?.code, ECONNRESET)
      await client.close()
    }
  }

  func testAnswer_comesAfterTheEnd_whenTheClientHasEndedItsDirection() async throws {
    let condition = LinkCondition(port: 1, name: "", delayMilliseconds: 5, jitterMilliseconds: 5)
    try await withLink(condition) { loop, listener, port in
      let client = try await LinkPeer.connect(to: port, on: loop)
      let target = try await listener.accept()
      try await client.send([1], thenEnds: true)
      let question = try await target.receiveAll()
      XCTAssertEqual(question, [1])
      try await target.send([2], thenEnds: false)
      try await target.send([3], thenEnds: true)
      let answer = try await client.receiveAll()
      XCTAssertEqual(answer, [2, 3])
      await client.close()
      await target.close()
    }
  }

  func testConnection_ends_whenTheTargetIsGone() async throws {
    let condition = LinkCondition(port: 1, name: "", delayMilliseconds: 5)
    try await withLink(condition) { loop, listener, port in
      await listener.close()
      let client = try await LinkPeer.connect(to: port, on: loop)
      let answer = try? await client.receiveAll()
      XCTAssertEqual(answer ?? [], [])
      await client.close()
    }
  }

  func testTarget_mustWait_whenTheClientDoesNotRead() async throws {
    let condition = LinkCondition(port: 1, name: "", delayMilliseconds: 1)
    try await withLink(condition) { loop, listener, port in
      let client = try await LinkPeer.connect(to: port, on: loop)
      let target = try await listener.accept()
      let sent = await target.bytesTaken(of: 64 << 20, within: .seconds(1))
      XCTAssertLessThan(sent, 64 << 20)
      await target.close()
      let received = try await client.receiveAll().count
      XCTAssertEqual(received, sent)
      await client.close()
    }
  }

  func testBaseline_isTheTargetItself() async throws {
    let processes = try await SupervisedProcesses.start(executable: Self.program)
    let emulation = try await LinkEmulation.start(
      LinkCondition.all,
      to: 9,
      seed: 1,
      program: Self.program,
      processes: processes
    )
    await processes.stop()
    XCTAssertEqual(Set(emulation.ports.keys), Set(LinkCondition.all.map(\.port)))
    XCTAssertEqual(emulation.ports[2222], 9)
    XCTAssertEqual(Set(emulation.ports.values).count, LinkCondition.all.count)
  }

  func testStart_saysWhy_whenTheRelayEnds() async throws {
    let processes = try await SupervisedProcesses.start(executable: Self.program)
    var message = ""
    do {
      let impossible = LinkCondition(port: 1, name: "", lossPercent: 100)
      _ = try await LinkEmulation.start(
        [impossible],
        to: 9,
        seed: 1,
        program: Self.program,
        processes: processes
      )
    } catch {
      message = "\(error)"
    }
    await processes.stop()
    XCTAssertTrue(message.contains("exit status 2"), message)
    XCTAssertTrue(message.contains("1:0.0:0.0:100.0"), message)
  }

  // MARK: The command line

  private func outcome(
    of arguments: [String],
    terminate: Bool = false
  ) async throws -> (status: ExitStatus?, text: String) {
    let loop = try EventLoop(name: "test")
    defer { loop.stop() }
    return try await LoopHarness(loop: loop).run { loop in
      let pipe = try Descriptor.pipe()
      let child = try ChildProcess.spawn(
        ProcessSpecification(Self.program, ["relay"] + arguments, deathSignal: SIGKILL),
        standardOutput: pipe.writingEnd.rawValue,
        standardError: pipe.writingEnd.rawValue
      )
      _ = consume pipe.writingEnd
      let output = try Channel(pipe.readingEnd, on: loop)
      defer { output.close() }
      var text = try await output.readSome()
      if terminate { child.signal(SIGTERM) }
      text += try await output.readToEnd()
      let status = try await child.waitForExit(on: loop)
      return (status, String(decoding: text, as: UTF8.self))
    }
  }

  func testRelay_exitsWithZero_whenTerminated() async throws {
    let (status, text) = try await outcome(of: ["127.0.0.1:9", "1", "7:1:0:0"], terminate: true)
    XCTAssertEqual(status, .exited(0))
    XCTAssertTrue(text.hasPrefix("link 7 listens on 127.0.0.1:"), text)
  }

  func testRelay_namesTheArgument_whenOneIsBad() async throws {
    for (arguments, name) in [
      ([], "TARGET_HOST:PORT"), (["127.0.0.1:9", "1"], "LINK"),
      (["127.0.0.1", "1", "7:1:0:0"], "TARGET_HOST:PORT"),
      (["127.0.0.1:0", "1", "7:1:0:0"], "TARGET_HOST:PORT"),
      ([":9x", "1", "7:1:0:0"], "TARGET_HOST:PORT"),
      (["127.0.0.1:9", "-1", "7:1:0:0"], "SEED"),
      (["127.0.0.1:9", "1", "7:1:0:0", "8:1:2:0"], "8:1:2:0"),
    ] {
      let (status, text) = try await outcome(of: arguments)
      XCTAssertEqual(status, .exited(2), text)
      XCTAssertTrue(text.contains(name), "\(arguments): \(text)")
    }
  }
}

/// A listening port of loopback.
private actor LinkListener: LoopBound {
  nonisolated let loop: EventLoop
  nonisolated let port: UInt16
  private let raw: Int32
  private var channel: Channel?

  static func open(on loop: EventLoop) async throws -> LinkListener {
    let loopback = try XCTUnwrap(SocketAddress.resolve(host: "127.0.0.1", port: 0).first)
    let descriptor = try Socket.listen(on: loopback)
    let port = try SocketAddress.local(of: descriptor).port
    let listener = LinkListener(loop: loop, port: port, raw: descriptor.release())
    try await listener.register()
    return listener
  }

  private init(loop: EventLoop, port: UInt16, raw: Int32) {
    self.loop = loop
    self.port = port
    self.raw = raw
  }

  private func register() throws {
    channel = try Channel(Descriptor(owning: raw), on: loop)
  }

  func accept() async throws -> LinkPeer {
    let channel = try XCTUnwrap(channel)
    while true {
      if let descriptor = try Socket.accept(from: channel) {
        return LinkPeer(try Channel(descriptor, on: loop), on: loop)
      }
      let result = await channel.waitReadable(until: .now() + LinkPeer.patience)
      guard result == .ready else { throw Errno(ETIMEDOUT, "accept") }
    }
  }

  func close() {
    channel?.close()
  }
}

/// One end of a connection over a link.
private actor LinkPeer: LoopBound {
  static let patience = Duration.seconds(30)

  nonisolated let loop: EventLoop
  private let channel: Channel

  init(_ channel: sending Channel, on loop: EventLoop) {
    self.channel = channel
    self.loop = loop
  }

  static func connect(to port: UInt16, on loop: EventLoop) async throws -> LinkPeer {
    try await LoopHarness(loop: loop).run { loop in
      let address = try XCTUnwrap(SocketAddress.resolve(host: "127.0.0.1", port: port).first)
      let channel = try Channel(Socket.startConnecting(to: address), on: loop)
      _ = await channel.waitWritable(until: .now() + patience)
      return LinkPeer(channel, on: loop)
    }
  }

  func send(_ bytes: [UInt8], thenEnds: Bool) async throws {
    try await channel.writeAll(bytes, until: .now() + Self.patience)
    if thenEnds { shutdown(channel.rawDescriptor, Int32(SHUT_WR)) }
  }

  /// Some bytes; none at the end.
  func receive() async throws -> [UInt8] {
    try await channel.readSome(until: .now() + Self.patience)
  }

  func receiveAll() async throws -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
      let some = try await receive()
      if some.isEmpty { return bytes }
      bytes += some
    }
  }

  /// Sends back what comes, and the end behind it.
  func echo() async throws {
    while true {
      let some = try await receive()
      try await send(some, thenEnds: some.isEmpty)
      if some.isEmpty { return }
    }
  }

  func roundTripMilliseconds(_ count: Int) async throws -> [Double] {
    var times: [Double] = []
    for index in 0..<count {
      let start = MonotonicInstant.now()
      try await send([UInt8(index)], thenEnds: false)
      let answer = try await receive()
      times.append((MonotonicInstant.now() - start).seconds * 1_000)
      XCTAssertEqual(answer, [UInt8(index)])
    }
    return times
  }

  /// How many of so many bytes the other side takes before it stays full for a time.
  func bytesTaken(of count: Int, within patience: Duration) async -> Int {
    let bytes = [UInt8](repeating: 7, count: 65_536)
    let deadline = MonotonicInstant.now() + patience
    var sent = 0
    while sent < count {
      let result = bytes.withUnsafeBytes { try? channel.write($0) }
      if case .bytes(let written) = result {
        sent += written
      } else if await channel.waitWritable(until: deadline) != .ready {
        break
      }
    }
    return sent
  }

  /// What a read throws; nil if it gives bytes or the end.
  func failure() async -> Errno? {
    do throws(Errno) {
      _ = try await channel.readSome(until: .now() + Self.patience)
      return nil
    } catch {
      return error
    }
  }

  func reset() {
    var abort = linger(l_onoff: 1, l_linger: 0)
    let length = socklen_t(MemoryLayout<linger>.size)
    setsockopt(channel.rawDescriptor, SOL_SOCKET, SO_LINGER, &abort, length)
    channel.close()
  }

  func close() {
    channel.close()
  }
}
