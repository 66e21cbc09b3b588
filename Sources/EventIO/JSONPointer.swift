/// Pointers to a value inside JSON (RFC 6901).
package enum JSONPointer {
  /// The tokens of a pointer, escapes resolved; nil if it is none (RFC 6901 §3).
  package static func tokens(_ pointer: String) -> [String]? {
    if pointer.isEmpty { return [] }
    guard pointer.utf8.first == UInt8(ascii: "/") else { return nil }
    var tokens: [[UInt8]] = []
    var isEscaped = false
    for byte in pointer.utf8 {
      if isEscaped {
        guard byte == UInt8(ascii: "0") || byte == UInt8(ascii: "1") else { return nil }
        tokens[tokens.count - 1].append(
          byte == UInt8(ascii: "0") ? UInt8(ascii: "~") : UInt8(ascii: "/")
        )
        isEscaped = false
      } else if byte == UInt8(ascii: "/") {
        tokens.append([])
      } else if byte == UInt8(ascii: "~") {
        isEscaped = true
      } else {
        tokens[tokens.count - 1].append(byte)
      }
    }
    return isEscaped ? nil : tokens.map { String(decoding: $0, as: UTF8.self) }
  }
}
