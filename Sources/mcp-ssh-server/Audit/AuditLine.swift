import EventIO
import Glibc

/// One line of the audit trail: a JSON object in ASCII, of bounded length.
///
/// Everything but visible ASCII is escaped: no line moves a terminal's cursor, reorders or hides text,
/// or depends on which signs the reader's system knows.
struct AuditLine: Sendable {
  /// The most bytes of a command or a path that a line has.
  static let longTextLimit = 4096

  private static let shortTextLimit = 256

  private var bytes: [UInt8]

  /// Begins a line with its time, in UTC, and what happened.
  init(_ event: String) {
    bytes = Array("{\"time\":\"\(CalendarTime.timestamp())\"".utf8)
    add("event", event)
  }

  /// The whole line with its end.
  var finished: [UInt8] { bytes + Array("}\n".utf8) }

  /// Adds a text if there is one; of one that is too long the beginning, and how long it is in bytes.
  mutating func add(_ key: String, _ text: String?, limit: Int = AuditLine.shortTextLimit) {
    guard let text else { return }
    addKey(key)
    bytes.append(UInt8(ascii: "\""))
    var room = limit
    for scalar in text.unicodeScalars {
      room -= UTF8.width(scalar)
      guard room >= 0 else { break }
      addEscaped(scalar)
    }
    bytes.append(UInt8(ascii: "\""))
    if room < 0 { add("\(key)_bytes", text.utf8.count) }
  }

  /// Adds a whole number if there is one.
  mutating func add(_ key: String, _ number: Int?) {
    guard let number else { return }
    addKey(key)
    bytes += String(number).utf8
  }

  /// Adds a truth value if there is one.
  mutating func add(_ key: String, _ value: Bool?) {
    guard let value else { return }
    addKey(key)
    bytes += (value ? "true" : "false").utf8
  }

  /// Adds a duration in milliseconds, with three decimals.
  mutating func add(_ key: String, _ duration: Duration) {
    addKey(key)
    let microseconds = max(0, duration.nanoseconds / 1000)
    bytes += "\(microseconds / 1000).\(String(1000 + microseconds % 1000).dropFirst())".utf8
  }

  private mutating func addKey(_ key: String) {
    bytes += ",\"\(key)\":".utf8
  }

  private mutating func addEscaped(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\"", "\\":
      bytes += [UInt8(ascii: "\\"), UInt8(scalar.value)]
    case " "..."~":
      bytes.append(UInt8(scalar.value))
    default:
      for unit in String(scalar).utf16 {
        bytes += "\\u\(String(0x10000 + Int(unit), radix: 16).dropFirst())".utf8
      }
    }
  }
}
