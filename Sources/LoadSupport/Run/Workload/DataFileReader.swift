import EventIO
import Glibc

/// Reads a file of rows into a table: CSV (RFC 4180) with a header line, or a JSON object a line.
struct DataFileReader {
  /// The file's name in the workload.
  let file: String

  /// Where it is named.
  let path: WorkloadPath

  /// The columns that are used.
  let columns: [DataColumn]

  private var table: DataTable

  init(file: String, path: WorkloadPath, columns: [DataColumn], table: DataTable) {
    (self.file, self.path, self.columns, self.table) = (file, path, columns, table)
  }

  /// The table of a file's bytes.
  consuming func read(_ bytes: [UInt8]) throws(WorkloadError) -> DataTable {
    try checkUTF8(bytes)
    table.fileBytes = bytes.count
    let name = file.asciiLowercased()
    if [".jsonl", ".ndjson", ".json"].contains(where: { name.hasByteSuffix($0) }) {
      try readJSONLines(bytes)
    } else {
      try readCSV(bytes)
    }
    if table.rowCount == 0 { throw error("it has no rows") }
    return table
  }

  private func error(_ message: String, line: Int? = nil) -> WorkloadError {
    WorkloadError(at: path, "\(file.shown)\(line.map { ", line \($0)" } ?? ""): \(message)")
  }

  private func checkUTF8(_ bytes: [UInt8]) throws(WorkloadError) {
    guard String(validating: bytes, as: UTF8.self) == nil else { return }
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    let bad = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }
    throw error("it is not UTF-8", line: bad.map { $0 + 1 })
  }

  /// Adds a column's value of a row that is being read.
  private mutating func add(
    _ value: ArraySlice<UInt8>,
    isToken: Bool,
    of column: DataColumn,
    line: Int
  ) throws(WorkloadError) {
    if value.contains(0) { throw error("\(column.name) has a NUL byte", line: line) }
    if column.mustBeNumber, !value.withUnsafeBytes({ $0.isJSONNumber }) {
      let shown = String(decoding: value, as: UTF8.self).cut(toBytes: 60).shown
      throw error(
        "\(column.name) is \"\(shown)\", and {…|number} in \(column.path) needs a number",
        line: line
      )
    }
    table.append(value, isToken: isToken)
  }

  // MARK: CSV

  private mutating func readCSV(_ bytes: [UInt8]) throws(WorkloadError) {
    var records = CSVRecords(bytes)
    func next() throws(WorkloadError) -> Bool {
      do throws(CSVRecords.Problem) {
        return try records.next()
      } catch {
        throw self.error(error.message, line: error.line)
      }
    }
    guard try next() else { throw error("it has no header line") }
    let header = records.fields.map { String(decoding: $0, as: UTF8.self) }
    let places = try columns.map { column throws(WorkloadError) in
      let places = header.indices.filter { header[$0].hasSameBytes(as: column.name) }
      guard let place = places.first, places.count == 1 else {
        throw error(
          places.isEmpty
            ? "\(column.path) names the column \(column.name), and there are "
              + header.map(\.shown).joined(separator: ", ")
            : "the column \(column.name) stands there \(places.count) times",
          line: records.line
        )
      }
      return place
    }
    while try next() {
      guard records.fieldCount == header.count else {
        throw error(
          "it has \(records.fieldCount) fields, and the header has \(header.count)",
          line: records.line
        )
      }
      for (column, place) in zip(columns, places) {
        try add(records.field(place), isToken: false, of: column, line: records.line)
      }
      table.endRow()
    }
  }

  // MARK: JSON lines

  private mutating func readJSONLines(_ bytes: [UInt8]) throws(WorkloadError) {
    var line = 0
    for text in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
      line += 1
      if text.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
      let row: JSONValue
      do throws(JSONError) {
        row = try JSONValue(parsing: text)
      } catch {
        throw self.error("\(error)", line: line)
      }
      guard case .object(let members) = row else {
        throw error("each line must be a JSON object", line: line)
      }
      for column in columns {
        switch row[column.name] {
        case nil:
          let names = members.map(\.key.shown).joined(separator: ", ")
          throw error(
            "\(column.path) names \(column.name), and there are \(names)",
            line: line
          )
        case .array, .object:
          throw error(
            "\(column.name) is no text, number or truth value, as \(column.path) needs it",
            line: line
          )
        case .string(let text):
          try add(ArraySlice(text.utf8), isToken: false, of: column, line: line)
        case .some(let value):
          try add(value.encoded[...], isToken: true, of: column, line: line)
        }
      }
      table.endRow()
    }
  }
}

extension DataFileReader {
  /// The greatest size of a file, which lies in memory for all of the run.
  static let sizeLimit = 256 << 20

  /// The bytes of a file that lies below a directory, also when all links are followed, without a byte order
  /// mark.
  static func bytes(
    of file: String,
    below directory: String,
    named path: WorkloadPath
  ) throws(WorkloadError) -> [UInt8] {
    if file.utf8.contains(0) {
      throw WorkloadError(at: path, "\(file.shown) is no path: it has a NUL byte")
    }
    func failure(_ reason: String) -> WorkloadError {
      WorkloadError(at: path, "\(file.shown) \(reason)")
    }
    func tried<Result: ~Copyable>(
      _ step: () throws(Errno) -> Result
    ) throws(WorkloadError) -> Result {
      do throws(Errno) { return try step() } catch {
        throw failure("cannot be read: \(error.reason)")
      }
    }
    let root = try tried { () throws(Errno) in
      try realPath(directory.isEmpty ? "." : directory)
    }
    let real = try tried { () throws(Errno) in
      try realPath(file.hasBytePrefix("/") ? file : "\(directory)/\(file)")
    }
    guard real.hasBytePrefix(root.hasByteSuffix("/") ? root : root + "/") else {
      throw failure("lies outside the directory of the workload, below which all data must lie")
    }
    let descriptor = try tried { () throws(Errno) in
      try Descriptor.open(real, O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
    }
    var status = stat()
    guard fstat(descriptor.rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw failure("is no regular file")
    }
    guard status.st_size <= sizeLimit else {
      throw failure("has more than \(sizeLimit >> 20) MiB")
    }
    var bytes = try tried { () throws(Errno) in try descriptor.readToEnd() }
    let mark = bytes.withUnsafeBytes { $0.countOfByteOrderMark }
    if mark > 0 { bytes.removeFirst(mark) }
    return bytes
  }

  private static func realPath(_ path: String) throws(Errno) -> String {
    guard let real = realpath(path, nil) else { throw Errno(errno, "realpath \(path)") }
    defer { free(real) }
    return String(cString: real)
  }
}
