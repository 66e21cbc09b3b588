import EventIO

/// A password or token that must not appear in any output.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
  /// The secret itself, for the wire only.
  package let value: String

  /// The fewest bytes of what is taken for a secret where nobody says that it is one: what is shorter would
  /// be found everywhere.
  static let leastBytes = 8

  /// Wraps a secret.
  package init(_ value: String) {
    self.value = value
  }

  package static func == (left: Secret, right: Secret) -> Bool {
    left.value.hasSameBytes(as: right.value)
  }

  package var description: String { "(secret)" }

  package var customMirror: Mirror { Mirror(self, children: []) }

  /// The text with every occurrence of the secret replaced: servers repeat what they were sent.
  ///
  /// Also where any of its letters are escaped as in JSON (RFC 8259 §7), once or more often, or
  /// percent-encoded (RFC 3986 §2.1).
  func redacted(from text: String) -> String {
    guard !value.isEmpty else { return text }
    // Bytes, not characters: an accent behind the secret would make another character of its end.
    let bytes = Array(text.utf8)
    let letters = value.unicodeScalars.map(Letter.init)
    var redacted: [UInt8] = []
    var index = 0
    while index < bytes.count {
      // A letter may be read in several ways: what looks like an escape may be what is meant.
      var ends: Set = [index]
      for letter in letters where !ends.isEmpty {
        ends = ends.reduce(into: []) { $0.formUnion(letter.ends(in: bytes, from: $1)) }
      }
      if let end = ends.max() {
        redacted += "(secret)".utf8
        index = end
      } else {
        redacted.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: redacted, as: UTF8.self)
  }
}

/// One letter of a secret in all the forms in which it may be repeated.
private struct Letter {
  private let plain: [UInt8]
  private let units: [UInt16]
  private let short: UInt8?

  init(_ scalar: UnicodeScalar) {
    let text = String(scalar)
    plain = Array(text.utf8)
    units = Array(text.utf16)
    short =
      switch scalar {
      case "\n": UInt8(ascii: "n")
      case "\r": UInt8(ascii: "r")
      case "\t": UInt8(ascii: "t")
      case "\u{8}": UInt8(ascii: "b")
      case "\u{C}": UInt8(ascii: "f")
      default: nil
      }
  }

  private static let backslash = UInt8(ascii: "\\")

  /// Where the letter may end that begins at a place; empty where it does not.
  func ends(in bytes: [UInt8], from start: Int) -> Set<Int> {
    guard start < bytes.count else { return [] }
    var ends = percentEncodedEnds(bytes, start)
    if bytes[start...].starts(with: plain) { ends.insert(start + plain.count) }
    if plain == [0x20], bytes[start] == UInt8(ascii: "+") { ends.insert(start + 1) }
    let escape = bytes[start...].prefix { $0 == Self.backslash }.endIndex
    guard escape > start else { return ends }
    // A backslash that was escaped is several.
    if plain == [Self.backslash] { ends.formUnion(start + 1...escape) }
    guard escape < bytes.count else { return ends }
    if bytes[escape...].starts(with: plain) { ends.insert(escape + plain.count) }
    if let short, bytes[escape] == short { ends.insert(escape + 1) }
    if let end = hexEnd(bytes, escape) { ends.insert(end) }
    return ends
  }

  /// `%C3%A9`, also `%25C3%25A9`.
  private func percentEncodedEnds(_ bytes: [UInt8], _ start: Int) -> Set<Int> {
    plain.reduce(into: [start]) { ends, byte in
      ends = ends.reduce(into: []) { next, end in
        guard end < bytes.count, bytes[end] == UInt8(ascii: "%") else { return }
        var index = end + 1
        while index + 2 <= bytes.count {
          let value = Self.hexadecimal(bytes, index, digits: 2)
          if value == Int(byte) { next.insert(index + 2) }
          guard value == 0x25 else { return }
          index += 2
        }
      }
    }
  }

  /// `\u00e9`, for others than the basic plane twice.
  private func hexEnd(_ bytes: [UInt8], _ start: Int) -> Int? {
    var index = start
    for (position, unit) in units.enumerated() {
      if position > 0 {
        let escape = bytes[index...].prefix { $0 == Self.backslash }.endIndex
        guard escape > index else { return nil }
        index = escape
      }
      guard index < bytes.count, bytes[index] == UInt8(ascii: "u"),
        Self.hexadecimal(bytes, index + 1, digits: 4) == Int(unit)
      else { return nil }
      index += 5
    }
    return index
  }

  private static func hexadecimal(_ bytes: [UInt8], _ start: Int, digits: Int) -> Int? {
    guard start + digits <= bytes.count else { return nil }
    return Int(String(decoding: bytes[start..<start + digits], as: UTF8.self), radix: 16)
  }
}
