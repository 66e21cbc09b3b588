/// Checks of the load itself: that all that was to be asked was, and that it was one load.
extension Validity {
  /// SSH sessions that the server granted, or still had by its own count, of those that were asked for;
  /// nil where none were, or the load was stopped before all had been.
  static func granted(
    _ analysis: RecordingAnalysis
  ) -> (sessions: Int, asked: Int, isCounted: Bool)? {
    let window = analysis.aggregate.window
    let isWhole = analysis.attemptsMade != nil && !analysis.isStopped
    guard let asked = analysis.scenario.sessions, window.ending != .neverBegan || isWhole
    else { return nil }
    let opened = analysis.aggregate.sessionsOpened
    let gauge = ServerMetricName.sessionsActive
    let before = analysis.metrics.totals(.before)?[gauge]
    var counted = analysis.metrics.totals(.loadStart)?[gauge].flatMap {
      Self.count($0 - (before ?? 0))
    }
    // A page that is kept for a while shows the sessions late, and one that shows the same number before,
    // during and after the load counts others.
    let values = analysis.metrics.timeline(gauge).map(\.value)
    if let before, values.count > 1, values.allSatisfy({ $0 == before }), opened > 0 {
      counted = nil
    } else if counted ?? opened < opened {
      let load = analysis.metrics.timeline(gauge, from: window.start, until: window.end)
      let late = load.compactMap { Self.count($0.value - (before ?? 0)) }.max()
      counted = max(counted ?? 0, min(opened, late ?? 0))
    }
    return (min(opened, counted ?? opened), asked, counted != nil)
  }

  /// A number of sessions by a server's own gauge, which may show anything.
  private static func count(_ gauge: Double) -> Int? {
    abs(gauge) <= 1e9 ? Int(gauge.rounded()) : nil
  }

  static func sessions(_ analysis: RecordingAnalysis) -> Check? {
    guard let (exist, asked, isCounted) = granted(analysis) else { return nil }
    return check(
      .sessions,
      exist >= asked ? .pass : .fail,
      Double(exist),
      limit: Double(asked),
      n: asked,
      isCounted
        ? "SSH sessions that the server counts when the load begins"
        : "SSH sessions that were granted; the server does not tell how many it has",
      change:
        "workers without a session load nobody; see what refused them, or ask for fewer workers"
    )
  }

  /// Little's law, L = X · (R + Z), for workers that wait for each answer: how many were busy at a
  /// time must be how many there are.
  ///
  /// L is summed from the requests themselves, cut off at the window's
  /// ends (Little, "A Proof for the Queuing Formula L = λW", 1961). Between an answer and the next
  /// request the generator reads the one, records it and makes the other. Beside answers of 40 µs
  /// that is more than the limit, and no worker is missing: as with lateness, what is small in
  /// itself passes, and the message tells how much it is.
  static func busyWorkers(_ analysis: RecordingAnalysis) -> Check? {
    let aggregate = analysis.aggregate
    // In their order, so that of several alike the same is named each time.
    let all: [String?] = aggregate.window.hasSteps ? aggregate.window.steps : [nil]
    let steps = all.compactMap { step -> BusyWorkers? in
      let slices = aggregate.window.slices.filter { $0.step == step }
      let seconds = aggregate.window.seconds(of: step.map { [$0] })
      guard let workers = slices.first?.workers, workers > 0,
        slices.allSatisfy({ $0.workers == workers && $0.kind == .steady }), seconds >= 1
      else { return nil }
      let n = aggregate.requests(Aggregate.Filter(step: step)).values.reduce(0, +)
      let busy = aggregate.busy[step] ?? Aggregate.Busy()
      let think = Double(slices.first?.thinkTime ?? 0) / 1e9
      // A pause that the end of a slice cuts off belongs to no request.
      guard think * Double(slices.count) <= 0.01 * seconds else { return nil }
      return BusyWorkers(
        step: step,
        workers: workers,
        seconds: seconds,
        busy: (Double(busy.nanoseconds) / 1e9 + think * Double(n)) / seconds,
        n: busy.attempts
      )
    }
    guard let worst = steps.max(by: { $0.deviation - $0.limit < $1.deviation - $1.limit }) else {
      return nil
    }
    // After failures workers pause, and nothing tells how long.
    let failed = aggregate.requests().filter { $0.key != .success }.values.reduce(0, +)
    let isExplained = failed > 0 || sessions(analysis)?.outcome == .fail
    let outcome: Verdict.Outcome =
      worst.deviation <= worst.limit ? .pass : isExplained ? .inconclusive : .fail
    let note: String
    switch outcome {
    case .pass where worst.deviation > BusyWorkers.leastLimit:
      note =
        "; the rest is \(NumberText.oneDecimal(worst.idleMicroseconds)) us of the generator's own a "
        + "request, within \(NumberText.plain(BusyWorkers.ownMicroseconds)) us"
    case .inconclusive where failed > 0: note = ", and they pause after failures"
    case .inconclusive: note = ", the others have no session"
    default: note = ""
    }
    return check(
      .littlesLaw,
      outcome,
      worst.deviation,
      limit: worst.limit,
      n: worst.n,
      "of \(worst.workers) workers\(worst.step.map { " in the step \($0)" } ?? "") "
        + "\(NumberText.twoDecimals(worst.busy)) were busy at a time\(note)",
      change: "workers were missing or idle for the generator's own reasons"
    )
  }

