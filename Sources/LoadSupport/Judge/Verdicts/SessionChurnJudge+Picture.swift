extension SessionChurnJudge {
  /// The server's memory over the sessions that were opened and left, step by step.
  func picture(_ analysis: RecordingAnalysis) -> SVGChart? {
    var left = 0.0
    let points = SessionChurnCourse(analysis).stretches.compactMap {
      stretch -> (x: Double, y: Double)? in
      left += stretch.sessions
      return stretch.held[.memory].map { (left, $0 / 1_048_576) }
    }
    guard points.count > 1, let first = points.first, let last = points.last else { return nil }
    return SVGChart(
      title: "Memory by sessions",
      words: "MiB at the end of each step: \(NumberText.oneDecimal(first.y)) first, "
        + "\(NumberText.oneDecimal(last.y)) after \(NumberText.plain(last.x)) sessions.",
      x: .linear("sessions opened and left", [0] + points.map(\.x)),
      y: .linear("MiB", [0] + points.map(\.y)),
      series: [SVGChart.Series("memory", style: "s0", .line(points, markers: points))]
    )
  }
}
