extension SourceFile {
  /// What its string literals say: those that are added to each other as one, with `…` for what is interpolated.
  var sentences: [String] {
    var found: [String] = []
    var rest = Substring(text)
    while !rest.isEmpty {
      if rest.hasPrefix("//") {
        rest = rest.drop { $0 != "\n" }
      } else if var sentence = Self.takeLiteral(&rest, &found) {
        while let next = Self.added(to: rest) {
          rest = next
          sentence += Self.takeLiteral(&rest, &found) ?? ""
        }
        found.append(sentence)
      } else {
        rest = rest.dropFirst()
      }
    }
    return found
  }

  /// The text from a literal on that is added to what stands before it; nil where another thing comes.
  private static func added(to rest: Substring) -> Substring? {
    let sign = rest.drop(while: \.isWhitespace)
    let next = sign.dropFirst().drop(while: \.isWhitespace)
    return sign.first == "+" && next.drop { $0 == "#" }.first == "\"" ? next : nil
  }

  /// The text of a literal if one begins here; those in its interpolations are found by themselves.
  private static func takeLiteral(_ rest: inout Substring, _ found: inout [String]) -> String? {
    takeLiteral(&rest) { skipInterpolation(&$0, &found) }
  }

  private static func skipInterpolation(_ rest: inout Substring, _ found: inout [String]) {
    var depth = 1
    while depth > 0, let character = rest.first {
      if let text = takeLiteral(&rest, &found) {
        found.append(text)
        continue
      }
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      rest = rest.dropFirst()
    }
  }
}
