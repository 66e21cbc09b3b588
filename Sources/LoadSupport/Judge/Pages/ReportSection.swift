import Foundation

/// A part of a report: a heading, and below it tables, labelled values, sentences and pictures.
struct ReportSection: Sendable {
  /// Those who read a report, where a part of it is not for all of them.
  enum Reader: Sendable, CaseIterable {
    case text
    case page
    case markdown
  }

  /// A value with its label.
  struct Field: Sendable, Equatable {
    let label: String

    /// The value as people read it.
    let value: String

    init(_ label: String, _ value: String) {
      self.label = label
      self.value = value
    }
  }

  /// A verdict or a check: what was found and what it may be.
  struct Finding: Sendable, Equatable {
    let name: String
    let outcome: Badge
    let value: TableCell
    let limit: TableCell
    let n: Int

    /// What is behind it, without the figures.
    let reason: String

    /// All of it in a sentence.
    let message: String
  }

  /// A picture in a file, and the page that it is from.
  struct Image: Sendable {
    let title: String
    let path: String
    let result: Badge
    let svg: Data
  }

  /// What stands side by side on a page where there is room for it.
  enum Tile: Sendable {
    case picture(SVGChart)
    case image(Image)
    case section(ReportSection)
  }

  /// A piece of its content.
  enum Block: Sendable {
    case table(Table)
    case fields([Field])

    /// Sentences, which may be continued on another line.
    case notes([String])

    /// Lines that stay whole.
    case lines([String])

    case list([Phrase])
    case paragraph(Phrase)
    case findings([Finding])
    case tiles([Tile])

    /// Some room, where the reader has no other means to part things.
    case gap
  }

  /// What it is about; empty for none.
  let heading: String

  /// What the figures below are, behind the heading.
  let remark: String?

  /// Whether its heading stands between rules.
  var isRuled = false

  /// What stands in its place until it is unfolded; nil where it is short.
  var fold: String?

  private var parts: [(block: Block, readers: Set<Reader>)] = []

  /// Begins a section, with a table where there are columns.
  init(_ heading: String = "", _ remark: String? = nil, columns: [Table.Column] = []) {
    self.heading = heading
    self.remark = remark
    if !columns.isEmpty { add(.table(Table(columns: columns))) }
  }

  /// Whether it has a table that is too wide for half a page, which has room for some 76 characters.
  var isWide: Bool {
    parts.contains { part in
      guard case .table(let table) = part.block else { return false }
      return table.characters > 76
    }
  }

  /// What one kind of reader gets to see.
  func blocks(for reader: Reader) -> [Block] {
    parts.filter { $0.readers.contains(reader) }.map(\.block)
  }

  /// Adds a piece for some readers, or for all.
  mutating func add(_ block: Block, for readers: Set<Reader> = Set(Reader.allCases)) {
    parts.append((block, readers))
  }

  /// Adds a row to the table that came last.
  mutating func addRow(_ cells: [TableCell]) {
    guard let index = parts.lastIndex(where: { if case .table = $0.block { true } else { false } }),
      case .table(var table) = parts[index].block
    else { return }
    table.rows.append(cells)
    parts[index].block = .table(table)
  }

  /// Adds a labelled value.
  mutating func addField(_ label: String, _ value: String) {
    if case .fields(let fields) = parts.last?.block {
      parts[parts.count - 1].block = .fields(fields + [Field(label, value)])
    } else {
      add(.fields([Field(label, value)]))
    }
  }

  /// Adds a sentence at the end, apart from values above it.
  mutating func addNote(_ note: String) {
    if case .fields = parts.last?.block { add(.gap) }
    add(.notes([note]))
  }
}
