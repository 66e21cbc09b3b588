import Glibc

/// Status line and header fields of a response; fields are looked up in the bytes as they came.
///
/// Only what every response needs is decoded at once. The storage is reused from one response to
/// the next.
package struct HTTPResponseHead: Sendable {
  /// How the end of the body is known (RFC 9112 §6.3).
  enum Framing: Equatable, Sendable {
    case none
    case length(Int)
    case chunked
    case untilClose
  }

  /// What kind of content the body claims to be.
  package enum Content: Equatable, Sendable {
    case json
    case eventStream
    case other
  }

  /// The status code, 100 to 999.
  package private(set) var status = 0

  /// Whether the status says that the request worked.
  var isSuccess: Bool { (200..<300).contains(status) }

  /// Whether the server keeps the connection open.
  private(set) var keepsAlive = true

  /// Where the body ends.
  private(set) var framing = Framing.none

  /// The media type as far as it matters here.
  package private(set) var content = Content.other

  /// Whether the body is compressed, by itself or on its way, which nobody asked for (RFC 9110 §8.4).
  private(set) var isEncoded = false

  private var bytes: [UInt8] = []

  /// A head with nothing in it.
  init() {}

  /// The value of the first field of that name, without white space around it; the name in lower
  /// case.
  package func value(of name: StaticString) -> String? {
    bytes.withUnsafeBytes { raw in
      var fields = HTTPFieldIterator(raw)
      while let line = fields.nextLine() {
        if let value = line.value(of: name) { return String(decoding: value, as: UTF8.self) }
      }
      return nil
    }
  }

  /// Takes the bytes of a head, from the status line to the empty line.
  mutating func parse(_ head: UnsafeRawBufferPointer) throws(HTTPError) {
    bytes.removeAll(keepingCapacity: true)
    bytes.append(contentsOf: head)
    content = .other
    isEncoded = false
    let isVersion1 = try parseStatusLine(head)
    var length: Int?
    var codings = Codings.none
    var persistence: Bool?
    var fields = HTTPFieldIterator(head)
    while let line = fields.nextLine() {
      // Most names have a length of their own, so that the place of the colon tells them apart.
      if let value = line.value(of: "connection") {
        if value.equalsIgnoringCase("keep-alive") {
          persistence = persistence ?? true
        } else if value.hasToken("close") {
          persistence = false
        } else if persistence == nil, value.hasToken("keep-alive") {
          persistence = true
        }
      } else if let value = line.value(of: "content-type") {
        content = Self.contentKind(value)
      } else if let value = line.value(of: "content-length") {
        guard let parsed = Self.contentLength(value), length == nil || length == parsed else {
          throw .violation("an invalid Content-Length")
        }
        length = parsed
      } else if let value = line.value(of: "content-encoding") {
        if !value.isEmpty, !value.equalsIgnoringCase("identity") { isEncoded = true }
      } else if let value = line.value(of: "transfer-encoding") {
        codings = value.lastToken.equalsIgnoringCase("chunked") ? .chunked : .other
        // A body may be compressed here as well (RFC 9112 §7).
        if !value.hasOnlyToken("chunked") { isEncoded = true }
      }
    }
    // HTTP/1.1 stays open unless told otherwise, HTTP/1.0 closes (RFC 9112 §9.3).
    keepsAlive = persistence ?? !isVersion1

    // RFC 9112 §6.3. With both fields the length is ignored and the connection not trusted again.
    if status == 204 || status == 304 || status / 100 == 1 {
      framing = .none
    } else if codings == .chunked {
      framing = .chunked
      if length != nil { keepsAlive = false }
    } else if codings == .other {
      framing = .untilClose
    } else {
      framing = length.map { .length($0) } ?? .untilClose
    }
    if framing == .untilClose { keepsAlive = false }
  }

  private enum Codings {
    case none
    case chunked
    case other
  }

  /// Reads the status line and answers whether it is HTTP/1.0 (RFC 9112 §4).
  private mutating func parseStatusLine(_ head: UnsafeRawBufferPointer) throws(HTTPError) -> Bool {
    guard head.count >= 12, head.part(0..<7).equalsIgnoringCase("http/1."), head[7] &- 48 <= 9,
      head[8] == UInt8(ascii: " ")
    else { throw .violation("the status line is missing") }
    var code = 0
    for index in 9..<12 {
      guard head[index] &- 48 <= 9 else { throw .violation("the status is no number") }
      code = code * 10 + Int(head[index] &- 48)
    }
    guard code >= 100, head.count == 12 || head[12] <= UInt8(ascii: " ") else {
      throw .violation("the status is no three-digit number")
    }
    status = code
    return head[7] == UInt8(ascii: "0")
  }

  private static func contentKind(_ value: UnsafeRawBufferPointer) -> Content {
    let type = value.part(0..<(value.firstIndex(of: UInt8(ascii: ";")) ?? value.count)).trimmed
    if type.equalsIgnoringCase("application/json") { return .json }
    return type.equalsIgnoringCase("text/event-stream") ? .eventStream : .other
  }

  /// A length, also as a list of equal lengths (RFC 9112 §6.3, item 5); nil if it is none.
  private static func contentLength(_ value: UnsafeRawBufferPointer) -> Int? {
    var result: Int?
    var length = 0
    var digits = 0
    for index in 0...value.count {
      let byte = index < value.count ? value[index] : UInt8(ascii: ",")
      if byte &- 48 <= 9 {
        digits += 1
        guard digits <= 18 else { return nil }
        length = length * 10 + Int(byte &- 48)
      } else if byte == UInt8(ascii: ",") {
        guard digits > 0, result == nil || result == length else { return nil }
        result = length
        length = 0
        digits = 0
      } else if byte > UInt8(ascii: " ") || digits > 0 && !restIsBlank(value, index) {
        return nil
      }
    }
    return result
  }

  /// Whether only white space comes before the next comma.
  private static func restIsBlank(_ value: UnsafeRawBufferPointer, _ start: Int) -> Bool {
    for index in start..<value.count {
      if value[index] == UInt8(ascii: ",") { return true }
      if value[index] > UInt8(ascii: " ") { return false }
    }
    return true
  }
}

