import EventIO

/// Header fields of a message; names are compared without regard to case.
struct HTTPHeaders: Equatable, Sendable {
  private var fields: [Field] = []

  private struct Field: Equatable, Sendable {
    let name: String
    let value: String
  }

  /// Adds a field; the name is expected in lower case.
  mutating func append(_ name: String, _ value: String) {
    fields.append(Field(name: name, value: value))
  }

  /// How many fields there are.
  var count: Int { fields.count }

  /// How many fields have a name, which is in lower case.
  func count(of name: String) -> Int {
    fields.count { $0.name == name }
  }

  /// The value of a field by its name in lower case; several are joined as a list
  /// (RFC 9110 §5.3).
  ///
  /// Names are ASCII by their grammar, for which `==` compares bytes.
  subscript(name: String) -> String? {
    var result: String?
    for field in fields where field.name == name {
      result = result.map { "\($0), \(field.value)" } ?? field.value
    }
    return result
  }

  /// Whether a field that is a list of tokens has this one, in lower case.
  func list(_ name: String, contains token: String) -> Bool {
    guard let value = self[name] else { return false }
    // Without a copy of each element: a head may be nothing but commas.
    return value.split(at: UInt8(ascii: ",")).contains { element in
      element.trimmed().utf8.lazy.map { (65...90).contains($0) ? $0 | 0x20 : $0 }
        .elementsEqual(token.utf8)
    }
  }
}

/// One whole request as the parser found it.
struct HTTPRequest: Equatable, Sendable {
  /// The method, as sent: methods are case-sensitive.
  var method: String

  /// The target without its query.
  var path: String

  /// Whom the client means to speak to: the target's authority, else the Host field's.
  var authority: HTTPAuthority?

  /// The header fields.
  var headers = HTTPHeaders()

  /// The body, with any chunked coding taken off.
  var body: [UInt8] = []

  /// Whether the client wants the connection to stay open.
  var keepsAlive = true

  /// Whether the client speaks HTTP/1.1 and so understands chunked answers.
  var acceptsChunked = true
}
