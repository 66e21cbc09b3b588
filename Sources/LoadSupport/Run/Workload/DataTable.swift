import EventIO

/// The rows of one file.
struct DataTable: Sendable {
  /// What stands before the dot in placeholders.
  let name: String

  /// How a worker goes through its rows.
  let order: Workload.DataFile.Order

  /// What a worker does whose rows are used up.
  let atEnd: Workload.DataFile.End

  /// The columns that are used, by their names.
  let columns: [String]

  /// How many rows there are, at least one.
  fileprivate(set) var rowCount = 0

  /// The length of the file in bytes.
  var fileBytes = 0

  /// The values of all rows, escapes resolved.
  private var bytes: [UInt8] = []

  /// Behind each value's last byte, with a bit for a JSON value that is no text; the columns of a row
  /// side by side.
  private var ends: [UInt32] = []

  private static let tokenBit: UInt32 = 1 << 31

  init(_ name: String, _ file: Workload.DataFile, columns: [String]) {
    (self.name, order, atEnd) = (name, file.order, file.atEnd)
    self.columns = columns
  }

  /// Adds the next value of a row.
  mutating func append(_ value: some Sequence<UInt8>, isToken: Bool) {
    bytes.append(contentsOf: value)
    ends.append(UInt32(bytes.count) | (isToken ? Self.tokenBit : 0))
  }

  /// Ends a row, whose values have been added.
  mutating func endRow() { rowCount += 1 }

  /// Gives a slot the value of a column.
  func fill(_ value: inout SlotValue, row: Int, column: Int) {
    let index = row * columns.count + column
    let start = index == 0 ? 0 : Int(ends[index - 1] & ~Self.tokenBit)
    let end = Int(ends[index] & ~Self.tokenBit)
    let isToken = ends[index] & Self.tokenBit != 0
    bytes.withUnsafeBytes { bytes in
      value.set(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), isToken: isToken)
    }
  }

  /// How many rows a worker has, to whom they are dealt out like cards; workers beyond the last row share
  /// them, one each.
  func rowCount(ofWorker worker: Int, of workers: Int) -> Int {
    worker < rowCount ? (rowCount - worker - 1) / max(workers, 1) + 1 : 1
  }

  /// One of a worker's own rows.
  func row(_ own: Int, ofWorker worker: Int, of workers: Int) -> Int {
    worker < rowCount ? worker + own * workers : worker % rowCount
  }
}
