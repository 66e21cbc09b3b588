/// What the latency sensitivity scenario is judged by.
struct LatencySensitivityJudge: ScenarioJudge {
  let rules = [
    Rule(.successRate, 0.95, successRate), Rule(.p95OverExplained, 1.5, overExplained),
    Rule(.roundTripsPerCommand, 2, roundTrips), Rule(.unaccountedAttempts, 0),
  ]

  /// The undisturbed link.
  func comparedPart(_ analysis: RecordingAnalysis) -> ComparedPart {
    ComparedPart(steps: analysis.aggregate.window.slices.first?.step.map { [$0] })
  }

  /// A link and what was measured over it.
  private struct Row {
    let link: LinkCondition

    /// Its commands that succeeded, and how long they took.
    let filter: Aggregate.Filter
    let commands: Histogram

    let connects: Histogram
    let outcomes: [Outcome: Int]

    /// Commands a second of workers that each wait for the answer: their number over the mean time
    /// of a command, since the ends of short slices would cut a count off.
    let rate: Double?

    init(_ link: LinkCondition, _ analysis: RecordingAnalysis) {
      self.link = link
      let aggregate = analysis.aggregate
      let step = StepName.link(link.port)
      filter = LatencySensitivityJudge.commands(over: link, analysis, outcomes: [.success])
      commands = aggregate.latency(filter)
      connects = aggregate.latency(
        Aggregate.Filter(step: step, operation: OperationName.connect, outcomes: [.success])
      )
      outcomes = aggregate.requests(Aggregate.Filter(step: step))
      let links = Double(analysis.scenario.network.links?.count ?? 1)
      rate = aggregate.latency(LatencySensitivityJudge.commands(over: link, analysis)).mean
        .map { Double(analysis.scenario.workers) / links / ($0 / 1e9) }
    }

    /// What the link and the baseline's latency explain of a 95th percentile, in nanoseconds: two
    /// round trips with their jitter, and two retransmission timeouts in a row where segments are
    /// lost (at least 200 ms, doubling; RFC 6298 §5.5, with Linux's minimum).
    func explained(baseline: Int64) -> Double {
      let roundTrip = link.delayMilliseconds + link.jitterMilliseconds
      let timeout = link.lossPercent > 0 ? 3 * max(200, 1.5 * link.delayMilliseconds) : 0
      return Double(baseline) + (2 * roundTrip + timeout) * 1e6
    }
  }

  /// The commands over a link, whatever their operation is called.
  static func commands(
    over link: LinkCondition,
    _ analysis: RecordingAnalysis,
    outcomes: [Outcome]? = nil
  ) -> Aggregate.Filter {
    Aggregate.Filter(
      steps: [StepName.link(link.port)],
      operations: Array(analysis.scenario.commandNames),
      outcomes: outcomes
    )
  }

  private static func rows(_ analysis: RecordingAnalysis) -> [Row] {
    (analysis.scenario.network.links ?? []).map { Row($0, analysis) }
  }

  // MARK: Report

  func sections(_ analysis: RecordingAnalysis) -> [ReportSection] {
    let rows = Self.rows(analysis)
    var section = ReportSection(
      "Links",
      "milliseconds of a command, 95 % intervals below; ratio = p95 over the baseline's",
      columns: [
        .init("link", isTrailing: false), "delay", "loss", "n", "p50", "p95", "p99", "ratio",
        "cmd/s",
      ]
    )
    func p95(_ row: Row?) -> Int64? {
      row.flatMap {
        $0.commands.interval(atQuantile: 0.95) == nil ? nil : $0.commands.value(atQuantile: 0.95)
      }
    }
    let base = p95(rows.first)
    for row in rows {
      let p95 = p95(row)
      let amplification = p95.flatMap { p95 in base.map { Double(p95) / Double(max($0, 1)) } }
      section.addRow(
        [
          .text(row.link.title),
          .figure(
            NumberText.plain(row.link.delayMilliseconds) + "±"
              + NumberText.plain(row.link.jitterMilliseconds)
          ), .figure(NumberText.plain(row.link.lossPercent) + "%"), .count(row.commands.count),
        ] + analysis.aggregate.percentiles([0.5, 0.95, 0.99], row.filter)
          + [amplification, row.rate].map { .optional($0) { .rate($0) } }
      )
    }
    section.addNoteOnShortSteps(analysis.aggregate)
    for row in rows {
      let failed = row.outcomes.filter { $0.key != .success }
        .sorted { $0.key.rawValue < $1.key.rawValue }
        .map { "\($0.key.rawValue) \($0.value.grouped)" }
      if !failed.isEmpty {
        section.addNote("\(row.link.title): \(failed.joined(separator: ", "))")
      }
    }
    for (name, trips) in [
      ("command", Self.trips(rows) { $0.commands }), ("connect", Self.trips(rows) { $0.connects }),
    ] {
      guard let trips else { continue }
      let shown = NumberText.estimate(trips.slope, trips.interval)
      section.addNote(
        "a \(name) costs \(shown.value) round trips (95 % interval \(shown.between ?? "")), by p50 over delay "
          + "of \(trips.links) links without loss"
      )
    }
    if let emulation = analysis.scenario.network.linkEmulation {
      section.addNote("links: \(emulation)")
    }
    return [section]
  }

