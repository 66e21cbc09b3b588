import EventIO
import Foundation

/// How the generators of one load come by the instant at which they begin to measure together.
enum StartPoint: Sendable, Equatable {
  /// They were told it: wall time in milliseconds since 1970.
  case instant(epochMilliseconds: Double)

  /// They agree on it, once all are ready, by files beside this path on storage that they share.
  case file(String)

  /// The furthest that an instant may be ahead: one that is further is a slip.
  static let furthestMilliseconds = 86_400_000.0

  /// What is valid, for messages.
  static let valid =
    "an instant within the next day such as 2026-11-24T10:00:00Z, in UTC, or the path of a file"

  /// Reads `2026-11-24T10:00:00Z`, with decimals of a second or without; what does not begin like that is a path.
  ///
  /// - Throws: what is valid in the place of an instant that is none.
  init(_ text: String) throws(InvalidValue) {
    let shape = text.utf8.prefix(11).map { (0x30...0x39).contains($0) ? UInt8(ascii: "0") : $0 }
    guard shape.elementsEqual("0000-00-00T".utf8) else {
      self = .file(text)
      return
    }
    guard let milliseconds = Self.epochMilliseconds(text) else { throw .expected(Self.valid) }
    self = .instant(epochMilliseconds: milliseconds)
  }

  /// Whether it can still come, by a wall time in milliseconds since 1970.
  func isAhead(at now: Double) -> Bool {
    guard case .instant(let milliseconds) = self else { return true }
    return (0...Self.furthestMilliseconds).contains(milliseconds - now)
  }

  private static func epochMilliseconds(_ text: String) -> Double? {
    guard text.utf8.last == UInt8(ascii: "Z") else { return nil }
    let parts = String(decoding: text.utf8.dropLast(), as: UTF8.self)
      .split(at: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    let decimals = parts.count > 1 ? parts[1].utf8.count : 1
    guard (1...9).contains(decimals), let whole = ISO8601DateFormatter().date(from: "\(parts[0])Z"),
      let fraction = parts.count > 1 ? UInt64(parts[1]) : 0
    else { return nil }
    let power = (0..<decimals).reduce(1.0) { power, _ in power * 10 }
    return whole.timeIntervalSince1970 * 1_000 + Double(fraction) / power * 1_000
  }
}

extension OptionValue where Value == StartPoint {
  /// An instant, or a file that parts share.
  static let startPoint = OptionValue("INSTANT|FILE") { text throws(InvalidValue) in
    try StartPoint(text)
  }
}
