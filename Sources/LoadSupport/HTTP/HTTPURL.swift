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
    guard text.lowercased().hasPrefix("http://") else {
      throw HTTPURLError(text: text, problem: "it must begin with http://")
    }
    let rest = text.dropFirst("http://".count)
    let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
    let authority = rest[..<end]
    if authority.contains("@") {
      // A password in a URL ends up in process lists and files.
      throw HTTPURLError(text: "http://…@…", problem: "it must not carry credentials")
    }
    let bytes = rest[end...].prefix { $0 != "#" }
    guard bytes.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw HTTPURLError(text: text, problem: "its path must be percent-encoded ASCII")
    }
    path = bytes.hasPrefix("/") ? String(bytes) : "/" + bytes

    var host = authority
    var port: UInt16 = 80
    let bracket = authority.lastIndex(of: "]") ?? authority.startIndex
    if let colon = authority[bracket...].lastIndex(of: ":") {
      let digits = authority[authority.index(after: colon)...]
      guard digits.utf8.allSatisfy({ $0 &- 48 <= 9 }), let number = UInt16(digits), number > 0
      else {
        throw HTTPURLError(text: text, problem: "its port must be a number from 1 to 65535")
      }
      port = number
      host = authority[..<colon]
    }
    let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
    if isBracketed { host = host.dropFirst().dropLast() }
    guard host.contains(":") == isBracketed, !host.contains(where: { "[]".contains($0) }) else {
      throw HTTPURLError(text: text, problem: "an IPv6 address in it must stand in brackets")
    }
    guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw HTTPURLError(text: text, problem: "it names no host")
    }
    self.host = String(host)
    self.port = port
  }

  /// The value of the Host header field (RFC 9112 §3.2).
  package var hostField: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return port == 80 ? name : "\(name):\(port)"
  }

  package var description: String { "http://\(hostField)\(path)" }

  /// The URL for reports: a query may hold a token.
  package var withoutQuery: String {
    let path = self.path.prefix { $0 != "?" }
    return "http://\(hostField)\(path)" + (path.count < self.path.count ? "?…" : "")
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
