import EventIO

/// What stands for a value in a text of a workload: `{users.id}`, `{name}`, `{random:8}`, `{name|sh}`.
///
/// A brace begins one only if what follows up to the next closing brace is written like that, so that JSON
/// and shell keep their braces. `{{name}}` is the text `{name}`.
struct Placeholder: Equatable, Sendable {
  /// How its value is written.
  enum Filter: String, Equatable, Sendable, CaseIterable {
    /// Quoted for a shell.
    case shell = "sh"

    /// As a JSON number.
    case number

    /// As a text, whatever it is.
    case text
  }

  /// A part of a text.
  enum Piece: Equatable, Sendable {
    case text(String)
    case placeholder(Placeholder)
  }

  /// Its name; of a column of data that of the data.
  let name: String

  /// The column, where it names data.
  let column: String?

  /// The number behind a colon.
  let length: Int?

  /// How its value is written; nil for as it comes.
  let filter: Filter?

  /// Its name with the column.
  var fullName: String { column.map { "\(name).\($0)" } ?? name }

  /// Whether it stands for the run, whose digits need no quotes anywhere.
  var isRun: Bool { name == "run" && column == nil && length == nil && filter != .number }

  /// Whether a text is the same each time.
  static func isAbsent(in text: String) -> Bool {
    guard let pieces = try? pieces(of: text, at: .root) else { return false }
    return pieces.allSatisfy { if case .text = $0 { true } else { false } }
  }

  /// The parts of a text.
  static func pieces(of text: String, at path: WorkloadPath) throws(WorkloadError) -> [Piece] {
    let bytes = Array(text.utf8)
    var pieces: [Piece] = []
    var plain: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let next = index + 1
      if let inner = Spelling(bytes, at: next), inner.end < bytes.count,
        bytes[index] == UInt8(ascii: "{"), bytes[inner.end] == UInt8(ascii: "}")
      {
        plain += bytes[next..<inner.end]
        index = inner.end + 1
      } else if let spelling = Spelling(bytes, at: index) {
        if !plain.isEmpty { pieces.append(.text(String(decoding: plain, as: UTF8.self))) }
        plain = []
        pieces.append(.placeholder(try Placeholder(spelling, of: bytes, at: path)))
        index = spelling.end
      } else {
        plain.append(bytes[index])
        index = next
      }
    }
    if !plain.isEmpty { pieces.append(.text(String(decoding: plain, as: UTF8.self))) }
    return pieces
  }

  private init(
    _ spelling: Spelling,
    of bytes: [UInt8],
    at path: WorkloadPath
  ) throws(WorkloadError) {
    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
    name = text(spelling.name)
    column = spelling.column.map(text)
    // What is too long for a number is too long for anything.
    length = spelling.length.map { Int(text($0)) ?? .max }
    filter = try spelling.filter.map { range throws(WorkloadError) in
      guard let filter = Filter(rawValue: text(range)) else {
        let known = Filter.allCases.map { "|\($0.rawValue)" }.joined(separator: ", ")
        throw WorkloadError(at: path, "there is no |\(text(range)); valid are \(known)")
      }
      return filter
    }
  }
}

/// Where the parts of a placeholder stand that is well written.
private struct Spelling {
  let name: Range<Int>
  private(set) var column: Range<Int>?
  private(set) var length: Range<Int>?
  private(set) var filter: Range<Int>?

  /// Behind the closing brace.
  let end: Int

  /// Reads what begins with the brace at an offset; nil if that is no placeholder.
  init?(_ bytes: [UInt8], at start: Int) {
    var index = start
    func isNext(_ byte: UInt8) -> Bool { index < bytes.count && bytes[index] == byte }
    /// The bytes that come next and may stand there, if there are any.
    func run(_ isWanted: (UInt8) -> Bool) -> Range<Int>? {
      let first = index
      while index < bytes.count, isWanted(bytes[index]) { index += 1 }
      return first < index ? first..<index : nil
    }
    guard isNext(UInt8(ascii: "{")) else { return nil }
    index += 1
    guard index < bytes.count, bytes[index].isASCIILetter || bytes[index] == UInt8(ascii: "_"),
      let name = run({ $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "_") })
    else { return nil }
    self.name = name
    if isNext(UInt8(ascii: ".")) {
      index += 1
      column = run {
        $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
      }
      if column == nil { return nil }
    }
    if isNext(UInt8(ascii: ":")) {
      index += 1
      length = run(\.isASCIIDigit)
      if length == nil { return nil }
    }
    if isNext(UInt8(ascii: "|")) {
      index += 1
      filter = run { (97...122).contains($0) }
      if filter == nil { return nil }
    }
    guard isNext(UInt8(ascii: "}")) else { return nil }
    end = index + 1
  }
}

extension UInt8 {
  fileprivate var isASCIILetter: Bool { (97...122).contains(self | 0x20) }
  fileprivate var isASCIIDigit: Bool { self &- 48 <= 9 }
}
