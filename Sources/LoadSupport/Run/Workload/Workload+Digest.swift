import EventIO

extension Workload {
  /// Sixteen hexadecimal digits that tell loads apart by what is done in them: operations with their
  /// arguments, sequences, steps, and the names and sizes of data files.
  ///
  /// A title or a limit makes no other load. The values of header fields, in which somebody may have written a
  /// secret, are left out.
  func digest(_ data: DataRows) -> String {
    var asked = self
    (asked.title, asked.thresholds) = (nil, [])
    asked.headers = headers.mapValues { _ in "" }
    asked.operations = operations.mapValues { operation in
      var operation = operation
      operation.headers = operation.headers.mapValues { _ in "" }
      return operation
    }
    var text = asked.json.encoded
    for table in data.tables { text += " \(table.name) \(table.fileBytes)".utf8 }
    return text.stableHash.hexadecimal
  }
}
