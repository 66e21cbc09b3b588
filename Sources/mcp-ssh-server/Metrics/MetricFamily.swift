import EventIO

/// What a page of metrics has under one name.
protocol MetricSource: Sendable {
  /// Appends itself in the text format.
  func write(to text: inout MetricsText)
}

/// Values under one metric name, told apart by their labels.
struct MetricFamily: MetricSource {
  /// What kind of value it is, in the words of the exposition format.
  enum Kind: String, Sendable {
    case counter
    case gauge
  }

  let name: String
  let help: String
  let kind: Kind
  let labelNames: [String]
  private var values: [[String]: Double] = [:]

  /// Label values may come from clients; beyond this many sets the rest is counted as "other".
  private static let maximumLabelSets = 1000

  init(_ name: String, _ kind: Kind, _ help: String, labels: [String] = []) {
    self.name = name
    self.help = help
    self.kind = kind
    labelNames = labels
    if labels.isEmpty { values[[]] = 0 }
  }

  /// A family of one value.
  init(_ name: String, _ kind: Kind, _ help: String, value: Double) {
    self.init(name, kind, help)
    values[[]] = value
  }

  /// Raises a value.
  mutating func add(_ amount: Double = 1, _ labels: String...) {
    values[bounded(labels), default: 0] += amount
  }

  /// Sets a value.
  mutating func set(_ value: Double, _ labels: String...) {
    values[bounded(labels)] = value
  }

  /// The value under these labels; zero if there is none.
  func value(_ labels: String...) -> Double { values[labels] ?? 0 }

  func write(to text: inout MetricsText) {
    text.begin(name, kind.rawValue, help)
    for (labels, value) in values.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      text.sample(name, Array(zip(labelNames, labels)), value)
    }
  }

  private func bounded(_ labels: [String]) -> [String] {
    if values.count < Self.maximumLabelSets || values[labels] != nil { return labels }
    return labels.map { _ in "other" }
  }
}

/// Durations under one metric name, counted in buckets.
struct HistogramFamily: MetricSource {
  let name: String
  let help: String
  let labelNames: [String]
  private var series: [[String]: Series] = [:]

  private struct Series: Sendable {
    var counts = [Int](repeating: 0, count: HistogramFamily.boundsSeconds.count + 1)
    var sumSeconds = 0.0
  }

  private static let boundsSeconds = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
  ]

  init(_ name: String, _ help: String, labels: [String] = []) {
    self.name = name
    self.help = help
    labelNames = labels
    if labels.isEmpty { series[[]] = Series() }
  }

  /// Counts one duration.
  mutating func observe(_ duration: Duration, _ labels: String...) {
    let seconds = duration.seconds
    let bucket = Self.boundsSeconds.firstIndex { seconds <= $0 } ?? Self.boundsSeconds.count
    series[labels, default: Series()].counts[bucket] += 1
    series[labels, default: Series()].sumSeconds += seconds
  }

  func write(to text: inout MetricsText) {
    text.begin(name, "histogram", help)
    for (labels, series) in series.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      let pairs = Array(zip(labelNames, labels))
      var total = 0
      for (index, count) in series.counts.enumerated() {
        total += count
        let isLast = index == Self.boundsSeconds.count
        let bound = isLast ? "+Inf" : Self.boundsSeconds[index].plainText
        text.sample("\(name)_bucket", pairs + [("le", bound)], Double(total))
      }
      text.sample("\(name)_sum", pairs, series.sumSeconds)
      text.sample("\(name)_count", pairs, Double(total))
    }
  }
}
