extension LatencySensitivityJudge {
  /// Latency of a command by the link's delay, with and without lost segments.
  func picture(_ analysis: RecordingAnalysis) -> SVGChart? {
    var series: [SVGChart.Series] = []
    var all: [(x: Double, y: Double)] = []
    let links = (analysis.scenario.network.links ?? [])
      .sorted { $0.delayMilliseconds < $1.delayMilliseconds }
    for (p, name) in [(0.5, "p50"), (0.95, "p95")] {
      for isLossy in [false, true] {
        let points = links.filter { ($0.lossPercent > 0) == isLossy }.compactMap { link in
          analysis.aggregate.latency(
            Self.commands(over: link, analysis, outcomes: [.success])
          )
          .value(atQuantile: p).map { (x: link.delayMilliseconds, y: Double($0) / 1e6) }
        }
        guard !points.isEmpty else { continue }
        all += points
        series.append(
          SVGChart.Series(
            name + (isLossy ? ", links that lose segments" : ""),
            style: "s\(series.count)",
            .line(isLossy ? [] : points, markers: points)
          )
        )
      }
    }
    guard !series.isEmpty else { return nil }
    return SVGChart(
      title: "Latency of a command by the link's delay",
      words: "A marker is a link; the table has its values.",
      x: .linear("ms of round trip added", all.map(\.x)),
      y: .linear("milliseconds", [0] + all.map(\.y)),
      series: series
    )
  }
}
