import Glibc

/// Whom to log in as, and where.
///
/// All parts are ASCII, so that comparing them as texts is comparing their bytes.
struct SSHDestination: Hashable, Sendable, CustomStringConvertible {
  /// The account.
  let user: String

  /// A host name or address, as ssh takes it.
  let host: String

  /// The port of its sshd.
  let port: UInt16

  var description: String { "\(user)@\(host):\(port)" }

  /// Checks what a client sent, since it becomes part of ssh's command line.
  ///
  /// - Throws: the name of the bad part and what is valid.
  init(user: String, host: String, port: Int) throws(InvalidDestination) {
    guard Self.isUser(Array(user.utf8)) else {
      throw InvalidDestination(part: "user", valid: "letters, digits and . _ - + @ \\, not - first")
    }
    guard Self.isName(Array(host.utf8)) || Self.isIPv6(host) else {
      throw InvalidDestination(part: "host", valid: "a host name or an address")
    }
    guard let port = UInt16(exactly: port), port > 0 else {
      throw InvalidDestination(part: "port", valid: "1 to 65535")
    }
    self.user = user
    self.host = host
    self.port = port
  }

  /// Whether the host is an IPv4 address of four decimal numbers.
  var isIPv4: Bool {
    var address = in_addr()
    return inet_pton(AF_INET, host, &address) == 1
  }

  /// Whether the host is an IPv6 address.
  var isIPv6: Bool { Self.isIPv6(host) }

  /// Whether the host is an address in any spelling that a resolver takes, such as `127.1` or `0x7f.1`.
  var isAddress: Bool {
    var address = in_addr()
    return inet_aton(host, &address) != 0 || isIPv6
  }

  /// Whether bytes can be an account's name; ssh refuses one that ends in a backslash.
  static func isUser(_ bytes: [UInt8]) -> Bool {
    isMade(bytes, of: "._-+@\\", maximum: 128) && bytes.last != UInt8(ascii: "\\")
  }

  /// Whether bytes can be a host's name, or an IPv4 address.
  static func isName(_ bytes: [UInt8]) -> Bool {
    isMade(bytes, of: "._-", maximum: 255)
  }

  /// Whether a text is an IPv6 address, which may have a zone (RFC 4007 §11).
  ///
  /// Nowhere else a host may have a colon or a percent sign, which ssh takes for a token in some places.
  private static func isIPv6(_ host: String) -> Bool {
    let bytes = Array(host.utf8)
    let percent = bytes.firstIndex(of: UInt8(ascii: "%"))
    if let percent, !isMade(Array(bytes[(percent + 1)...]), of: "._-", maximum: 64) { return false }
    // A text with a NUL would seem to end there.
    let address = bytes[..<(percent ?? bytes.count)]
    guard address.count < 64, !address.contains(0) else { return false }
    var storage = in6_addr()
    return inet_pton(AF_INET6, String(decoding: address, as: UTF8.self), &storage) == 1
  }

  private static func isMade(
    _ bytes: [UInt8],
    of punctuation: String,
    maximum: Int
  ) -> Bool {
    guard !bytes.isEmpty, bytes.count <= maximum, bytes[0] != UInt8(ascii: "-") else {
      return false
    }
    return bytes.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"):
        true
      default: punctuation.utf8.contains(byte)
      }
    }
  }
}

/// A part of a destination that ssh must not be given.
struct InvalidDestination: Error, Equatable, Sendable {
  /// Which argument is wrong.
  let part: String

  /// What it may be.
  let valid: String
}
