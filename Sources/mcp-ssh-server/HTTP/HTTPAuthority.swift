import EventIO

/// A host and perhaps a port, as Host and Origin fields name them (RFC 3986 §3.2).
///
/// Userinfo, blanks and what else two parties could take for two hosts make none.
struct HTTPAuthority: Equatable, Sendable {
  /// The host in lower case, an IPv6 address in its brackets; may be empty.
  let host: String

  /// Reads `host` or `host:port`; nil for anything else.
  init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    let end: Int
    if bytes.first == UInt8(ascii: "[") {
      guard let bracket = bytes.firstIndex(of: UInt8(ascii: "]")), bracket > 1,
        bytes[1..<bracket].allSatisfy({ Self.isName($0) || $0 == 0x3A || $0 == 0x25 })
      else { return nil }
      end = bracket + 1
    } else {
      end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.count
      guard bytes[..<end].allSatisfy(Self.isName) else { return nil }
    }
    guard bytes[end...].isEmpty || Self.isPort(bytes[end...]) else { return nil }
    host = String(decoding: bytes[..<end], as: UTF8.self).asciiLowercased()
  }

  /// The host of an Origin field (RFC 6454 §7); nil where it names none of HTTP.
  init?(origin: String) {
    let lowercased = origin.asciiLowercased()
    guard let scheme = ["http://", "https://"].first(where: lowercased.hasBytePrefix),
      let named = HTTPAuthority(Substring(lowercased.utf8.dropFirst(scheme.utf8.count))),
      !named.host.isEmpty
    else { return nil }
    self = named
  }

  /// Whether it names this machine whatever a name server says.
  var isLoopback: Bool {
    if host == "localhost" || host == "[::1]" { return true }
    let numbers = host.split(at: UInt8(ascii: "."), omittingEmptySubsequences: false)
    // 0127 and 0x7f are other addresses to some, so only the plain form counts.
    return numbers.count == 4 && numbers[0] == "127"
      && numbers.allSatisfy { text in UInt8(text).map { "\($0)" == text } == true }
  }

  private static func isName(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
    default: false
    }
  }

  private static func isPort(_ bytes: ArraySlice<UInt8>) -> Bool {
    let digits = bytes.dropFirst()
    return bytes.first == UInt8(ascii: ":") && (1...5).contains(digits.count)
      && digits.allSatisfy { (48...57).contains($0) }
  }
}
