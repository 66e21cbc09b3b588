extension SustainedLoadJudge {
  /// The server's memory under load, with the slope that it is judged by.
  func picture(_ analysis: RecordingAnalysis) -> SVGChart? {
    let window = analysis.aggregate.window
    let time = TimeChart(analysis.aggregate)
    let points = analysis.metrics.timeline(
      ServerMetricName.memory,
      from: window.start,
      until: time.end
    ).map { (x: time.seconds($0.at), y: $0.value / 1_048_576) }
    guard let last = points.last else { return nil }
    var series = [TimeChart.line("resident memory", "s0", points)]
    var words = "Too short for a slope"
    if let trend = LeakTrend(analysis), let line = trend.line,
      let bytesPerRequest = trend.bytesPerRequest
    {
      let ends = [min(trend.warmUpSeconds, last.x), last.x].map {
        (x: $0, y: (line.intercept + line.slope * $0) / 1_048_576)
      }
      series.append(SVGChart.Series("slope", style: "s1 dash", .line(ends, markers: ends)))
      words =
        "Slope after warm-up: \(NumberText.plain(bytesPerRequest)) bytes per request, "
        + "\(NumberText.twoDecimals(line.slope / 1_048_576 * 3600)) MiB per hour"
    }
    let ys = points.map(\.y)
    let range = (ys.min() ?? 0)...(ys.max() ?? 0)
    return time.chart(
      "Memory under load",
      "\(words); \(NumberText.range(range, NumberText.twoDecimals)) MiB.",
      .linear("MiB, not from 0", ys + [last.y * 0.98, last.y * 1.02]),
      series
    )
  }
}
