import Glibc

/// The value of the Date field (RFC 9110 §5.6.7), made anew once a second.
struct HTTPDate {
  private var second: time_t = 0
  private var text = ""

  /// The present date.
  mutating func current() -> String {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME_COARSE, &now)
    if now.tv_sec != second {
      second = now.tv_sec
      text = CalendarTime(seconds: second).text("%a, %d %b %Y %H:%M:%S GMT")
    }
    return text
  }
}
