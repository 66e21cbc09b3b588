/// A command line taken apart: flags with their values, and the words beside them.
package struct CommandLineWords: Sendable {
  /// A flag that a program has.
  package struct Flag: Sendable {
    /// Whether a value follows.
    package enum Value: Sendable {
      /// In the same word behind "=", or in the next.
      case required

      /// Behind "=", or 1.
      case optional

      /// None may.
      case none
    }

    package let name: String
    let value: Value
  }

  /// A flag that a command line has.
  package struct Given: Sendable, Equatable {
    /// The flag with its hyphens.
    package let name: String

    /// Its value; 1 for a switch.
    package let value: String

    package init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// A flag that cannot be used.
  package enum Failure: Error, Equatable, Sendable {
    /// The program has no such flag.
    case unknown(String)

    /// A value is missing.
    case incomplete(String)

    /// It takes no value.
    case superfluous(String)
  }

  /// The flags in their order.
  package private(set) var flags: [Given] = []

  /// The words that are no flags and no values of any.
  package private(set) var words: [String] = []

  /// The flag that makes all else be of no account, if there is one: `--help`.
  package private(set) var ending: String?

  /// Takes the words behind a program's name apart; what follows one of the `endings` is not read.
  package init(
    _ arguments: [String],
    flags known: [Flag],
    endings: [String]
  ) throws(Failure) {
    var rest = arguments[...]
    while let word = rest.popFirst() {
      guard word.hasBytePrefix("-"), word.utf8.count > 1 else {
        words.append(word)
        continue
      }
      ending = endings.first { $0.hasSameBytes(as: word) }
      if ending != nil { return }
      let parts = word.split(at: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      let value = parts.count > 1 ? String(parts[1]) : nil
      if let ending = endings.first(where: { $0.hasSameBytes(as: parts[0]) }) {
        throw .superfluous(ending)
      }
      guard let flag = known.first(where: { $0.name.hasSameBytes(as: parts[0]) }) else {
        throw .unknown(String(parts[0]))
      }
      switch (flag.value, value) {
      case (.none, .some): throw .superfluous(flag.name)
      case (.required, nil):
        guard let next = rest.popFirst() else { throw .incomplete(flag.name) }
        flags.append(Given(name: flag.name, value: next))
      default: flags.append(Given(name: flag.name, value: value ?? "1"))
      }
    }
  }
}

extension [String] {
  /// The word that is nearest to a misspelt one, as a question behind a semicolon; empty if none is near.
  package func suggestion(for word: String) -> String {
    let nearest = map { ($0, Self.distance([UInt8](word.utf8), [UInt8]($0.utf8))) }.min {
      $0.1 < $1.1
    }
    guard let nearest, nearest.1 <= 2 else { return "" }
    return "; did you mean \(nearest.0)?"
  }

  /// How many bytes must be changed, left out or put in (Levenshtein).
  private static func distance(_ first: [UInt8], _ second: [UInt8]) -> Int {
    var row = [Int](0...second.count)
    for (index, letter) in first.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in second.indices {
        let changed = diagonal + (letter == second[column] ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = Swift.min(changed, row[column] + 1, diagonal + 1)
      }
    }
    return row[second.count]
  }
}
