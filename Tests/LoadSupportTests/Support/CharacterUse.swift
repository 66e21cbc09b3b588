import Foundation

/// A way of the standard library or of Foundation to look at text by its Characters.
struct CharacterUse: Hashable, CaseIterable {
  /// What it is called in the list of exceptions.
  let name: String

  /// A regular expression for code without comments and without what stands in strings, so that an
  /// argument that is a literal is nothing.
  private let pattern: String

  private init(_ name: String, _ pattern: String) {
    self.name = name
    self.pattern = pattern
  }

  static let allCases = [
    CharacterUse("Character", #"\bCharacter\b"#),
    // Those of a scalar are told by `properties`.
    CharacterUse(
      "kind",
      #"(?<!properties)(?<!Self)\.is(Newline|Whitespace|Letter|Number|Punctuation|Symbol)\b"#
    ),
    CharacterUse("case", #"\.(lowercased|uppercased)\(\)|\.capitalized\b"#),
    CharacterUse("prefix", #"\.has(Prefix|Suffix)\("#),
    CharacterUse("replacing", #"\.replac(ing\(\s*+(?!byte:)|e\(|ingOccurrences)"#),
    CharacterUse("trimming", #"\.trimming(Characters|Prefix)\("#),
    CharacterUse(
      "split",
      #"(?<!utf8)(?<!unicodeScalars)\.split(\(\s*+separator:\s*+(?!0x|UInt8)|\(whereSeparator:|\s*\{)"#
        + #"|\.components\(separatedBy"#
    ),
    CharacterUse(
      "index",
      #"\.(first|last)Index\(of:\s*\)|\.(range|firstRange|ranges)\(of:\s*[,)]"#
    ),
    CharacterUse("range", #"\.range\(of:|\.caseInsensitiveCompare|\.localized[A-Z]\w*\("#),
    CharacterUse("regex", #"\bNSRegularExpression\b|\.regularExpression\b|\bRegex\b"#),
    CharacterUse("contains", #"\.contains\(\s*\)"#),
    // A closure that compares its argument with a literal.
    CharacterUse("comparison", #"\$0\s*[!=]=\s*([)}&|,]|\?\s)"#),
  ]

  /// Whether some code has it.
  func occurs(in code: String) -> Bool {
    code.range(of: pattern, options: .regularExpression) != nil
  }
}
