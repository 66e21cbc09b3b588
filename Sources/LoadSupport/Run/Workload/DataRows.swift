import EventIO

/// The rows of a workload's data files, read once before the load: of each column that a placeholder names
/// the bytes of all rows, side by side.
package struct DataRows: Sendable {
  /// The files, by their names.
  let tables: [DataTable]

  /// No data.
  package static let none = DataRows(tables: [])

  /// The place of a table and of one of its columns.
  func place(ofTable name: String, column: String) -> (table: Int, column: Int)? {
    guard let table = tables.firstIndex(where: { $0.name.hasSameBytes(as: name) }),
      let column = tables[table].columns.firstIndex(where: { $0.hasSameBytes(as: column) })
    else { return nil }
    return (table, column)
  }

  /// Reads all data of a workload that lies in a directory.
  ///
  /// Blocks. What is wrong with a file is told with its line and column.
  package static func load(
    _ workload: Workload,
    directory: String
  ) throws(WorkloadError) -> DataRows {
    let placeholders = try workload.placeholders()
    var tables: [DataTable] = []
    for (name, file) in workload.data.sorted(by: { $0.key < $1.key }) {
      let uses = placeholders.filter { $0.placeholder.name.hasSameBytes(as: name) }
      var columns: [DataColumn] = []
      for use in uses {
        guard let column = use.placeholder.column else { continue }
        let mustBeNumber = use.placeholder.filter == .number
        if let index = columns.firstIndex(where: { $0.name.hasSameBytes(as: column) }) {
          columns[index].mustBeNumber = columns[index].mustBeNumber || mustBeNumber
        } else {
          columns.append(DataColumn(name: column, mustBeNumber: mustBeNumber, path: use.path))
        }
      }
      let path = WorkloadPath.root["data"][name]
      let reader = DataFileReader(
        file: file.file,
        path: path,
        columns: columns,
        table: DataTable(name, file, columns: columns.map(\.name))
      )
      let bytes = try DataFileReader.bytes(of: file.file, below: directory, named: path)
      tables.append(try reader.read(bytes))
    }
    return DataRows(tables: tables)
  }
}

/// A column that placeholders name.
struct DataColumn: Sendable {
  let name: String

  /// Whether one of them stands for a JSON number.
  var mustBeNumber: Bool

  /// Where the first of them stands in the workload.
  let path: WorkloadPath
}
