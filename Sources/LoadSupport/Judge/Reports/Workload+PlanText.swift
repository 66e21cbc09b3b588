import EventIO

extension Workload {
  /// What a run of a valid workload would do: its stages with their loads, and how many calls these come to.
  package var planText: String {
    let stages = plannedStages()
    var section = ReportSection(columns: [
      "stage", "for", .init("load", isTrailing: false), "warm-up", "workers",
      .init("calls", isTrailing: true),
    ])
    for planned in stages {
      let warmUp = planned.start == .zero ? steps[planned.step].warmUp : .zero
      section.addRow([
        .quoted(planned.name ?? name), .figure(planned.length.written), .text(planned.loadText),
        warmUp == .zero ? .absent() : .figure(warmUp.written), .count(planned.workers.count),
        callsText(planned),
      ])
    }
    section.add(.gap)
    section.add(.lines(totals(of: stages)))
    return TextPage(Document(title: name, sections: [section])).text
  }

  private func totals(of stages: [PlannedStage]) -> [String] {
    let measured = steps.compactMap { length(of: $0) }.reduce(Duration.zero, +)
    let warmUp = steps.map(\.warmUp).reduce(Duration.zero, +)
    let open = stages.filter { $0.iterations != nil }
    var lines = [
      "\(measured.written) measured"
        + (warmUp == .zero ? "" : ", and \(warmUp.written) of warm-up before it")
        + "; \(effectiveWorkers) workers"
        + (needsSession ? ", which hold SSH sessions" : ", no SSH sessions")
    ]
    if !open.isEmpty {
      let calls = open.compactMap(expectedCalls).reduce(0, +)
      lines.append(
        "\(NumberText.grouped(Int(calls.rounded()))) calls expected"
          + (open.count < stages.count ? ", and those of closed loops" : "") + ", without warm-ups"
      )
    }
    return lines
  }

  private func callsText(_ planned: PlannedStage) -> TableCell {
    if let calls = expectedCalls(planned) { return .count(Int(calls.rounded())) }
    let group = steps[planned.step].groups[planned.group]
    guard let iterations = group.iterations else { return .text("as fast as answered") }
    let calls = Double(iterations * planned.workers.count) * meanCalls(group.mix)
    return .text("at most \(NumberText.grouped(Int(calls.rounded())))")
  }

  /// How many calls a stage comes to: its iterations by the calls of one; nil in a closed loop.
  func expectedCalls(_ planned: PlannedStage) -> Double? {
    planned.iterations.map { $0 * meanCalls(steps[planned.step].groups[planned.group].mix) }
  }
}

extension PlannedStage {
  /// Its load in words: `1 to 20 iterations/s, at random`.
  fileprivate var loadText: String {
    func words(_ ramp: Workload.Ramp) -> String {
      ramp.isSteady
        ? NumberText.plain(ramp.to)
        : "\(NumberText.plain(ramp.from)) to \(NumberText.plain(ramp.to))"
    }
    if let rate = stage.rate {
      return "\(words(rate)) iterations/s" + (stage.arrivals == .poisson ? ", at random" : "")
    }
    let pause = stage.thinkTime.mean
    return [
      "\(stage.workers.map(words) ?? String(workers.count)) busy",
      pause == .zero ? nil : "think time \(pause.written)",
      stage.pace.map { "pace \($0.written)" },
    ].compactMap(\.self).joined(separator: ", ")
  }
}
