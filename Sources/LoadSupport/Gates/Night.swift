import Foundation

/// A night by its date in UTC, `YYYY-MM-DD`.
package struct Night: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  /// The date.
  package let description: String

  /// Days since 1970-01-01.
  let day: Int

  private static let style = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day()

  /// The night of an instant.
  package init(_ date: Date) {
    day = Int((date.timeIntervalSince1970 / 86_400).rounded(.down))
    description = date.formatted(Self.style)
  }

  /// Reads a date; nil if it is none of the calendar.
  package init?(_ text: String) {
    // The format style also takes 2026-02-30 and 2026-2-3.
    guard let date = try? Date(text, strategy: Self.style), date.formatted(Self.style) == text
    else { return nil }
    self.init(date)
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let night = Night(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a date")
    }
    self = night
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  package static func < (one: Night, other: Night) -> Bool { one.day < other.day }

  /// The night some days later.
  func advanced(by days: Int) -> Night {
    Night(Date(timeIntervalSince1970: Double(day + days) * 86_400))
  }
}
