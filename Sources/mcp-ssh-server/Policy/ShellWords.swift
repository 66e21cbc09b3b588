/// Splits a command into words as a POSIX shell does, and refuses what is more than words.
///
/// Chaining, redirection and every kind of substitution would let an allowed command stand in front
/// of any other (IEEE Std 1003.1, Shell Command Language §2.2, §2.3, §2.6). Patterns such as `*`
/// stay: they only name files.
enum ShellWords {
  /// Why a text is no single command of plain words.
  enum Failure: Error, Equatable, Sendable {
    /// It has this operator or the sign of a substitution outside of quotes that protect it.
    case special(Character)

    /// A quote is never closed.
    case unterminatedQuote

    /// There is no word in it.
    case empty
  }

  /// The words, quotes and escapes resolved.
  static func split(_ command: String) throws(Failure) -> [String] {
    var words: [String] = []
    var word: String?
    var rest = command[...]
    while let character = rest.popFirst() {
      switch character {
      case " ", "\t":
        if let finished = word { words.append(finished) }
        word = nil
      case "'":
        guard let end = rest.firstIndex(of: "'") else { throw .unterminatedQuote }
        word = (word ?? "") + rest[..<end]
        rest = rest[end...].dropFirst()
      case "\"":
        word = (word ?? "") + (try takeDoubleQuoted(&rest))
      case "\\":
        // A line continuation would join lines; no single command needs one.
        guard let escaped = rest.popFirst(), !escaped.isNewline else { throw .special("\\") }
        word = (word ?? "") + String(escaped)
      case "#" where word == nil:
        throw .special("#")
      case _ where isSpecial(character):
        throw .special(character)
      default:
        word = (word ?? "") + String(character)
      }
    }
    if let word { words.append(word) }
    guard !words.isEmpty else { throw .empty }
    return words
  }

  private static func takeDoubleQuoted(_ rest: inout Substring) throws(Failure) -> String {
    var text = ""
    while let character = rest.popFirst() {
      switch character {
      case "\"": return text
      case "$", "`": throw .special(character)
      case "\\":
        guard let escaped = rest.popFirst() else { throw .unterminatedQuote }
        // Only before these is the backslash an escape (§2.2.3).
        if escaped.isNewline { throw .special("\\") }
        text += ["$", "`", "\"", "\\"].contains(escaped) ? "" : "\\"
        text.append(escaped)
      default: text.append(character)
      }
    }
    throw .unterminatedQuote
  }

  /// Operators, substitutions, and everything that ends a line in some shell.
  private static func isSpecial(_ character: Character) -> Bool {
    if character.isNewline { return true }
    // Characters are clusters: an operator with a combining mark is still an operator.
    return character.unicodeScalars.contains { scalar in
      scalar.value < 0x20 || ";&|<>()$`!{}".unicodeScalars.contains(scalar)
    }
  }
}
