import Foundation

/// Numbers as people read them, the same in every report and message.
package enum NumberText {
  /// Where there is no value.
  static let none = "-"

  /// Of what the server does not tell.
  static let notReported = "not reported"

  /// Of samples that tell too little.
  static let tooFew = "too few"

  /// Of what would take for ever.
  static let never = "never"

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

  /// How many there are of what has a regular plural: `1 line`, `2 lines`.
  static func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)" + (count == 1 ? "" : "s")
  }

  /// The same with a form of to be: `1 line is`, `2 lines are`, with what comes between.
  static func thereBeing(_ count: Int, _ noun: String, _ more: String = "") -> String {
    counted(count, noun) + more + (count == 1 ? " is" : " are")
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

  /// A value with four digits, more where it has as many before the point.
  static func fourDigits(_ value: Double) -> String {
    (1_000..<1e15).contains(value)
      ? grouped(Int(value.rounded())) : String(format: "%.4g", value)
  }

  /// Shares by name, in per cent: `p50_ms 1.2 %, p99_ms 3.4 %`.
  static func percentages(_ shares: [(name: String, share: Double)]) -> String {
    shares.map { "\($0.name) \(oneDecimal($0.share * 100)) %" }.joined(separator: ", ")
  }

  /// Nanoseconds as milliseconds with one decimal.
  package static func milliseconds(_ nanoseconds: Int64) -> String {
    oneDecimal(Double(nanoseconds) / 1e6)
  }

  /// Milliseconds of a percentile that may have no end, because too many were never answered.
  static func answered(_ milliseconds: Double?) -> String {
    milliseconds.map(oneDecimal) ?? never
  }

  /// A ratio as the change that it is: `+12.9 %`.
  static func change(_ ratio: Double) -> String {
    String(format: "%+.1f %%", (ratio - 1) * 100)
  }

  /// Both ends of a range.
  static func range(_ range: ClosedRange<Double>, _ text: (Double) -> String) -> String {
    "\(text(range.lowerBound)) to \(text(range.upperBound))"
  }

  /// A share in per cent with one decimal, never rounded up to a hundred: `99.9%`.
  static func percent(_ part: Int, of whole: Int) -> String {
    guard whole > 0 else { return none }
    let share = Double(part) / Double(whole) * 100
    if part < whole, share > 99.9 { return "99.9%" }
    return oneDecimal(share) + "%"
  }
}
