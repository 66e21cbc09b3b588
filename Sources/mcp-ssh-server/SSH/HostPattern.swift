/// One pattern of `--allow-host`: `[USER@]HOST[:PORT]`, in which `*` stands for any characters.
///
/// It is compared with what the client wrote: no name is looked up, and no spelling of an address is
/// taken for another. Without a user any will do; without a port only 22, since another port of the
/// same machine may be a tunnel to somewhere else.
struct HostPattern: Equatable, Sendable {
  /// What the host of a pattern means.
  private enum Kind: Equatable {
    /// Every host.
    case any

    /// Names; an address is none, however it is spelt.
    case name

    /// Addresses of four decimal numbers; `10.0.0.*` is not the name `10.0.0.example`.
    case ipv4

    /// Addresses that stand in brackets.
    case ipv6
  }

  /// The pattern as the operator wrote it.
  let text: String

  private let kind: Kind
  private let user: [UInt8]
  private let host: [UInt8]
  private let ports: ClosedRange<UInt16>

  /// Reads a pattern; nil if it is none, or one that no destination can match.
  init?(_ text: String) {
    self.text = text
    var rest = Array(text.utf8)[...]
    // The last one: an account may have the sign in its name, a host cannot.
    if let sign = rest.lastIndex(of: UInt8(ascii: "@")) {
      user = Array(rest[..<sign])
      rest = rest[(sign + 1)...]
    } else {
      user = [UInt8(ascii: "*")]
    }
    let end: Int
    var stands = "*"
    if rest.first == UInt8(ascii: "[") {
      guard let bracket = rest.firstIndex(of: UInt8(ascii: "]")) else { return nil }
      host = Self.lowercased(rest[(rest.startIndex + 1)..<bracket])
      end = bracket + 1
      kind = .ipv6
      stands = "*:%"
    } else {
      end = rest.firstIndex(of: UInt8(ascii: ":")) ?? rest.endIndex
      host = Self.lowercased(rest[..<end])
      kind = Self.kind(of: host)
    }
    guard let ports = Self.ports(rest[end...]),
      SSHDestination.isUser(Self.filled(user, "*")),
      SSHDestination.isName(Self.filled(host, stands))
    else { return nil }
    self.ports = ports
  }

  /// Whether it lets a destination pass.
  func matches(_ destination: SSHDestination) -> Bool {
    let isRightKind =
      switch kind {
      case .any: true
      case .name: !destination.isAddress
      case .ipv4: destination.isIPv4
      case .ipv6: destination.isIPv6
      }
    return isRightKind && ports.contains(destination.port)
      && Wildcard.matches(user, Array(destination.user.utf8))
      && Wildcard.matches(host, Self.lowercased(destination.host.utf8))
  }

  /// The bytes with a letter for each of some signs, which then must be a name.
  private static func filled(_ bytes: [UInt8], _ signs: String) -> [UInt8] {
    bytes.map { signs.utf8.contains($0) ? UInt8(ascii: "a") : $0 }
  }

  private static func lowercased(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
  }

  private static func kind(of host: [UInt8]) -> Kind {
    let written = host.filter { $0 != UInt8(ascii: "*") }
    if written.isEmpty { return .any }
    let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    let isNumeric = written.allSatisfy { isDigit($0) || $0 == UInt8(ascii: ".") }
    return isNumeric && written.contains(where: isDigit) ? .ipv4 : .name
  }

  /// Reads what follows the host: nothing, `:*`, `:N` or `:N-M`.
  private static func ports(_ text: ArraySlice<UInt8>) -> ClosedRange<UInt16>? {
    guard let colon = text.first else { return 22...22 }
    guard colon == UInt8(ascii: ":") else { return nil }
    let written = text.dropFirst()
    if written.elementsEqual("*".utf8) { return 1...65535 }
    let bounds = written.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
      .map(port)
    guard bounds.count <= 2, let lower = bounds[0], let upper = bounds[bounds.count - 1],
      lower <= upper
    else { return nil }
    return lower...upper
  }

  private static func port(_ digits: ArraySlice<UInt8>) -> UInt16? {
    guard digits.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
      let number = UInt16(String(decoding: digits, as: UTF8.self)), number > 0
    else { return nil }
    return number
  }
}
