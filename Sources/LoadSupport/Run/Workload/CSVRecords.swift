/// The records of a CSV text one after the other (RFC 4180).
///
/// Fields in quotes may have commas, line ends and doubled quotes; a line ends with LF or CR LF. Empty lines
/// are passed over.
struct CSVRecords {
  /// What is no CSV, and in which line.
  struct Problem: Error, Equatable {
    let line: Int
    let message: String
  }

  private let bytes: [UInt8]
  private var index = 0
  private var nextLine = 1
  private var record: [UInt8] = []
  private var ends: [Int] = []

  /// The line in which the record begins, from 1.
  private(set) var line = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// How many fields the record has.
  var fieldCount: Int { ends.count }

  /// A field of the record, without its quotes.
  func field(_ number: Int) -> ArraySlice<UInt8> {
    record[(number == 0 ? 0 : ends[number - 1])..<ends[number]]
  }

  /// All fields of the record.
  var fields: [ArraySlice<UInt8>] { (0..<fieldCount).map(field) }

  /// Reads the next record; false at the end.
  mutating func next() throws(Problem) -> Bool {
    record.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    while takeLineEnd() {}
    guard index < bytes.count else { return false }
    line = nextLine
    while true {
      if index < bytes.count, bytes[index] == UInt8(ascii: "\"") {
        try readQuoted()
      } else {
        readPlain()
      }
      ends.append(record.count)
      guard index < bytes.count, bytes[index] == UInt8(ascii: ",") else { break }
      index += 1
    }
    _ = takeLineEnd()
    return true
  }

  private var lineEndCount: Int {
    guard index < bytes.count else { return 0 }
    if bytes[index] == 0x0A { return 1 }
    return bytes[index] == 0x0D && index + 1 < bytes.count && bytes[index + 1] == 0x0A ? 2 : 0
  }

  private mutating func takeLineEnd() -> Bool {
    let count = lineEndCount
    index += count
    if count > 0 { nextLine += 1 }
    return count > 0
  }

  private mutating func readPlain() {
    while index < bytes.count, bytes[index] != UInt8(ascii: ","), lineEndCount == 0 {
      record.append(bytes[index])
      index += 1
    }
  }

  private mutating func readQuoted() throws(Problem) {
    let quote = UInt8(ascii: "\"")
    let first = nextLine
    index += 1
    while true {
      guard index < bytes.count else {
        throw Problem(line: first, message: "the quote that begins a field there has no end")
      }
      let byte = bytes[index]
      index += 1
      if byte == quote {
        guard index < bytes.count, bytes[index] == quote else { break }
        index += 1
      }
      if byte == 0x0A { nextLine += 1 }
      record.append(byte)
    }
    if index < bytes.count, bytes[index] != UInt8(ascii: ","), lineEndCount == 0 {
      throw Problem(
        line: nextLine,
        message: "a field goes on behind its closing quote; a quote inside it is written twice"
      )
    }
  }
}
