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

  /// Reads a rule.
  ///
  /// - Throws: what is wrong with the line.
  init(_ line: String) throws(ConfigurationError) {
    var tokens = line.utf8.split { $0 == 0x20 || $0 == 0x09 }.map { Array($0) }
    let first = String(decoding: tokens.isEmpty ? [] : tokens.removeFirst(), as: UTF8.self)
    guard let effect = Effect(rawValue: first) else {
      throw .expected("allow or deny at the beginning, not \(first)")
    }
    self.effect = effect
    text = line
    let operands = Array("...".utf8)
    takesOperands = tokens.last == operands
    if takesOperands { tokens.removeLast() }
    let isOption = { (token: [UInt8]) in token.first == UInt8(ascii: "[") }
    let optional = tokens.drop { !isOption($0) }
    words = Array(tokens.prefix { !isOption($0) })
    guard !words.isEmpty else { throw .expected("a command's name behind \(first)") }
    guard effect == .allow || optional.isEmpty else {
      throw .expected("words only: a rule that denies means them with any options")
    }
    for token in tokens { try Self.check(token) }
    if let token = optional.first(where: { !isOption($0) }) {
      let word = String(decoding: token, as: UTF8.self)
      throw .expected("options in brackets and at last ... behind the words, not \(word)")
    }
    options = optional.map { Array($0.dropFirst().dropLast()) }
    var letters = Set(options.filter { $0.count == 2 && $0[0] == Self.hyphen }.map { $0[1] })
    letters.remove(Self.hyphen)
    self.letters = letters
  }

  /// Refuses what looks like more than a word, since it would not mean what it seems to.
  private static func check(_ token: [UInt8]) throws(ConfigurationError) {
    let text = String(decoding: token, as: UTF8.self)
    guard token != Array("...".utf8) else { throw .expected("... at the end only") }
    guard token.first != UInt8(ascii: "#") else {
      throw .expected("comments on lines of their own")
    }
    guard !token.contains(where: { "'\"\\".utf8.contains($0) }) else {
      throw .expected("words without quotes and backslashes, not \(text): * stands for anything")
    }
    guard token.first == UInt8(ascii: "[") else { return }
    let item = token.dropFirst().dropLast()
    guard token.last == UInt8(ascii: "]"), !item.isEmpty, !item.contains(UInt8(ascii: "]")) else {
      throw .expected("one option in each pair of brackets, not \(text)")
    }
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

  /// Whether a word is one of the options that may follow.
  func hasOption(_ word: ShellWord) -> Bool {
    word.isPattern ? takesAnyOption && word.text.first == Self.hyphen : allowsOption(word.text)
  }

  private func allows(_ command: [ShellWord]) -> Bool {
    guard command.count >= words.count,
      zip(words, command).allSatisfy({ !$1.isPattern && Self.allows($0, $1.text) })
    else { return false }
    return command.dropFirst(words.count).allSatisfy { hasOption($0) || hasOperand($0) }
  }

  /// Whether a word is one of those that are no options; a pattern that may become one is both.
  private func hasOperand(_ word: ShellWord) -> Bool {
    takesOperands && word.text.first != Self.hyphen && (!word.mayBecomeOption || takesAnyOption)
  }

  private var takesAnyOption: Bool { options.contains([Self.hyphen, Self.asterisk]) }

  /// An asterisk that begins a word stands for no option.
  private static func allows(_ pattern: [UInt8], _ word: [UInt8]) -> Bool {
    (word.first != hyphen || pattern.first == hyphen) && matches(pattern, word)
  }

  private func allowsOption(_ word: [UInt8]) -> Bool {
    let isBundle = word.count > 2 && word[0] == Self.hyphen
    return isBundle && word.dropFirst().allSatisfy(letters.contains)
      || options.contains { Self.allows($0, word) }
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
      // A pattern may become several words.
      repeat {
        guard let next = wanted.first, Self.mayBecome(next, word) else { break }
        wanted.removeFirst()
      } while word.isPattern
    }
    return wanted.isEmpty
  }

  /// Whether a word is what a pattern describes, or the shell may make it so: as far as both are certain,
  /// they are the same.
  private static func mayBecome(_ pattern: [UInt8], _ word: ShellWord) -> Bool {
    guard let certainCount = word.certainCount else { return Wildcard.matches(pattern, word.text) }
    // No name that a pattern finds begins with a slash unless the pattern does; a home directory does.
    if pattern.first == slash, word.mayBecomeOption { return false }
    return zip(pattern.prefix { $0 != asterisk }, word.text.prefix(certainCount)).allSatisfy(==)
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
