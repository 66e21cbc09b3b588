/// Text that is no JSON: what was expected and at which byte.
package struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What the text should have had.
  package let expected: String

  /// The offset in bytes at which it had something else.
  package let offset: Int

  /// Makes an error of what should have stood at an offset.
  package init(expected: String, offset: Int) {
    self.expected = expected
    self.offset = offset
  }

  package var description: String { "not JSON: expected \(expected) at byte \(offset)" }
}

/// Walks over JSON text (RFC 8259) without allocating: for messages that come once a request.
///
/// It pulls: `beginObject`, then `nextKey` until nil, each time with one of `skipValue`, a value
/// reader or a nested walk. Ranges are byte offsets into the text. Raw control characters and
/// invalid UTF-8 inside strings are tolerated, since servers in the field send them; structure is
/// checked. Nesting is limited, so that no text can exhaust the stack.
package struct JSONScanner {
  /// The deepest nesting that is followed.
  package static let maximumDepth = 512

  /// The text; it must outlive the scanner.
  package let bytes: UnsafeRawBufferPointer

  /// Where the next token is looked for.
  package private(set) var offset: Int

  private var isFirst = true

  /// Starts at the beginning of the text, or at the offset of one of its values.
  package init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
    self.bytes = bytes
    self.offset = offset
  }

  // MARK: Structure

  /// The first byte of the next value: `{`, `[`, `"`, a digit, … without consuming it; nil at the
  /// end.
  package mutating func peek() -> UInt8? {
    skipWhitespace()
    return offset < bytes.count ? bytes[offset] : nil
  }

  /// Enters an object.
  package mutating func beginObject() throws(JSONError) {
    try expect(UInt8(ascii: "{"), "an object")
    isFirst = true
  }

  /// Enters an array.
  package mutating func beginArray() throws(JSONError) {
    try expect(UInt8(ascii: "["), "an array")
    isFirst = true
  }

  /// The range of the next key without its quotes, the colon consumed; nil when the object ended.
  package mutating func nextKey() throws(JSONError) -> Range<Int>? {
    guard try nextItem(closing: UInt8(ascii: "}")) else { return nil }
    let key = try scanString()
    try expect(UInt8(ascii: ":"), "a colon")
    return key
  }

  /// Whether the array has another element, which is then next; the end is consumed.
  package mutating func nextElement() throws(JSONError) -> Bool {
    try nextItem(closing: UInt8(ascii: "]"))
  }

  /// Fails unless nothing but white space is left.
  package mutating func expectEnd() throws(JSONError) {
    skipWhitespace()
    if offset < bytes.count { throw JSONError(expected: "the end", offset: offset) }
  }

  private mutating func nextItem(closing: UInt8) throws(JSONError) -> Bool {
    skipWhitespace()
    guard offset < bytes.count else {
      throw JSONError(expected: "an item or the end of its container", offset: offset)
    }
    if bytes[offset] == closing {
      offset += 1
      isFirst = false
      return false
    }
    if !isFirst { try expect(UInt8(ascii: ","), "a comma") }
    isFirst = false
    return true
  }

  // MARK: Values

  /// Whether the bytes of a range are exactly the ASCII text.
  package func matches(_ range: Range<Int>, _ text: StaticString) -> Bool {
    guard range.count == text.utf8CodeUnitCount else { return false }
    for index in 0..<range.count where bytes[range.lowerBound + index] != text.utf8Start[index] {
      return false
    }
    return true
  }

  /// Steps over the next value, whatever it is, and gives its range.
  @discardableResult
  package mutating func skipValue() throws(JSONError) -> Range<Int> {
    skipWhitespace()
    let start = offset
    // Most values are no containers and need no stack.
    if start < bytes.count, bytes[start] != UInt8(ascii: "{"), bytes[start] != UInt8(ascii: "[") {
      try skipScalar()
      isFirst = false
      return start..<offset
    }
    var depth = 0
    // One bit a level would do; an array of them would allocate. The closing bracket's kind is
    // checked against a fixed stack of bits.
    var kinds: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (
      0, 0, 0, 0, 0, 0, 0, 0
    )
    repeat {
      try skipOne(&depth, &kinds)
    } while depth > 0
    isFirst = false
    return start..<offset
  }

  /// Reads a string; nil if the next value is something else, which is stepped over.
  package mutating func readString() throws(JSONError) -> String? {
    guard peek() == UInt8(ascii: "\"") else {
      try skipValue()
      return nil
    }
    isFirst = false
    return decodeString(try scanString())
  }

  /// The range of a string's bytes without its quotes; nil if the next value is something else.
  package mutating func readStringRange() throws(JSONError) -> Range<Int>? {
    guard peek() == UInt8(ascii: "\"") else {
      try skipValue()
      return nil
    }
    isFirst = false
    return try scanString()
  }

  /// Reads a whole number; nil if the next value is something else, which is stepped over.
  package mutating func readInteger() throws(JSONError) -> Int64? {
    UnsafeRawBufferPointer(rebasing: bytes[try skipValue()]).decimalInteger
  }

  /// The text of a string's range, escapes resolved; lone surrogates and invalid UTF-8 become
  /// U+FFFD.
  package func decodeString(_ range: Range<Int>) -> String {
    let raw = UnsafeRawBufferPointer(rebasing: bytes[range])
    guard raw.contains(UInt8(ascii: "\\")) else { return String(decoding: raw, as: UTF8.self) }
    var text: [UInt8] = []
    text.reserveCapacity(raw.count)
    decodeString(range, into: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends the bytes of a string's range, escapes resolved.
  package func decodeString(_ range: Range<Int>, into text: inout [UInt8]) {
    let raw = UnsafeRawBufferPointer(rebasing: bytes[range])
    var index = 0
    while index < raw.count {
      let rest = UnsafeRawBufferPointer(rebasing: raw[index...])
      let plain = rest.firstIndex(of: UInt8(ascii: "\\")) ?? rest.count
      guard plain == 0, index + 1 < raw.count else {
        // Up to the next escape at once; a lone backslash at the end stands for itself.
        let end = index + max(plain, 1)
        text.append(contentsOf: UnsafeRawBufferPointer(rebasing: raw[index..<end]))
        index = end
        continue
      }
      let escape = raw[index + 1]
      index += 2
      switch escape {
      case UInt8(ascii: "b"): text.append(8)
      case UInt8(ascii: "f"): text.append(12)
      case UInt8(ascii: "n"): text.append(10)
      case UInt8(ascii: "r"): text.append(13)
      case UInt8(ascii: "t"): text.append(9)
      case UInt8(ascii: "u"): text.append(contentsOf: decodeUnicodeEscape(raw, &index))
      default: text.append(escape)
      }
    }
  }

  // MARK: Tokens

  @inline(__always)
  mutating func skipWhitespace() {
    while offset < bytes.count {
      switch bytes[offset] {
      case 0x20, 0x0A, 0x0D, 0x09: offset += 1
      default: return
      }
    }
  }

  @inline(__always)
  private mutating func expect(_ byte: UInt8, _ what: StaticString) throws(JSONError) {
    skipWhitespace()
    guard offset < bytes.count, bytes[offset] == byte else {
      throw JSONError(expected: "\(what)", offset: offset)
    }
    offset += 1
  }

  /// One step of `skipValue`: a scalar, an opening or a closing bracket, with the commas and keys
  /// around it.
  private mutating func skipOne(
    _ depth: inout Int,
    _ kinds: inout (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)
  ) throws(JSONError) {
    skipWhitespace()
    guard offset < bytes.count else { throw JSONError(expected: "a value", offset: offset) }
    switch bytes[offset] {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      guard depth < Self.maximumDepth else {
        throw JSONError(expected: "at most \(Self.maximumDepth) levels", offset: offset)
      }
      let isObject = bytes[offset] == UInt8(ascii: "{")
      withUnsafeMutableBytes(of: &kinds) { bits in
        let mask = UInt8(1) << UInt8(depth & 7)
        if isObject { bits[depth >> 3] |= mask } else { bits[depth >> 3] &= ~mask }
      }
      offset += 1
      depth += 1
      isFirst = true
    default: try skipScalar()
    }
    // After a value or an opening bracket: close what ends here, then go to the next value.
    while depth > 0 {
      let level = depth - 1
      let isObject = withUnsafeBytes(of: &kinds) { $0[level >> 3] & (1 << UInt8(level & 7)) != 0 }
      if isObject {
        if try nextKey() != nil { return }
      } else if try nextElement() {
        return
      }
      depth -= 1
    }
  }

  private mutating func skipScalar() throws(JSONError) {
    switch bytes[offset] {
    case UInt8(ascii: "\""): _ = try scanString()
    case UInt8(ascii: "t"): try skipWord("true")
    case UInt8(ascii: "f"): try skipWord("false")
    case UInt8(ascii: "n"): try skipWord("null")
    default: try skipNumber()
    }
  }

  /// Steps over a string and gives the range between its quotes.
  private mutating func scanString() throws(JSONError) -> Range<Int> {
    try expect(UInt8(ascii: "\""), "a string")
    let start = offset
    // Locals: the text is walked byte by byte, and what is behind `self` would be stored each time.
    let bytes = bytes
    var index = start
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if byte == UInt8(ascii: "\"") {
        offset = index
        return start..<index - 1
      }
      if byte == UInt8(ascii: "\\") { index += 1 }
    }
    throw JSONError(expected: "the end of a string", offset: bytes.count)
  }

  private mutating func skipWord(_ word: StaticString) throws(JSONError) {
    let end = offset + word.utf8CodeUnitCount
    guard end <= bytes.count, matches(offset..<end, word) else {
      throw JSONError(expected: "a value", offset: offset)
    }
    offset = end
  }

  /// RFC 8259 §6.
  private mutating func skipNumber() throws(JSONError) {
    if offset < bytes.count, bytes[offset] == UInt8(ascii: "-") { offset += 1 }
    let isZero = offset < bytes.count && bytes[offset] == UInt8(ascii: "0")
    let digits = try skipDigits("a value")
    if isZero && digits > 1 { throw JSONError(expected: "no leading zero", offset: offset) }
    if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
      offset += 1
      _ = try skipDigits("a digit")
    }
    if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
      offset += 1
      if offset < bytes.count,
        bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-")
      {
        offset += 1
      }
      _ = try skipDigits("a digit")
    }
  }

  private mutating func skipDigits(_ what: String) throws(JSONError) -> Int {
    let start = offset
    while offset < bytes.count, bytes[offset] &- 48 <= 9 { offset += 1 }
    if offset == start { throw JSONError(expected: what, offset: offset) }
    return offset - start
  }

  private func decodeUnicodeEscape(_ raw: UnsafeRawBufferPointer, _ index: inout Int) -> [UInt8] {
    guard var value = hexadecimal(raw, index) else { return Array("\u{FFFD}".utf8) }
    index += 4
    if value & 0xFC00 == 0xD800, index + 1 < raw.count, raw[index] == UInt8(ascii: "\\"),
      raw[index + 1] == UInt8(ascii: "u"), let low = hexadecimal(raw, index + 2),
      low & 0xFC00 == 0xDC00
    {
      value = 0x10000 + (value & 0x3FF) << 10 + (low & 0x3FF)
      index += 6
    }
    return Array(String(Unicode.Scalar(value) ?? "\u{FFFD}").utf8)
  }

  private func hexadecimal(_ raw: UnsafeRawBufferPointer, _ index: Int) -> UInt32? {
    guard index + 4 <= raw.count else { return nil }
    var value: UInt32 = 0
    for byte in raw[index..<index + 4] {
      switch byte {
      case 48...57: value = value << 4 | UInt32(byte - 48)
      case 65...70: value = value << 4 | UInt32(byte - 55)
      case 97...102: value = value << 4 | UInt32(byte - 87)
      default: return nil
      }
    }
    return value
  }
}
