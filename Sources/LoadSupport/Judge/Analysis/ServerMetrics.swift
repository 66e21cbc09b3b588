import EventIO

/// What a server's own metrics said before, during and after a scenario.
///
/// A metric that was not reported is absent, never zero; except that a counter which was never
/// raised is absent from a page, so that absence before and presence after counts from zero.
struct ServerMetrics: Sendable, Equatable {
  /// The values of one series, one a scrape; nil where it was absent.
  private struct Column: Equatable {
    let series: PrometheusText.Series
    let values: [Double?]

    /// Each value after the first with the one before, and its scrape's index.
    var successions: [(index: Int, previous: Double, value: Double)] {
      let present = values.enumerated().compactMap { index, value in value.map { (index, $0) } }
      return zip(present, present.dropFirst()).map { ($1.0, $0.1, $1.1) }
    }
  }

  private let instants: [Int64]
  private let occasions: [ServerMetricsLine.Occasion]
  private var columns: [String: [Column]]
  private let types: [String: String]

  /// The scrapes by their index that came from another process than the one before.
  private var restartedScrapes: Set<Int>

  /// Keeps the scrapes of a scenario, which come in the order in which they were made.
  init(_ lines: [ServerMetricsLine]) {
    instants = lines.map(\.at)
    occasions = lines.map(\.occasion)
    types = lines.reduce(into: [:]) { $0.merge($1.types ?? [:]) { _, last in last } }
    var values: [String: [Double?]] = [:]
    for (index, line) in lines.enumerated() {
      for (key, value) in line.series {
        values[key, default: Array(repeating: nil, count: lines.count)][index] = value
      }
    }
    // In the order of their keys: a sum of fractions depends on its order.
    let columns = values.sorted { $0.key < $1.key }.compactMap { key, values in
      PrometheusText.Series(key: key, value: 0).map { Column(series: $0, values: values) }
    }
    let reported = Dictionary(grouping: columns, by: \.series.name)
    self.columns = Self.named(Self.possible(reported, types))
    var moved: Set<Int> = []
    for column in self.columns[ServerMetricName.startTime] ?? [] {
      // Less is the jitter of a start that is computed from the uptime.
      moved.formUnion(column.successions.filter { abs($0.value - $0.previous) > 1 }.map(\.index))
    }
    // A clock that was set moves the start of a process that goes on, and none of its counters falls.
    let all = self.columns
    let types = types
    let counters = all.filter { Self.isCounter($0.key, types, all) }.values.joined()
    restartedScrapes = moved.filter { index in
      guard index > 0 else { return true }
      let counted = counters.filter { $0.values[index - 1] ?? 0 > 0 }
      return counted.count < 2
        || counted.contains { column in
          column.values[index].map { Self.falls(from: column.values[index - 1] ?? 0, to: $0) }
            ?? true
        }
    }
  }

  /// The same without counts below 0, which no counter can have: these count as not reported.
  private static func possible(
    _ columns: [String: [Column]],
    _ types: [String: String]
  ) -> [String: [Column]] {
    var possible = columns
    for (name, series) in columns where isCounter(name, types, columns) {
      let counted = series.map { column in
        Column(
          series: column.series,
          values: column.values.map { $0.flatMap { $0 < 0 ? nil : $0 } }
        )
      }
      let present = counted.filter { $0.values.contains { $0 != nil } }
      possible[name] = present.isEmpty ? nil : present
    }
    return possible
  }

  /// The same under the names that figures are made of, also where a server has others for them.
  private static func named(_ columns: [String: [Column]]) -> [String: [Column]] {
    var columns = columns
    for (name, _) in ServerMetricName.synonyms where columns[name] == nil {
      let reported = ServerMetricName.reportedName(of: name) { columns[$0] != nil }
      columns[name] = reported.flatMap { columns.removeValue(forKey: $0) }
    }
    return columns
  }

  /// Whether the server reported anything.
  var isReported: Bool { columns.keys.contains { !ServerMetricsLine.measuredBeside.contains($0) } }

  /// How often the server's process was another than at the scrape before, by its
  /// `process_start_time_seconds`.
  var restarts: Int { restartedScrapes.count }

  /// Whether the server says since when it has been there.
  var tellsRestarts: Bool { columns[ServerMetricName.startTime] != nil }

