import EventIO
import Glibc

/// A client's connection: sends requests and reads responses one after the other, and opens a stream to
/// the server whenever it must.
///
/// A server that closes after each response costs a connection each time, which is measured apart.
/// Nothing is sent twice: only a connection that is found closed before the first byte went out is
/// opened anew. Confined to its loop.
package final class HTTPClientConnection {
  /// Begins to open a stream to an address, without waiting for it.
  package typealias Opening = (SocketAddress, EventLoop) throws(Errno) -> any ByteStream

  private let loop: EventLoop
  private let address: SocketAddress
  private let open: Opening
  private let connectTimeout: Int64
  private let firstByteTimeout: Int64
  private let wholeTimeout: Int64
  private let restPatience: Duration
  private var stream: (any ByteStream)?
  private var parser: HTTPResponseParser
  private var events = EventStreamParser()
  private var bytesOfEvents = 0
  private var isOutOfStep = false
  private var openEnds = 0
  private var received: Int64 = 0

  /// So many reads of one answer, and everything else on the loop has its turn.
  private static let readsInARow = 4

  /// How many connections have been opened.
  private(set) var connectionsOpened = 0

  /// How many bytes of the response have been read, its head included.
  private(set) var bytesReceived: Int64 = 0

  /// The event that was taken for the answer; nil if none was.
  private(set) var answer: [UInt8]?

  /// Whether a stream of events ended before one of them was taken for the answer.
  var isCutStream: Bool {
    parser.hasHead && head.isSuccess && head.content == .eventStream && answer == nil
  }

  /// The id of the last event of the stream; nil if none had one.
  var lastEventID: [UInt8]? { events.lastID.isEmpty ? nil : events.lastID }

  /// How long a client is to wait before it asks for more events; a second where the server does not say,
  /// and never so short that asking is all that is done.
  var reconnectPause: Duration {
    .milliseconds(min(max(events.retryMilliseconds ?? 1_000, 10), 3_600_000))
  }

  /// How the client is gone with the next exchange: by RST as the answer begins, or by a half-closed connection;
  /// nil where it stays.
  package var parting: Workload.Leaving?

  /// Whether the stream told where requests are to be sent: HTTP+SSE of MCP 2024-11-05.
  private(set) var namesEndpoint = false

  /// Prepares a connection; nothing is opened before the first request.
  package init(
    to address: SocketAddress,
    on loop: EventLoop,
    timeouts: HTTPClientTimeouts = HTTPClientTimeouts(),
    limits: HTTPLimits = HTTPLimits(),
    opening open: @escaping Opening = HTTPClientConnection.openSocket
  ) {
    self.loop = loop
    self.address = address
    self.open = open
    connectTimeout = timeouts.connect.nanoseconds
    firstByteTimeout = timeouts.firstByte.nanoseconds
    wholeTimeout = timeouts.wholeRequest.nanoseconds
    restPatience = timeouts.endOfStream
    parser = HTTPResponseParser(limits: limits)
  }

  /// Begins to open a TCP connection.
  package static func openSocket(
    _ address: SocketAddress,
    _ loop: EventLoop
  ) throws(Errno) -> any ByteStream {
    try Channel(Socket.startConnecting(to: address), on: loop)
  }

  /// The head of the response being read or read last.
  package var head: HTTPResponseHead { parser.head }

  /// Its status.
  package var status: Int { parser.head.status }

  /// The body of the response being read or read last.
  package var body: [UInt8] { parser.body }

  /// When the bytes that were read last came, in nanoseconds of the monotonic clock.
  package var lastReceived: Int64 { received }

  /// Sends a request and reads its response until it is whole, or until `onMessage` says that an event of
  /// it is the answer.
  ///
  /// An event stream may carry the answer long before it ends, and other messages before that. `limit` is
  /// one that is shorter than the timeout for the whole request.
  package func exchange(
    _ request: [UInt8],
    timing: inout ExchangeTiming,
    withinNanoseconds limit: Int64? = nil,
    onMessage: ([UInt8]) -> Bool = { _ in false }
  ) async throws(HTTPError) {
    do throws(HTTPError) {
      if isLeftEarly { try await takeRest(&timing) }
      // Nearly always the connection is open and takes the whole request at once. Read before that: on one machine
      // the call may wake the server in the generator's place, and come back when the answer is there.
      var sent = MonotonicInstant.now().nanoseconds
      let offset = sendAtOnce(request)
      if offset < request.count {
        try await send(request, from: offset, timing: &timing)
        sent = MonotonicInstant.now().nanoseconds
      }
      timing.sent = sent
      if parting == .halfClose { stream?.endOutput() }
      let wholeTimeout = min(wholeTimeout, limit ?? .max)
      let whole = sent + wholeTimeout
      let first = sent + min(firstByteTimeout, wholeTimeout)
      let interruptions = stream?.interruptions
      var reads = 0
      // In this function, not in one of its own: each level of waiting costs a look at where the
      // task may run.
      while let stream {
        let isWaitingForFirst = timing.firstByte == nil
        let deadline = MonotonicInstant(nanoseconds: isWaitingForFirst ? first : whole)
        let result = await withUnsafeContinuation { continuation in
          stream.resumeWhenReadable(continuation, until: deadline)
        }
        guard result == .ready else {
          throw result == .interrupted
            ? .interrupted : .timeout(isWaitingForFirst ? .firstByte : .wholeRequest)
        }
        if parting == .reset {
          received = MonotonicInstant.now().nanoseconds
          timing.firstByte = received
          stream.reset()
          self.stream = nil
          return
        }
        let count = try readOnce(stream)
        if isWaitingForFirst, let count, count != 0 { timing.firstByte = received }
        if takeEvents(onMessage) || parser.isComplete { break }
        // A peer that never stops sending never lets the stream wait, nor does one whose bytes give
        // nothing to read: the deadline, the stop and the turn of others are looked at here as well.
        let present = count == nil ? MonotonicInstant.now().nanoseconds : received
        guard present < (timing.firstByte == nil ? first : whole) else {
          throw .timeout(timing.firstByte == nil ? .firstByte : .wholeRequest)
        }
        guard stream.interruptions == interruptions else { throw .interrupted }
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
    stream?.close()
    stream = nil
  }

  // MARK: The rest of a stream

  /// So many streams in a row that did not end in that time, and no more is waited for.
  private static let mostOpenEnds = 3

  /// Whether an event stream was left when its answer was there, and may end soon.
  private var isLeftEarly: Bool {
    stream != nil && answer != nil && !parser.isComplete && parser.head.keepsAlive
      && openEnds < Self.mostOpenEnds
  }

  /// Reads what is left of that stream, usually its last chunk, until it ends, something fails, or it has taken
  /// too long.
  ///
  /// - Throws: only that the wait was ended from outside.
  private func takeRest(_ timing: inout ExchangeTiming) async throws(HTTPError) {
    guard let stream else { return }
    let start = MonotonicInstant.now()
    let deadline = start + restPatience
    do throws(HTTPError) {
      while !parser.isComplete, MonotonicInstant.now() < deadline {
        let count = try readOnce(stream)
        if count == 0 { break }
        guard count == nil else { continue }
        let result = await withUnsafeContinuation { continuation in
          stream.resumeWhenReadable(continuation, until: deadline)
        }
        guard result != .interrupted else { throw .interrupted }
        guard result == .ready else { break }
      }
    } catch {
      if error == .interrupted { throw error }
      close()
    }
    openEnds = parser.isComplete ? 0 : openEnds + 1
    timing.endingStream = MonotonicInstant.now().nanoseconds - start.nanoseconds
  }

  // MARK: Sending

  /// Sends what an open connection takes without waiting, and returns how many bytes that was.
  ///
  /// A connection that fails before it took any is closed: the next one begins at the first byte.
  private func sendAtOnce(_ request: [UInt8]) -> Int {
    discardUnusable()
    parser.reset()
    isOutOfStep = false
    answer = nil
    namesEndpoint = false
    bytesReceived = 0
    if bytesOfEvents > 0 { (events, bytesOfEvents) = (EventStreamParser(), 0) }
    guard let stream else { return 0 }
    do throws(Errno) {
      if case .bytes(let count) = try write(request, from: 0, to: stream) { return count }
    } catch {
      close()
    }
    return 0
  }

  /// Sends the rest of a request, over a new connection if there is none.
  private func send(
    _ request: [UInt8],
    from start: Int,
    timing: inout ExchangeTiming
  ) async throws(HTTPError) {
    let stream = try await openStream(&timing)
    let deadline = MonotonicInstant.now().nanoseconds + wholeTimeout
    var offset = start
    while offset < request.count {
      do throws(Errno) {
        if case .bytes(let count) = try write(request, from: offset, to: stream) {
          offset += count
          continue
        }
      } catch {
        throw .transport(error)
      }
      switch await stream.waitWritable(until: MonotonicInstant(nanoseconds: deadline)) {
      case .ready: continue
      case .timedOut: throw .timeout(.wholeRequest)
      case .interrupted: throw .interrupted
      }
    }
  }

  private func write(
    _ request: [UInt8],
    from offset: Int,
    to stream: any ByteStream
  ) throws(Errno) -> IOResult {
    try request.withUnsafeBufferPointer { all throws(Errno) in
      try stream.write(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: all[offset...])))
    }
  }

  /// Lets go of a connection on which the peer has closed, or on which something is still coming.
  private func discardUnusable() {
    guard let stream else { return }
    // The rest of an event stream that was left early: usually its last chunk, here by now.
    if !parser.isComplete, parser.hasHead { _ = try? readOnce(stream) }
    if !parser.isComplete || !parser.head.keepsAlive || isOutOfStep || stream.hasUnreadInput {
      close()
    }
  }

  private func openStream(_ timing: inout ExchangeTiming) async throws(HTTPError) -> any ByteStream
  {
    if let stream { return stream }
    let start = MonotonicInstant.now()
    let opened: any ByteStream
    let result: WaitResult
    do throws(Errno) {
      opened = try open(address, loop)
    } catch {
      throw .transport(error)
    }
    let deadline = MonotonicInstant(nanoseconds: start.nanoseconds + connectTimeout)
    defer {
      timing.connecting =
        MonotonicInstant.now().nanoseconds - start.nanoseconds
        - (timing.handshake?.nanoseconds ?? 0)
    }
    do throws(Errno) {
      result = try await opened.waitUntilOpen(until: deadline)
    } catch {
      opened.close()
      throw .transport(error.of("\(error.operation) to \(address)"))
    }
    guard result == .ready else {
      opened.close()
      throw result == .timedOut ? .timeout(.opening(opened.openingStage)) : .interrupted
    }
    connectionsOpened += 1
    timing.handshake = opened.handshake
    stream = opened
    return opened
  }

  // MARK: Receiving

  /// Reads once and feeds the parser; nil when nothing was there, zero at the peer's end.
  private func readOnce(_ stream: any ByteStream) throws(HTTPError) -> Int? {
    var failure: HTTPError?
    let count: Int?
    do throws(Errno) {
      count = try stream.read { bytes in
        received = MonotonicInstant.now().nanoseconds
        bytesReceived += Int64(bytes.count)
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

  /// Asks of the events that are new whether one is the answer.
  private func takeEvents(_ isAnswer: ([UInt8]) -> Bool) -> Bool {
    guard parser.hasHead, parser.head.content == .eventStream else { return false }
    let new = events.consume(parser.body[bytesOfEvents...])
    bytesOfEvents = parser.body.count
    for event in new {
      if event.type == "message", isAnswer(event.data) {
        answer = event.data
        return true
      }
      namesEndpoint = namesEndpoint || event.type == "endpoint"
    }
    return namesEndpoint
  }
}
