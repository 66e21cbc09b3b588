import EventIO

/// The secret that clients must present.
struct BearerToken: Equatable, Sendable, CustomStringConvertible {
  private let bytes: [UInt8]

  /// Takes the first line of a token file; nil if it is too short to be a secret.
  init?(file text: String) {
    guard let line = text.lines().first?.trimmed(), line.utf8.count >= 16,
      line.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else {
      return nil
    }
    bytes = Array(line.utf8)
  }

  /// A token never shows itself.
  var description: String { "a token" }

  /// Whether an Authorization field presents it (RFC 6750 §2.1).
  func isPresented(by authorization: String?) -> Bool {
    let parts = (authorization ?? "").split(at: UInt8(ascii: " "), maxSplits: 1)
    guard parts.count == 2, parts[0].asciiLowercased().hasSameBytes(as: "bearer") else {
      return false
    }
    let presented = Array(parts[1].trimmed().utf8)
    // Takes the same time wherever the difference is.
    var difference: UInt8 = presented.count == bytes.count ? 0 : 1
    for (index, byte) in presented.enumerated() { difference |= byte ^ bytes[index % bytes.count] }
    return difference == 0
  }
}
