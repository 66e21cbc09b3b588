import EventIO

/// Rows of typed cells below the names of their columns.
struct Table: Sendable, Equatable {
  /// A column: its name, and how wide it is at least where rows are shown one by one.
  struct Column: Sendable, Equatable, ExpressibleByStringLiteral {
    let name: String
    var width = 0

    /// Whether it is set to the right; nil where its cells tell.
    var isTrailing: Bool?

    init(stringLiteral name: String) { self.name = name }

    init(_ name: String, width: Int = 0, isTrailing: Bool? = nil) {
      self.name = name
      self.width = width
      self.isTrailing = isTrailing
    }
  }

  /// What it is called by those who cannot see it; nil for as the section is.
  var label: String?
  let columns: [Column]
  var rows: [[TableCell]] = []

  /// Whether each column is set to the right: all but the first that hold figures only.
  var trailing: [Bool] {
    columns.indices.map { index in
      columns[index].isTrailing ?? (index > 0 && rows.allSatisfy { $0[index].isFigure })
    }
  }

  /// How many characters a row takes where nothing is cut: names of columns break between words, and so do
  /// words at a row's end, which ask for 16.
  var characters: Int {
    let trailing = trailing
    return columns.indices.reduce(0) { sum, index in
      let name = columns[index].name.split(at: UInt8(ascii: " ")).map(\.utf8.count).max() ?? 0
      let most = rows.map { $0[index].shown.count }.max() ?? 0
      let isProse = index > 0 && index == columns.count - 1 && !trailing[index]
      return sum + max(name, isProse ? min(most, 16) : most) + 2
    }
  }
}

/// A value in a table; its kind says how it is shown and on which side.
enum TableCell: Sendable, Equatable, ExpressibleByStringInterpolation {
  /// Words of ours.
  case text(String)

  /// Words that somebody else may have chosen.
  case quoted(String)

  /// The same as the name of a file below the page's directory.
  case link(String, to: String)

  case count(Int)

  /// With as many digits as it needs.
  case number(Double)

  /// With more decimals the smaller it is.
  case graded(Double)
  case milliseconds(Double)

  /// A rate a second.
  case rate(Double)

  /// A part of a whole, never rounded up to all of it.
  case share(Int, of: Int)

  /// A share of one.
  case percent(Double)

  /// A ratio, as the change that it is.
  case change(Double)

  /// A figure with its unit, and what it lies between where that is known.
  case figure(String, between: String? = nil)

  /// Bytes of memory.
  case memory(Double)

  /// A percentile in milliseconds and its 95 % interval; nil where there are too few samples for one.
  case estimate(Double, ClosedRange<Double>?)

  case badge(Badge)

  /// Nothing, in the words for why.
  case absent(String = NumberText.none)

  init(stringLiteral text: String) { self = .text(text) }

  /// A value that there may be none of.
  static func optional<Value>(_ value: Value?, _ cell: (Value) -> TableCell) -> TableCell {
    value.map(cell) ?? .absent()
  }

  /// The value of one of the server's metrics: of one in bytes as memory.
  static func metric(_ name: String, _ value: Double?) -> TableCell {
    guard let value else { return .absent(NumberText.notReported) }
    return name.hasByteSuffix("_bytes") ? .memory(value) : .graded(value)
  }

  /// A figure in as many digits as its interval has.
  static func estimated(_ value: Double, _ interval: ClosedRange<Double>?) -> TableCell {
    let text = NumberText.estimate(value, interval)
    return .figure(text.value, between: text.between)
  }

  /// Whether it is a figure, or stands for one.
  var isFigure: Bool {
    switch self {
    case .text, .quoted, .link, .badge: false
    default: true
    }
  }

  /// What it says.
  var shown: String {
    switch self {
    case .text(let text), .quoted(let text), .link(let text, _), .absent(let text),
      .figure(let text, _):
      text
    case .count(let count): NumberText.grouped(count)
    case .number(let value): NumberText.plain(value)
    case .graded(let value): NumberText.graded(value)
    case .memory(let bytes): NumberText.mebibytes(bytes) + " MiB"
    case .milliseconds(let value): NumberText.milliseconds(value)
    case .rate(let value): NumberText.oneDecimal(value)
    case .estimate(let value, let interval): NumberText.milliseconds(value, interval).value
    case .share(let part, let whole): NumberText.percent(part, of: whole)
    case .percent(let share): NumberText.oneDecimal(share * 100) + "%"
    case .change(let ratio): NumberText.change(ratio)
    case .badge(let badge): badge.words
    }
  }

  /// What stands below that, if anything.
  var below: String? {
    switch self {
    case .figure(_, let between): between
    case .estimate(let value, let interval):
      NumberText.milliseconds(value, interval).between ?? NumberText.tooFew
    default: nil
    }
  }
}
