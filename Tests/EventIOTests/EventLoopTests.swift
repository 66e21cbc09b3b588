import Glibc
import XCTest

@testable import EventIO

final class EventLoopTests: XCTestCase {
  private actor Worker: LoopBound {
    nonisolated let loop: EventLoop

    init(loop: EventLoop) {
      self.loop = loop
    }

    func run<Result: Sendable>(
      _ body: @Sendable (EventLoop) async throws -> Result
    ) async rethrows -> Result {
      XCTAssertTrue(loop.isCurrent)
      let result = try await body(loop)
      XCTAssertTrue(loop.isCurrent)
      return result
    }
  }

  private func onLoop<Result: Sendable>(
    _ body: @Sendable (EventLoop) async throws -> Result
  ) async throws -> Result {
    let loop = try EventLoop(name: "test")
    defer { loop.stop() }
    return try await Worker(loop: loop).run(body)
  }

  func testLoop_runsTheTasksThatPreferIt() async throws {
    let loop = try EventLoop(name: "test")
    defer { loop.stop() }
    let values = await withTaskGroup(of: Int.self) { group in
      for index in 0..<100 {
        group.addTask(executorPreference: loop.actorTasks) {
          XCTAssertTrue(loop.isCurrent)
          await Task.yield()
          XCTAssertTrue(loop.isCurrent)
          return index
        }
      }
      return await group.reduce(0, +)
    }
    XCTAssertEqual(values, 4950)
    XCTAssertFalse(loop.isCurrent)
  }

  /// A wait that took two jobs, or a visit to another thread, would double what a request costs.
  func testLoop_runsOneJobOfItsOwnForEachWait() async throws {
    let waitTenTimes: @Sendable (EventLoop) async throws -> [Int] = { loop in
      let pipe = try Descriptor.pipe()
      let reader = try Channel(pipe.readingEnd, on: loop)
      let writer = try Channel(pipe.writingEnd, on: loop)
      defer { reader.close() }
      defer { writer.close() }
      let before = (loop.jobsRun, loop.jobsHandedOver)
      for _ in 0..<10 {
        try await writer.writeAll([1, 2, 3])
        _ = try await reader.readSome()
      }
      return [loop.jobsRun - before.0, loop.jobsHandedOver - before.1]
    }
    let loop = try EventLoop(name: "test")
    defer { loop.stop() }
    let inActor = try await Task(executorPreference: loop.actorTasks) {
      try await Worker(loop: loop).run(waitTenTimes)
    }.value
    XCTAssertEqual(inActor, [10, 0])
  }

  /// A program that stood still finds a deadline and what came before it in one turn.
  func testWait_givesWhatIsThere_whenItsDeadlinePassedWhileTheLoopStoodStill() async throws {
    try await onLoop { loop in
      // More descriptors than one look at the kernel gives.
      var pipes: [(Channel, Channel)] = []
      for _ in 0..<300 {
        let pipe = try Descriptor.pipe()
        let reader = try Channel(pipe.readingEnd, on: loop)
        pipes.append((reader, try Channel(pipe.writingEnd, on: loop)))
      }
      defer { for channel in pipes.flatMap({ [$0.0, $0.1] }) { channel.close() } }
      let deadline = MonotonicInstant.now() + .milliseconds(50)
      loop.schedule(at: .now() + .milliseconds(10)) {
        for (_, writer) in pipes { _ = write(writer.rawDescriptor, "x", 1) }
        usleep(100_000)
      }
      for (reader, _) in pipes {
        let result = await reader.waitReadable(until: deadline)
        XCTAssertEqual(result, .ready)
        var bytes: [UInt8] = [0, 0]
        let count = try bytes.withUnsafeMutableBytes { try reader.read(into: $0) }
        guard case .bytes(1) = count else { return XCTFail("\(count)") }
        // And it is not there again.
        XCTAssertFalse(reader.hasUnreadInput)
      }
    }
  }

