/// A line of `server_metrics.jsonl`: one scrape.
package struct ServerMetricsLine: Sendable, Equatable, Codable, RecordedLine {
  /// Why it was made.
  package enum Occasion: String, Sendable, Codable {
    /// Before the first worker connected.
    case before

    /// When the load began.
    case loadStart = "load_start"

    /// Once a second.
    case tick

    /// When the load had ended, sessions still open.
    case loadEnd = "load_end"

    /// After the last session was closed.
    case after
  }

  /// When the answer came, in nanoseconds since the recording's origin.
  package let at: Int64

  /// Why the scrape was made.
  let occasion: Occasion

  /// The finite value of each series by its canonical name, `Series.key`; of one that occurs twice
  /// the last.
  package let series: [String: Double]

  /// How many values were infinite or no number and are left out; nil for none.
  package let skipped: Int?

  /// How many lines of the scrape were no samples; nil for none.
  let skippedLines: Int?

  /// The types of the metrics as the server named them; nil if it did not, and on a tick.
  let types: [String: String]?

  private enum CodingKeys: String, CodingKey {
    case at = "at_ns"
    case occasion
    case series
    case skipped
    case skippedLines = "skipped_lines"
    case types
  }

  package var isPossible: Bool { RecordedInstant.arePossible(at) }

  /// The counter of CPU seconds that everything on the server's side has used, ended children
  /// included; measured beside the scrape, not told by the server.
  static let servingCPU = "loadtest_serving_cpu_seconds_total"

  /// Makes a line of a scrape, without series where the server reports none.
  package init(
    at: Int64,
    occasion: Occasion,
    scrape: PrometheusText,
    servingCPUSeconds: Double? = nil
  ) {
    self.at = at
    self.occasion = occasion
    let finite = scrape.series.filter(\.value.isFinite)
    var series = Dictionary(finite.map { ($0.key, $0.value) }) { _, last in last }
    series[Self.servingCPU] = servingCPUSeconds
    self.series = series
    let skipped = scrape.series.count - finite.count
    self.skipped = skipped == 0 ? nil : skipped
    skippedLines = scrape.skippedLines == 0 ? nil : scrape.skippedLines
    types = occasion == .tick || scrape.types.isEmpty ? nil : scrape.types
  }

  /// The value of each metric, summed over its labels.
  ///
  /// Leaves out what has no sum: the buckets of a histogram and the quantiles of a summary.
  package var totals: [String: Double] {
    let series = series.sorted { $0.key < $1.key }.compactMap {
      PrometheusText.Series(key: $0.key, value: $0.value)
    }
    return series.filter(\.isSummable).reduce(into: [:]) { $0[$1.name, default: 0] += $1.value }
  }
}
