import EventIO

/// What may stand in a header field that a user adds to requests (RFC 9110 §5).
enum FieldGrammar {
  /// Names of the fields that the suite sends by itself, in lower case.
  static let own: Set = [
    "host", "accept", "accept-encoding", "content-type", "content-length", "transfer-encoding",
    "connection",
    "mcp-session-id", "mcp-protocol-version", "mcp-method", "mcp-name", "last-event-id",
  ]

  /// Whether the suite sends the field by itself.
  static func isOwn(_ name: Substring) -> Bool {
    own.contains(name.asciiLowercased())
  }

  /// Whether a text is a token (§5.6.2).
  static func isName(_ name: some StringProtocol) -> Bool {
    !name.isEmpty && name.utf8.allSatisfy(isToken)
  }

  /// Whether a text may be a field's value (§5.5).
  static func isValue(_ value: some StringProtocol) -> Bool {
    !value.isEmpty && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
  }

  /// Whether the field usually holds a credential.
  static func holdsCredential(_ name: String) -> Bool {
    let name = name.asciiLowercased()
    return ["authorization", "proxy-authorization", "cookie"].contains(name)
      || name.hasByteSuffix("-key") || name.hasByteSuffix("-token")
  }

  /// Whether a byte may stand in a token.
  static func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
