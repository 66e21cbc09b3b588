import EventIO

/// The grammar of request lines, header fields and chunk sizes (RFC 9112 §3, §5, §6, §7).
enum HTTPHeadGrammar {
  /// Where a request's body ends.
  enum Framing: Equatable {
    case none
    case length(Int)
    case chunked
  }

  /// Reads a request line.
  static func requestLine(_ line: ArraySlice<UInt8>) throws(HTTPRequestError) -> HTTPRequest {
    let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
    guard parts.count == 3, !parts[0].isEmpty, parts[0].allSatisfy(isToken) else {
      throw .malformed("the request line is not METHOD TARGET VERSION")
    }
    guard parts[1].first != nil, parts[1].allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw .malformed("the request target has bytes that must be percent-encoded")
    }
    let isCurrent = parts[2].elementsEqual("HTTP/1.1".utf8)
    guard isCurrent || parts[2].elementsEqual("HTTP/1.0".utf8) else {
      let isOther = parts[2].starts(with: "HTTP/".utf8)
      throw isOther ? .unknownVersion : .malformed("no HTTP version")
    }
    let (authority, path) = try target(parts[1])
    return HTTPRequest(
      method: String(decoding: parts[0], as: UTF8.self),
      path: path,
      authority: authority,
      acceptsChunked: isCurrent
    )
  }

  /// Takes a target apart: RFC 9112 §3.2.2 wants the absolute form accepted too.
  private static func target(
    _ target: ArraySlice<UInt8>
  ) throws(HTTPRequestError) -> (HTTPAuthority?, String) {
    var rest = target
    var authority: HTTPAuthority?
    let scheme = "http://".utf8
    if String(decoding: target.prefix(scheme.count), as: UTF8.self).asciiLowercased() == "http://" {
      rest = target.dropFirst(scheme.count)
      let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
      let name = String(decoding: rest[..<(end ?? rest.endIndex)], as: UTF8.self)
      guard let named = HTTPAuthority(name), !named.host.isEmpty else {
        throw .malformed("the request target names no host")
      }
      authority = named
      rest = rest[(end ?? rest.endIndex)...]
    }
    let path = rest.prefix { $0 != UInt8(ascii: "?") }
    return (authority, path.isEmpty ? "/" : String(decoding: path, as: UTF8.self))
  }

  /// Whom a request is for; the target's authority goes before the Host field (RFC 9112 §3.2.2).
  static func authority(of request: HTTPRequest) throws(HTTPRequestError) -> HTTPAuthority? {
    let count = request.headers.count(of: "host")
    guard count == 1 || count == 0 && !request.acceptsChunked else {
      throw .malformed("HTTP/1.1 requires one Host field")
    }
    guard let field = request.headers["host"] else { return request.authority }
    guard let named = HTTPAuthority(field) else {
      throw .malformed("the Host field is not a host with or without a port")
    }
    return request.authority ?? named
  }

  /// Reads a header field: its name in lower case and its value without blanks around it.
  static func field(_ line: ArraySlice<UInt8>) throws(HTTPRequestError) -> (String, String) {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else {
      throw .malformed("a header line has no field name")
    }
    // RFC 9112 §5.1: no blank before the colon; §5.2: no folded lines.
    guard line[..<colon].allSatisfy(isToken) else {
      throw .malformed("a header field's name has a byte that names cannot have")
    }
    let value = line[(colon + 1)...]
    guard value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
      throw .malformed("a header field's value has a control character")
    }
    // Bytes, not strings: this is done for every line of every request.
    let name = line[..<colon].map { (65...90).contains($0) ? $0 | 0x20 : $0 }
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    let text = value.drop(while: isBlank)
    let end = text.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? text.startIndex
    return (
      String(decoding: name, as: UTF8.self), String(decoding: text[..<end], as: UTF8.self)
    )
  }

  /// Decides how the body is framed, and refuses what two parties could read differently.
  static func framing(of request: HTTPRequest) throws(HTTPRequestError) -> Framing {
    let length = request.headers["content-length"]
    if let coding = request.headers["transfer-encoding"] {
      // RFC 9112 §6.1: both together is how requests are smuggled past a proxy.
      guard length == nil else { throw .malformed("both Content-Length and Transfer-Encoding") }
      guard coding.asciiLowercased().hasSameBytes(as: "chunked"), request.acceptsChunked else {
        throw .unknownTransferCoding
      }
      return .chunked
    }
    guard let length else { return .none }
    guard !length.isEmpty, length.utf8.allSatisfy({ (48...57).contains($0) }) else {
      throw .malformed("Content-Length is not one whole number")
    }
    return .length(Int(length) ?? .max)
  }

  /// Reads the size in front of a chunk; extensions are ignored.
  static func chunkSize(_ line: ArraySlice<UInt8>) throws(HTTPRequestError) -> Int {
    let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 && $0 != 0x09 }
    guard !digits.isEmpty, digits.count <= 8, digits.allSatisfy({ isHexadecimal($0) }),
      let size = Int(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw .malformed("a chunk's size is not a hexadecimal number") }
    return size
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...70, 97...102: true
    default: false
    }
  }

  private static func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122: true
    default: Self.tokenPunctuation.contains(byte)
    }
  }

  private static let tokenPunctuation = Array("!#$%&'*+-.^_`|~".utf8)
}
