import EventIO

/// A header field that a user adds to every request.
struct HeaderField {
  /// Its name.
  let name: String

  /// Its value, which may be a token.
  let value: Secret

  /// Reads `Name: value` (RFC 9110 §5.1, §5.5); nil for what is no field or one of our own.
  init?(_ line: Substring) {
    guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let name = line[..<colon]
    let value = line[line.utf8.index(after: colon)...].trimmed()
    guard FieldGrammar.isName(name), FieldGrammar.isValue(value), !FieldGrammar.isOwn(name)
    else { return nil }
    self.name = String(name)
    self.value = Secret(String(value))
  }
}
