import EventIO

/// The parts of an `http://` URL that a client needs.
package struct HTTPURL: Sendable, Hashable, CustomStringConvertible {
  /// Name or literal address, an IPv6 literal without its brackets.
  package let host: String

  /// The port, 80 when the URL names none.
  package let port: UInt16

  /// Path and query, at least "/".
  package var path: String

  /// Makes a URL of its parts.
  package init(host: String, port: UInt16, path: String = "/") {
    self.host = host
    self.port = port
    self.path = path
  }

  /// Reads a URL.
  ///
  /// - Throws: a sentence that says what is wrong with it and what would be right.
  package init(parsing text: String) throws(HTTPURLError) {
    guard text.asciiLowercased().hasBytePrefix("http://") else {
      throw HTTPURLError(text: text, problem: "it must begin with http://")
    }
    let rest = text[text.utf8.index(text.startIndex, offsetBy: "http://".utf8.count)...]
    let end = rest.utf8.firstIndex { "/?#".utf8.contains($0) } ?? rest.endIndex
    let authority = rest[..<end]
    if authority.utf8.contains(UInt8(ascii: "@")) {
      // A password in a URL ends up in process lists and files.
      throw HTTPURLError(text: "http://…@…", problem: "it must not carry credentials")
    }
    let place = rest[end...].split(
      at: UInt8(ascii: "#"),
      maxSplits: 1,
      omittingEmptySubsequences: false
    )[0]
    guard place.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw HTTPURLError(text: text, problem: "its path must be percent-encoded ASCII")
    }
    path = place.hasBytePrefix("/") ? String(place) : "/" + place

    var host = authority
    var port: UInt16 = 80
    let bracket = authority.utf8.lastIndex(of: UInt8(ascii: "]")) ?? authority.startIndex
    if let colon = authority[bracket...].utf8.lastIndex(of: UInt8(ascii: ":")) {
      let digits = authority[authority.utf8.index(after: colon)...]
      guard digits.utf8.allSatisfy({ $0 &- 48 <= 9 }), let number = UInt16(digits), number > 0
      else {
        throw HTTPURLError(text: text, problem: "its port must be a number from 1 to 65535")
      }
      port = number
      host = authority[..<colon]
    }
    guard host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw HTTPURLError(text: text, problem: "it names no host")
    }
    // From here on letters are bytes.
    let isBracketed = host.hasBytePrefix("[") && host.hasByteSuffix("]")
    if isBracketed { host = host.dropFirst().dropLast() }
    guard host.containsBytes(":") == isBracketed, !host.utf8.contains(where: "[]".utf8.contains)
    else {
      throw HTTPURLError(text: text, problem: "an IPv6 address in it must stand in brackets")
    }
    guard !host.isEmpty else { throw HTTPURLError(text: text, problem: "it names no host") }
    self.host = String(host)
    self.port = port
  }

  /// The value of the Host header field (RFC 9112 §3.2).
  package var hostField: String {
    let name = host.containsBytes(":") ? "[\(host)]" : host
    return port == 80 ? name : "\(name):\(port)"
  }

  package var description: String { "http://\(hostField)\(path)" }

  /// The URL for reports: a query may hold a token.
  package var withoutQuery: String {
    let parts = path.split(at: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
    return "http://\(hostField)\(parts[0])" + (parts.count > 1 ? "?…" : "")
  }
}

/// A text that is no usable URL.
package struct HTTPURLError: Error, Equatable, CustomStringConvertible {
  /// The text, credentials left out.
  package let text: String

  /// What is wrong with it.
  package let problem: String

  /// What would be right.
  package var hint: String { "a URL such as http://127.0.0.1:3000/mcp; \(problem)" }

  package var description: String { "\"\(text)\" is no server URL: it must be \(hint)" }
}
