/// Whom to log in as, and where.
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
    guard Self.isName(user, punctuation: "._-+@\\", maximum: 128) else {
      throw InvalidDestination(part: "user", valid: "letters, digits and . _ - + @, not - first")
    }
    // Colon and percent sign occur in IPv6 addresses with a zone.
    guard Self.isName(host, punctuation: ".-_:%", maximum: 255) else {
      throw InvalidDestination(part: "host", valid: "a host name or an address")
    }
    guard let port = UInt16(exactly: port), port > 0 else {
      throw InvalidDestination(part: "port", valid: "1 to 65535")
    }
    self.user = user
    self.host = host
    self.port = port
  }

  private static func isName(_ text: String, punctuation: String, maximum: Int) -> Bool {
    guard !text.isEmpty, text.utf8.count <= maximum, text.utf8.first != UInt8(ascii: "-") else {
      return false
    }
    return text.unicodeScalars.allSatisfy { scalar in
      scalar.isASCII
        && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
          || punctuation.unicodeScalars.contains(scalar))
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