  /// When the server's process was another than at the scrape before, between which two scrapes; none
  /// where an earlier process answers again: those are several processes at one address.
  var restartIntervals: [Range<Int64>] {
    isAnsweredInTurns ? [] : intervals(endingAt: restartedScrapes.sorted())
  }

  /// Whether an earlier process answers again: several behind one address do.
  private var isAnsweredInTurns: Bool {
    let starts = (columns[ServerMetricName.startTime] ?? []).flatMap {
      $0.values.compactMap(\.self)
    }
    return !zip(starts, starts.dropFirst()).allSatisfy { $1 >= $0 - 1 }
  }

  /// Whether pages contradict each other as those of several processes do: one that was there before
  /// answers again, or counters fall more than once while no process began anew.
  var isOfSeveralProcesses: Bool {
    isAnsweredInTurns || restartedScrapes.isEmpty && resetScrapes.count > 1
  }

  /// The same without all that the server itself says: where its pages are of several processes, none
  /// counts what the others do.
  var withoutPages: ServerMetrics {
    var rest = self
    rest.columns = columns.filter { ServerMetricsLine.measuredBeside.contains($0.key) }
    rest.restartedScrapes = []
    return rest
  }

  /// Between which two scrapes counters fell; none where they did so more than once, as those of several
  /// processes at one address do by turns, or where most went on: an end takes them all along, and a gauge
  /// may have a counter's name.
  var resetInterval: Range<Int64>? {
    let scrapes = resetScrapes
    return scrapes.count == 1 ? intervals(endingAt: scrapes).first : nil
  }

  /// The scrapes by their index at which counters had fallen, and not only a few of them.
  private var resetScrapes: [Int] {
    var fallen: [Int: Int] = [:]
    var gone: [Int: Int] = [:]
    for (name, columns) in columns where isCounter(name) {
      for succession in columns.flatMap(\.successions) where succession.previous > 0 {
        if Self.falls(from: succession.previous, to: succession.value) {
          fallen[succession.index, default: 0] += 1
        } else {
          gone[succession.index, default: 0] += 1
        }
      }
    }
    return fallen.filter { 4 * $0.value >= gone[$0.key] ?? 0 }.keys.sorted()
  }

  private func intervals(endingAt scrapes: [Int]) -> [Range<Int64>] {
    scrapes.filter { $0 > 0 && instants[$0 - 1] < instants[$0] }
      .map { instants[$0 - 1]..<instants[$0] }
  }

  /// The names of the counters that fell from one scrape to a later one, sorted.
  var resets: [String] {
    columns.filter { name, columns in
      isCounter(name)
        && columns.contains {
          $0.successions.contains { Self.falls(from: $0.previous, to: $0.value) }
        }
    }.keys.sorted()
  }

  /// The values of the first scrape of an occasion, summed over labels.
  func totals(_ occasion: ServerMetricsLine.Occasion) -> [String: Double]? {
    guard let index = occasions.firstIndex(of: occasion) else { return nil }
    return Dictionary(
      uniqueKeysWithValues: columns.keys.compactMap { name in
        total(name, at: index).map { (name, $0) }
      }
    )
  }

  /// How much each metric that the later scrape has changed since the earlier one.
  ///
  /// The increase of a counter is that of each of its series, through all scrapes between: what
  /// follows a reset counts from zero, as in `increase()` of Prometheus, but nothing is
  /// extrapolated. A restart of the process resets every counter, also one that has overtaken its
  /// old value already. Any other metric is in the result when both scrapes have it.
  func difference(
    from earlier: ServerMetricsLine.Occasion,
    to later: ServerMetricsLine.Occasion
  ) -> [String: Double]? {
    guard let range = range(from: earlier, to: later) else { return nil }
    var difference: [String: Double] = [:]
    for (name, columns) in columns {
      guard let after = total(name, at: range.upperBound) else { continue }
      if isCounter(name) {
        difference[name] = columns.filter(\.series.isSummable)
          .reduce(0) { $0 + increase($1, over: range) }
      } else if let before = total(name, at: range.lowerBound) {
        difference[name] = after - before
      }
    }
    return difference.filter(\.value.isFinite)
  }

  /// The highest value of a gauge, summed over its labels, that any scrape saw.
  func peak(_ gauge: String) -> Double? {
    timeline(gauge).map(\.value).max()
  }

