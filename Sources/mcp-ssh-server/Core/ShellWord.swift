/// One word of a command: what it says, and how it is handed to a shell.
struct ShellWord: Equatable, Sendable {
  /// The bytes of the word, quotes and escapes resolved.
  private(set) var text: [UInt8] = []

  /// The word as a shell is given it: whatever a shell could read as more than a letter stands in
  /// quotes, but for the patterns that its author left open.
  ///
  /// It is written anew from the bytes that were understood, so that no shell can see another word
  /// than the policy saw.
  private(set) var shellText: [UInt8] = []

  /// How many bytes of the text are certain, because the shell will replace the word by what it finds:
  /// names of files, a home directory; nil if it will not.
  private(set) var certainCount: Int?

  /// Whether the shell will replace the word.
  var isPattern: Bool { certainCount != nil }

  /// Whether it may become an option by that: nothing certain stands at its beginning.
  ///
  /// A tilde becomes a directory.
  var mayBecomeOption: Bool { certainCount == 0 && text.first != UInt8(ascii: "~") }

  private var isQuoting = false

  /// Whether a set of letters was begun: then a bracket may end it, and a circumflex turn it round.
  private var hasSet = false

  /// Adds a byte that stands for itself.
  mutating func append(_ byte: UInt8) {
    text.append(byte)
    if isQuoting ? byte != UInt8(ascii: "'") : Self.isPlain(byte) {
      shellText.append(byte)
    } else if byte == UInt8(ascii: "'") {
      closeQuote()
      shellText += Array("\\'".utf8)
    } else {
      isQuoting = true
      shellText += [UInt8(ascii: "'"), byte]
    }
  }

  /// Adds a byte that the shell is to take as a part of a pattern.
  mutating func appendPattern(_ byte: UInt8) {
    // A tilde is one at the beginning only (IEEE Std 1003.1, Shell Command Language §2.6.1).
    switch byte {
    case UInt8(ascii: "~") where !text.isEmpty: return append(byte)
    case UInt8(ascii: "]") where !hasSet, UInt8(ascii: "^") where !hasSet: return append(byte)
    case UInt8(ascii: "["): hasSet = true
    default: break
    }
    certainCount = certainCount ?? text.count
    closeQuote()
    text.append(byte)
    shellText.append(byte)
  }

  /// Ends the word: an empty one is a pair of quotes.
  mutating func finish() {
    closeQuote()
    if shellText.isEmpty { shellText = Array("''".utf8) }
  }

  private mutating func closeQuote() {
    if isQuoting { shellText.append(UInt8(ascii: "'")) }
    isQuoting = false
  }

  /// Bytes that no shell reads as anything but a part of a word, wherever they stand in one.
  ///
  /// Not among them: the equals sign, which makes an assignment of a first word, and everything that
  /// is not ASCII.
  static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "+")...UInt8(ascii: ":"), UInt8(ascii: "%"), UInt8(ascii: "@"),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
