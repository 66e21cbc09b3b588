import Foundation

/// A document as one page that needs nothing else.
///
/// Neither network nor scripts: its own policy forbids both. It is well-formed as XML too.
struct HTMLPage: Sendable {
  /// The file.
  let text: String

  /// Lays a document out.
  init(_ document: Document) {
    let title =
      document.result.map { "\($0.words): \(document.title)" }
      ?? document.title + (document.summary.map { ": \($0.plain)" } ?? "")
    let origin = document.origin.first.map { ", \($0)" } ?? ""
    let head = Markup(
      "head",
      [
        Markup("meta", ["charset": "utf-8"]),
        Markup("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
        Markup(
          "meta",
          [
            "http-equiv": "Content-Security-Policy",
            "content": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
          ]
        ),
        Markup("link", ["rel": "icon", "href": "data:,"]), Markup("title", text: title + origin),
        Markup("style", [Markup(trusted: HTMLStyle.sheet)]),
      ]
    )
    let main = Markup(
      "main",
      [Self.header(document)] + document.sections.map { Self.part($0, of: document.title) }
    )
    let patterns = Markup(
      "svg",
      ["class": "patterns", "aria-hidden": "true"],
      [Markup(trusted: HTMLStyle.fillings)]
    )
    let page = Markup(
      "html",
      ["lang": "en", "xmlns": "http://www.w3.org/1999/xhtml"],
      [head, Markup("body", [patterns, main])]
    )
    text = "<!DOCTYPE html>\n\(page.text)\n"
  }

  private static func header(_ document: Document) -> Markup {
    var content: [Markup] = []
    if !document.origin.isEmpty {
      content.append(
        Markup("p", ["class": "id"], text: document.origin.joined(separator: " · "))
      )
    }
    content.append(
      Markup(
        "h1",
        [Markup(document.title)] + (document.result.map { [Markup(" "), badge($0)] } ?? [])
      )
    )
    if let summary = document.summary { content.append(Markup("p", text: summary.plain)) }
    if !document.problems.isEmpty {
      content.append(
        Markup(
          "ul",
          ["class": "problems", "aria-label": "problems"],
          document.problems.map { Markup("li", text: $0) }
        )
      )
    }
    if !document.keys.isEmpty {
      content.append(Markup("div", ["class": "key"], [fields(document.keys)]))
    }
    return Markup("header", content)
  }

  // MARK: Sections

  /// A part with its heading; nothing where there is nothing in it.
  private static func part(_ section: ReportSection, of title: String) -> Markup {
    let content = content(section, section.heading.isEmpty ? title : section.heading)
    if content.isEmpty { return Markup("") }
    if section.heading.isEmpty { return Markup("section", content) }
    let folded = section.fold.map {
      [Markup("details", [Markup("summary", text: $0)] + content)]
    }
    return Markup("section", heading("h2", section) + (folded ?? content))
  }

  private static func heading(_ element: String, _ section: ReportSection) -> [Markup] {
    [Markup(element, text: section.heading)]
      + (section.remark.map { [Markup("p", text: $0)] } ?? [])
  }

  /// The pieces of a section, whose tables are called by a label.
  private static func content(_ section: ReportSection, _ label: String) -> [Markup] {
    section.blocks(for: .page).flatMap { block -> [Markup] in
      switch block {
      case .table(let table): [Self.table(table, label: table.label ?? label)]
      case .fields(let fields): [Self.fields(fields)]
      case .notes(let texts), .lines(let texts): texts.map { Markup("p", text: $0) }
      case .list(let phrases):
        phrases.isEmpty ? [] : [Markup("ul", phrases.map { Markup("li", text: $0.plain) })]
      case .paragraph(let phrase): [Markup("p", text: phrase.plain)]
      case .findings(let findings): [Self.table(of: findings, label: label)]
      case .tiles(let tiles):
        tiles.isEmpty ? [] : [Markup("div", ["class": "grid"], tiles.map(tile))]
      case .gap: []
      }
    }
  }

  private static func tile(_ tile: ReportSection.Tile) -> Markup {
    switch tile {
    case .picture(let chart): chart.figure
    case .image(let image): figure(image)
    case .section(let section):
      Markup(
        "div",
        ["class": section.isWide ? "whole" : "part"],
        heading("h3", section) + content(section, section.heading)
      )
    }
  }

  /// A picture of a file, which comes to nothing whatever it holds: a page runs no scripts of images.
  private static func figure(_ image: ReportSection.Image) -> Markup {
    let source = "data:image/svg+xml;base64,\(image.svg.base64EncodedString())"
    return Markup(
      "figure",
      [
        Markup(
          "figcaption",
          [Markup("strong", [link(image.title, to: image.path), Markup(" "), badge(image.result)])]
        ), Markup("img", ["src": source, "alt": "picture of \(image.title)"]),
      ]
    )
  }

  /// A link to what lies below the page's directory.
  private static func link(_ text: String, to path: String) -> Markup {
    let path = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? ""
    return Markup("a", ["href": "./\(path)"], text: text)
  }

  private static func fields(_ fields: [ReportSection.Field]) -> Markup {
    Markup(
      "dl",
      fields.map { field in
        Markup("div", [Markup("dt", text: field.label), Markup("dd", text: field.value)])
      }
    )
  }

  private static func badge(_ badge: Badge) -> Markup {
    let (style, sign) =
      switch badge.meaning {
      case .good: ("pass", "✓")
      case .bad: ("fail", "✗")
      case .open: ("open", "?")
      }
    return Markup(
      "span",
      ["class": "badge \(style)"],
      [Markup("span", ["aria-hidden": "true"], text: sign), Markup(" \(badge.words)")]
    )
  }

  // MARK: Tables

  private static func table(of findings: [ReportSection.Finding], label: String) -> Markup {
    let rows = findings.map { finding -> [TableCell] in
      [
        .text(finding.name), .badge(finding.outcome), finding.value, finding.limit,
        .count(finding.n), .text(finding.reason),
      ]
    }
    return table(
      Table(columns: ["figure", "verdict", "value (95 %)", "limit", "n", "message"], rows: rows),
      label: label,
      style: "wide"
    )
  }

  /// A table in a box of its own, which scrolls where the page is too narrow for it; on phones the cells of a
  /// wide one stand below each other with the names of their columns.
  ///
  /// The first cell of a row is its heading. Columns of figures are set to the right.
  static func table(_ table: Table, label: String, style: String = "") -> Markup {
    let sides = table.trailing.map { $0 ? "n" : "t" }
    let isWide = table.columns.count > 3
    let head = zip(table.columns, sides).map { column, side in
      Markup("th", ["scope": "col", "class": side], text: column.name)
    }
    let body = table.rows.map { row in
      Markup(
        "tr",
        row.indices.map { index in
          let content = cell(row[index])
          if index == 0 { return Markup("th", ["scope": "row"], content) }
          var side = sides[index]
          if case .badge = row[index] { side = "b" }
          return isWide
            ? Markup("td", ["class": side, "data-label": table.columns[index].name], content)
            : Markup("td", ["class": side], content)
        }
      )
    }
    let styles = ["scroll", isWide ? "stack" : "", style].filter { !$0.isEmpty }
    return Markup(
      "div",
      [
        "class": styles.joined(separator: " "), "role": "region", "tabindex": "0",
        "aria-label": label,
      ],
      [Markup("table", [Markup("thead", [Markup("tr", head)]), Markup("tbody", body)])]
    )
  }

  private static func cell(_ cell: TableCell) -> [Markup] {
    switch cell {
    case .badge(let badge): [self.badge(badge)]
    case .link(let text, let path): [link(text, to: path)]
    default:
      [Markup(cell.shown)]
        + (cell.below.map { [Markup(" "), Markup("small", text: $0)] } ?? [])
    }
  }
}
