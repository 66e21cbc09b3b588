import EventIO

/// A line of `server_metrics.jsonl`: one scrape.
package struct ServerMetricsLine: Sendable, Equatable, Codable, RecordedLine {
  /// Why it was made.
  package enum Occasion: String, Sendable, Codable, CaseIterable {
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

  /// What the server's processes hold, read from /proc beside the scrape: memory without pages of files,
  /// descriptors, threads and processes, the server's and those of all its children.
  static let serverMemory = "loadtest_server_memory_bytes"
  static let serverDescriptors = "loadtest_server_open_fds"
  static let serverThreads = "loadtest_server_threads"
  static let serverProcesses = "loadtest_server_processes"

  /// All series that are not the server's own.
  static let measuredBeside: Set = [
    servingCPU, serverMemory, serverDescriptors, serverThreads, serverProcesses,
  ]

  /// Makes a line of a scrape, without series where the server reports none.
  package init(
    at: Int64,
    occasion: Occasion,
    scrape: PrometheusText,
    servingCPUSeconds: Double? = nil,
    resources: ProcessResources? = nil
  ) {
    self.at = at
    self.occasion = occasion
    let finite = scrape.series.filter(\.value.isFinite)
    var series = Dictionary(finite.map { ($0.key, $0.value) }) { _, last in last }
    series[Self.servingCPU] = servingCPUSeconds
    series[Self.serverMemory] = resources?.memoryBytes
    series[Self.serverDescriptors] = resources?.openDescriptors
    series[Self.serverThreads] = resources?.threads
    series[Self.serverProcesses] = resources?.processes
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