/// Walks over the lines of a head behind the first.
private struct HTTPFieldIterator {
  private let head: UnsafeRawBufferPointer
  private var offset = 0

  init(_ head: UnsafeRawBufferPointer) {
    self.head = head
    _ = nextLine()
  }

  /// The next line without its line feed; nil at the end.
  mutating func nextLine() -> UnsafeRawBufferPointer? {
    guard offset < head.count, let base = head.baseAddress else { return nil }
    let start = offset
    let found = memchr(base + start, Int32(UInt8(ascii: "\n")), head.count - start)
    let end = found.map { UnsafeRawPointer($0) - base } ?? head.count
    offset = end + 1
    return head.part(start..<end)
  }
}

extension UnsafeRawBufferPointer {
  @inline(__always)
  fileprivate func part(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: self[range])
  }

  /// The value of a field, if this line is one of that name, which is in lower case.
  ///
  /// White space before the colon is tolerated (RFC 9112 §5.1 asks only servers to refuse it).
  @inline(__always)
  fileprivate func value(of name: StaticString) -> UnsafeRawBufferPointer? {
    let length = name.utf8CodeUnitCount
    guard count > length, self[0] | 0x20 == name.utf8Start[0],
      part(0..<length).equalsIgnoringCase(name)
    else { return nil }
    var colon = length
    while colon < count, self[colon] == 0x20 || self[colon] == 0x09 { colon += 1 }
    guard colon < count, self[colon] == UInt8(ascii: ":") else { return nil }
    return part(colon + 1..<count).trimmed
  }

  /// The bytes without the white space around them.
  fileprivate var trimmed: UnsafeRawBufferPointer {
    var lower = 0
    var upper = count
    while lower < upper, self[lower] <= UInt8(ascii: " ") { lower += 1 }
    while upper > lower, self[upper - 1] <= UInt8(ascii: " ") { upper -= 1 }
    return part(lower..<upper)
  }

  /// Whether the bytes are this text, which is in lower case.
  fileprivate func equalsIgnoringCase(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    for index in 0..<count {
      let byte = self[index]
      let lower = byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
      if lower != text.utf8Start[index] { return false }
    }
    return true
  }

  /// What stands behind the last comma.
  fileprivate var lastToken: UnsafeRawBufferPointer {
    part((lastIndex(of: UInt8(ascii: ",")).map { $0 + 1 } ?? 0)..<count).trimmed
  }

  /// Whether a list separated by commas has no other token, "identity" left aside.
  fileprivate func hasOnlyToken(_ token: StaticString) -> Bool {
    var start = 0
    for index in 0...count where index == count || self[index] == UInt8(ascii: ",") {
      let part = part(start..<index).trimmed
      if !part.isEmpty, !part.equalsIgnoringCase(token), !part.equalsIgnoringCase("identity") {
        return false
      }
      start = index + 1
    }
    return true
  }

  /// Whether a list separated by commas has a token.
  fileprivate func hasToken(_ token: StaticString) -> Bool {
    var start = 0
    for index in 0...count where index == count || self[index] == UInt8(ascii: ",") {
      if part(start..<index).trimmed.equalsIgnoringCase(token) { return true }
      start = index + 1
    }
    return false
  }
}
