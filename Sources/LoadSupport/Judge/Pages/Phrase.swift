/// A sentence of a report that knows which of its words are ours and which somebody else may have worded.
///
/// Made by interpolation: `"FAIL: \(quoted: message)"`. Markdown sets what is quoted in code spans, and links.
struct Phrase: Sendable, Equatable, ExpressibleByStringInterpolation {
  /// A stretch of it.
  enum Part: Sendable, Equatable {
    case ours(String)
    case quoted(String)

    /// Words of ours, and the address that they lead to, which holds nothing that has a meaning in Markdown.
    case link(String, to: String)
  }

  let parts: [Part]

  /// The sentence without any marks.
  var plain: String {
    parts.map { part in
      switch part {
      case .ours(let text), .quoted(let text), .link(let text, _): text
      }
    }.joined()
  }

  init(stringLiteral text: String) { parts = [.ours(text)] }

  init(stringInterpolation: StringInterpolation) { parts = stringInterpolation.parts }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var parts: [Part] = []

    init(literalCapacity: Int, interpolationCount: Int) {}

    mutating func appendLiteral(_ literal: String) {
      if !literal.isEmpty { parts.append(.ours(literal)) }
    }

    mutating func appendInterpolation(_ text: String) { appendLiteral(text) }

    mutating func appendInterpolation(quoted text: String) { parts.append(.quoted(text)) }

    mutating func appendInterpolation(link text: String, to address: String) {
      parts.append(.link(text, to: address))
    }
  }
}
