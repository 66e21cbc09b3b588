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
    // Where parts were told an instant, some had their sessions when the server was looked at first.
    let others = analysis.parts.isEmpty ? before ?? 0 : 0
    var counted = analysis.metrics.totals(.loadStart)?[gauge].flatMap { Self.count($0 - others) }
    // A page that is kept for a while shows the sessions late, and one that shows the same number before,
    // during and after the load counts others.
    let values = analysis.metrics.timeline(gauge).map(\.value)
    if let before, values.count > 1, values.allSatisfy({ $0 == before }), opened > 0 {
      counted = nil
    } else if counted ?? opened < opened {
      let load = analysis.metrics.timeline(gauge, from: window.start, until: window.end)
      let late = load.compactMap { Self.count($0.value - others) }.max()
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
    if exist < asked, let lost = analysis.lostLines {
      return unknown(.sessions, limit: Double(asked), lost)
    }
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
        "workers without a session send no load; see what refused them, or use fewer workers"
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
  static func busyWorkers(_ analysis: RecordingAnalysis) -> [Check] {
    let aggregate = analysis.aggregate
    let all = steps(analysis).compactMap { step -> BusyWorkers? in
      let slices = aggregate.window.slices.filter { $0.step == step }
      let seconds = aggregate.window.seconds(of: step.map { [$0] })
      guard let workers = slices.first?.workers, workers > 0,
        slices.allSatisfy({ $0.workers == workers }), seconds >= 1
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
    // After failures workers pause, and nothing tells how long.
    let failed = aggregate.requests().filter { $0.key != .success }.values.reduce(0, +)
    let isUngranted = sessions(analysis)?.outcome == .fail
    return telling(
      all.map { busy in
        var outcome = Verdict.Outcome.pass
        var note = ""
        if busy.deviation > busy.limit {
          outcome = failed > 0 || isUngranted ? .inconclusive : .fail
          if failed > 0 {
            note = ", and they pause after failures"
          } else if isUngranted {
            note = ", the others have no session"
          }
        } else if busy.deviation > BusyWorkers.leastLimit {
          note =
            "; the rest is \(NumberText.oneDecimal(busy.idleMicroseconds)) µs per request of the generator's "
            + "own, within \(NumberText.plain(BusyWorkers.ownMicroseconds)) µs"
        }
        return check(
          .littlesLaw,
          outcome,
          busy.deviation,
          limit: busy.limit,
          n: busy.n,
          stage: busy.step,
          named: busy.step.map(analysis.scenario.title),
          name(busy.step, analysis) + "\(NumberText.twoDecimals(busy.busy)) of "
            + "\(NumberText.counted(busy.workers, "worker")) busy\(note)",
          change: "workers were missing or idle for the generator's own reasons"
        )
      }
    ) { ($0.statistic ?? 0) - $0.limit }
  }

  static func arrivals(_ analysis: RecordingAnalysis) -> [Check] {
    let aggregate = analysis.aggregate
    let all = steps(analysis).compactMap { step -> Check? in
      let stage = analysis.scenario.stage(step)
      // Of several requests of an iteration only the first is an arrival, and nothing tells which it is.
      guard let rate = analysis.scenario.plannedRate(step)?.from,
        stage?.callsPerIteration ?? 1 == 1
      else { return nil }
      let isRandom = (stage?.arrivals ?? analysis.scenario.arrivals) == "poisson"
      let planned = aggregate.requests(Aggregate.Filter(step: step)).values.reduce(0, +)
      let expected = rate * aggregate.window.seconds(of: step.map { [$0] })
      // Three standard deviations of a Poisson count and a third: one honest run in a thousand fails.
      let limit = isRandom ? 3.29 * expected.squareRoot() : 2
      let deviation = abs(Double(planned) - expected)
      return check(
        .arrivals,
        deviation <= limit ? .pass : .fail,
        deviation,
        limit: limit,
        n: planned,
        stage: step,
        named: step.map(analysis.scenario.title),
        name(step, analysis) + "\(NumberText.grouped(planned)) arrivals were recorded, "
          + "\(NumberText.plain(expected)) were planned",
        change: "the generator did not keep to its schedule"
      )
    }
    return telling(all) { ($0.statistic ?? 0) / $0.limit }
  }

  static func rate(_ analysis: RecordingAnalysis) -> [Check] {
    let aggregate = analysis.aggregate
    let limit = 0.99
    // Beside a slow call of their own session calls may wait until it is over.
    let waits: [String?] = [QuickCallPlace.sameSession, .sameSSHSession].map {
      StepName.quick($0, besideSlow: true)
    }
    let all = steps(analysis).compactMap { step -> Check? in
      guard analysis.scenario.plannedRate(step) != nil, !waits.contains(step) else { return nil }
      let planned = aggregate.requests(Aggregate.Filter(step: step)).values.reduce(0, +)
      guard planned > 0 else {
        return unknown(.rateReached, limit: limit, "no request of the load was made")
      }
      // What was planned before the window and answered in it makes up for what is under way at its end.
      let answered = aggregate.answered[step] ?? 0
      let share = Double(answered) / Double(planned)
      return check(
        .rateReached,
        share >= limit ? .pass : planned < 500 ? .inconclusive : .fail,
        share,
        limit: limit,
        n: planned,
        stage: step,
        named: step.map(analysis.scenario.title),
        name(step, analysis) + "\(NumberText.grouped(answered)) answers in the window to "
          + "\(NumberText.grouped(planned)) requests planned in it",
        change:
          "SATURATED: the server does not keep up with the rate, or there are too few workers for it"
      )
    }
    return telling(all) { -($0.statistic ?? 1) }
  }

  /// Whether the measured time was one, or each stage of it: only where drift is not itself what the
  /// scenario judges.
  static func stationarity(_ analysis: RecordingAnalysis) -> [Check] {
    let aggregate = analysis.aggregate
    let isOne = aggregate.window.slices.count == 1
    guard isOne || analysis.scenario.isOfOwn,
      !ScenarioName.judge(of: analysis.scenario.scenario).judgesDrift
    else { return [] }
    let limit = 0.05
    let steps = steps(analysis).filter { step in
      aggregate.window.slices.count { $0.step == step } == 1
    }
    if let outage = analysis.outage {
      return steps.isEmpty ? [] : [unknown(.drift, limit: limit, outage.message)]
    }
    let windows = aggregate.windows
    let all = steps.compactMap { step -> Check? in
      let names = step.map { [$0] }
      let done = windows.completions(steps: names) { _ in true }
      let size = done.count / 20
      let isOpen = analysis.scenario.plannedRate(step) != nil
      let blocks =
        isOpen
        ? windows.meanLatencies(steps: names, blocks: 20).compactMap(\.self)
        : (0..<20).map { Double(done[$0 * size..<($0 + 1) * size].reduce(0, +)) }
      guard size > 0, blocks.count == 20, let drift = Drift(blocks: blocks) else {
        // A short stage between others is none to be told of.
        return isOne
          ? unknown(.drift, limit: limit, "the window is too short for 20 blocks") : nil
      }
      // More stages make no more false alarms, nor do more parts.
      let alpha = 0.01 / Double(steps.count * (analysis.run.part?.of ?? 1))
      return check(
        .drift,
        drift.isSignificant(alpha: alpha) ? .fail : .pass,
        drift.share,
        limit: limit,
        n: blocks.count,
        stage: step,
        named: step.map(analysis.scenario.title),
        name(step, analysis)
          + "change of \(isOpen ? "latency" : "throughput") over the window, by 20 blocks of "
          + "\(NumberText.plain(Double(size) * Double(windows.windowNanoseconds) / 1e9)) s, "
          + "p = \(NumberText.plain(drift.probability)) (it also takes p < \(NumberText.plain(alpha)) to fail)",
        change:
          "not steady: performance drifted; warm up for longer, or find out what changed"
      )
    }
    return telling(all) { abs($0.statistic ?? 0) }
  }

  /// What is checked by itself: the steps whose load stays the same, or the whole load where that does.
  private static func steps(_ analysis: RecordingAnalysis) -> [String?] {
    let window = analysis.aggregate.window
    return window.hasSteps ? window.steadySteps : window.isSteady() ? [nil] : []
  }

  /// A step's name in front of what was found there.
  private static func name(_ step: String?, _ analysis: RecordingAnalysis) -> String {
    step.map { "in the step \(analysis.scenario.title(of: $0)): " } ?? ""
  }

  /// Those of the checks of several steps that tell something: all that failed, the worst first, or the worst.
  static func telling(_ checks: [Check], badness: (Check) -> Double) -> [Check] {
    let order: [Verdict.Outcome] = [.pass, .inconclusive, .fail]
    func rank(_ check: Check) -> (Int, Double) {
      (order.firstIndex(of: check.outcome) ?? 0, badness(check))
    }
    let sorted = checks.sorted { rank($0) > rank($1) }
    let failed = sorted.prefix { $0.outcome == .fail }
    return failed.isEmpty ? Array(sorted.prefix(1)) : Array(failed)
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
