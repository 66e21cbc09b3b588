/// Splits a command into words as a POSIX shell does, and refuses what is more than words.
///
/// Chaining, redirection and every kind of substitution would let an allowed command stand in front
/// of any other (IEEE Std 1003.1, Shell Command Language §2.2, §2.3, §2.6). Patterns such as `*`
/// stay: they only name files. It reads scalars, never characters: a quote and a combining mark behind
/// it are one character that equals no quote, and to a shell they are a quote.
enum ShellWords {
  /// Why a text is no single command of plain words.
  enum Failure: Error, Equatable, Sendable {
    /// It has this operator, sign of a substitution or scalar that nobody sees, outside of quotes that
    /// protect it.
    case special(Unicode.Scalar)

    /// A quote is never closed.
    case unterminatedQuote

    /// There is no word in it.
    case empty
  }

  /// The words of a command.
  static func split(_ command: String) throws(Failure) -> [ShellWord] {
    var words: [ShellWord] = []
    var word: ShellWord?
    func begin() {
      if word == nil { word = ShellWord() }
    }
    func take(_ scalar: Unicode.Scalar, asPattern isPattern: Bool = false) {
      begin()
      for byte in String(scalar).utf8 {
        if isPattern { word?.appendPattern(byte) } else { word?.append(byte) }
      }
    }
    func end() {
      word?.finish()
      if let word { words.append(word) }
      word = nil
    }
    var rest = command.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case " ", "\t": end()
      case "'":
        begin()
        while true {
          guard let quoted = rest.popFirst() else { throw .unterminatedQuote }
          if quoted == "'" { break }
          take(quoted)
        }
      case "\"":
        begin()
        while let quoted = try nextDoubleQuoted(&rest) { take(quoted) }
      case "\\":
        // A line continuation would join lines; no single command needs one.
        guard let escaped = rest.popFirst(), !isInvisible(escaped) else { throw .special("\\") }
        take(escaped)
      case "#" where word == nil: throw .special("#")
      case "*", "?", "[", "]", "^", "~": take(scalar, asPattern: true)
      case _ where isSpecial(scalar): throw .special(scalar)
      default: take(scalar)
      }
    }
    end()
    guard !words.isEmpty else { throw .empty }
    return words
  }

  /// The next scalar between double quotes; nil at their end (§2.2.3).
  private static func nextDoubleQuoted(
    _ rest: inout Substring.UnicodeScalarView
  ) throws(Failure) -> Unicode.Scalar? {
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\"": return nil
      case "$", "`": throw .special(scalar)
      case "\\":
        guard let next = rest.first else { throw .unterminatedQuote }
        // Only before these is the backslash an escape; before a line end both vanish.
        guard ["$", "`", "\"", "\\", "\n"].contains(next) else { return scalar }
        rest.removeFirst()
        if next != "\n" { return next }
      default: return scalar
      }
    }
    throw .unterminatedQuote
  }

  /// Operators, substitutions, and everything that nobody sees.
  private static func isSpecial(_ scalar: Unicode.Scalar) -> Bool {
    ";&|<>()$`!{}".unicodeScalars.contains(scalar) || isInvisible(scalar)
  }

  /// Whether who reads a command or a rule does not see this, or takes it for a blank: controls,
  /// format characters, blanks that are not the ASCII one, and what no font has a sign for.
  static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
    let properties = scalar.properties
    if properties.isDefaultIgnorableCodePoint || properties.isWhitespace { return true }
    switch properties.generalCategory {
    case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator, .unassigned,
      .privateUse, .surrogate:
      return true
    default:
      // The blank of Braille is a sign by its category.
      return scalar.value == 0x2800
    }
  }
}
