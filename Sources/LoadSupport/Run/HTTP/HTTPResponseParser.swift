import Glibc

/// Reads one HTTP/1.1 response out of bytes that come in pieces of any size (RFC 9112).
///
/// A pure state machine: it is fed what the socket gave and says how much of it belongs to this
/// response. It keeps no pointer into its input, and reuses its storage for the next response.
struct HTTPResponseParser: Sendable {
  private enum State {
    case head
    case length(remaining: Int)
    case untilClose
    case chunkSize(value: Int, digits: Int)
    case chunkExtension(value: Int, hasReturn: Bool)
    case chunkData(remaining: Int)
    case chunkEnd(hasReturn: Bool)
    case trailer
    case complete
  }

  /// Status and header fields; valid once `hasHead`.
  private(set) var head = HTTPResponseHead()

  /// What there is of the body so far, transfer coding removed.
  private(set) var body: [UInt8] = []

  /// Whether the head of the final response has been read.
  private(set) var hasHead = false

  private let limits: HTTPLimits
  private var state = State.head
  private var headBytes: [UInt8] = []

  // Of empty lines and interim responses, which belong to no head: they may come without end.
  private var bytesBefore = 0
  private var lineLength = 0
  private var lineIsReturn = false
  private var extensionLength = 0

  /// Makes a parser for a first response.
  init(limits: HTTPLimits = HTTPLimits()) {
    self.limits = limits
  }

  /// Whether the response has been read to its end.
  var isComplete: Bool {
    if case .complete = state { true } else { false }
  }

  /// Makes ready for the next response.
  mutating func reset() {
    state = .head
    hasHead = false
    lineLength = 0
    lineIsReturn = false
    bytesBefore = 0
    extensionLength = 0
    headBytes.removeAll(keepingCapacity: true)
    body.removeAll(keepingCapacity: true)
  }

  /// Takes bytes and returns how many of them belong to this response.
  ///
  /// - Throws: `violation` when the bytes are no response or exceed a limit. The connection is then
  ///   of no further use.
  mutating func consume(_ input: UnsafeRawBufferPointer) throws(HTTPError) -> Int {
    var offset = 0
    while offset < input.count, !isComplete {
      switch state {
      case .head, .trailer:
        try consumeLines(input, &offset)
      case .length(let remaining):
        let taken = try take(input, &offset, atMost: remaining)
        state = taken == remaining ? .complete : .length(remaining: remaining - taken)
      case .untilClose:
        _ = try take(input, &offset, atMost: .max)
      case .chunkData(let remaining):
        let taken = try take(input, &offset, atMost: remaining)
        state =
          taken == remaining
          ? .chunkEnd(hasReturn: false) : .chunkData(remaining: remaining - taken)
      default:
        try consumeChunkFraming(input[offset])
        offset += 1
      }
    }
    return offset
  }

  /// Tells that the peer closed its side; that completes a body which is delimited so.
  mutating func finish() throws(HTTPError) {
    switch state {
    case .complete: return
    case .untilClose: state = .complete
    case .head where !"HTTP/".utf8.starts(with: headBytes.prefix(5)):
      throw .violation("the status line is missing")
    default: throw .endOfStream
    }
  }

  // MARK: Lines

  /// Takes lines of the head or of the trailer section up to the empty one.
  private mutating func consumeLines(
    _ input: UnsafeRawBufferPointer,
    _ offset: inout Int
  ) throws(HTTPError) {
    let start = offset
    if headBytes.isEmpty, lineLength == 0, case .head = state,
      let end = Self.endOfHead(input, from: start)
    {
      // The usual case: the head came in one piece and need not be put together.
      guard end - start <= limits.head else {
        throw .violation("a head of more than \(limits.head) bytes")
      }
      offset = end
      try endLines(UnsafeRawBufferPointer(rebasing: input[start..<end]))
      return
    }
    var end: Int?
    while offset < input.count {
      let byte = input[offset]
      offset += 1
      if byte == UInt8(ascii: "\n") {
        if lineLength == 0 || lineIsReturn {
          // RFC 9112 §2.2: empty lines before the status line are passed over.
          if case .head = state, headBytes.allSatisfy(isLineEnd),
            input[start..<offset].allSatisfy(isLineEnd)
          {
            try passOver(headBytes.count + offset - start)
            headBytes.removeAll(keepingCapacity: true)
            lineLength = 0
            lineIsReturn = false
            return
          }
          end = offset
          break
        }
        lineLength = 0
        lineIsReturn = false
      } else {
        lineLength += 1
        lineIsReturn = lineLength == 1 && byte == UInt8(ascii: "\r")
      }
    }
    guard headBytes.count + offset - start <= limits.head else {
      throw .violation("a head of more than \(limits.head) bytes")
    }
    headBytes.append(contentsOf: input[start..<offset])
    if end != nil {
      let whole = headBytes
      try whole.withUnsafeBufferPointer { all throws(HTTPError) in
        try endLines(UnsafeRawBufferPointer(all))
      }
    }
  }

