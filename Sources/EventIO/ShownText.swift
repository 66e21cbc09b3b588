/// Text of others as people may be shown it: a server, a file or a log may word anything, and must
/// not be taken for us.
extension StringProtocol where SubSequence == Substring {
  /// The text on one line, with what no reader would see, or would see elsewhere than it stands, by its
  /// code point: control characters, line ends, marks of direction (`\n`, `\u{1B}`, `\u{202E}`).
  ///
  /// Twice gives the same as once. Joiners stay, which some scripts cannot be written without.
  package var shown: String {
    if utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return String(self) }
    var text = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "\n": text += #"\n"#
      case "\r": text += #"\r"#
      case "\t": text += #"\t"#
      case "\u{200C}", "\u{200D}": text.unicodeScalars.append(scalar)
      default:
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned:
          text += #"\u{\#(String(scalar.value, radix: 16, uppercase: true))}"#
        default: text.unicodeScalars.append(scalar)
        }
      }
    }
    return text
  }

  /// The last line with a word in it, for people and of at most 500 bytes; nil if there is none.
  ///
  /// It is mostly what a program that failed says of why.
  package var lastLineShown: String? {
    String(self).lines().last { !$0.words().isEmpty }.map { String($0.shown.cut(toBytes: 500)) }
  }

  /// The text's beginning, of at most so many bytes of UTF-8 and whole scalars.
  package func cut(toBytes limit: Int) -> Substring {
    let bytes = self[...].utf8
    guard bytes.count > limit else { return self[...] }
    var end = bytes.index(bytes.startIndex, offsetBy: Swift.max(0, limit))
    while bytes[end] & 0xC0 == 0x80 { end = bytes.index(before: end) }
    return self[startIndex..<end]
  }
}
