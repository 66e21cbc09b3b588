/// A whole JSON value, for messages whose shape is not known beforehand.
///
/// Numbers keep their text: a request's id must come back as it was written.
public enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([Member])

  /// One key of an object with its value; the order of members is kept.
  public struct Member: Equatable, Sendable {
    /// The key, escapes resolved.
    public let key: String

    /// What stands behind it.
    public let value: JSONValue

    /// Makes a member.
    public init(_ key: String, _ value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// Reads one value and nothing after it.
  ///
  /// A value of two bytes takes some forty in memory; whoever reads what strangers send says how many
  /// values there may be.
  package init(
    parsing bytes: some Collection<UInt8>,
    maximumValues: Int = .max
  ) throws(JSONError) {
    let parsed: Result<JSONValue, JSONError>? = bytes.withContiguousStorageIfAvailable { storage in
      Self.parse(UnsafeRawBufferPointer(storage), maximumValues)
    }
    let result = parsed ?? Array(bytes).withUnsafeBytes { Self.parse($0, maximumValues) }
    self = try result.get()
  }

  private static func parse(
    _ bytes: UnsafeRawBufferPointer,
    _ maximumValues: Int
  ) -> Result<JSONValue, JSONError> {
    Result { () throws(JSONError) -> JSONValue in
      var scanner = JSONScanner(bytes)
      var room = maximumValues
      let value = try read(&scanner, depth: 0, &room)
      try scanner.expectEnd()
      return value
    }
  }

  private static func read(
    _ scanner: inout JSONScanner,
    depth: Int,
    _ room: inout Int
  ) throws(JSONError) -> JSONValue {
    guard depth < 128 else {
      throw JSONError(expected: "at most 128 levels", offset: scanner.offset)
    }
    guard room > 0 else { throw JSONError(expected: "fewer values", offset: scanner.offset) }
    room -= 1
    switch scanner.peek() {
    case UInt8(ascii: "{"):
      var members: [Member] = []
      try scanner.beginObject()
      while let key = try scanner.nextKey() {
        let value = try read(&scanner, depth: depth + 1, &room)
        members.append(Member(scanner.decodeString(key), value))
      }
      return .object(members)
    case UInt8(ascii: "["):
      var elements: [JSONValue] = []
      try scanner.beginArray()
      while try scanner.nextElement() {
        elements.append(try read(&scanner, depth: depth + 1, &room))
      }
      return .array(elements)
    case UInt8(ascii: "\""):
      return .string(try scanner.readString() ?? "")
    default:
      let range = try scanner.skipValue()
      if scanner.matches(range, "true") { return .bool(true) }
      if scanner.matches(range, "false") { return .bool(false) }
      if scanner.matches(range, "null") { return .null }
      return .number(scanner.decodeString(range))
    }
  }

  /// The value behind a key; nil if this is no object or has no such key.
  ///
  /// The last of several wins. Keys are compared as they are written (RFC 8259 §8.3).
  package subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.key.hasSameBytes(as: key) }?.value
  }

  /// The text, if this is a string.
  package var string: String? {
    if case .string(let text) = self { return text }
    return nil
  }

  /// The whole number, if this is one.
  package var integer: Int? {
    if case .number(let text) = self {
      return Int(text) ?? Double(text).flatMap(Int.init(exactly:))
    }
    return nil
  }

  /// The number, if this is one.
  package var double: Double? {
    if case .number(let text) = self { return Double(text) }
    return nil
  }

  /// The truth value, if this is one.
  package var bool: Bool? {
    if case .bool(let value) = self { return value }
    return nil
  }

  /// The elements, if this is an array.
  package var array: [JSONValue]? {
    if case .array(let elements) = self { return elements }
    return nil
  }

  /// Appends the value as JSON text without white space.
  package func encode(into text: inout [UInt8]) {
    switch self {
    case .null: text.append(contentsOf: "null".utf8)
    case .bool(let value): text.append(contentsOf: (value ? "true" : "false").utf8)
    case .number(let number): text.append(contentsOf: number.utf8)
    case .string(let string): text.appendJSONString(string)
    case .array(let elements):
      text.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { text.append(UInt8(ascii: ",")) }
        element.encode(into: &text)
      }
      text.append(UInt8(ascii: "]"))
    case .object(let members):
      text.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { text.append(UInt8(ascii: ",")) }
        text.appendJSONString(member.key)
        text.append(UInt8(ascii: ":"))
        member.value.encode(into: &text)
      }
      text.append(UInt8(ascii: "}"))
    }
  }

  /// The value as JSON text without white space.
  package var encoded: [UInt8] {
    var text: [UInt8] = []
    encode(into: &text)
    return text
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  /// A text.
  public init(stringLiteral value: String) { self = .string(value) }

  /// A number without a fraction.
  public init(integerLiteral value: Int) { self = .number(String(value)) }

  /// A number; infinite ones have no place in JSON.
  public init(floatLiteral value: Double) { self = .number(value.plain) }

  /// A truth value.
  public init(booleanLiteral value: Bool) { self = .bool(value) }

  /// An array.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

  /// An object, whose members stay in their order.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map { Member($0.0, $0.1) })
  }
}

extension [UInt8] {
  /// Appends a string as JSON, quoted and escaped.
  package mutating func appendJSONString(_ string: String) {
    var string = string
    append(UInt8(ascii: "\""))
    string.withUTF8 { appendJSONEscaped(UnsafeRawBufferPointer($0)) }
    append(UInt8(ascii: "\""))
  }

  /// Appends a part of a JSON string, which is UTF-8, with what must be escaped (RFC 8259 §7).
  package mutating func appendJSONEscaped(_ bytes: UnsafeRawBufferPointer) {
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        append(UInt8(ascii: "\\"))
        append(byte)
      case 0x0A: append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "n")])
      case 0x0D: append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "r")])
      case 0x09: append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "t")])
      case 0..<0x20:
        let digits = Array("0123456789abcdef".utf8)
        append(contentsOf: "\\u00".utf8)
        append(digits[Int(byte >> 4)])
        append(digits[Int(byte & 15)])
      default: append(byte)
      }
    }
  }
}
