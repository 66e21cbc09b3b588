import Foundation

/// Numbers as people read them, the same in every report and message.
package enum NumberText {
  /// A whole number with thousands separators: `4,523`.
  static func grouped(_ value: Int) -> String {
    let digits = Array(String(value.magnitude).utf8)
    var text = value < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += "," }
      text.unicodeScalars.append(Unicode.Scalar(digit))
    }
    return text
  }

  /// A value with one decimal and thousands separators: `1,234.5`.
  static func oneDecimal(_ value: Double) -> String {
    guard value.isFinite else { return "\(value)" }
    let tenths = (abs(value) * 10).rounded()
    guard tenths < 1e18 else { return String(format: "%.1f", value) }
    let (whole, tenth) = Int(tenths).quotientAndRemainder(dividingBy: 10)
    return (value < 0 && tenths > 0 ? "-" : "") + "\(grouped(whole)).\(tenth)"
  }

  /// A value with as many digits as it needs, at most four behind the point: `0.9998`, `20`.
  package static func plain(_ value: Double) -> String {
    if value == value.rounded(), abs(value) < 1e15 { return grouped(Int(value)) }
    let text = abs(value) >= 100 ? oneDecimal(value) : String(format: "%.4f", value)
    guard let point = text.utf8.firstIndex(of: UInt8(ascii: ".")) else { return text }
    let end = text.utf8.lastIndex { $0 != UInt8(ascii: "0") } ?? point
    return String(end == point ? text[..<point] : text[...end])
  }

  /// A value with two decimals.
  static func twoDecimals(_ value: Double) -> String { String(format: "%.2f", value) }

  /// A value with more decimals the smaller it is: `1,234.5`, `12.34`, `0.9998`.
  static func graded(_ value: Double) -> String {
    switch abs(value) {
    case 100...: oneDecimal(value)
    case 10...: twoDecimals(value)
    default: plain(value)
    }
  }

  /// Nanoseconds as milliseconds with one decimal.
  package static func milliseconds(_ nanoseconds: Int64) -> String {
    oneDecimal(Double(nanoseconds) / 1e6)
  }

  /// The same of a percentile that may have no end, because too many were never answered.
  package static func answered(_ nanoseconds: Int64?) -> String {
    nanoseconds.map { $0 < Histogram.highestTrackable ? milliseconds($0) : "never" } ?? "-"
  }

  /// A share in per cent with one decimal, never rounded up to a hundred: `99.9%`.
  static func percent(_ part: Int, of whole: Int) -> String {
    guard whole > 0 else { return "-" }
    let share = Double(part) / Double(whole) * 100
    if part < whole, share > 99.9 { return "99.9%" }
    return oneDecimal(share) + "%"
  }
}
