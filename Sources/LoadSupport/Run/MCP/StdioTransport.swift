import EventIO
import Glibc

/// Messages over the standard input and output of a process, a line each (MCP 2025-11-25, Transports, stdio).
///
/// The process is started by the first message after the start or a close. Answers are told apart by their ids, so
/// that one which comes too late is nobody's. Confined to its loop.
final class StdioTransport: Transport {
  private let server: StdioServer
  private let loop: EventLoop
  private let timeout: Int64
  private let limits = HTTPLimits()

  private var process: ServerProcess?
  private var input: Channel?
  private var output: Channel?

  /// What has been read and belongs to no whole line yet, where to look on for its end, and when it began.
  private var buffer: [UInt8] = []
  private var start = 0
  private var searched = 0
  private var begun: Int64 = 0

  /// Answers to the server's own requests, which wait for room in the pipe.
  private var waiting: [UInt8] = []

  /// How often a process has been started.
  private(set) var connectionsOpened = 0

  private(set) var answer: [UInt8]?
  private(set) var bytesReceived: Int64 = 0
  private(set) var lastReceived: Int64 = 0

  let body: [UInt8] = []
  let isCutStream = false
  let lastEventID: [UInt8]? = nil
  let reconnectPause = Duration.zero

  /// What an answer of JSON has over HTTP: nothing of it is recorded.
  let head: HTTPResponseHead

  /// How long a process may have ended before that is noticed where something else holds its output open.
  private static let pulse = Duration.milliseconds(200)

  /// A server may ask without end; what it does not read the answers of need not be kept.
  private static let mostWaiting = 1 << 20

  /// Lines in a row that are no answer, after which others have their turn.
  private static let linesInARow = 64

  /// Prepares a process, which is not started yet.
  init(_ server: StdioServer, on loop: EventLoop, timeouts: HTTPClientTimeouts) {
    self.server = server
    self.loop = loop
    timeout = timeouts.wholeRequest.nanoseconds
    var head = HTTPResponseHead()
    let text = Array("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n".utf8)
    // It is one.
    text.withUnsafeBytes { try? head.parse($0) }
    self.head = head
  }

  /// Whether the process cannot be spoken to any more.
  private(set) var isBroken = false

  // MARK: Exchanges

  func exchange(
    _ message: [UInt8],
    timing: inout ExchangeTiming,
    withinNanoseconds limit: Int64?,
    onMessage: ([UInt8]) -> Bool
  ) async throws(HTTPError) {
    try await send(message, timing: &timing)
    let deadline = (timing.sent ?? 0) + min(timeout, limit ?? .max)
    do throws(HTTPError) {
      try await receive(until: deadline, &timing, onMessage)
    } catch {
      // Of a late answer the next call knows that it is not its own; what broke stays broken.
      switch error {
      case .timeout, .interrupted: break
      case .transport, .endOfStream, .violation, .serverEnded, .endlessLine: isBroken = true
      }
      throw error
    }
  }

  /// Sends a message that has no answer.
  func send(_ message: [UInt8], timing: inout ExchangeTiming) async throws(HTTPError) {
    answer = nil
    bytesReceived = 0
    if process == nil { try await open() }
    do throws(HTTPError) {
      try await write(message)
    } catch {
      // A part of a line may be gone.
      isBroken = true
      throw error
    }
    let sent = MonotonicInstant.now().nanoseconds
    (timing.sent, lastReceived) = (sent, sent)
  }

  /// Sends the answer to a request of the server's when there is room for it.
  func post(_ body: [UInt8]) {
    guard waiting.count < Self.mostWaiting else { return }
    waiting += body + [UInt8(ascii: "\n")]
    flush()
  }

  private func open() async throws(HTTPError) {
    do {
      let program = try await server.host.start(server.executable, server.arguments)
      let (writing, reading) = (program.input, program.output)
      let (input, output) = try (
        Channel(Descriptor(owning: writing), on: loop),
        Channel(Descriptor(owning: reading), on: loop)
      )
      let process = try ServerProcess(program, by: server.host, on: loop)
      await process.begin()
      (self.process, self.input, self.output) = (process, input, output)
    } catch let error as Errno {
      throw .transport(error)
    } catch {
      throw .serverEnded("the server process cannot be started: \(error)")
    }
    connectionsOpened += 1
    (buffer, start, searched, waiting, isBroken) = ([], 0, 0, [], false)
  }

  private func write(_ message: [UInt8]) async throws(HTTPError) {
    let deadline = MonotonicInstant(nanoseconds: MonotonicInstant.now().nanoseconds + timeout)
    flush()
    guard let input, !isBroken else {
      throw await .serverEnded(reason(closed: "its standard input"))
    }
    let bytes = waiting + message
    waiting = []
    do throws(Errno) {
      try await input.writeAll(bytes, until: deadline)
    } catch {
      switch error.code {
      case ETIMEDOUT: throw .timeout(.wholeRequest)
      case ECANCELED: throw .interrupted
      default: throw await .serverEnded(reason(closed: "its standard input"))
      }
    }
  }

