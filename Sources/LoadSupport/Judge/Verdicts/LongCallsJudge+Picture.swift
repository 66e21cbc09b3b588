extension LongCallsJudge {
  /// How long each call lasted, and how long it was to last.
  func picture(_ analysis: RecordingAnalysis) -> SVGChart? {
    guard let calls = try? LongCall.all(analysis), !calls.isEmpty else { return nil }
    func boxes(_ isWanted: (LongCall) -> Bool) -> [SVGChart.Box] {
      calls.enumerated().filter { isWanted($0.element) }.map { row, call in
        SVGChart.Box(
          x: 0...max(call.lasted, 0),
          y: Double(row) + 0.15...Double(row) + 0.85,
          text: isWanted(call) && call.isCut ? call.endingText : ""
        )
      }
    }
    let kinds: [(name: String, style: String, boxes: [SVGChart.Box])] = [
      ("answered", "b0", boxes { !$0.isCut }), ("cut off", "b1", boxes(\.isCut)),
    ]
    let progress = calls.enumerated().compactMap { row, call in
      call.firstProgressSeconds.map { (x: $0, y: Double(row) + 0.5) }
    }
    return SVGChart(
      title: "How long calls lasted",
      words: "A bar ends where its call did; a marker is its first progress notification.",
      x: .linear("seconds", [0] + calls.map { max($0.lasted, Double($0.seconds)) }),
      y: .names("", calls.map(\.step)),
      series: kinds.filter { !$0.boxes.isEmpty }
        .map { SVGChart.Series($0.name, style: $0.style, .boxes($0.boxes)) }
        + (progress.isEmpty
          ? [] : [SVGChart.Series("first progress", style: "s1", .line([], markers: progress))])
    )
  }
}
