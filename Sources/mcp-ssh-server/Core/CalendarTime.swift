import Glibc

/// A point of the calendar in universal time, for log lines and HTTP dates.
struct CalendarTime {
  private var fields = tm()

  /// The calendar's view of seconds since 1970.
  init(seconds: time_t) {
    var seconds = seconds
    gmtime_r(&seconds, &fields)
  }

  /// The point in the form of strftime(3), in the C locale.
  func text(_ format: String) -> String {
    var buffer = [CChar](repeating: 0, count: 64)
    var fields = fields
    let count = strftime(&buffer, buffer.count, format, &fields)
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
