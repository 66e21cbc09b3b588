import EventIO

/// The samples of one scrape of `/metrics` in the Prometheus text format.
///
/// Reads version 0.0.4, its quoted names of version 1.0.0, and what OpenMetrics adds: `# EOF` ends
/// the text, exemplars are passed over. HELP and TYPE lines may be missing, the last line may lack
/// its end, timestamps are passed over. A line that is none of the format's is counted and skipped.
/// <https://prometheus.io/docs/instrumenting/exposition_formats/>
package struct PrometheusText: Sendable, Equatable {
  /// One time series and its value.
  struct Series: Sendable, Equatable {
    /// The metric's name.
    let name: String

    /// Its labels.
    let labels: [String: String]

    /// Its value; may be infinite or no number.
    let value: Double
  }

  /// The series in the order of the text; one that occurs twice is kept twice.
  let series: [Series]

  /// The words of the TYPE lines by the name they give, `counter` for example; the last one wins.
  let types: [String: String]

  /// How many lines were neither blank nor comment nor sample.
  let skippedLines: Int

  /// Reads a scrape.
  package init(parsing text: some Sequence<UInt8>) {
    var series: [Series] = []
    var types: [String: String] = [:]
    var skipped = 0
    for line in Array(text).split(separator: UInt8(ascii: "\n")) {
      var cursor = Cursor(rest: line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
      cursor.skipBlanks()
      guard let first = cursor.rest.first else { continue }
      if first == UInt8(ascii: "#") {
        guard cursor.word() == "#" else { continue }
        let keyword = cursor.word()
        if keyword == "EOF", cursor.rest.isEmpty { break }
        guard keyword == "TYPE", let name = cursor.name() else { continue }
        cursor.skipBlanks()
        types[name] = cursor.word()
      } else if let sample = cursor.sample() {
        series.append(sample)
      } else {
        skipped += 1
      }
    }
    self.series = series
    self.types = types
    skippedLines = skipped
  }
}

extension PrometheusText.Series {
  /// Takes a series from its canonical name; nil if that is none.
  init?(key: String, value: Double) {
    var cursor = Cursor(rest: Array(key.utf8)[...])
    guard let (name, labels) = cursor.identity(), cursor.rest.isEmpty else { return nil }
    self.init(name: name, labels: labels, value: value)
  }

  /// The series' canonical name: as in the text format, without blanks, labels sorted by name.
  var key: String {
    let pairs = labels.sorted { $0.key < $1.key }.map { name, value in
      "\(Cursor.isBare(name) ? name : Self.quoted(name))=\(Self.quoted(value))"
    }
    guard Cursor.isBare(name) else {
      return "{\(([Self.quoted(name)] + pairs).joined(separator: ","))}"
    }
    return pairs.isEmpty ? name : "\(name){\(pairs.joined(separator: ","))}"
  }

  /// Whether the value may be added to those of the metric's other labels: the cumulative buckets
  /// of a histogram and the quantiles of a summary may not.
  var isSummable: Bool {
    labels["quantile"] == nil && !(name.hasByteSuffix("_bucket") && labels["le"] != nil)
  }

  /// Works on bytes: a line end after a carriage return is no Character of its own.
  private static func quoted(_ text: String) -> String {
    var bytes = [UInt8(ascii: "\"")]
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\n"): bytes += Array("\\n".utf8)
      case UInt8(ascii: "\\"), UInt8(ascii: "\""): bytes += [UInt8(ascii: "\\"), byte]
      default: bytes.append(byte)
      }
    }
    return String(decoding: bytes + [UInt8(ascii: "\"")], as: UTF8.self)
  }
}

/// Where the reading of one line has come to.
private struct Cursor {
  var rest: ArraySlice<UInt8>

  /// A name, its labels, a value, and perhaps a timestamp and an exemplar.
  mutating func sample() -> PrometheusText.Series? {
    guard let (name, labels) = identity() else { return nil }
    guard let value = Self.number(word()) else { return nil }
    if let next = rest.first, next != UInt8(ascii: "#"), Self.number(word()) == nil { return nil }
    if take("#") {
      skipBlanks()
      guard take("{") else { return nil }
    } else if !rest.isEmpty {
      return nil
    }
    return PrometheusText.Series(name: name, labels: labels, value: value)
  }

  /// A name and its labels; the name may stand in quotes between the labels.
  mutating func identity() -> (name: String, labels: [String: String])? {
    var name = bareName()
    var labels: [String: String] = [:]
    let isApart = rest.first.map(Self.isBlank) ?? true
    skipBlanks()
    guard take("{") else { return isApart ? name.map { ($0, [:]) } : nil }
    skipBlanks()
    while !take("}") {
      let isQuoted = rest.first == UInt8(ascii: "\"")
      guard let term = self.name() else { return nil }
      skipBlanks()
      if take("=") {
        skipBlanks()
        guard let value = quoted(), labels.updateValue(value, forKey: term) == nil else {
          return nil
        }
      } else {
        guard isQuoted, name == nil else { return nil }
        name = term
      }
      skipBlanks()
      guard take(",") || rest.first == UInt8(ascii: "}") else { return nil }
      skipBlanks()
    }
    skipBlanks()
    return name.map { ($0, labels) }
  }

  /// A name of a metric or label, bare or in quotes.
  mutating func name() -> String? {
    guard rest.first == UInt8(ascii: "\"") else { return bareName() }
    return quoted().flatMap { $0.isEmpty ? nil : $0 }
  }

  /// What stands before the next blank, which is passed over too.
  mutating func word() -> String {
    defer { skipBlanks() }
    return takeWhile { !Self.isBlank($0) }
  }

  mutating func skipBlanks() {
    rest = rest.drop(while: Self.isBlank)
  }

  static func isBare(_ name: String) -> Bool {
    var cursor = Cursor(rest: Array(name.utf8)[...])
    return cursor.bareName() != nil && cursor.rest.isEmpty
  }

  private mutating func bareName() -> String? {
    guard let first = rest.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
      return nil
    }
    let name = takeWhile { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: ":"):
        true
      default: false
      }
    }
    return name.isEmpty ? nil : name
  }

  /// A text in quotes; a backslash before anything but `\`, `"` and `n` stays as it is.
  private mutating func quoted() -> String? {
    guard take("\"") else { return nil }
    var text: [UInt8] = []
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "\""):
        return String(validating: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        switch rest.popFirst() {
        case UInt8(ascii: "n"): text.append(UInt8(ascii: "\n"))
        case let next? where next == UInt8(ascii: "\"") || next == byte: text.append(next)
        case let next?: text += [byte, next]
        case nil: return nil
        }
      default:
        text.append(byte)
      }
    }
    return nil
  }

  /// Double reads NaN, +Inf and -Inf as they are written; the hexadecimal numbers and payloads that
  /// it reads too are none of the format's.
  private static func number(_ word: String) -> Double? {
    word.utf8.contains { "xXpP(".utf8.contains($0) } ? nil : Double(word)
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: scalar) else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func takeWhile(_ condition: (UInt8) -> Bool) -> String {
    let taken = rest.prefix(while: condition)
    rest = rest.dropFirst(taken.count)
    return String(decoding: taken, as: UTF8.self)
  }
}
