import EventIO
import Foundation

extension Int {
  /// With thousands separators, as people read it.
  var grouped: String { NumberText.grouped(self) }
}

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

  /// A value with so many decimals and thousands separators: `1,234.5`; one that is rounded to zero has no sign.
  static func fixed(_ value: Double, _ decimals: Int) -> String {
    let text = String(format: "%.\(decimals)f", abs(value))
    let whole = text.utf8.prefix { $0 != UInt8(ascii: ".") }
    guard let number = Int(String(decoding: whole, as: UTF8.self)) else {
      return value == .infinity ? "∞" : "\(value)"
    }
    let isZero = text.utf8.allSatisfy { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: ".") }
    return (value < 0 && !isZero ? "-" : "") + grouped(number)
      + String(decoding: text.utf8.dropFirst(whole.count), as: UTF8.self)
  }

  /// A value with one decimal: `1,234.5`.
  static func oneDecimal(_ value: Double) -> String { fixed(value, 1) }

  /// The decimals that two digits of an interval's width have: 2 of 12.31 to 12.48, 0 of 1,521 to 1,567; nil of an
  /// interval that has no width or no end.
  private static func decimals(_ interval: ClosedRange<Double>) -> Int? {
    let width = interval.upperBound - interval.lowerBound
    return width > 0 && width.isFinite ? min(6, max(0, 1 - Int(log10(width).rounded(.down)))) : nil
  }

  /// A figure and what it lies between, in as many digits as the interval has; without an interval as `graded`.
  static func estimate(
    _ value: Double,
    _ interval: ClosedRange<Double>?
  ) -> (value: String, between: String?) {
    let decimals = interval.flatMap(decimals)
    func text(_ value: Double) -> String { decimals.map { fixed(value, $0) } ?? graded(value) }
    return (text(value), interval.map { range($0, text) })
  }

  /// The same of milliseconds: below 0.1 ms in microseconds, whose unit then stands behind the number.
  static func milliseconds(
    _ value: Double,
    _ interval: ClosedRange<Double>?
  ) -> (value: String, between: String?) {
    guard let interval, decimals(interval) != nil else {
      return (milliseconds(value), interval.map { range($0, milliseconds) })
    }
    guard interval.upperBound < 0.1 else { return estimate(value, interval) }
    let text = estimate(value * 1000, interval.lowerBound * 1000...interval.upperBound * 1000)
    return (text.value + " µs", text.between.map { $0 + " µs" })
  }

  /// Milliseconds without an interval, of those below one more digits: `12.3`, `0.24`, `23 µs`.
  static func milliseconds(_ value: Double) -> String {
    let micro = (value * 1000).rounded()
    return switch abs(value) {
    case 0: "0"
    case ..<0.1: (micro == 0 ? "under 1" : fixed(micro, 0)) + " µs"
    case ..<1: fixed(value, 2)
    default: fixed(value, 1)
    }
  }

  /// A time in nanoseconds with its unit: `12.3 ms`, `23 µs`.
  package static func time(_ nanoseconds: Int64) -> String { time(Double(nanoseconds) / 1e6) }

  /// A time in milliseconds with its unit.
  static func time(_ value: Double) -> String {
    let text = milliseconds(value)
    return text.hasByteSuffix("s") ? text : text + " ms"
  }

  /// Bytes of memory in MiB: `47.7`, `3.88`, `0.0156`.
  static func mebibytes(_ bytes: Double) -> String {
    let value = bytes / 1_048_576
    return switch abs(value) {
    case 10...: oneDecimal(value)
    case 1...: twoDecimals(value)
    default: plain(value)
    }
  }

  /// A value with as many digits as it needs, at most four behind the point: `0.9998`, `20`.
  package static func plain(_ value: Double) -> String {
    if value == value.rounded(), abs(value) < 1e15 { return grouped(Int(value)) }
    let text = fixed(value, abs(value) >= 100 ? 1 : 4)
    guard let point = text.utf8.firstIndex(of: UInt8(ascii: ".")) else { return text }
    let end = text.utf8.lastIndex { $0 != UInt8(ascii: "0") } ?? point
    return String(end == point ? text[..<point] : text[...end])
  }

  /// A limit, as it is shown, with its side: `at most 500`.
  static func limit(_ shown: String, isFloor: Bool) -> String {
    "\(isFloor ? "at least" : "at most") \(shown)"
  }

  /// A value that somebody has chosen, with all of its digits.
  static func exact(_ value: Double) -> String {
    let text = plain(value)
    return Double(text.replacing(byte: UInt8(ascii: ","), with: "")) == value ? text : "\(value)"
  }

  /// Whether so many values tell of a percentile: at least one of them must lie above it.
  static func isSupported(_ p: Double, by n: Int) -> Bool { Double(n) * (1 - p) >= 1 - 1e-9 }

  /// How many there are of what has a regular plural: `1 line`, `2 lines`.
  static func counted(_ count: Int, _ noun: String) -> String {
    "\(grouped(count)) \(noun)" + (count == 1 ? "" : "s")
  }

  /// The same with a form of to be: `1 line is`, `2 lines are`, with what comes between.
  static func thereBeing(_ count: Int, _ noun: String, _ more: String = "") -> String {
    counted(count, noun) + more + (count == 1 ? " is" : " are")
  }

  /// A value with two decimals.
  static func twoDecimals(_ value: Double) -> String { fixed(value, 2) }

  /// A value with more decimals the smaller it is: `1,234.5`, `12.34`, `0.9998`; a whole number without any.
  static func graded(_ value: Double) -> String {
    switch abs(value) {
    case value.magnitude.rounded(): plain(value)
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

  /// Milliseconds of a percentile that may have no end, because too many were never answered.
  static func answered(_ value: Double?) -> String { value.map(milliseconds) ?? never }

  /// The same with its unit.
  static func answeredTime(_ value: Double?) -> String { value.map(time) ?? never }

  /// A ratio as the change that it is: `+12.9 %`.
  static func change(_ ratio: Double) -> String { signed((ratio - 1) * 100, oneDecimal) + " %" }

  /// A difference with its sign, of which zero has none.
  static func signed(_ value: Double, _ text: (Double) -> String) -> String {
    let shown = text(value)
    let isZero = shown.utf8.allSatisfy { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: ".") }
    return (value > 0 && !isZero ? "+" : "") + shown
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
