/// The samples of one scrape of `/metrics` in the Prometheus text format.
///
/// Liberal, since servers differ: HELP and TYPE lines may be missing, the last line may lack its
/// end, timestamps are passed over, and a line that is none of the format's is skipped.
package struct PrometheusText: Sendable, Equatable {
  /// One time series and its value.
  package struct Series: Sendable, Equatable {
    /// The metric's name.
    package let name: String

    /// Its labels.
    package let labels: [String: String]

    /// Its value; may be infinite or no number.
    package let value: Double
  }

  /// The series in the order of the text.
  package let series: [Series]

  /// How many lines were neither sample nor comment.
  package let skippedLines: Int

  /// Reads a scrape.
  package init(parsing text: some Sequence<UInt8>) {
    var series: [Series] = []
    var skipped = 0
    for line in Array(text).split(separator: UInt8(ascii: "\n")) {
      var cursor = Cursor(rest: line)
      cursor.skipBlanks()
      guard let first = cursor.rest.first, first != UInt8(ascii: "#") else { continue }
      if let sample = cursor.readSeries() { series.append(sample) } else { skipped += 1 }
    }
    self.series = series
    skippedLines = skipped
  }

  /// The sum of a metric over all its labels; nil if it was not reported.
  package func total(_ name: String) -> Double? {
    let values = series.lazy.filter { $0.name == name }.map(\.value)
    return values.isEmpty ? nil : values.reduce(0, +)
  }

  private struct Cursor {
    var rest: ArraySlice<UInt8>

    mutating func skipBlanks() {
      rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    }

    mutating func readSeries() -> Series? {
      let name = take { $0 != UInt8(ascii: "{") && $0 > 0x20 }
      guard !name.isEmpty else { return nil }
      skipBlanks()
      var labels: [String: String] = [:]
      if rest.first == UInt8(ascii: "{") {
        rest.removeFirst()
        guard readLabels(&labels) else { return nil }
      }
      skipBlanks()
      // Swift reads the format's NaN, +Inf and -Inf as they are written.
      guard let value = Double(take { $0 > 0x20 }) else { return nil }
      return Series(name: name, labels: labels, value: value)
    }

    mutating func readLabels(_ labels: inout [String: String]) -> Bool {
      while true {
        skipBlanks()
        if rest.first == UInt8(ascii: ",") {
          rest.removeFirst()
          continue
        }
        if rest.first == UInt8(ascii: "}") {
          rest.removeFirst()
          return true
        }
        let name = take { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: "}") && $0 > 0x20 }
        skipBlanks()
        guard !name.isEmpty, rest.popFirst() == UInt8(ascii: "=") else { return false }
        skipBlanks()
        guard rest.popFirst() == UInt8(ascii: "\""), let value = readQuoted() else { return false }
        labels[name] = value
      }
    }

    mutating func readQuoted() -> String? {
      var value: [UInt8] = []
      while let byte = rest.popFirst() {
        switch byte {
        case UInt8(ascii: "\""):
          return String(decoding: value, as: UTF8.self)
        case UInt8(ascii: "\\"):
          guard let escaped = rest.popFirst() else { return nil }
          value.append(escaped == UInt8(ascii: "n") ? 0x0A : escaped)
        default:
          value.append(byte)
        }
      }
      return nil
    }

    mutating func take(while condition: (UInt8) -> Bool) -> String {
      let taken = rest.prefix(while: condition)
      rest = rest.dropFirst(taken.count)
      return String(decoding: taken, as: UTF8.self)
    }
  }
}
