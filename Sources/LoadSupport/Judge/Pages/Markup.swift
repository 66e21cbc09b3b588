import EventIO

/// A piece of a page or of a file that is well-formed as HTML and as XML.
///
/// Made only of escaped text and of elements, so that no text of a server becomes markup.
struct Markup: Sendable, Equatable {
  /// Who reads a text, which decides what becomes of signs that nobody sees.
  enum Reader: Sendable {
    /// People: control characters and marks of direction are shown by their code point, `\u{1B}`.
    case person

    /// Programs: all stay but those that no document may have, which become U+FFFD (XML 1.0, section 2.2).
    case program
  }

  /// The piece as it stands in the file.
  let text: String

  /// Elements that never have content; any other has a closing tag, as HTML asks for.
  private static let void: Set = ["circle", "col", "img", "line", "link", "meta", "path", "rect"]

  /// Escapes plain text for people.
  init(_ plain: String) {
    text = Self.escaped(plain, for: .person)
  }

  /// Puts an element around pieces; attributes are escaped.
  init(
    _ element: String,
    _ attributes: KeyValuePairs<String, String>,
    _ content: [Markup] = [],
    for reader: Reader = .person
  ) {
    var text = "<\(element)"
    for (name, value) in attributes { text += " \(name)=\"\(Self.escaped(value, for: reader))\"" }
    if content.isEmpty, reader == .program || Self.void.contains(element) {
      self.text = text + "/>"
    } else {
      self.text = content.reduce(into: text + ">") { $0 += $1.text } + "</\(element)>"
    }
  }

  /// Puts an element around plain text.
  init(_ element: String, _ attributes: KeyValuePairs<String, String> = [:], text: String) {
    self.init(element, attributes, [Markup(text)])
  }

  /// Puts an element without attributes around pieces.
  init(_ element: String, _ content: [Markup]) {
    self.init(element, [:], content)
  }

  /// Takes a text of the program's own, such as a style sheet, as it is.
  init(trusted text: StaticString) {
    self.text = text.description
  }

  private static func escaped(_ plain: String, for reader: Reader) -> String {
    var text = ""
    for scalar in plain.unicodeScalars {
      switch (scalar, reader) {
      case ("&", _): text += "&amp;"
      case ("<", _): text += "&lt;"
      case (">", _): text += "&gt;"
      case ("\"", _): text += "&quot;"
      case ("\n", .person), ("\t", .person): text += " "
      // A reader of attributes takes these for blanks unless they are references (section 3.3.3).
      case ("\t", .program), ("\n", .program), ("\r", .program): text += "&#\(scalar.value);"
      case ("\0"..<" ", .program), ("\u{FFFE}", .program), ("\u{FFFF}", .program):
        text += "\u{FFFD}"
      case (" "..."~", _), (_, .program): text.unicodeScalars.append(scalar)
      case (_, .person): text += String(scalar).shown
      }
    }
    return text
  }
}
