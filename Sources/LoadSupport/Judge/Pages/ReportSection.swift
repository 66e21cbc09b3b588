/// A part of a report that one scenario has of its own: a heading with a table or with lines.
///
/// Data rather than text, so that every kind of report can show it in its own way.
struct ReportSection: Sendable, Equatable {
  /// What it is about.
  let heading: String

  /// The names of the table's columns; empty if there is no table.
  let columns: [String]

  /// The table's rows, each with a cell for every column.
  private(set) var rows: [[Cell]] = []

  /// Labelled values, one a line.
  private(set) var fields: [Field] = []

  /// Lines below the table and the fields.
  private(set) var notes: [String] = []

  /// A cell of the table.
  struct Cell: Sendable, Equatable {
    /// What it says.
    let value: String

    /// What stands below that, if anything: the interval of a percentile.
    let below: String?

    /// A cell of plain text.
    init(_ value: String, below: String? = nil) {
      self.value = value
      self.below = below
    }
  }

  /// A value with its label.
  struct Field: Sendable, Equatable {
    /// What the value is.
    let label: String

    /// The value as people read it.
    let value: String
  }

  /// Begins a section.
  init(_ heading: String, columns: [String] = []) {
    self.heading = heading
    self.columns = columns
  }

  /// Adds a row to the table.
  mutating func addRow(_ cells: [Cell]) {
    rows.append(cells)
  }

  /// Adds a labelled value.
  mutating func addField(_ label: String, _ value: String) {
    fields.append(Field(label: label, value: value))
  }

  /// Adds a line at the end.
  mutating func addNote(_ note: String) {
    notes.append(note)
  }
}
