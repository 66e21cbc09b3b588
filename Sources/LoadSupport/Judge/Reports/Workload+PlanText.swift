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
        .quoted(planned.name ?? name), .figure(planned.length.written),
        .text(
          planned.loadText
            + (steps[planned.step].groups[planned.group].sharesSession
              ? ", in one MCP session" : "")
        ),

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
      // A step that is over with its iterations takes no longer.
      (steps.allSatisfy(\.isTimed) ? "" : "at most ") + "\(measured.written) measured"
        + (warmUp == .zero ? "" : ", and \(warmUp.written) of warm-up before it")
        + "; \(NumberText.counted(effectiveWorkers, "worker"))"
        + (needsSession ? ", which hold SSH sessions" : ", no SSH sessions")
    ]
    if !open.isEmpty {
      let calls = open.compactMap(expectedCalls).reduce(0, +)
      lines.append(
        "\(NumberText.counted(Int(calls.rounded()), "call")) expected"
          + (open.count < stages.count ? ", and those of closed loops" : "") + ", without warm-ups"
      )
    }
    return lines
  }

  private func callsText(_ planned: PlannedStage) -> TableCell {
    if let calls = expectedCalls(planned) { return .count(Int(calls.rounded())) }
    let group = steps[planned.step].groups[planned.group]
    let calls = meanCalls(group.mix)
    func most(_ iterations: Double) -> String {
      "at most \(NumberText.grouped(Int((iterations * calls).rounded())))"
    }
    let limit = group.iterations.map { Double($0 * planned.workers.count) }
    if let paused = planned.mostIterations, paused < limit ?? .infinity {
      let words = planned.hasDrawnPause ? "on average " : ""
      return .text("\(words)\(most(paused)), for its pauses")
    }
    return .text(limit.map(most) ?? "as fast as answered")
  }

  /// How many calls a stage comes to: its iterations by the calls of one; nil in a closed loop.
  func expectedCalls(_ planned: PlannedStage) -> Double? {
    planned.iterations.map { $0 * meanCalls(steps[planned.step].groups[planned.group].mix) }
  }
}

extension PlannedStage {
  /// How many iterations the pauses of a closed loop leave room for, were all answered at once; nil without a
  /// pause.
  fileprivate var mostIterations: Double? {
    let pause = max(stage.thinkTime.mean, stage.pace ?? .zero)
    guard stage.rate == nil, pause > .zero else { return nil }
    let busy = stage.workers.map { ($0.from + $0.to) / 2 } ?? Double(workers.count)
    // A worker's last iteration may begin just before the end.
    return busy * (length / pause).rounded(.up)
  }

  /// Whether that is so on average alone, since a pause may come out shorter than its mean.
  fileprivate var hasDrawnPause: Bool {
    if case .constant = stage.thinkTime { return false }
    return stage.thinkTime.mean >= stage.pace ?? .zero
  }

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
