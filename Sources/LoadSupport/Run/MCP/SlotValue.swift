import EventIO

/// A value that fills a slot of a `CallTemplate`, as it came: most often out of an answer.
struct SlotValue: Sendable, Equatable {
  /// What the bytes are.
  private enum Form: Sendable {
    /// A JSON value that is no text.
    case token

    /// The inside of a JSON text, escapes still in it.
    case text

    /// Plain bytes.
    case plain
  }

  private let form: Form
  private let bytes: [UInt8]

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

  /// Appends the value as its place in a message wants it: what was captured out of JSON text is copied
  /// into JSON as it is, and everything else is escaped.
  func append(to message: inout [UInt8], in place: ByteTemplate.Place) {
    switch (place, form) {
    case (.value, .token), (.string, .text): message.append(contentsOf: bytes)
    case (.value, _):
      message.append(UInt8(ascii: "\""))
      append(to: &message, in: .string)
      message.append(UInt8(ascii: "\""))
    case (.string, _): bytes.withUnsafeBytes { message.appendJSONEscaped($0) }
    case (.field, .text):
      bytes.withUnsafeBytes { JSONScanner($0).decodeString(0..<$0.count, into: &message) }
    case (.field, _): message.append(contentsOf: bytes)
    }
  }
}
