import EventIO

/// A document in GitHub Flavored Markdown, for a comment on a pull request or a job's summary.
///
/// Whatever a server, a target or a file may have worded stands in code spans, in which neither HTML nor
/// links, mentions or references have a meaning (GFM, section 6.3).
struct MarkdownPage: Sendable {
  /// The longest text that is quoted whole, in characters: a comment may have 65,536.
  private static let longestQuote = 1_000

  /// The text with its final newline.
  let text: String

  /// Lays a document out.
  init(_ document: Document) {
    let summary = document.summary.map(Self.words)
    let title = [document.result.map { "**\($0.words)**" }, summary].compactMap(\.self)
    var lines = [title.joined(separator: ": "), ""]
    for section in document.sections {
      let blocks = section.blocks(for: .markdown).map(Self.lines).filter { !$0.isEmpty }
      if blocks.isEmpty { continue }
      if !section.heading.isEmpty {
        lines += [
          "#### \(Self.code(section.heading))" + (section.remark.map { ": \($0)" } ?? ""), "",
        ]
      }
      let fold = section.fold.map { ["<details><summary>\($0)</summary>", ""] } ?? []
      lines +=
        fold + blocks.joined(separator: [""]) + [""] + (fold.isEmpty ? [] : ["</details>", ""])
    }
    while lines.last == "" { lines.removeLast() }
    text = lines.joined(separator: "\n") + "\n"
  }

  private static func lines(_ block: ReportSection.Block) -> [String] {
    switch block {
    case .table(let table): lines(table)
    case .fields(let fields): fields.map { "- \($0.label): \(code($0.value))" }
    case .notes(let texts), .lines(let texts): texts.map { "- \(code($0))" }
    case .list(let phrases): phrases.map { "- \(words($0))" }
    case .paragraph(let phrase): [words(phrase)]
    case .findings(let findings): findings.map { "- \($0.outcome.words): \(code($0.message))" }
    case .tiles: []
    case .gap: []
    }
  }

  private static func lines(_ table: Table) -> [String] {
    let rows =
      [table.columns.map(\.name), table.trailing.map { $0 ? "---:" : "---" }]
      + table.rows.map { $0.map(cell) }
    return rows.map { "| \($0.joined(separator: " | ")) |" }
  }

  private static func cell(_ cell: TableCell) -> String {
    let text = cell.shown + (cell.below.map { " (\($0))" } ?? "")
    return switch cell {
    // No escape of a pipe holds behind a backslash, so that it becomes a character like it.
    case .quoted, .link: code(text.replacing(byte: UInt8(ascii: "|"), with: "\u{2223}"))
    default: text
    }
  }

  private static func words(_ phrase: Phrase) -> String {
    phrase.parts.map { part in
      switch part {
      case .ours(let text): text
      case .quoted(let text): code(text)
      case .link(let text, let address): "[\(text)](\(address))"
      }
    }.joined()
  }

  /// Text as a code span on one line.
  ///
  /// Its fence is longer than any run of backticks in the text, and the blanks inside the fence are
  /// no part of the content (GFM, section 6.3).
  private static func code(_ text: String) -> String {
    let shown = text.shown
    var content = String(String.UnicodeScalarView(shown.unicodeScalars.prefix(longestQuote)))
    if shown.unicodeScalars.count > longestQuote { content += "\u{2026}" }
    let longest = content.utf8.split { $0 != UInt8(ascii: "`") }.map(\.count).max() ?? 0
    let fence = String(repeating: "`", count: longest + 1)
    return "\(fence) \(content) \(fence)"
  }
}