  func figures(_ analysis: RecordingAnalysis) -> [String: Double] {
    let rows = Self.rows(analysis)
    var figures: [String: Double] = [:]
    figures["round_trips_per_command"] = Self.trips(rows) { $0.commands }?.slope
    figures["round_trips_per_connect"] = Self.trips(rows) { $0.connects }?.slope
    return figures
  }

  // MARK: Verdicts

  /// What is wrong with a link that answers sooner than one round trip takes: it is not the link that
  /// it is said to be, and looks bearable for that reason; nil if all are.
  private static func undelayed(_ rows: [Row]) -> String? {
    for row in rows where row.link.delayMilliseconds > row.link.jitterMilliseconds {
      let least = row.link.delayMilliseconds - row.link.jitterMilliseconds
      guard let p50 = row.commands.value(atQuantile: 0.5), Double(p50) < least * 1e6 else {
        continue
      }
      return
        "the link \(row.link.title) answers in \(NumberText.time(p50)) (p50), sooner than its "
        + "round trip of \(NumberText.plain(least)) ms or more: the link is not what it was said to be"
    }
    return nil
  }

  /// The verdict over all links: the worst of them.
  private static func worst(
    _ threshold: Threshold,
    _ verdicts: [(link: LinkCondition, verdict: Verdict)]
  ) -> Verdict {
    let order: [Verdict.Outcome] = [.fail, .inconclusive, .pass]
    let isFloor = threshold.metric.isFloor
    func badness(_ verdict: Verdict) -> (Int, Double) {
      let value = verdict.value ?? (isFloor ? -.infinity : .infinity)
      return (order.firstIndex(of: verdict.outcome) ?? 0, isFloor ? value : -value)
    }
    guard let worst = verdicts.min(by: { badness($0.verdict) < badness($1.verdict) }) else {
      return .nothingMeasured(threshold)
    }
    let verdict = worst.verdict
    let others = verdicts.count { $0.verdict.outcome == verdict.outcome } - 1
    let also =
      others > 0
      ? "; \(verdict.outcome.rawValue) on \(NumberText.counted(others, "other link")) too" : ""
    return verdict.saying(before: "\(worst.link.title): ", after: also)
  }

  private static func successRate(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict
  {
    worst(
      threshold,
      Self.rows(analysis).map { row in
        let filter = Aggregate.Filter(step: StepName.link(row.link.port))
        return (row.link, .successRate(threshold, analysis.aggregate, filter))
      }
    )
  }

  private static func overExplained(
    _ threshold: Threshold,
    _ analysis: RecordingAnalysis
  ) -> Verdict {
    let rows = Self.rows(analysis)
    if let reason = Self.undelayed(rows) { return .unknown(threshold, reason) }
    guard let base = rows.first?.commands.value(atQuantile: 0.95) else {
      return .unknown(threshold, "nothing succeeded over the baseline link")
    }
    let verdicts = rows.dropFirst().map { row -> (LinkCondition, Verdict) in
      let explained = row.explained(baseline: base)
      let filter = Self.commands(over: row.link, analysis)
      // The same verdict on the latency in units of what is explained.
      let verdict = Verdict.quantile(0.95, threshold, analysis.aggregate, filter, unit: explained)
      guard verdict.n > 0 else { return (row.link, verdict) }
      let share = "\(NumberText.time(explained / 1e6)) of the 95th percentile"
      return (row.link, verdict.saying(after: "; the link explains \(share)"))
    }
    return worst(threshold, verdicts)
  }

  private static func roundTrips(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict {
    let rows = Self.rows(analysis)
    if let reason = Self.undelayed(rows) { return .unknown(threshold, reason) }
    guard let trips = Self.trips(rows, { $0.commands }) else {
      return .unknown(
        threshold,
        "fewer than two links without loss had enough commands for an interval of p50"
      )
    }
    return .ratio(
      threshold,
      trips.slope,
      trips.interval,
      n: rows.map(\.commands.count).reduce(0, +),
      "p50 over the delay of \(trips.links) links without loss"
    )
  }

  // MARK: Round trips

  /// Round trips by the slope of the median over the link's delay.
  private struct Trips {
    let slope: Double
    let interval: ClosedRange<Double>
    let links: Int
  }

  /// The slope over all links without loss whose median has an interval (Theil-Sen), and its interval
  /// from those of the medians at the two ends of the line; nil with fewer than two such links.
  private static func trips(_ rows: [Row], _ histogram: (Row) -> Histogram) -> Trips? {
    let clean = rows.filter { $0.link.lossPercent == 0 }.compactMap { row in
      histogram(row).interval(atQuantile: 0.5).map { (link: row.link, row: row, median: $0) }
    }
    let points = clean.map { link, row, _ in
      (x: link.delayMilliseconds, y: Double(histogram(row).value(atQuantile: 0.5) ?? 0) / 1e6)
    }
    guard let fit = TheilSen(points),
      let near = clean.min(by: { $0.link.delayMilliseconds < $1.link.delayMilliseconds }),
      let far = clean.max(by: { $0.link.delayMilliseconds < $1.link.delayMilliseconds })
    else { return nil }
    let delay = (far.link.delayMilliseconds - near.link.delayMilliseconds) * 1e6
    let least = Double(far.median.lowerBound - near.median.upperBound) / delay
    let most = Double(far.median.upperBound - near.median.lowerBound) / delay
    return Trips(
      slope: fit.slope,
      interval: min(least, fit.slope)...max(most, fit.slope),
      links: clean.count
    )
  }
}