  /// Writes what waits as far as there is room.
  private func flush() {
    guard !waiting.isEmpty, let input, !input.isClosed else { return }
    // Why it takes none shows at the next message.
    guard case .bytes(let count)? = waiting.withUnsafeBytes({ try? input.write($0) }) else {
      return
    }
    waiting.removeFirst(count)
  }

  // MARK: Receiving

  private func receive(
    until deadline: Int64,
    _ timing: inout ExchangeTiming,
    _ onMessage: ([UInt8]) -> Bool
  ) async throws(HTTPError) {
    guard let output else { throw .interrupted }
    let interruptions = output.interruptions
    var lines = 0
    while true {
      while let line = nextLine() {
        if onMessage(line) {
          answer = line
          timing.firstByte = max(begun, timing.sent ?? begun)
          noteNextLine()
          return
        }
        noteNextLine()
        lines += 1
        if lines % Self.linesInARow == 0 { break }
      }
      let present = MonotonicInstant.now()
      guard present.nanoseconds < deadline else { throw .timeout(.wholeRequest) }
      guard output.interruptions == interruptions else { throw .interrupted }
      if hasLine {
        _ = await loop.sleep(until: present)
        continue
      }
      guard buffer.count - start <= limits.body else {
        throw .endlessLine(limit: limits.body)
      }
      flush()
      let until = min(MonotonicInstant(nanoseconds: deadline), present + Self.pulse)
      switch await output.waitReadable(until: until) {
      case .ready:
        if try !readOnce(output) { throw await .serverEnded(reason(closed: "its standard output")) }
      case .interrupted: throw .interrupted
      case .timedOut:
        guard await process?.ended(within: .zero) != nil else { continue }
        // The answer may be its last word.
        if try readOnce(output), hasLine { continue }
        throw await .serverEnded(reason(closed: "its standard output"))
      }
    }
  }

  /// Reads once; false at the end of the stream.
  private func readOnce(_ output: Channel) throws(HTTPError) -> Bool {
    var isWhole = false
    do throws(Errno) {
      let count = try output.read { bytes in
        lastReceived = MonotonicInstant.now().nanoseconds
        bytesReceived += Int64(bytes.count)
        if start == buffer.count {
          buffer.removeAll(keepingCapacity: true)
          (start, searched, begun) = (0, 0, lastReceived)
        }
        buffer.append(contentsOf: bytes)
      }
      isWhole = count == 0
    } catch {
      throw .transport(error)
    }
    return !isWhole
  }

  /// Whether a whole line has been read.
  private var hasLine: Bool { buffer[searched...].contains(UInt8(ascii: "\n")) }

  /// The next whole line that is not empty, without its end.
  private func nextLine() -> [UInt8]? {
    while let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
      let line = buffer[start..<end]
      (start, searched) = (end + 1, end + 1)
      // Some write CR LF.
      let text = line.last == 0x0D ? line.dropLast() : line
      if !text.isEmpty { return Array(text) }
    }
    searched = buffer.count
    return nil
  }

  /// What is behind a line that was taken came with the last bytes that were read.
  private func noteNextLine() {
    begun = lastReceived
    guard start > 1 << 16 else { return }
    buffer.removeFirst(start)
    (searched, start) = (searched - start, 0)
  }

  // MARK: The end

  /// Why nothing more comes.
  private func reason(closed stream: String) async -> String {
    guard let process else { return "no server process is running" }
    guard let end = await process.ended(within: .milliseconds(500)) else {
      return "the server process has closed \(stream) and goes on running"
    }
    let words = server.argumentSecrets.reduce(end.words) { $1.redacted(from: $0) }
    return "the server process ended with \(end.status)"
      + (words.isEmpty ? "; it said nothing on stderr" : "; it said last: \(words)")
  }

  /// What the process costs at the moment; nil where there is none.
  func measure() async -> RecordedProcess.Cost? { await process?.measure() }

  /// Ends the process and says what became of it; nil where there is none.
  ///
  /// One that has not failed may end by itself, unless nobody has the patience.
  func stop(hasPatience: Bool) async -> RecordedProcess? {
    guard let process else { return nil }
    input?.close()
    let copy = output.map { fcntl($0.rawDescriptor, F_DUPFD_CLOEXEC, 3) } ?? -1
    output?.close()
    (self.process, input, output) = (nil, nil, nil)
    return await process.stop(hasPatience: hasPatience, discarding: copy)
  }

  /// Lets nothing more go over the pipes; a session ends the process besides.
  func close() {
    isBroken = true
    output?.interruptWaits()
  }
}
