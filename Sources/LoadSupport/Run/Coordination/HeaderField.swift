import EventIO

/// A header field that a user adds to every request.
struct HeaderField {
  /// Its name.
  let name: String

  /// Its value, which may be a token.
  let value: Secret

  /// Names of the fields that the suite sends by itself, in lower case.
  static let own: Set = [
    "host", "accept", "accept-encoding", "content-type", "content-length", "transfer-encoding",
    "connection",
    "mcp-session-id", "mcp-protocol-version",
  ]

  /// Reads `Name: value` (RFC 9110 §5.1, §5.5); nil for what is no field or one of our own.
  init?(_ line: Substring) {
    guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let name = line[..<colon]
    let value = line[line.utf8.index(after: colon)...].trimmed()
    guard !name.isEmpty, name.utf8.allSatisfy(Self.isToken), !value.isEmpty,
      value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }),
      !Self.own.contains(name.asciiLowercased())
    else { return nil }
    self.name = String(name)
    self.value = Secret(String(value))
  }

  private static func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
