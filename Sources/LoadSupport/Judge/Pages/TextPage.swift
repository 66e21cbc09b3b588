import EventIO

/// A document as plain text: of 70 columns where lines can be broken, between rules where it has a banner.
struct TextPage: Sendable {
  private static let width = 70
  private static let fieldWidth = 20
  private static let bannerWidth = 12

  /// The text with its final newline; whatever a server worded stays on the line that it stands in.
  let text: String

  /// Lays a document out.
  init(_ document: Document) {
    var lines: [String] = []
    if let banner = document.banner {
      lines += Self.ruled(String(repeating: " ", count: 25) + banner.title, by: "=")
      lines += document.problems.map { "PROBLEM:    \($0)" }
      lines += banner.fields.map { Self.padded($0.label + ":", Self.bannerWidth) + $0.value }
      lines += [""] + Self.ruled(document.title.asciiUppercased(), by: "-")
    } else if let result = document.result {
      lines += [result.words + (document.summary.map { ": \($0.plain)" } ?? ""), ""]
    }
    for section in document.sections {
      let heading = section.heading.asciiUppercased() + (section.remark.map { " (\($0))" } ?? "")
      if section.isRuled {
        lines += Self.ruled(heading, by: "-")
      } else if !section.heading.isEmpty {
        lines.append(heading)
      }
      let indent = section.heading.isEmpty ? "" : "  "
      lines += section.blocks(for: .text).flatMap { Self.lines($0, indent) }
      if !section.isRuled { lines.append("") }
    }
    if document.banner != nil {
      lines.append(Self.rule("="))
    } else {
      while lines.last == "" { lines.removeLast() }
    }
    text = lines.map { $0.shown + "\n" }.joined()
  }

  private static func lines(_ block: ReportSection.Block, _ indent: String) -> [String] {
    switch block {
    case .table(let table): Self.lines(table, indent)
    case .fields(let fields): fields.map { indent + padded($0.label + ":", fieldWidth) + $0.value }
    case .notes(let notes): notes.flatMap { wrapped($0, indent) }
    case .lines(let lines): lines.map { indent + $0 }
    case .list(let phrases): phrases.map { indent + "- " + $0.plain }
    case .paragraph(let phrase): [indent + phrase.plain]
    case .findings(let findings): findings.map { "\(indent)\($0.outcome.words)  \($0.message)" }
    case .tiles: []
    case .gap: [""]
    }
  }

  // MARK: Tables

  /// The lines of a table, with what stands below cells on lines of their own.
  static func lines(_ table: Table, _ indent: String = "") -> [String] {
    let cells = [table.columns.map(\.name)] + table.rows.flatMap(rows)
    let widths = table.columns.indices.map { column in
      cells.reduce(table.columns[column].width) { max($0, $1[column].count) }
    }
    let trailing = table.trailing
    return cells.map { indent + line($0, widths, trailing) }
  }

  /// The line of a row of a table whose rows are shown one by one.
  static func line(_ row: [TableCell], of table: Table) -> String {
    line(row.map(\.shown), table.columns.map(\.width), table.trailing)
  }

  private static func rows(_ row: [TableCell]) -> [[String]] {
    let below = row.map { $0.below ?? "" }
    return [row.map(\.shown)] + (below.allSatisfy(\.isEmpty) ? [] : [below])
  }

  private static func line(_ cells: [String], _ widths: [Int], _ trailing: [Bool]) -> String {
    var line = cells.indices.map { column in
      let space = String(repeating: " ", count: max(0, widths[column] - cells[column].count))
      return trailing[column] ? space + cells[column] : cells[column] + space
    }.joined(separator: "  ")
    while line.utf8.last == UInt8(ascii: " ") { line.removeLast() }
    return line
  }

  // MARK: Layout

  private static func rule(_ sign: String) -> String { String(repeating: sign, count: width) }

  private static func ruled(_ heading: String, by sign: String) -> [String] {
    [rule(sign), heading, rule(sign), ""]
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  /// A sentence, continued further to the right where it is longer than the text is wide.
  private static func wrapped(_ text: String, _ indent: String) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(at: UInt8(ascii: " ")) {
      let room = width - indent.count - (lines.isEmpty ? 0 : 2)
      if line.count + word.count >= room, line.count > (lines.isEmpty ? 2 : 0) {
        lines.append(indent + (lines.isEmpty ? "" : "  ") + line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return lines + [indent + (lines.isEmpty ? "" : "  ") + line]
  }
}
