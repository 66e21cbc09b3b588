/// One line of a command policy: words that a command must have to be allowed or denied.
///
/// `allow systemctl status *` is a command of exactly three words. `[--all]` is a word that may follow,
/// `[-l]` an option of one letter that may be bundled with others of its rule, `...` any words that are no
/// options. An asterisk stands for any part of one word. A program's name says nothing about what its options do, so options are
/// only those that a rule names; a rule that denies, on the other hand, means its words wherever they stand.
struct CommandRule: Equatable, Sendable {
  /// What becomes of a command that matches.
  enum Effect: String, Sendable {
    case allow
    case deny
  }

  /// What becomes of a command that matches.
  let effect: Effect

  /// The rule as it was written, for those who ask which one decided.
  let text: String

  /// The words that must be there, the command's name first.
  private let words: [[UInt8]]

  /// The words that may be there, behind those.
  private let options: [[UInt8]]

  /// The options of one letter among these.
  private let letters: Set<UInt8>

  /// Whether further words that are no options may follow.
  private let takesOperands: Bool

  /// Reads a rule; nil if it is none.
  init?(_ line: String) {
    var tokens = line.utf8.split { $0 == 0x20 || $0 == 0x09 }.map { Array($0) }
    guard tokens.count > 1,
      let effect = Effect(rawValue: String(decoding: tokens.removeFirst(), as: UTF8.self))
    else { return nil }
    self.effect = effect
    text = line
    let operands = Array("...".utf8)
    takesOperands = tokens.last == operands
    if takesOperands { tokens.removeLast() }
    let isOption = { (token: [UInt8]) in token.first == UInt8(ascii: "[") }
    let optional = tokens.drop { !isOption($0) }
    words = Array(tokens.prefix { !isOption($0) })
    guard !words.isEmpty, !tokens.contains(operands), effect == .allow || optional.isEmpty,
      optional.allSatisfy({ isOption($0) && $0.last == UInt8(ascii: "]") && $0.count > 2 })
    else { return nil }
    options = optional.map { Array($0.dropFirst().dropLast()) }
    letters = Set(options.filter { $0.count == 2 && $0[0] == Self.hyphen }.map { $0[1] })
  }

  /// The command's name as the rule has it.
  var name: String { String(decoding: words[0], as: UTF8.self) }

  /// Whether a command is one of those that the rule means.
  func matches(_ command: [ShellWord]) -> Bool {
    switch effect {
    case .allow: allows(command)
    case .deny: denies(command)
    }
  }

  // MARK: Allowing

  private func allows(_ command: [ShellWord]) -> Bool {
    guard command.count >= words.count,
      zip(words, command).allSatisfy({ !$1.isPattern && Self.matches($0, $1.text) })
    else { return false }
    return command.dropFirst(words.count).allSatisfy { word in
      // A pattern of the command's may become any word.
      if word.isPattern, options.contains([Self.hyphen, Self.asterisk]) { return true }
      if !word.isPattern, allowsOption(word.text) { return true }
      return takesOperands && !word.mayBecomeOption && word.text.first != Self.hyphen
    }
  }

  private func allowsOption(_ word: [UInt8]) -> Bool {
    let isBundle = word.count > 2 && word[0] == Self.hyphen
    return isBundle && word.dropFirst().allSatisfy(letters.contains)
      || options.contains { Self.matches($0, word) }
  }

  // MARK: Denying

  /// A denied word is denied under whatever path its program has, behind whatever options, and where the
  /// shell is yet to find out what a word will be.
  private func denies(_ command: [ShellWord]) -> Bool {
    let called = command[0].text
    let directoryEnd = words[0].contains(Self.slash) ? nil : called.lastIndex(of: Self.slash)
    let name = called[(directoryEnd.map { $0 + 1 } ?? 0)...]
    guard command[0].isPattern || Wildcard.matches(words[0], Array(name)) else { return false }
    var wanted = words.dropFirst()[...]
    for word in command.dropFirst() {
      guard let next = wanted.first else { break }
      if word.isPattern || Wildcard.matches(next, word.text) { wanted.removeFirst() }
    }
    return wanted.isEmpty
  }

  // MARK: Patterns

  /// Whether a word is what a pattern describes.
  private static func matches(_ pattern: [UInt8], _ word: [UInt8]) -> Bool {
    // `/var/log/*` means what is there, not what `/var/log/../..` leads to.
    if pattern.contains(asterisk), pattern.contains(slash),
      word.split(separator: slash).contains([dot, dot])
    {
      return false
    }
    return Wildcard.matches(pattern, word)
  }

  private static let hyphen = UInt8(ascii: "-")
  private static let asterisk = UInt8(ascii: "*")
  private static let slash = UInt8(ascii: "/")
  private static let dot = UInt8(ascii: ".")
}
