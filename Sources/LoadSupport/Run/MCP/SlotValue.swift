import EventIO

/// A value that fills a slot of a `CallTemplate`: taken out of an answer, a file of data, or counted.
///
/// Setting another one uses its storage again.
struct SlotValue: Sendable, Equatable {
  /// What the bytes are.
  private enum Form: Sendable {
    /// There is no value.
    case none

    /// A JSON value that is no text.
    case token

    /// The inside of a JSON text, escapes still in it.
    case text

    /// Plain bytes.
    case plain
  }

  private var form: Form
  private var bytes: [UInt8]

  /// No value yet.
  init() { (form, bytes) = (.none, []) }

  /// Takes a value out of JSON text; of a text what stands between its quotes.
  init(json: UnsafeRawBufferPointer, isText: Bool) {
    if isText, json.contains(where: { $0 < 0x20 }) {
      // No JSON writer leaves controls as they are (RFC 8259 §7): they are not handed on so.
      var decoded: [UInt8] = []
      JSONScanner(json).decodeString(0..<json.count, into: &decoded)
      (form, bytes) = (.plain, decoded)
    } else {
      (form, bytes) = (isText ? .text : .token, Array(json))
    }
  }

  /// Takes plain bytes, which are UTF-8.
  init(plain bytes: some Sequence<UInt8>) {
    form = .plain
    self.bytes = Array(bytes)
  }

  /// Whether there is a value.
  var isSet: Bool { form != .none }

  /// How many bytes it has.
  var count: Int { bytes.count }

  /// Whether its bytes are a JSON number.
  var isJSONNumber: Bool { form != .text && bytes.withUnsafeBytes { $0.isJSONNumber } }

  /// Whether a program in C would take it for shorter than it is.
  var hasNUL: Bool { bytes.contains(0) }

  /// The value as text, for what must not be shown.
  var string: String { String(decoding: bytes, as: UTF8.self) }

  // MARK: Setting

  /// Takes the value away.
  mutating func clear() {
    form = .none
    bytes.removeAll(keepingCapacity: true)
  }

  /// Takes a whole number.
  mutating func set(_ number: Int) {
    clear()
    form = .token
    bytes.append(contentsOf: String(number).utf8)
  }

  /// Takes plain bytes, or a JSON value that is no text.
  mutating func set(_ value: UnsafeRawBufferPointer, isToken: Bool) {
    clear()
    form = isToken ? .token : .plain
    bytes.append(contentsOf: value)
  }

  /// Takes a value of JSON text, of a text what it means.
  mutating func set(json value: UnsafeRawBufferPointer, isText: Bool) {
    clear()
    form = isText ? .plain : .token
    if isText {
      JSONScanner(value).decodeString(0..<value.count, into: &bytes)
    } else {
      bytes.append(contentsOf: value)
    }
  }

  /// Takes what another one has.
  mutating func set(_ other: SlotValue) {
    clear()
    form = other.form
    bytes.append(contentsOf: other.bytes)
  }

  /// Takes random letters and digits.
  mutating func set(randomLetters count: Int, _ random: inout SeededRandom) {
    clear()
    form = .plain
    let letters: StaticString = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    for _ in 0..<count {
      bytes.append(letters.utf8Start[Int.random(in: 0..<letters.utf8CodeUnitCount, using: &random)])
    }
  }

  // MARK: Writing

  /// Appends the value as its place in a message wants it: what was captured out of JSON text is copied
  /// into JSON as it is, and everything else is escaped.
  func append(to message: inout [UInt8], in place: ByteTemplate.Place) {
    switch (place, form) {
    case (.value, .none), (.number, .none): message.append(contentsOf: "null".utf8)
    case (.value, .token), (.string, .text), (.number, _): message.append(contentsOf: bytes)
    case (.value, _):
      message.append(UInt8(ascii: "\""))
      append(to: &message, in: .string)
      message.append(UInt8(ascii: "\""))
    case (.string, _): bytes.withUnsafeBytes { message.appendJSONEscaped($0) }
    case (.field, .text):
      bytes.withUnsafeBytes { JSONScanner($0).decodeString(0..<$0.count, into: &message) }
    case (.field, _): message.append(contentsOf: bytes)
    case (.quotedString, .text), (.quotedField, .text):
      var plain: [UInt8] = []
      append(to: &plain, in: .field)
      SlotValue(plain: plain).append(to: &message, in: place)
    case (.quotedString, _):
      appendQuoted(to: &message, escapedQuote: #"'\\''"#) {
        $0.appendJSONEscaped($1)
      }
    case (.quotedField, _):
      appendQuoted(to: &message, escapedQuote: #"'\''"#) {
        $0.append(contentsOf: $1)
      }
    }
  }

  /// Appends the bytes between single quotes, in which a POSIX shell changes nothing (POSIX.1-2024, Shell
  /// Command Language, 2.2.2); a single quote stands outside of them.
  private func appendQuoted(
    to message: inout [UInt8],
    escapedQuote: StaticString,
    _ append: (inout [UInt8], UnsafeRawBufferPointer) -> Void
  ) {
    let quote = UInt8(ascii: "'")
    message.append(quote)
    bytes.withUnsafeBytes { bytes in
      var start = 0
      while start < bytes.count {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
        let end = rest.firstIndex(of: quote) ?? rest.count
        append(&message, UnsafeRawBufferPointer(rebasing: rest[..<end]))
        if end < rest.count {
          message.append(
            contentsOf: UnsafeBufferPointer(
              start: escapedQuote.utf8Start,
              count: escapedQuote.utf8CodeUnitCount
            )
          )
        }
        start += end + 1
      }
    }
    message.append(quote)
  }
}

extension UnsafeRawBufferPointer {
  /// Whether these bytes are one JSON number and nothing else (RFC 8259 §6).
  var isJSONNumber: Bool {
    guard let first, first == UInt8(ascii: "-") || first &- 48 <= 9 else { return false }
    var scanner = JSONScanner(self)
    let range = try? scanner.skipValue()
    return range == 0..<count
  }
}
