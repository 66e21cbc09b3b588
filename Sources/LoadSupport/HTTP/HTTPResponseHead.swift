/// Status line and header fields of a response; fields are looked up in the bytes as they came.
///
/// Only what every response needs is decoded at once. The storage is reused from one response to
/// the next.
package struct HTTPResponseHead: Sendable {
  /// How the end of the body is known (RFC 9112 §6.3).
  package enum Framing: Equatable, Sendable {
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

  /// Whether the server keeps the connection open.
  package private(set) var keepsAlive = true

  /// Where the body ends.
  package private(set) var framing = Framing.none

  /// The media type as far as it matters here.
  package private(set) var content = Content.other

  private var bytes: [UInt8] = []

  /// A head with nothing in it.
  package init() {}

  /// The value of the first field of that name, without white space around it; the name in lower
  /// case.
  package func value(of name: StaticString) -> String? {
    var found: String?
    bytes.withUnsafeBytes { raw in
      Self.forEachField(raw) { field in
        if found == nil, Self.equals(raw[field.name], name) {
          found = String(decoding: raw[field.value], as: UTF8.self)
        }
      }
    }
    return found
  }

  /// Takes the bytes of a head, from the status line to the empty line.
  mutating func parse(_ head: UnsafeRawBufferPointer) throws(HTTPError) {
    bytes.removeAll(keepingCapacity: true)
    bytes.append(contentsOf: head)
    content = .other
    let isVersion1 = try parseStatusLine(head)
    var length: Int?
    var codings = Codings.none
    var failure: HTTPError?
    var persistence: Bool?
    Self.forEachField(head) { field in
      let name = head[field.name]
      let value = UnsafeRawBufferPointer(rebasing: head[field.value])
      switch name.count {
      case 10 where Self.equals(name, "connection"):
        if Self.contains(value, "close") { persistence = false }
        if persistence == nil, Self.contains(value, "keep-alive") { persistence = true }
      case 12 where Self.equals(name, "content-type"):
        content = Self.contentKind(value)
      case 14 where Self.equals(name, "content-length"):
        let parsed = Self.contentLength(value)
        if parsed == nil || (length != nil && length != parsed) {
          failure = .violation("an invalid Content-Length")
        }
        length = parsed
      case 17 where Self.equals(name, "transfer-encoding"):
        codings = Self.endsWithChunked(value) ? .chunked : .other
      default: break
      }
    }
    if let failure { throw failure }
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
    guard head.count >= 12, Self.equals(head[0..<7], "http/1."), head[7] &- 48 <= 9,
      head[8] == UInt8(ascii: " ")
    else { throw .violation("the status line is missing") }
    var code = 0
    for byte in head[9..<12] {
      guard byte &- 48 <= 9 else { throw .violation("the status is no number") }
      code = code * 10 + Int(byte &- 48)
    }
    guard code >= 100, head.count == 12 || head[12] <= UInt8(ascii: " ") else {
      throw .violation("the status is no three-digit number")
    }
    status = code
    return head[7] == UInt8(ascii: "0")
  }

  private struct Field {
    let name: Range<Int>
    let value: Range<Int>
  }

  /// Calls `body` for each `name: value` line; continuation lines and lines without a colon are
  /// passed over.
  private static func forEachField(
    _ head: UnsafeRawBufferPointer,
    _ body: (Field) -> Void
  ) {
    var start = lineEnd(head, 0)
    while start < head.count {
      let end = lineEnd(head, start)
      let line = start..<end
      start = end
      guard head[line.lowerBound] > UInt8(ascii: " "),
        let colon = head[line].firstIndex(of: UInt8(ascii: ":"))
      else { continue }
      let name = trim(head, line.lowerBound..<colon)
      let value = trim(head, colon + 1..<line.upperBound)
      body(Field(name: name, value: value))
    }
  }

  /// The index after the line feed that ends the line at `start`.
  private static func lineEnd(_ head: UnsafeRawBufferPointer, _ start: Int) -> Int {
    head[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? head.count
  }

  private static func trim(_ head: UnsafeRawBufferPointer, _ range: Range<Int>) -> Range<Int> {
    var lower = range.lowerBound
    var upper = range.upperBound
    while lower < upper, head[lower] <= UInt8(ascii: " ") { lower += 1 }
    while upper > lower, head[upper - 1] <= UInt8(ascii: " ") { upper -= 1 }
    return lower..<upper
  }

  /// Compares without regard to case; the text in lower case.
  private static func equals(
    _ bytes: Slice<UnsafeRawBufferPointer>,
    _ text: StaticString
  ) -> Bool {
    guard bytes.count == text.utf8CodeUnitCount else { return false }
    var index = bytes.startIndex
    for offset in 0..<text.utf8CodeUnitCount {
      if lowercase(bytes.base[index]) != text.utf8Start[offset] { return false }
      index += 1
    }
    return true
  }

  private static func lowercase(_ byte: UInt8) -> UInt8 {
    byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
  }

  /// Whether a list of tokens has one; parameters are not looked at.
  private static func contains(_ value: UnsafeRawBufferPointer, _ token: StaticString) -> Bool {
    value.split(separator: UInt8(ascii: ",")).contains { part in
      equals(Slice(base: value, bounds: trim(value, part.startIndex..<part.endIndex)), token)
    }
  }

  private static func endsWithChunked(_ value: UnsafeRawBufferPointer) -> Bool {
    guard let last = value.split(separator: UInt8(ascii: ",")).last else { return false }
    return equals(
      Slice(base: value, bounds: trim(value, last.startIndex..<last.endIndex)),
      "chunked"
    )
  }

  private static func contentKind(_ value: UnsafeRawBufferPointer) -> Content {
    let end = value.firstIndex(of: UInt8(ascii: ";")) ?? value.count
    let type = Slice(base: value, bounds: trim(value, 0..<end))
    if equals(type, "application/json") { return .json }
    return equals(type, "text/event-stream") ? .eventStream : .other
  }

  /// A length, also as a list of equal lengths (RFC 9112 §6.3, item 5); nil if it is none.
  private static func contentLength(_ value: UnsafeRawBufferPointer) -> Int? {
    var result: Int?
    for part in value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      let digits = trim(value, part.startIndex..<part.endIndex)
      guard !digits.isEmpty, digits.count <= 18 else { return nil }
      var length = 0
      for index in digits {
        guard value[index] &- 48 <= 9 else { return nil }
        length = length * 10 + Int(value[index] &- 48)
      }
      if let result, result != length { return nil }
      result = length
    }
    return result
  }
}
