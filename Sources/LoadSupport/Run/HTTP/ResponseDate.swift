import Glibc

/// An instant as HTTP writes it, in seconds since 1970 (RFC 9110 §5.6.7).
struct ResponseDate: Equatable {
  /// Seconds since 1970.
  let seconds: Int

  private static let months = Array("janfebmaraprmayjunjulaugsepoctnovdec".utf8)

  /// Reads any of the three forms; nil for another text.
  ///
  /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` and
  /// `Sun Nov  6 08:49:37 1994`: the parts are told apart by what they look like.
  init?(_ text: String) {
    let words = text.utf8.split { $0 == 0x20 || $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "-") }
    var numbers: [Int] = []
    var month: Int?
    var clock: [Int]?
    for word in words.dropFirst() {
      if word.contains(UInt8(ascii: ":")) {
        clock = word.split(separator: UInt8(ascii: ":")).compactMap { Self.number($0) }
      } else if let number = Self.number(word) {
        numbers.append(number)
      } else if let found = Self.month(word) {
        month = found
      }
    }
    guard let month, let clock, clock.count == 3, numbers.count == 2, (1...31).contains(numbers[0]),
      clock[0] < 24, clock[1] < 60, clock[2] <= 60
    else { return nil }
    // Two digits are of this century, or of the last one if that is not far ahead.
    let year = numbers[1] >= 100 ? numbers[1] : numbers[1] + (numbers[1] < 70 ? 2000 : 1900)
    var parts = tm()
    parts.tm_year = Int32(clamping: year - 1900)
    parts.tm_mon = Int32(month)
    parts.tm_mday = Int32(numbers[0])
    parts.tm_hour = Int32(clock[0])
    parts.tm_min = Int32(clock[1])
    parts.tm_sec = Int32(clock[2])
    seconds = timegm(&parts)
  }

  private static func number(_ word: some Collection<UInt8>) -> Int? {
    guard !word.isEmpty, word.count <= 4, word.allSatisfy({ $0 &- 48 <= 9 }) else { return nil }
    return word.reduce(0) { $0 * 10 + Int($1 &- 48) }
  }

  private static func month(_ word: some Collection<UInt8>) -> Int? {
    let name = word.prefix(3).map { $0 | 0x20 }
    guard name.count == 3 else { return nil }
    return (0..<12).first { Self.months[3 * $0..<3 * $0 + 3].elementsEqual(name) }
  }
}

extension HTTPResponseHead {
  /// Seconds that the server asks to wait, whichever way it says so: a number, or a date that is
  /// compared with the server's own clock where it tells that too (RFC 9110 §10.2.3).
  var retryAfterSeconds: Int? {
    guard let text = value(of: "retry-after") else { return nil }
    // A fraction is no number of seconds to the standard, and what it means is plain.
    if !text.isEmpty, text.utf8.allSatisfy({ $0 &- 48 <= 9 || $0 == UInt8(ascii: ".") }) {
      guard let seconds = Double(text), seconds < 1e15 else { return nil }
      return Int(seconds.rounded(.up))
    }
    guard let until = ResponseDate(text) else { return nil }
    let now = value(of: "date").flatMap(ResponseDate.init)?.seconds ?? time(nil)
    return max(0, until.seconds - now)
  }
}
