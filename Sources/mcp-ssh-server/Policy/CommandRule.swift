/// One line of a command policy: words that a command must have to be allowed or denied.
///
/// `allow systemctl status *` is a command of exactly three words; `allow ls ...` takes any words
/// after the first. An asterisk stands for any part of one word.
struct CommandRule: Equatable, Sendable {
  /// What becomes of a command that matches.
  enum Effect: String, Sendable {
    case allow
    case deny
  }

  /// What becomes of a command that matches.
  let effect: Effect

  private let words: [String]
  private let takesMore: Bool

  /// Reads a rule; nil if it is none.
  init?(_ line: String) {
    var words = line.split(whereSeparator: \.isWhitespace).map(String.init)
    guard words.count > 1, let effect = Effect(rawValue: words.removeFirst()) else { return nil }
    self.effect = effect
    takesMore = words.last == "..."
    if takesMore { words.removeLast() }
    guard !words.isEmpty else { return nil }
    self.words = words
  }

  /// The command's name as the rule has it.
  var name: String { words[0] }

  /// Whether a command is one of those that the rule means.
  func matches(_ command: [String]) -> Bool {
    guard takesMore ? command.count >= words.count : command.count == words.count else {
      return false
    }
    return zip(words, command).allSatisfy { Self.matches(Array($0.utf8)[...], Array($1.utf8)[...]) }
  }

  private static func matches(_ pattern: ArraySlice<UInt8>, _ word: ArraySlice<UInt8>) -> Bool {
    guard let first = pattern.first else { return word.isEmpty }
    guard first == UInt8(ascii: "*") else {
      return word.first == first && matches(pattern.dropFirst(), word.dropFirst())
    }
    return (word.startIndex...word.endIndex).contains {
      matches(pattern.dropFirst(), word[$0...])
    }
  }
}
