/// A part of a report that one scenario has of its own: a heading with a table or with lines.
///
/// Data rather than text, so that every kind of report can show it in its own way.
package struct ReportSection: Sendable, Equatable {
  /// What it is about.
  package let heading: String

  /// The names of the table's columns; empty if there is no table.
  package let columns: [String]

  /// The table's rows, each with a cell for every column.
  package private(set) var rows: [[Cell]] = []

  /// Labelled values, one a line.
  package private(set) var fields: [Field] = []

  /// Lines below the table and the fields.
  package private(set) var notes: [String] = []

  /// A cell of the table.
  package struct Cell: Sendable, Equatable {
    /// What it says.
    package let value: String

    /// What stands below that, if anything: the interval of a percentile.
    package let below: String?

    /// A cell of plain text.
    package init(_ value: String, below: String? = nil) {
      self.value = value
      self.below = below
    }
  }

  /// A value with its label.
  package struct Field: Sendable, Equatable {
    /// What the value is.
    package let label: String

    /// The value as people read it.
    package let value: String
  }

  /// Begins a section.
  package init(_ heading: String, columns: [String] = []) {
    self.heading = heading
    self.columns = columns
  }

  /// Adds a row to the table.
  package mutating func addRow(_ cells: [Cell]) {
    rows.append(cells)
  }

  /// Adds a labelled value.
  package mutating func addField(_ label: String, _ value: String) {
    fields.append(Field(label: label, value: value))
  }

  /// Adds a line at the end.
  package mutating func addNote(_ note: String) {
    notes.append(note)
  }
}
