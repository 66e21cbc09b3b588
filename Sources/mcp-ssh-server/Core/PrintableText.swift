/// Text of others in messages of ours: short, and nothing in it that a reader cannot see.
enum PrintableText {
  /// One line of at most so many of the bytes; what is no visible character is escaped.
  static func line(_ bytes: some Collection<UInt8>, limitBytes: Int) -> String {
    var line = ""
    for scalar in String(decoding: bytes.prefix(limitBytes), as: UTF8.self).unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
        line += "\\u{\(String(scalar.value, radix: 16))}"
      default: line.unicodeScalars.append(scalar)
      }
    }
    return bytes.count > limitBytes ? "\(line)…" : line
  }
}

extension StringProtocol {
  /// The text as one line of at most so many bytes, for a message that quotes it.
  func bounded(to limitBytes: Int) -> String {
    PrintableText.line(utf8, limitBytes: limitBytes)
  }
}
