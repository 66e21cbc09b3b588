import Glibc

/// A point of the calendar in universal time, for log lines and HTTP dates.
struct CalendarTime {
  private var fields = tm()

  /// The calendar's view of seconds since 1970.
  init(seconds: time_t) {
    var seconds = seconds
    gmtime_r(&seconds, &fields)
  }

  /// The present time with milliseconds (RFC 3339).
  static func timestamp() -> String {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let milliseconds = String(1000 + now.tv_nsec / 1_000_000).dropFirst()
    return CalendarTime(seconds: now.tv_sec).text("%Y-%m-%dT%H:%M:%S") + ".\(milliseconds)Z"
  }

  /// The point in the form of strftime(3), in the C locale.
  func text(_ format: String) -> String {
    var buffer = [CChar](repeating: 0, count: 64)
    var fields = fields
    let count = strftime(&buffer, buffer.count, format, &fields)
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
