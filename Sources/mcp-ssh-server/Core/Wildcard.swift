/// Patterns in which an asterisk stands for any bytes, also for none.
enum Wildcard {
  /// Whether the whole text is as the pattern says.
  ///
  /// Where the text differs, the latest asterisk takes one byte more: earlier ones need not move, so
  /// that no pattern takes longer than its length times that of the text.
  static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
    var (next, position) = (0, 0)
    var asterisk: (next: Int, position: Int)?
    while position < text.count {
      if next < pattern.count, pattern[next] == UInt8(ascii: "*") {
        next += 1
        asterisk = (next, position)
      } else if next < pattern.count, pattern[next] == text[position] {
        next += 1
        position += 1
      } else if let latest = asterisk {
        asterisk = (latest.next, latest.position + 1)
        (next, position) = (latest.next, latest.position + 1)
      } else {
        return false
      }
    }
    return pattern[next...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