  /// The values of a metric, summed over its labels, from one instant until before another, in
  /// nanoseconds since the recording's origin; scrapes that lack it are left out.
  func timeline(
    _ name: String,
    from: Int64 = .min,
    until: Int64 = .max
  ) -> [(at: Int64, value: Double)] {
    instants.indices.compactMap { index in
      let at = instants[index]
      guard from <= at, at < until, let value = total(name, at: index) else { return nil }
      return (at, value)
    }
  }

  /// The share of requests to the pool that found a connection: hits ÷ (hits + misses).
  ///
  /// Nil when there was none between the scrapes, or the server reports neither counter.
  func hitRate(
    from earlier: ServerMetricsLine.Occasion,
    to later: ServerMetricsLine.Occasion
  ) -> Double? {
    guard let change = difference(from: earlier, to: later) else { return nil }
    let hits = change[ServerMetricName.poolHits] ?? 0
    let all = hits + (change[ServerMetricName.poolMisses] ?? 0)
    return all > 0 ? hits / all : nil
  }

  /// The names of the histograms that the server reports, sorted.
  var histograms: [String] {
    columns.keys.filter { $0.hasByteSuffix("_bucket") }.map { String($0.dropLast("_bucket".count)) }
      .sorted()
  }

  /// What a histogram observed between two scrapes, summed over all labels but `le`.
  ///
  /// Nil when the server does not report it; what it tells is an estimate as wide as a bucket.
  func histogram(
    _ name: String,
    from earlier: ServerMetricsLine.Occasion,
    to later: ServerMetricsLine.Occasion
  ) -> BucketEstimate? {
    let buckets = columns["\(name)_bucket"] ?? []
    guard let range = range(from: earlier, to: later),
      buckets.contains(where: { $0.values[range.upperBound] != nil })
    else { return nil }
    var counts: [Double: Double] = [:]
    for column in buckets {
      guard let bound = column.series.labels["le"].flatMap(Double.init), !bound.isNaN else {
        continue
      }
      counts[bound, default: 0] += increase(column, over: range)
    }
    return BucketEstimate(cumulative: counts)
  }

  // MARK: Scrapes

  private func range(
    from earlier: ServerMetricsLine.Occasion,
    to later: ServerMetricsLine.Occasion
  ) -> ClosedRange<Int>? {
    guard let first = occasions.firstIndex(of: earlier), let last = occasions.firstIndex(of: later),
      first <= last
    else { return nil }
    return first...last
  }

  private func total(_ name: String, at index: Int) -> Double? {
    let values = (columns[name] ?? []).lazy.filter(\.series.isSummable)
      .compactMap { $0.values[index] }
    let total = values.reduce(0, +)
    return values.isEmpty || !total.isFinite ? nil : total
  }

  private func increase(_ column: Column, over range: ClosedRange<Int>) -> Double {
    let start = column.values[range.lowerBound] ?? 0
    var last = start
    var lostByResets = 0.0
    for index in range.dropFirst() {
      let value = column.values[index]
      if restartedScrapes.contains(index) || value.map({ Self.falls(from: last, to: $0) }) == true {
        lostByResets += last
        last = 0
      }
      last = value ?? last
    }
    return last - start + lostByResets
  }

  /// Whether a counter fell by more than the rounding of a server that adds fractions in another
  /// order each time; the tolerance is that of Prometheus for buckets (promql/quantile.go).
  private static func falls(from previous: Double, to value: Double) -> Bool {
    value < previous * (1 - 1e-12)
  }

  /// By the server's own word, else by the endings that names of counters have.
  ///
  /// OpenMetrics names the type of `x_total` under `x`, both formats that of `x_count` of a
  /// histogram or summary; of those only a histogram of gauges may fall.
  /// A count of a histogram or summary has its sum beside it; another may be that of a queue.
  private func isCounter(_ name: String) -> Bool { Self.isCounter(name, types, columns) }

  private static func isCounter(
    _ name: String,
    _ types: [String: String],
    _ columns: [String: [Column]]
  ) -> Bool {
    if let type = types[name], type != "untyped", type != "unknown" { return type == "counter" }
    guard let ending = ["_total", "_count", "_sum", "_bucket"].first(where: name.hasSuffix) else {
      return false
    }
    let base = String(name.dropLast(ending.count))
    if ending == "_count", types[base] == nil, columns["\(base)_sum"] == nil { return false }
    return types[base] != "gaugehistogram"
  }
}
