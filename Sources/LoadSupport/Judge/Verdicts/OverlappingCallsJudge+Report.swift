extension OverlappingCallsJudge {
  func sections(_ analysis: RecordingAnalysis) throws -> [ReportSection] {
    // Of what a run did not come to there is nothing to show.
    [throughput(analysis), try firstCalls(analysis), try quickCalls(analysis)].compactMap(\.self)
  }

  func figures(_ analysis: RecordingAnalysis) -> [String: Double] {
    let steps = OverlapStep.all(analysis)
    var figures: [String: Double] = [:]
    figures["overlap_gain_one"] = Self.gain(steps.filter { !$0.isOverSeveral })?.gain
    figures["overlap_gain_several"] = Self.gain(steps.filter(\.isOverSeveral))?.gain
    return figures
  }

  /// How many times the throughput of one call in flight the most of them have.
  private static func gain(_ steps: [OverlapStep]) -> (calls: Int, gain: Double)? {
    guard let one = steps.first, let most = steps.last, most.calls > 1, one.calls == 1, one.rate > 0
    else { return nil }
    return (most.calls, most.rate / one.rate)
  }

  /// What calls in flight go over; a server without SSH sessions has but the MCP session.
  private static func place(_ isOverSeveral: Bool, _ analysis: RecordingAnalysis) -> String {
    analysis.scenario.commands[OperationName.connect] == nil
      ? "one MCP session" : isOverSeveral ? "several SSH sessions" : "one SSH session"
  }

  private func throughput(_ analysis: RecordingAnalysis) -> ReportSection? {
    let steps = OverlapStep.all(analysis)
    if steps.isEmpty { return nil }
    var section = ReportSection(
      "Calls in flight in one MCP session",
      "n = calls answered in the step; milliseconds of a call, 95 % intervals below; fair = Jain's index over the lanes, that is, the workers that "
        + "share the session: 1 is even; least = the least served lane's share of the average",
      columns: ["step", "n", "calls/s", "p50", "p99", "fair", "least"]
    )
    for step in steps {
      section.addRow(
        [.text(step.name), .count(step.count), .rate(step.rate)]
          + analysis.aggregate.percentiles(
            [0.5, 0.99],
            Aggregate.Filter(step: step.name, outcomes: [.success])
          )
          + (step.calls > 1
            ? [.number(step.jain), .number(step.leastShare)] : [.absent(), .absent()])
      )
    }
    section.addNoteOnShortSteps(analysis.aggregate)
    for isOverSeveral in [false, true] {
      let kind = steps.filter { $0.isOverSeveral == isOverSeveral }
      guard let (calls, gain) = Self.gain(kind) else { continue }
      section.addNote(
        "over \(Self.place(isOverSeveral, analysis)) \(calls) calls in flight have \(NumberText.oneDecimal(gain)) times the "
          + "throughput of one"
          + (gain < 1.2
            ? isOverSeveral || analysis.scenario.commands[OperationName.connect] == nil
              ? ": the server handles the calls of an MCP session one at a time, or the machine is at its limit"
              : ": an SSH session that is one persistent shell runs one command at a time" : "")
      )
    }
    return section
  }

  private func firstCalls(_ analysis: RecordingAnalysis) throws -> ReportSection? {
    let steps = Self.firstSteps.filter(analysis.aggregate.window.steps.contains)
    if steps.isEmpty { return nil }
    var section = ReportSection(
      "First requests of new sessions at the same instant",
      "p50 and slowest in milliseconds; within = from the first that was sent to the last",
      columns: ["step", "sessions", "succeeded", "within", "p50", "slowest"]
    )
    for step in steps {
      let samples = try analysis.samples { $0.step == step && $0.phase == .measure }
      let sent = samples.compactMap { sample in
        sample.attempt.sent.map { $0 - (sample.attempt.connecting ?? 0) }
      }
      let filter = Aggregate.Filter(step: step, outcomes: Outcome.allCases)
      section.addRow(
        [
          .text(step), .count(samples.count),
          .count(samples.count { $0.attempt.outcome == .success }),
          .optional(sent.max()) { .milliseconds(Double($0 - (sent.min() ?? $0)) / 1e6) },
        ] + analysis.aggregate.percentiles([0.5], filter)
          + [
            .optional(samples.map(\.attempt.latency).max()) { .milliseconds(Double($0) / 1e6) }
          ]
      )
    }
    return section
  }

  private func quickCalls(_ analysis: RecordingAnalysis) throws -> ReportSection? {
    let places = try QuickCallPlace.allCases.map {
      (place: $0, delay: try SlowCallDelay($0, analysis))
    }
    .filter { $0.delay.without.count > 0 }
    if places.isEmpty { return nil }
    var section = ReportSection(
      "Quick calls beside a slow one",
      "p50 in milliseconds from the intended start, n of both; delay = their difference in percent of the slow call's length",
      columns: ["quick calls in", "n", "without", "beside", "delay"]
    )
    for (place, delay) in places {
      section.addRow(
        [.text(place.rawValue), .count(delay.without.count + delay.beside.count)]
          + [false, true].map { isBeside in
            let name = StepName.quick(place, besideSlow: isBeside)
            return analysis.aggregate.percentiles([0.5], Aggregate.Filter(step: name))[0]
          } + [.optional(delay.share) { .percent($0) }]
      )
    }
    if let slow = places.first?.delay.slowNanoseconds {
      section.addNote("the slow call takes \(NumberText.oneDecimal(slow / 1e9)) s")
    }
    if places.contains(where: { $0.place == .sameSSHSession }) {
      section.addNote(
        "in the same SSH session quick calls wait by design, since a persistent shell runs one command at a "
          + "time; those in other MCP sessions and health checks are judged"
      )
    }
    return section
  }

  /// Throughput by calls in flight.
  func picture(_ analysis: RecordingAnalysis) -> SVGChart? {
    let steps = OverlapStep.all(analysis).filter { $0.rate > 0 }
    let kinds = [false, true].map { isOverSeveral in
      (
        name: "over \(Self.place(isOverSeveral, analysis))",
        points: steps.filter { $0.isOverSeveral == isOverSeveral }
          .map { (x: Double($0.calls), y: $0.rate) }
      )
    }.filter { !$0.points.isEmpty }
    guard !kinds.isEmpty else { return nil }
    let best = kinds.compactMap { kind in
      kind.points.max { $0.y < $1.y }.map {
        "\(kind.name), at most \(NumberText.oneDecimal($0.y))/s with \(NumberText.plain($0.x)) in flight"
      }
    }
    return SVGChart(
      title: "Throughput of one MCP session by calls in flight",
      words: best.joined(separator: "; ") + ".",
      x: .linear("calls in flight", [0] + kinds.flatMap { $0.points.map(\.x) }),
      y: .linear("calls/s", [0] + kinds.flatMap { $0.points.map(\.y) }),
      series: kinds.enumerated().map { index, kind in
        SVGChart.Series(kind.name, style: "s\(index)", .line(kind.points, markers: kind.points))
      }
    )
  }
}
