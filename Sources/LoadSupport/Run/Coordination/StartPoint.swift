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
    "an instant within the next day such as 2026-11-24T10:00:00Z, in UTC, or the path of a file (./10 where its name "
    + "looks like a time)"

  /// Reads `2026-11-24T10:00:00Z`, with decimals of a second or without; what does not look like a time is a path.
  ///
  /// - Throws: what is valid in the place of an instant that is none.
  init(_ text: String) throws(InvalidValue) {
    guard Self.looksLikeTime(text) else {
      self = .file(text)
      return
    }
    guard let milliseconds = Self.epochMilliseconds(text) else { throw .expected(Self.valid) }
    self = .instant(epochMilliseconds: milliseconds)
  }

  /// Whether it is of what times are written with, from `10:00` to `+20s`: a mistyped one is no file.
  private static func looksLikeTime(_ text: String) -> Bool {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let begin = text.utf8.drop { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }.first
    return begin.map(digits.contains) ?? false
      && text.utf8.allSatisfy { digits.contains($0) || "+-:., TZtzsmhd".utf8.contains($0) }
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
    let formatter = ISO8601DateFormatter()
    guard (1...9).contains(decimals), let whole = formatter.date(from: "\(parts[0])Z"),
      // The formatter takes 31 November for the day after the 30th.
      formatter.string(from: whole).hasSameBytes(as: "\(parts[0])Z"),
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
