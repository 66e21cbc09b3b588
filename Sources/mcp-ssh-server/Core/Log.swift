import EventIO

/// How much a log line matters; a log writes those of its own level and above.
enum LogLevel: Int, CaseIterable, Comparable, Sendable {
  case debug
  case info
  case warning
  case error

  /// The name in log lines and settings.
  var name: String { "\(self)" }

  static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}

/// Structured log lines on standard error: `time=… level=… msg="…" key=value`.
///
/// One write a line, so that lines of several processes on one terminal stay whole. No secret ever
/// gets here: callers name hosts, users and counts.
struct Log: Sendable {
  /// The least level that is written.
  var level: LogLevel = .info

  /// Writes one line if the level is enabled.
  func write(
    _ level: LogLevel,
    _ message: String,
    _ fields: KeyValuePairs<String, String> = [:]
  ) {
    guard level >= self.level else { return }
    var line = "time=\(CalendarTime.timestamp()) level=\(level.name) msg=\(Self.quoted(message))"
    for (key, value) in fields { line += " \(key)=\(Self.quoted(value))" }
    StandardStream.error.write(line + "\n")
  }

  private static func quoted(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "=")
    }
    if isPlain && !text.isEmpty { return text }
    var quoted: [UInt8] = []
    quoted.appendJSONString(text)
    return String(decoding: quoted, as: UTF8.self)
  }
}
