import EventIO

/// The page's part on the server's own metrics.
extension HTMLReport {
  /// What the server said of itself, before and after the load.
  var server: [HTMLText] {
    let metrics = summary.serverMetrics
    guard analysis.metrics.isReported else {
      return [Self.paragraph("This server reports no metrics.")]
    }
    let names =
      ServerMetricName.poolCounters + [
        ServerMetricName.commands, ServerMetricName.sessionsActive, ServerMetricName.cpuSeconds,
        ServerMetricName.openDescriptors, ServerMetricName.memory, ServerMetricName.threads,
      ]
    let columns = [metrics.before, metrics.after, metrics.difference]
    var content: [HTMLText] = [
      .table(
        "Server metrics around the load",
        ["metric", "before", "after", "difference"],
        names.map { name in
          [name] + columns.map { $0?[name].map(NumberText.plain) ?? "not reported" }
        }
      )
    ]
    if let rate = metrics.poolHitRate {
      content.append(
        Self.paragraph(
          "Pool hit rate \(NumberText.oneDecimal(rate * 100)) %, most active connections "
            + (metrics.poolPeakActive.map(NumberText.plain) ?? "not reported") + "."
        )
      )
    }
    if !metrics.resets.isEmpty || analysis.metrics.restarts > 0 {
      content.append(
        Self.paragraph(
          "The server was restarted \(analysis.metrics.restarts) times; counters that fell: "
            + metrics.resets.joined(separator: ", ")
        )
      )
    }
    let estimates = metrics.bucketEstimates.filter { $0.key.hasByteSuffix("_seconds") }
      .sorted { $0.key < $1.key }
    if !estimates.isEmpty {
      content.append(
        .table(
          "The server's own histograms under load, in milliseconds",
          ["histogram (estimates as wide as its buckets, ms)", "n", "p50", "p95", "p99"],
          estimates.map { name, estimate in
            [name, NumberText.plain(estimate.n)]
              + [estimate.p50, estimate.p95, estimate.p99].map {
                $0.map { NumberText.plain($0 * 1000) } ?? "-"
              }
          }
        )
      )
    }
    return content
  }
}
