import Glibc

/// The value of the Date field (RFC 9110 §5.6.7), made anew once a second.
@ServerLoop
enum HTTPDate {
  private static var second: time_t = 0
  private static var text = ""

  /// The present date.
  static func current() -> String {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME_COARSE, &now)
    if now.tv_sec != second {
      second = now.tv_sec
      text = CalendarTime(seconds: second).text("%a, %d %b %Y %H:%M:%S GMT")
    }
    return text
  }
}
