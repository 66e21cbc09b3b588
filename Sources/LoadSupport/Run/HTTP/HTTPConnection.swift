import EventIO
import Glibc

/// The instants of one exchange, by the monotonic clock in nanoseconds.
package struct HTTPTiming: Sendable, Equatable {
  /// When the last byte of the request was handed to the kernel; nil if it never was.
  package var sent: Int64?

  /// When the first byte of the response was read; nil if none came.
  package var firstByte: Int64?

  /// How long opening a connection took, if this exchange had to.
  package var connecting: Int64?

  /// Nothing has happened yet.
  package init() {}
}

/// One client connection: sends requests and reads responses one after the other, and opens the
/// TCP connection whenever it must.
///
/// A server that closes after each response costs a connection each time, which is measured apart.
/// Nothing is sent twice: only a connection that is found closed before the first byte went out is
/// opened anew. Confined to its loop.
package final class HTTPConnection {
  private let loop: EventLoop
  private let address: SocketAddress
  private let connectTimeout: Int64
  private let firstByteTimeout: Int64
  private let wholeTimeout: Int64
  private var channel: Channel?
  private var parser: HTTPResponseParser
  private var isOutOfStep = false
  private var received: Int64 = 0

  /// So many reads of one answer, and everything else on the loop has its turn.
  private static let readsInARow = 4

  /// How many TCP connections have been opened.
  private(set) var connectionsOpened = 0

  /// Prepares a connection; nothing is opened before the first request.
  package init(
    to address: SocketAddress,
    on loop: EventLoop,
    timeouts: HTTPTimeouts = HTTPTimeouts(),
    limits: HTTPLimits = HTTPLimits()
  ) {
    self.loop = loop
    self.address = address
    connectTimeout = timeouts.connect.nanoseconds
    firstByteTimeout = timeouts.firstByte.nanoseconds
    wholeTimeout = timeouts.wholeRequest.nanoseconds
    parser = HTTPResponseParser(limits: limits)
  }

  /// The head of the response being read or read last.
  package var head: HTTPResponseHead { parser.head }

  /// The body of the response being read or read last.
  package var body: [UInt8] { parser.body }

  /// When the bytes that were read last came, in nanoseconds of the monotonic clock.
  package var lastReceived: Int64 { received }

  /// Sends a request and reads its response until it is whole, or until `isEnough` says so.
  ///
  /// `isEnough` is asked after each piece once the head is there; an event stream may carry the
  /// answer long before it ends. `limit` is one that is shorter than the timeout for the whole request.
  package func exchange(
    _ request: [UInt8],
    timing: inout HTTPTiming,
    within limit: Duration? = nil,
    isEnough: (HTTPConnection) -> Bool = { _ in false }
  ) async throws(HTTPError) {
    do throws(HTTPError) {
      // Nearly always the connection is open and takes the whole request at once.
      let offset = sendAtOnce(request)
      if offset < request.count { try await send(request, from: offset, timing: &timing) }
      let sent = MonotonicInstant.now().nanoseconds
      timing.sent = sent
      let wholeTimeout = min(wholeTimeout, limit?.nanoseconds ?? .max)
      let whole = sent + wholeTimeout
      let first = sent + min(firstByteTimeout, wholeTimeout)
      let interruptions = channel?.interruptions
      var reads = 0
      // In this function, not in one of its own: each level of waiting costs a look at where the
      // task may run.
      while let channel {
        let isWaitingForFirst = timing.firstByte == nil
        let deadline = MonotonicInstant(nanoseconds: isWaitingForFirst ? first : whole)
        let result = await withUnsafeContinuation { continuation in
          channel.resumeWhenReadable(continuation, until: deadline)
        }
        guard result == .ready else {
          throw result == .interrupted
            ? .interrupted : .timeout(isWaitingForFirst ? .firstByte : .wholeRequest)
        }
        guard let count = try readOnce(channel) else { continue }
        if isWaitingForFirst, count != 0 { timing.firstByte = received }
        if parser.isComplete || parser.hasHead && isEnough(self) { break }
        // A peer that never stops sending never lets the channel wait: the deadline, the stop and the
        // turn of others are looked at here as well.
        guard received < whole else { throw .timeout(.wholeRequest) }
        guard channel.interruptions == interruptions else { throw .interrupted }
        reads += 1
        if reads % Self.readsInARow == 0 { _ = await loop.sleep(until: .now()) }
      }
    } catch {
      close()
      throw error
    }
    if parser.isComplete, !parser.head.keepsAlive || isOutOfStep { close() }
  }

  /// Closes the connection; the next request opens another.
  package func close() {
    channel?.close()
    channel = nil
  }

  // MARK: Sending

  /// Sends what an open connection takes without waiting, and returns how many bytes that was.
  ///
  /// A connection that fails before it took any is closed: the next one begins at the first byte.
  private func sendAtOnce(_ request: [UInt8]) -> Int {
    discardUnusable()
    parser.reset()
    isOutOfStep = false
    guard let channel else { return 0 }
    do throws(Errno) {
      if case .bytes(let count) = try write(request, from: 0, to: channel) { return count }
    } catch {
      close()
    }
    return 0
  }

  /// Sends the rest of a request, over a new connection if there is none.
  private func send(
    _ request: [UInt8],
    from start: Int,
    timing: inout HTTPTiming
  ) async throws(HTTPError) {
    let channel = try await openChannel(&timing)
    let deadline = MonotonicInstant.now().nanoseconds + wholeTimeout
    var offset = start
    while offset < request.count {
      do throws(Errno) {
        if case .bytes(let count) = try write(request, from: offset, to: channel) {
          offset += count
          continue
        }
      } catch {
        throw .transport(error)
      }
      switch await channel.waitWritable(until: MonotonicInstant(nanoseconds: deadline)) {
      case .ready: continue
      case .timedOut: throw .timeout(.wholeRequest)
      case .interrupted: throw .interrupted
      }
    }
  }

  private func write(
    _ request: [UInt8],
    from offset: Int,
    to channel: Channel
  ) throws(Errno) -> IOResult {
    try request.withUnsafeBufferPointer { all throws(Errno) in
      try channel.write(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: all[offset...])))
    }
  }

  /// Lets go of a connection on which the peer has closed, or on which something is still coming.
  private func discardUnusable() {
    guard let channel else { return }
    // The rest of an event stream that was left early: usually its last chunk, here by now.
    if !parser.isComplete, parser.hasHead { _ = try? readOnce(channel) }
    if !parser.isComplete || !parser.head.keepsAlive || isOutOfStep || channel.hasUnreadInput {
      close()
    }
  }

  private func openChannel(_ timing: inout HTTPTiming) async throws(HTTPError) -> Channel {
    if let channel { return channel }
    let start = MonotonicInstant.now()
    let opened: Channel
    do throws(Errno) {
      opened = try Channel(Socket.startConnecting(to: address), on: loop)
    } catch {
      throw .transport(error)
    }
    let result = await opened.waitWritable(
      until: MonotonicInstant(nanoseconds: start.nanoseconds + connectTimeout)
    )
    timing.connecting = MonotonicInstant.now().nanoseconds - start.nanoseconds
    let code = result == .ready ? Socket.connectionError(of: opened) : 0
    guard result == .ready, code == 0 else {
      opened.close()
      switch result {
      case .ready: throw .transport(Errno(code, "connect to \(address)"))
      case .timedOut: throw .timeout(.connect)
      case .interrupted: throw .interrupted
      }
    }
    connectionsOpened += 1
    channel = opened
    return opened
  }

  // MARK: Receiving

  /// Reads once and feeds the parser; nil when nothing was there, zero at the peer's end.
  private func readOnce(_ channel: Channel) throws(HTTPError) -> Int? {
    var failure: HTTPError?
    let count: Int?
    do throws(Errno) {
      count = try channel.read { bytes in
        received = MonotonicInstant.now().nanoseconds
        do throws(HTTPError) {
          if bytes.isEmpty {
            try parser.finish()
          } else if try parser.consume(bytes) < bytes.count {
            // More than one response to one request: what follows belongs to nothing.
            isOutOfStep = true
          }
        } catch {
          failure = error
        }
      }
    } catch {
      throw .transport(error)
    }
    if let failure { throw failure }
    return count
  }
}