  func testSleep_wakesInTheOrderOfDeadlines() async throws {
    let loop = try EventLoop(name: "test")
    defer { loop.stop() }
    let start = MonotonicInstant.now()
    let order = await withTaskGroup(of: Int.self) { group in
      for milliseconds in [30, 10, 20] {
        group.addTask(executorPreference: loop.actorTasks) {
          let result = await loop.sleep(until: start + .milliseconds(milliseconds))
          XCTAssertEqual(result, .ready)
          XCTAssertGreaterThanOrEqual(MonotonicInstant.now() - start, .milliseconds(milliseconds))
          return milliseconds
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    XCTAssertEqual(order, [10, 20, 30])
  }

  func testSleep_endsAtOnce_whenInterrupted() async throws {
    let result = try await onLoop { loop in
      loop.schedule(at: .now() + .milliseconds(5)) { loop.interruptSleepers() }
      return await loop.sleep(until: .now() + .seconds(3600))
    }
    XCTAssertEqual(result, .interrupted)
  }

  func testTimer_doesNotFire_whenCancelled() async throws {
    let fired = try await onLoop { loop in
      let log = Log()
      loop.schedule(at: .now() + .milliseconds(1)) { log.entries.append("cancelled") }.cancel()
      loop.schedule(at: .now() + .milliseconds(2)) { log.entries.append("kept") }
      _ = await loop.sleep(until: .now() + .milliseconds(5))
      return log.entries
    }
    XCTAssertEqual(fired, ["kept"])
  }

  private final class Log {
    var entries: [String] = []
  }

  func testChannel_waitsForInput_untilItsDeadline() async throws {
    let result = try await onLoop { loop in
      let pipe = try Descriptor.pipe()
      let channel = try Channel(pipe.readingEnd, on: loop)
      defer { channel.close() }
      let start = MonotonicInstant.now()
      let early = await channel.waitReadable(until: start + .milliseconds(5))
      // The second deadline is later than the timer of the first, the third one earlier.
      let late = await channel.waitReadable(until: start + .milliseconds(20))
      return [early, late, await channel.waitReadable(until: start)]
    }
    XCTAssertEqual(result, [.timedOut, .timedOut, .timedOut])
  }

  func testChannel_carriesAllBytes_whenTheyExceedThePipe() async throws {
    let loop = try EventLoop(name: "test")
    defer { loop.stop() }
    let pipe = try Descriptor.pipe()
    let input = pipe.readingEnd.release()
    let output = pipe.writingEnd.release()
    let sent = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 8) }
    async let written: Void = Worker(loop: loop).run { loop in
      let channel = try Channel(Descriptor(owning: output), on: loop)
      defer { channel.close() }
      try await channel.writeAll(sent)
    }
    let received = try await Worker(loop: loop).run { loop in
      let channel = try Channel(Descriptor(owning: input), on: loop)
      defer { channel.close() }
      return try await channel.readToEnd()
    }
    try await written
    XCTAssertEqual(received, sent)
  }

  func testSockets_connectAcceptAndRefuse() async throws {
    let loopback = try XCTUnwrap(SocketAddress.resolve(host: "127.0.0.1", port: 0).first)
    let text = try await onLoop { loop in
      let listening = try Socket.listen(on: loopback)
      let address = try SocketAddress.local(of: listening)
      let listener = try Channel(listening, on: loop)
      let client = try Channel(Socket.startConnecting(to: address), on: loop)
      let connected = try await client.waitUntilOpen(until: .now() + .seconds(5))
      XCTAssertEqual(connected, .ready)
      _ = await listener.waitReadable(until: .now() + .seconds(5))
      let accepted = try Self.unwrap(Socket.accept(from: listener))
      let server = try Channel(accepted, on: loop)
      try await client.writeAll(Array("over the wire".utf8))
      client.close()
      let bytes = try await server.readToEnd()
      listener.close()
      // Nobody listens there any more.
      let refused = try Channel(Socket.startConnecting(to: address), on: loop)
      do throws(Errno) {
        _ = try await refused.waitUntilOpen(until: .now() + .seconds(5))
        XCTFail("nobody listens")
      } catch {
        XCTAssertEqual(error.code, ECONNREFUSED)
      }
      refused.close()
      server.close()
      return String(decoding: bytes, as: UTF8.self)
    }
    XCTAssertEqual(text, "over the wire")
  }

  private static func unwrap(
    _ descriptor: consuming Descriptor?
  ) throws -> Descriptor {
    guard let descriptor else { throw Errno(ENOTCONN, "accept") }
    return descriptor
  }
}
