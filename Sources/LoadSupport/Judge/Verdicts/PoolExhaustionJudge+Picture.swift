extension PoolExhaustionJudge {
  /// Shares of what each step's requests came to.
  func picture(_ analysis: RecordingAnalysis) -> SVGChart? {
    let aggregate = analysis.aggregate
    var steps: [String] = []
    for step in aggregate.window.slices.compactMap(\.step) where !steps.contains(step) {
      steps.append(step)
    }
    let kinds: [(name: String, outcomes: [Outcome], style: String)] = [
      ("admitted", [.success], "b0"), ("refused: pool full", [.rejected], "b1"),
      ("refused: rate limit", [.rateLimited], "b2"),
      (
        "other", Outcome.allCases.filter { ![.success, .rejected, .rateLimited].contains($0) }, "b3"
      ),
    ]
    var boxes = [[SVGChart.Box]](repeating: [], count: kinds.count)
    for (row, step) in steps.enumerated() {
      let outcomes = aggregate.requests(Aggregate.Filter(step: step))
      let total = Double(outcomes.values.reduce(0, +))
      var reached = 0
      for (index, kind) in kinds.enumerated() {
        let count = kind.outcomes.reduce(0) { $0 + (outcomes[$1] ?? 0) }
        guard count > 0 else { continue }
        boxes[index].append(
          SVGChart.Box(
            x: Double(reached) / total * 100...Double(reached + count) / total * 100,
            y: Double(row) + 0.15...Double(row) + 0.85,
            text: NumberText.grouped(count)
          )
        )
        reached += count
      }
    }
    guard boxes.contains(where: { !$0.isEmpty }) else { return nil }
    return SVGChart(
      title: "Admitted and refused by step",
      words: "Shares of a step's requests, with their numbers where they fit.",
      x: .linear("% of requests", [0, 100]),
      y: .names("", steps),
      series: kinds.indices.filter { !boxes[$0].isEmpty }.map {
        SVGChart.Series(kinds[$0].name, style: kinds[$0].style, .boxes(boxes[$0]))
      }
    )
  }
}
