import EventIO
import Foundation
import Glibc
import LoadSupport

/// Emulates links by relaying TCP connections, for kernels without netem.
///
/// `relay [--listen ADDRESS] TARGET_HOST:PORT SEED LINK...` listens for each `LINK`, which reads
/// `PORT:DELAY_MS:JITTER_MS:LOSS_PERCENT`: on that port of the address, or on a free port of 127.0.0.1.
/// It prints `link PORT listens on ADDRESS:ACTUAL`, and serves until SIGTERM.
enum Relay {
  /// Serves until SIGTERM and gives the exit status: 2 for bad arguments, 3 for failures.
  static func run(_ arguments: [String]) -> Int32 {
    do {
      // Before any other thread exists, or one of those would take the signal.
      let signals = try SignalDescriptor([SIGTERM])
      let isListenGiven = arguments.first == "--listen" && arguments.count > 1
      let address = isListenGiven ? arguments[1] : "127.0.0.1"
      let (target, seed, conditions) = try parse(Array(arguments.dropFirst(isListenGiven ? 2 : 0)))
      let loop = try EventLoop(name: "relay")
      var lines = ""
      for condition in conditions {
        let port = isListenGiven ? condition.port : 0
        guard let place = try SocketAddress.resolve(host: address, port: port).first else {
          throw Errno(EADDRNOTAVAIL, "resolve \(address)")
        }
        let listening = try Socket.listen(on: place)
        lines += "link \(condition.port) listens on \(try SocketAddress.local(of: listening))\n"
        let link = RelayedLink(
          condition,
          seed: seed,
          target: target,
          loop: loop,
          listener: listening.release()
        )
        Task(executorPreference: loop.actorTasks) { await link.accept() }
      }
      Output.standard.write(lines)
      _ = try signals.wait()
      return 0
    } catch let error as UsageError {
      complain(error.description)
      return 2
    } catch {
      complain("\(error)")
      return 3
    }
  }

  private struct UsageError: Error {
    let description: String
  }

  private static func parse(
    _ arguments: [String]
  ) throws -> (target: SocketAddress, seed: UInt64, conditions: [LinkCondition]) {
    guard arguments.count >= 3 else {
      throw UsageError(description: "it takes TARGET_HOST:PORT, SEED and at least one LINK")
    }
    guard let colon = arguments[0].utf8.lastIndex(of: UInt8(ascii: ":")),
      let port = UInt16(arguments[0][arguments[0].utf8.index(after: colon)...]), port > 0
    else {
      throw UsageError(description: "TARGET_HOST:PORT cannot be \"\(arguments[0])\"")
    }
    guard let seed = UInt64(arguments[1]) else {
      throw UsageError(description: "SEED is a number from 0 to 2^64 − 1, not \"\(arguments[1])\"")
    }
    let conditions = try arguments[2...].map { argument in
      guard let condition = LinkCondition(argument: argument) else {
        throw UsageError(
          description:
            "LINK is PORT:DELAY_MS:JITTER_MS:LOSS_PERCENT with jitter up to the delay and "
            + "loss below 100, not \"\(argument)\""
        )
      }
      return condition
    }
    do throws(AddressError) {
      let host = String(arguments[0][..<colon])
      guard let target = try SocketAddress.resolve(host: host, port: port).first else {
        throw AddressError(host: host, reason: "it has no address")
      }
      return (target, seed, conditions)
    } catch {
      throw UsageError(description: "TARGET_HOST:PORT: \(error)")
    }
  }

  static func complain(_ message: String) {
    Output.errors.write("loadtest relay: \(message)\n")
  }
}

/// A listening port and the connections that came to it.
private actor RelayedLink: LoopBound {
  nonisolated let loop: EventLoop
  private let condition: LinkCondition
  private let seed: UInt64
  private let target: SocketAddress
  private let listener: Int32
  private var connectionCount = 0

  /// Takes ownership of the listening descriptor.
  init(
    _ condition: LinkCondition,
    seed: UInt64,
    target: SocketAddress,
    loop: EventLoop,
    listener: Int32
  ) {
    self.condition = condition
    self.seed = seed
    self.target = target
    self.loop = loop
    self.listener = listener
  }

  /// Accepts as long as the process lives.
  func accept() async {
    do throws(Errno) {
      let channel = try Channel(Descriptor(owning: listener), on: loop)
      while await channel.waitReadable() == .ready {
        do throws(Errno) {
          while let client = try Socket.accept(from: channel) { try open(client) }
        } catch {
          // Most failures concern one connection. Out of descriptors, accept would fail again at
          // once: wait until some connection may have ended.
          if error.code == EMFILE || error.code == ENFILE || error.code == ENOBUFS {
            _ = await loop.sleep(until: .now() + .milliseconds(50))
          }
        }
      }
    } catch {
      Relay.complain("\(error)")
      exit(3)
    }
  }

  private func open(_ client: consuming Descriptor) throws(Errno) {
    let connection = try RelayedConnection(
      client: client,
      target: Socket.startConnecting(to: target),
      schedule: LinkSchedule(condition, seed: seed, connection: connectionCount),
      loop: loop
    )
    connectionCount += 1
    Task(executorPreference: loop.actorTasks) { await connection.run() }
  }
}

