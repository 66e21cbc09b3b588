/// Text by its bytes, for what a shell, a protocol, a rule, a file or a secret means.
///
/// The standard library's own operations work on `Character`, which is a grapheme cluster: a quote
/// with a combining mark behind it equals no quote, CR LF is one, and `==` takes composed and
/// decomposed letters for the same. A part that begins and ends at ASCII bytes is valid UTF-8.
extension StringProtocol where SubSequence == Substring {
  /// Whether both are the same bytes.
  package func hasSameBytes(as other: some StringProtocol) -> Bool {
    utf8.elementsEqual(other.utf8)
  }

  /// Whether the bytes of another text stand at the start.
  package func hasBytePrefix(_ prefix: some StringProtocol) -> Bool {
    utf8.starts(with: prefix.utf8)
  }

  /// Whether the bytes of another text stand at the end.
  package func hasByteSuffix(_ suffix: some StringProtocol) -> Bool {
    utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
  }

  /// Whether the bytes of another text stand anywhere; those of an empty one do.
  package func containsBytes(_ part: some StringProtocol) -> Bool {
    part.utf8.isEmpty || utf8.firstRange(of: part.utf8) != nil
  }

  /// The text with A to Z in lower case and all else as it is.
  package func asciiLowercased() -> String {
    String(decoding: utf8.map { (65...90).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
  }

  /// The text with a to z in upper case and all else as it is.
  package func asciiUppercased() -> String {
    String(decoding: utf8.map { (97...122).contains($0) ? $0 & 0xDF : $0 }, as: UTF8.self)
  }

  /// The text without blanks, tabs, carriage returns and line feeds at its ends.
  package func trimmed() -> Substring {
    let isText = { (byte: UInt8) in byte != 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0D }
    let text = self[...].utf8
    guard let first = text.firstIndex(where: isText), let last = text.lastIndex(where: isText)
    else { return self[endIndex...] }
    return self[first..<text.index(after: last)]
  }

  /// The parts between a byte of ASCII.
  package func split(
    at separator: UInt8,
    maxSplits: Int = .max,
    omittingEmptySubsequences: Bool = true
  ) -> [Substring] {
    utf8.split(
      separator: separator,
      maxSplits: maxSplits,
      omittingEmptySubsequences: omittingEmptySubsequences
    )
    .map { self[$0.startIndex..<$0.endIndex] }
  }

  /// The words between blanks, tabs, carriage returns and line feeds.
  package func words() -> [Substring] {
    utf8.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
      .map { self[$0.startIndex..<$0.endIndex] }
  }

  /// The lines, which end with LF, CR LF or a CR alone; empty ones count, also that behind the last
  /// line end.
  package func lines() -> [Substring] {
    var lines: [Substring] = []
    var start = startIndex
    var index = startIndex
    while index < endIndex {
      let byte = utf8[index]
      var next = utf8.index(after: index)
      if byte == 0x0A || byte == 0x0D {
        lines.append(self[start..<index])
        if byte == 0x0D, next < endIndex, utf8[next] == 0x0A { next = utf8.index(after: next) }
        start = next
      }
      index = next
    }
    return lines + [self[start...]]
  }

  /// The text with another in place of each byte of ASCII that is this one.
  package func replacing(byte: UInt8, with replacement: String) -> String {
    var bytes: [UInt8] = []
    for next in utf8 {
      if next == byte { bytes += replacement.utf8 } else { bytes.append(next) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
