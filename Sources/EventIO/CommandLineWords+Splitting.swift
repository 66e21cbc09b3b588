extension [String] {
  /// The words of a command line, as a POSIX shell takes them apart (POSIX.1-2017, XCU 2.2); nil where a quote or a
  /// backslash is left open.
  ///
  /// Quotes and backslashes alone mean something: nothing is expanded, and no other character is special.
  package init?(splitting line: String) {
    var words: [String] = []
    var word: [UInt8]?
    var quote: UInt8?
    var bytes = line.utf8.makeIterator()
    while let byte = bytes.next() {
      switch (byte, quote) {
      case (UInt8(ascii: "\\"), nil):
        guard let next = bytes.next() else { return nil }
        // A line that is continued.
        if next != 0x0A { word = (word ?? []) + [next] }
      case (UInt8(ascii: "\\"), UInt8(ascii: "\"")):
        guard let next = bytes.next() else { return nil }
        if next == 0x0A { continue }
        let isEscape = #"$`"\"#.utf8.contains(next)
        word = (word ?? []) + (isEscape ? [next] : [byte, next])
      case (UInt8(ascii: "'"), nil), (UInt8(ascii: "\""), nil):
        quote = byte
        word = word ?? []
      case (_, .some(byte)): quote = nil
      case (0x20, nil), (0x09, nil), (0x0A, nil), (0x0D, nil):
        if let word { words.append(String(decoding: word, as: UTF8.self)) }
        word = nil
      default: word = (word ?? []) + [byte]
      }
    }
    guard quote == nil else { return nil }
    if let word { words.append(String(decoding: word, as: UTF8.self)) }
    self = words
  }
}
