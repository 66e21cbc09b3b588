import Foundation

/// `series.csv`: the course of a scenario over time, a line a bin, with the server's gauges.
///
/// RFC 4180 with line feeds; names and numbers hold nothing that it would have quoted. Percentiles
/// are estimates from the series' coarse buckets. A field is empty where nothing is known.
struct SeriesCSV: Sendable {
  private static let quantiles = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)]

  private static let gauges = [
    ServerMetricName.memory, ServerMetricName.openDescriptors, ServerMetricName.threads,
    ServerMetricName.sessionsActive, ServerMetricName.poolActive, ServerMetricName.poolIdle,
  ]

  /// The table with its header.
  let text: String

  /// Lays a table out.
  init(_ analysis: RecordingAnalysis) {
    let series = analysis.aggregate.series
    let failures = Outcome.allCases.filter { outcome in
      outcome != .success && series.bins.contains { $0.outcomes[outcome] != nil }
    }
    let gauges = Self.gauges.map { gauge in
      Dictionary(
        analysis.metrics.timeline(gauge, from: series.start)
          .map { (Int(($0.at - series.start) / series.binNanoseconds), $0.value) },
        uniquingKeysWith: { $1 }
      )
    }
    var rows = [
      ["seconds", "bin_seconds", "successes"] + failures.map(\.rawValue)
        + Self.quantiles.map { "\($0.0)_ms_estimate" } + Self.gauges
    ]
    for (index, bin) in series.bins.enumerated() {
      let start = series.start + Int64(index) * series.binNanoseconds
      let latency = BucketEstimate(latencies: bin.latencies)
      rows.append(
        [Self.number(Double(start) / 1e9), Self.number(Double(series.binNanoseconds) / 1e9)]
          + ["\(bin.successes)"] + failures.map { "\(bin.outcomes[$0] ?? 0)" }
          + Self.quantiles.map { _, p in
            latency?.quantile(p).map { String(format: "%.3f", $0 / 1e6) } ?? ""
          }
          + gauges.map { $0[index].map(Self.number) ?? "" }
      )
    }
    text = rows.map { $0.joined(separator: ",") + "\n" }.joined()
  }

  private static func number(_ value: Double) -> String {
    Int(exactly: value).map(String.init) ?? "\(value)"
  }
}