  static func arrivals(_ analysis: RecordingAnalysis) -> Check? {
    guard let rate = analysis.scenario.arrivalRate else { return nil }
    let aggregate = analysis.aggregate
    let planned = aggregate.requests().values.reduce(0, +)
    let expected = rate * aggregate.window.seconds()
    let isRandom = analysis.scenario.arrivals == "poisson"
    // Three standard deviations of a Poisson count and a third: one honest run in a thousand fails.
    let limit = isRandom ? 3.29 * expected.squareRoot() : 2
    let deviation = abs(Double(planned) - expected)
    return check(
      .arrivals,
      deviation <= limit ? .pass : .fail,
      deviation,
      limit: limit,
      n: planned,
      "\(NumberText.grouped(planned)) arrivals were recorded, \(NumberText.plain(expected)) were to come",
      change: "the generator did not keep to its schedule"
    )
  }

  static func rate(_ analysis: RecordingAnalysis) -> Check? {
    guard analysis.scenario.arrivalRate != nil else { return nil }
    let aggregate = analysis.aggregate
    let planned = aggregate.requests().values.reduce(0, +)
    let limit = 0.99
    guard planned > 0 else {
      return unknown(.rateReached, limit: limit, "no request of the load was made")
    }
    // What was planned before the window and answered in it makes up for what is under way at its end.
    let share = Double(aggregate.answeredInWindow) / Double(planned)
    return check(
      .rateReached,
      share >= limit ? .pass : planned < 500 ? .inconclusive : .fail,
      share,
      limit: limit,
      n: planned,
      "\(NumberText.grouped(aggregate.answeredInWindow)) answers in the window to "
        + "\(NumberText.grouped(planned)) requests planned in it",
      change:
        "SATURATED: the server does not carry the rate, or there are too few workers to ask at it"
    )
  }

  /// Whether the measured time was one: only where drift is not itself what the scenario judges.
  static func stationarity(_ analysis: RecordingAnalysis) -> Check? {
    let aggregate = analysis.aggregate
    guard aggregate.window.slices.count == 1, aggregate.window.isSteady(),
      ScenarioName.judges[analysis.scenario.scenario]?.judgesDrift != true
    else { return nil }
    let limit = 0.05
    if let outage = analysis.outage {
      return unknown(.drift, limit: limit, outage.message)
    }
    let windows = aggregate.windows
    let size = windows.completions.count / 20
    let isOpen = analysis.scenario.arrivalRate != nil
    let blocks = (0..<20).compactMap { block -> Double? in
      guard size > 0 else { return nil }
      let range = block * size..<(block + 1) * size
      if !isOpen { return Double(windows.completions[range].reduce(0, +)) }
      let count = windows.latencyCounts[range].reduce(0, +)
      return count > 0 ? Double(windows.latencySums[range].reduce(0, +)) / Double(count) : nil
    }
    guard blocks.count == 20, let drift = Drift(blocks: blocks) else {
      return unknown(.drift, limit: limit, "the window is too short for 20 blocks")
    }
    return check(
      .drift,
      drift.isSignificant() ? .fail : .pass,
      drift.share,
      limit: limit,
      n: blocks.count,
      "change of \(isOpen ? "latency" : "throughput") over the window, by 20 blocks of "
        + "\(NumberText.plain(Double(size) * Double(windows.windowNanoseconds) / 1e9)) s, "
        + "p = \(NumberText.plain(drift.probability))",
      change:
        "it is no single state that was measured; warm up for longer, or look for what changed"
    )
  }
}

/// How many of a step's workers were busy at a time.
private struct BusyWorkers {
  /// What the share of idle workers may be in any case.
  static let leastLimit = 0.02

  /// What the generator may take for itself between two requests of a worker.
  static let ownMicroseconds = 50.0

  let step: String?
  let workers: Int
  let seconds: Double
  let busy: Double

  /// Attempts, those included that are no load.
  let n: Int

  /// Between two requests of a worker, on average.
  var idleMicroseconds: Double {
    (Double(workers) - busy) * seconds * 1e6 / Double(max(1, n))
  }

  var deviation: Double { abs(Double(workers) - busy) / Double(workers) }

  /// The share of idle workers that passes: beside fast answers what the generator takes for itself.
  var limit: Double {
    guard busy <= Double(workers) else { return Self.leastLimit }
    let own = Self.ownMicroseconds * Double(n) / (Double(workers) * seconds * 1e6)
    return max(Self.leastLimit, own)
  }
}
