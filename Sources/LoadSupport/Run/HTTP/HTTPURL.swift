import EventIO

/// The parts of an `http://` or `https://` URL that a client needs.
package struct HTTPURL: Sendable, Hashable, CustomStringConvertible {
  /// Whether it is an `https://` one.
  package let isSecure: Bool

  /// Name or literal address, an IPv6 literal without its brackets.
  package let host: String

  /// The port, 80 or for `https` 443 when the URL names none.
  package let port: UInt16

  /// Path and query, at least "/".
  package var path: String

  /// Makes a URL of its parts.
  package init(isSecure: Bool = false, host: String, port: UInt16, path: String = "/") {
    self.isSecure = isSecure
    self.host = host
    self.port = port
    self.path = path
  }

  /// Reads a URL.
  ///
  /// - Throws: a sentence that says what is wrong with it and what would be right.
  init(parsing text: String) throws(HTTPURLError) {
    let schemes = [("http://", false), ("https://", true)]
    guard
      let (scheme, isSecure) = schemes.first(where: { text.asciiLowercased().hasBytePrefix($0.0) })
    else { throw HTTPURLError(text: text, problem: "it must begin with http:// or https://") }
    self.isSecure = isSecure
    let rest = text[text.utf8.index(text.startIndex, offsetBy: scheme.utf8.count)...]
    let end = rest.utf8.firstIndex { "/?#".utf8.contains($0) } ?? rest.endIndex
    let authority = rest[..<end]
    if authority.utf8.contains(UInt8(ascii: "@")) {
      // A password in a URL ends up in process lists and files.
      throw HTTPURLError(text: "\(scheme)…@…", problem: "it must not carry credentials")
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
    var port: UInt16 = isSecure ? 443 : 80
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
    return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
  }

  private var scheme: String { isSecure ? "https" : "http" }

  /// Where a reference leads that a response of this URL holds (RFC 3986 §5.2); nil if it is empty, or
  /// no reference to anything that can be had over http.
  func resolving(_ reference: String) -> HTTPURL? {
    let bytes = Array(reference.utf8.prefix { $0 != UInt8(ascii: "#") })
    guard let first = bytes.first, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    let beforePath = bytes.prefix { !"/?".utf8.contains($0) }
    if beforePath.contains(UInt8(ascii: ":")) { return try? HTTPURL(parsing: text) }
    if bytes.starts(with: "//".utf8) { return try? HTTPURL(parsing: "\(scheme):" + text) }
    var target = self
    let own = Array(path.utf8.prefix { $0 != UInt8(ascii: "?") })
    if first == UInt8(ascii: "?") {
      target.path = String(decoding: own + bytes, as: UTF8.self)
      return target
    }
    let base =
      first == UInt8(ascii: "/")
      ? [] : own.prefix((own.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1)
    let query = bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.count
    target.path = String(
      decoding: Self.withoutDots(Array(base) + Array(bytes[..<query])) + Array(bytes[query...]),
      as: UTF8.self
    )
    return target
  }

  /// A path without segments that stand for where it is or lead up (RFC 3986 §5.2.4).
  private static func withoutDots(_ path: [UInt8]) -> [UInt8] {
    var segments: [ArraySlice<UInt8>] = []
    let all = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst()
    for (index, segment) in all.enumerated() {
      let isLast = index == all.count - 1
      switch String(decoding: segment, as: UTF8.self) {
      case ".": if isLast { segments.append([]) }
      case "..":
        _ = segments.popLast()
        if isLast { segments.append([]) }
      default: segments.append(segment)
      }
    }
    return segments.flatMap { [UInt8(ascii: "/")] + $0 }
  }

  /// Whether another URL is of the same server, reached in the same way: host names have no case.
  func isOfSameServer(as other: HTTPURL) -> Bool {
    isSecure == other.isSecure && port == other.port
      && host.asciiLowercased().hasSameBytes(as: other.host.asciiLowercased())
  }

  package var description: String { "\(scheme)://\(hostField)\(path)" }

  /// The path alone.
  var pathWithoutQuery: String {
    String(decoding: path.utf8.prefix { $0 != UInt8(ascii: "?") }, as: UTF8.self)
  }

  /// The URL for reports: a query may hold a token.
  package var withoutQuery: String {
    let path = pathWithoutQuery
    return "\(scheme)://\(hostField)\(path)" + (path.utf8.count < self.path.utf8.count ? "?…" : "")
  }
}

/// A text that is no usable URL.
struct HTTPURLError: Error, Equatable, CustomStringConvertible {
  /// The text, credentials left out.
  let text: String

  /// What is wrong with it.
  let problem: String

  /// What would be right.
  var hint: String { "a URL such as http://127.0.0.1:3000/mcp; \(problem)" }

  var description: String { "\"\(text)\" is no server URL: it must be \(hint)" }
}