/// One connection of a client and the one to the target that belongs to it.
///
/// What the client sends goes on at once, and what the target sends when the schedule lets it. The
/// end of a direction takes its turn behind the bytes before it; a reset ends both connections.
private actor RelayedConnection: LoopBound {
  private enum Content {
    case bytes([UInt8])
    case end
    case reset
  }

  private struct Segment {
    let content: Content
    let release: MonotonicInstant
  }

  /// Above this the target is not read until the client has taken something.
  private static let waitingLimitBytes = 1 << 20

  /// What a segment takes besides its bytes, or many small ones would be more than the limit says.
  private static let segmentOverheadBytes = 64

  nonisolated let loop: EventLoop
  private let client: Channel
  private let target: Channel
  private var schedule: LinkSchedule
  private var waiting: [Segment] = []
  private var waitingBytes = 0
  private var receiver: UnsafeContinuation<Void, Never>?
  private var deliverer: UnsafeContinuation<Void, Never>?
  private var openDirections = 2

  /// Takes an accepted connection and one that is being made; on the loop.
  init(
    client: consuming Descriptor,
    target: consuming Descriptor,
    schedule: LinkSchedule,
    loop: EventLoop
  ) throws(Errno) {
    self.loop = loop
    self.schedule = schedule
    self.client = try Channel(client, on: loop)
    self.target = try Channel(target, on: loop)
  }

  /// Relays both ways; returns when all of the target's bytes have been read.
  func run() async {
    guard (try? await target.waitUntilOpen()) == .ready else { return reset() }
    Task(executorPreference: loop.actorTasks) { await self.passOn() }
    Task(executorPreference: loop.actorTasks) { await self.deliver() }
    await receive()
  }

  // MARK: To the target

  private func passOn() async {
    while true {
      let bytes: [UInt8]
      do throws(Errno) { bytes = try await client.readSome() } catch { return reset() }
      if bytes.isEmpty { return endDirection(to: target) }
      do throws(Errno) { try await target.writeAll(bytes) } catch {
        return enqueue(.reset, arrival: .now())
      }
    }
  }

  // MARK: To the client

  private func receive() async {
    do throws(Errno) {
      while await target.waitReadable() == .ready {
        let arrival = MonotonicInstant.now()
        let count = try target.read { bytes in
          for start in stride(from: 0, to: bytes.count, by: LinkSchedule.segmentBytes) {
            let segment = bytes[start...].prefix(LinkSchedule.segmentBytes)
            enqueue(.bytes([UInt8](segment)), arrival: arrival)
          }
        }
        if count == 0 { return enqueue(.end, arrival: arrival) }
        if waitingBytes > Self.waitingLimitBytes { await waitForRoom() }
      }
    } catch {
      enqueue(.reset, arrival: .now())
    }
  }

  private func enqueue(_ content: Content, arrival: MonotonicInstant) {
    waiting.append(Segment(content: content, release: schedule.release(arrival: arrival)))
    waitingBytes += Self.size(of: content)
    resume(&deliverer)
  }

  private func deliver() async {
    while !client.isClosed {
      var batch: [Segment] = []
      swap(&batch, &waiting)
      if batch.isEmpty { await waitForSegments() }
      for segment in batch {
        if MonotonicInstant.now() < segment.release {
          _ = await loop.sleep(until: segment.release)
        }
        switch segment.content {
        case .bytes(let bytes):
          do throws(Errno) { try await client.writeAll(bytes) } catch { return reset() }
        case .end: endDirection(to: client)
        case .reset: reset()
        }
        waitingBytes -= Self.size(of: segment.content)
        if waitingBytes <= Self.waitingLimitBytes { resume(&receiver) }
      }
    }
  }

  private static func size(of content: Content) -> Int {
    guard case .bytes(let bytes) = content else { return segmentOverheadBytes }
    return segmentOverheadBytes + bytes.count
  }

  // MARK: Waits

  /// Looks again inside, for the task may have been off the loop for a moment on its way there.
  private func waitForRoom() async {
    await withUnsafeContinuation { continuation in
      receiver = continuation
      if waitingBytes <= Self.waitingLimitBytes || client.isClosed { resume(&receiver) }
    }
  }

  private func waitForSegments() async {
    await withUnsafeContinuation { continuation in
      deliverer = continuation
      if !waiting.isEmpty || client.isClosed { resume(&deliverer) }
    }
  }

  private func resume(_ waiter: inout UnsafeContinuation<Void, Never>?) {
    waiter?.resume()
    waiter = nil
  }

  // MARK: Ends

  private func endDirection(to end: Channel) {
    guard !end.isClosed else { return }
    shutdown(end.rawDescriptor, Int32(SHUT_WR))
    openDirections -= 1
    if openDirections == 0 { close() }
  }

  private func reset() {
    // Without lingering, close resets a connection (socket(7), SO_LINGER).
    var abort = linger(l_onoff: 1, l_linger: 0)
    for end in [client, target] where !end.isClosed {
      let length = socklen_t(MemoryLayout<linger>.size)
      setsockopt(end.rawDescriptor, SOL_SOCKET, SO_LINGER, &abort, length)
    }
    close()
  }

  private func close() {
    client.close()
    target.close()
    resume(&receiver)
    resume(&deliverer)
  }
}