  /// Where a head ends that begins here and is whole; nil if it may not be, or begins with an empty
  /// line.
  private static func endOfHead(_ input: UnsafeRawBufferPointer, from start: Int) -> Int? {
    guard let base = input.baseAddress, input[start] > UInt8(ascii: "\r") else { return nil }
    var offset = start
    while offset < input.count,
      let found = memchr(base + offset, Int32(UInt8(ascii: "\n")), input.count - offset)
    {
      offset = UnsafeRawPointer(found) - base + 1
      if offset < input.count, input[offset] == UInt8(ascii: "\n") { return offset + 1 }
      if offset + 1 < input.count, input[offset] == UInt8(ascii: "\r"),
        input[offset + 1] == UInt8(ascii: "\n")
      {
        return offset + 2
      }
    }
    return nil
  }

  /// Counts what comes before the head of the final response.
  private mutating func passOver(_ count: Int) throws(HTTPError) {
    bytesBefore += count
    guard bytesBefore <= limits.head else {
      throw .violation("more than \(limits.head) bytes of interim responses and empty lines")
    }
  }

  private func isLineEnd(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n")
  }

  private mutating func endLines(_ bytes: UnsafeRawBufferPointer) throws(HTTPError) {
    lineLength = 0
    lineIsReturn = false
    if case .trailer = state {
      state = .complete
      return
    }
    try head.parse(bytes)
    headBytes.removeAll(keepingCapacity: true)
    // Interim responses come before the final one (RFC 9110 §15.2); a switch of protocols was not
    // asked for.
    if head.status == 101 { throw .violation("a switch of protocols that was not asked for") }
    if head.status < 200 {
      try passOver(bytes.count)
      return
    }
    hasHead = true
    switch head.framing {
    case .none, .length(0): state = .complete
    case .length(let length):
      guard length <= limits.body else {
        throw .violation("a body of more than \(limits.body) bytes")
      }
      state = .length(remaining: length)
    case .chunked: state = .chunkSize(value: 0, digits: 0)
    case .untilClose: state = .untilClose
    }
  }

  // MARK: Body

  private mutating func take(
    _ input: UnsafeRawBufferPointer,
    _ offset: inout Int,
    atMost limit: Int
  ) throws(HTTPError) -> Int {
    let count = min(limit, input.count - offset)
    guard body.count + count <= limits.body else {
      throw .violation("a body of more than \(limits.body) bytes")
    }
    body.append(contentsOf: UnsafeRawBufferPointer(rebasing: input[offset..<offset + count]))
    offset += count
    return count
  }

  /// One byte of a chunk's size line or of the line end behind its data (RFC 9112 §7.1).
  private mutating func consumeChunkFraming(_ byte: UInt8) throws(HTTPError) {
    switch state {
    case .chunkSize(let value, let digits):
      if let digit = Self.hexadecimal(byte) {
        guard digits < 15 else { throw .violation("a chunk size of more than 15 digits") }
        state = .chunkSize(value: value << 4 | digit, digits: digits + 1)
        return
      }
      guard digits > 0 else { throw .violation("a chunk without a size") }
      state = .chunkExtension(value: value, hasReturn: false)
      try consumeChunkFraming(byte)
    case .chunkExtension(let value, let hasReturn):
      // The line end is none of it; every chunk has one.
      if byte == UInt8(ascii: "\r"), !hasReturn {
        state = .chunkExtension(value: value, hasReturn: true)
        return
      }
      if byte != UInt8(ascii: "\n") { extensionLength += 1 }
      guard extensionLength <= limits.head else {
        throw .violation("chunk extensions of more than \(limits.head) bytes")
      }
      guard byte == UInt8(ascii: "\n") else { return }
      state = value == 0 ? .trailer : .chunkData(remaining: value)
    case .chunkEnd(let hasReturn):
      if byte == UInt8(ascii: "\r"), !hasReturn {
        state = .chunkEnd(hasReturn: true)
        return
      }
      guard byte == UInt8(ascii: "\n") else { throw .violation("a chunk longer than its size") }
      state = .chunkSize(value: 0, digits: 0)
    default: break
    }
  }

  private static func hexadecimal(_ byte: UInt8) -> Int? {
    switch byte {
    case 48...57: Int(byte) - 48
    case 65...70: Int(byte) - 55
    case 97...102: Int(byte) - 87
    default: nil
    }
  }
}
