import EventIO

/// Takes the bytes of a connection as they come and gives the requests in them.
///
/// A pure state machine after RFC 9112: no socket, no clock. After an error the connection is out
/// of step and must end. Between requests it holds no more than the bytes that came early.
struct HTTPRequestParser: Sendable {
  /// How large a request may be.
  struct Limits: Sendable {
    var headBytes = 16 * 1024
    var bodyBytes = 1024 * 1024
    var fields = 100
  }

  /// What the bytes so far amount to.
  enum Event: Equatable, Sendable {
    /// Nothing whole; append more.
    case needsMore

    /// A request without its body, for those who want to refuse it before that is there.
    case head(HTTPRequest)

    /// The client waits for "100 Continue" before it sends the body (RFC 9110 §10.1.1).
    case expectsContinue

    /// One whole request; there may be more.
    case request(HTTPRequest)
  }

  private enum State {
    case requestLine
    case headers
    case fixedBody(left: Int)
    case chunkSize
    case chunk(count: Int)
    case chunkEnd
    case trailers
  }

  private let limits: Limits
  private var state = State.requestLine
  private var buffer: [UInt8] = []
  private var start = 0
  private var scanned = 0
  private var headBytes = 0
  private var request = HTTPRequest(method: "", path: "")
  private var mayAskToContinue = false

  init(limits: Limits = Limits()) {
    self.limits = limits
  }

  /// Whether a request has begun and is not whole.
  var isInsideRequest: Bool {
    if case .requestLine = state { return start < buffer.count }
    return true
  }

  /// How many bytes it holds, of a request that is not whole and behind it.
  var heldBytes: Int { buffer.count - start + request.body.count }

  /// Takes in what the connection gave.
  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    if start == buffer.count {
      dropTakenBytes()
    } else if start > 65_536 {
      buffer.removeFirst(start)
      scanned -= start
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  /// Goes on as far as the bytes allow.
  mutating func next() throws(HTTPRequestError) -> Event {
    while true {
      switch state {
      case .requestLine:
        guard let line = try takeHeadLine() else { return .needsMore }
        // RFC 9112 §2.2: empty lines before a request are to be ignored.
        if line.isEmpty { continue }
        request = try HTTPHeadGrammar.requestLine(buffer[line])
        state = .headers
      case .headers:
        guard let line = try takeHeadLine() else { return .needsMore }
        if line.isEmpty {
          try endHead()
          return .head(request)
        } else {
          guard request.headers.count < limits.fields else {
            throw .tooManyFields(limit: limits.fields)
          }
          let (name, value) = try HTTPHeadGrammar.field(buffer[line])
          request.headers.append(name, value)
        }
      case .fixedBody(let left):
        let taken = takeBody(atMost: left)
        if taken == left { return finish() }
        state = .fixedBody(left: left - taken)
        return waitForBody()
      case .chunkSize:
        guard let line = try takeHeadLine() else { return waitForBody() }
        try beginChunk(buffer[line])
      case .chunk(let count):
        let taken = takeBody(atMost: count)
        state = taken == count ? .chunkEnd : .chunk(count: count - taken)
        if taken < count { return .needsMore }
      case .chunkEnd:
        guard let line = try takeHeadLine() else { return .needsMore }
        guard line.isEmpty else { throw .malformed("a chunk is longer than its size says") }
        headBytes = 0
        state = .chunkSize
      case .trailers:
        guard let line = try takeHeadLine() else { return .needsMore }
        if line.isEmpty { return finish() }
      }
    }
  }

  // MARK: Head

  /// The next line without its end, or nil when it is not there yet.
  private mutating func takeHeadLine() throws(HTTPRequestError) -> Range<Int>? {
    guard let end = buffer[scanned...].firstIndex(of: 0x0A) else {
      scanned = buffer.count
      if headBytes + buffer.count - start > limits.headBytes {
        throw .headTooLarge(limit: limits.headBytes)
      }
      return nil
    }
    let hasReturn = end > start && buffer[end - 1] == 0x0D
    let line = start..<(hasReturn ? end - 1 : end)
    headBytes += end + 1 - start
    if headBytes > limits.headBytes { throw .headTooLarge(limit: limits.headBytes) }
    start = end + 1
    scanned = start
    return line
  }

  private mutating func endHead() throws(HTTPRequestError) {
    // HTTP/1.0 had no agreed way to keep a connection (RFC 9112 appendix C.2.2).
    request.keepsAlive =
      request.acceptsChunked && !request.headers.list("connection", contains: "close")
    let expectation = request.headers["expect"]?.asciiLowercased()
    if let expectation, !expectation.hasSameBytes(as: "100-continue") {
      throw HTTPRequestError(status: 417, reason: "cannot meet the expectation \(expectation)")
    }
    mayAskToContinue = expectation != nil && request.acceptsChunked
    headBytes = 0
    request.authority = try HTTPHeadGrammar.authority(of: request)
    switch try HTTPHeadGrammar.framing(of: request) {
    case .none: state = .fixedBody(left: 0)
    case .chunked: state = .chunkSize
    case .length(let count):
      if count > limits.bodyBytes { throw .bodyTooLarge(limit: limits.bodyBytes) }
      state = .fixedBody(left: count)
    }
  }

  // MARK: Body

  private mutating func waitForBody() -> Event {
    guard mayAskToContinue, start == buffer.count, request.body.isEmpty else { return .needsMore }
    mayAskToContinue = false
    return .expectsContinue
  }

  private mutating func beginChunk(_ line: ArraySlice<UInt8>) throws(HTTPRequestError) {
    mayAskToContinue = false
    let size = try HTTPHeadGrammar.chunkSize(line)
    if request.body.count + size > limits.bodyBytes {
      throw .bodyTooLarge(limit: limits.bodyBytes)
    }
    state = size == 0 ? .trailers : .chunk(count: size)
  }

  /// Moves bytes into the body as they come: it grows with what was sent, not with what was promised.
  private mutating func takeBody(atMost count: Int) -> Int {
    let taken = min(count, buffer.count - start)
    request.body += buffer[start..<start + taken]
    start += taken
    scanned = start
    return taken
  }

  /// A large request must not leave a large buffer behind on an idle connection.
  private mutating func dropTakenBytes() {
    buffer.removeAll(keepingCapacity: buffer.capacity <= 4096)
    scanned = 0
    start = 0
  }

  private mutating func finish() -> Event {
    defer {
      request = HTTPRequest(method: "", path: "")
      headBytes = 0
      mayAskToContinue = false
      scanned = start
      state = .requestLine
      if start == buffer.count { dropTakenBytes() }
    }
    return .request(request)
  }
}
