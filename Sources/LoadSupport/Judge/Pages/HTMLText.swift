/// A piece of a page that is well-formed as HTML and as XML.
///
/// Made only of escaped text and of elements, so that no text of a server becomes markup.
struct HTMLText: Sendable, Equatable {
  /// The piece as it stands in the file.
  let markup: String

  /// Elements that never have content; any other has a closing tag, as HTML asks for.
  private static let void: Set = ["circle", "col", "line", "link", "meta", "path", "rect"]

  /// Escapes plain text.
  ///
  /// What no reader would see, or would see elsewhere than it stands (control characters, marks of
  /// direction), is shown by its code point: `\u{1B}`.
  init(_ plain: String) {
    markup = Self.escaped(plain)
  }

  /// Escapes plain text and, where there is such, what stands below it in a cell.
  init(_ plain: String, below: String?) {
    markup =
      Self.escaped(plain) + (below.map { " " + HTMLText("small", text: $0).markup } ?? "")
  }

  /// Puts an element around pieces; attributes are escaped.
  init(
    _ element: String,
    _ attributes: KeyValuePairs<String, String>,
    _ content: [HTMLText] = []
  ) {
    var text = "<\(element)"
    for (name, value) in attributes { text += " \(name)=\"\(Self.escaped(value))\"" }
    if content.isEmpty, Self.void.contains(element) {
      markup = text + "/>"
    } else {
      markup = content.reduce(into: text + ">") { $0 += $1.markup } + "</\(element)>"
    }
  }

  /// Puts an element around plain text.
  init(_ element: String, _ attributes: KeyValuePairs<String, String> = [:], text: String) {
    self.init(element, attributes, [HTMLText(text)])
  }

  /// Puts an element without attributes around pieces.
  init(_ element: String, _ content: [HTMLText]) {
    self.init(element, [:], content)
  }

  /// Takes a text of the program's own, such as a style sheet, as it is.
  init(trusted markup: StaticString) {
    self.markup = markup.description
  }

  private static func escaped(_ plain: String) -> String {
    var text = ""
    for scalar in plain.unicodeScalars {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "\n", "\t": text += " "
      default:
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned:
          text += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        default: text.unicodeScalars.append(scalar)
        }
      }
    }
    return text
  }
}

// MARK: Tables

extension HTMLText {
  /// A table in a box of its own, which scrolls where the page is too narrow for it.
  ///
  /// The first cell of a row is its heading. Columns of numbers are set to the right.
  static func table(
    _ label: String,
    style: String = "",
    _ columns: [String],
    _ rows: [[HTMLText]]
  ) -> HTMLText {
    let isNumeric = columns.indices.map { column in
      column > 0 && rows.allSatisfy { $0[column].looksLikeANumber }
    }
    let head = columns.enumerated().map { index, name in
      HTMLText("th", ["scope": "col", "class": isNumeric[index] ? "n" : "t"], text: name)
    }
    let body = rows.map { row in
      HTMLText(
        "tr",
        row.enumerated().map { index, cell in
          index == 0
            ? HTMLText("th", ["scope": "row"], [cell])
            : HTMLText("td", ["class": isNumeric[index] ? "n" : "t"], [cell])
        }
      )
    }
    return HTMLText(
      "div",
      ["class": "scroll \(style)", "role": "region", "tabindex": "0", "aria-label": label],
      [HTMLText("table", [HTMLText("thead", [HTMLText("tr", head)]), HTMLText("tbody", body)])]
    )
  }

  /// A table of plain cells.
  static func table(_ label: String, _ columns: [String], _ rows: [[String]]) -> HTMLText {
    table(label, columns, rows.map { $0.map { HTMLText($0) } })
  }

  /// A table of a report's own cells, with what stands below a value smaller than it.
  static func table(
    _ label: String,
    _ columns: [String],
    _ rows: [[ReportSection.Cell]]
  ) -> HTMLText {
    table(label, columns, rows.map { $0.map { HTMLText($0.value, below: $0.below) } })
  }

  /// A list of labelled values.
  static func fields(_ fields: [(label: String, value: String)]) -> HTMLText {
    HTMLText(
      "dl",
      fields.map { field in
        HTMLText("div", [HTMLText("dt", text: field.label), HTMLText("dd", text: field.value)])
      }
    )
  }

  private var looksLikeANumber: Bool {
    ["", "not reported"].contains(markup)
      || markup.unicodeScalars.first.map {
        ("0"..."9").contains($0) || "-(≤≥".unicodeScalars.contains($0)
      }
        ?? false
  }
}
