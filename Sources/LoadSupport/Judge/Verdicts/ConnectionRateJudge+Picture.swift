extension ConnectionRateJudge {
  /// Connections a second by workers, with fresh logins and pooled.
  func picture(_ analysis: RecordingAnalysis) -> SVGChart? {
    let steps = ConnectionStep.all(analysis).filter { $0.rate > 0 && $0.workers > 0 }
    let kinds = [("cold: a fresh login", false), ("pooled", true)].map { name, isPooled in
      (name, steps.filter { $0.isPooled == isPooled }.map { (x: Double($0.workers), y: $0.rate) })
    }.filter { !$0.1.isEmpty }
    guard !kinds.isEmpty else { return nil }
    let best = kinds.compactMap { name, points in
      points.max { $0.y < $1.y }.map {
        "\(name), at most \(NumberText.oneDecimal($0.y))/s with \(NumberText.plain($0.x)) workers"
      }
    }
    return SVGChart(
      title: "Connections per second by workers",
      words: best.joined(separator: "; ") + ".",
      x: .linear("workers", [0] + kinds.flatMap { $0.1.map(\.x) }),
      y: .logarithmic("connections/s", kinds.flatMap { $0.1.map(\.y) }),
      series: kinds.enumerated().map { index, kind in
        SVGChart.Series(kind.0, style: "s\(index)", .line(kind.1, markers: kind.1))
      }
    )
  }
}
