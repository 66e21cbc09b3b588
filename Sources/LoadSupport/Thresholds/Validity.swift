import Foundation

/// Whether a run measured the server and not itself: checks of generator, load and machine.
///
/// No threshold of a run that fails one passes or fails: such a figure is an opinion. The checks and
/// their limits are those of docs/measurement.md, "Is the run valid?".
package struct Validity: Sendable, Equatable, Codable {
  /// What a run is worth.
  package enum State: String, Sendable, Codable {
    /// No check failed.
    case valid = "VALID"

    /// The server did not carry the rate that was asked for, and the generator was healthy: a finding
    /// about the server, whose latencies stand.
    case saturated = "SATURATED"

    /// A check failed: the run says nothing about the server.
    case invalid = "INVALID"

    /// No check could be made.
    case unknown = "UNKNOWN"
  }

  /// One check.
  package struct Check: Sendable, Equatable, Codable {
    /// What is checked.
    package let name: String

    /// PASS, FAIL, or INCONCLUSIVE where the recording does not tell.
    package let outcome: Verdict.Outcome

    /// What was found; nil if nothing was.
    package let statistic: Double?

    /// What it may be.
    package let limit: Double

    /// Samples behind it.
    package let n: Int

    /// The check in a sentence, and what to change where it failed.
    package let message: String

    /// What failed and what to change, without the details; nil where nothing did.
    package var complaint: String?
  }

  /// The checks that apply to the run.
  package let checks: [Check]

  /// What the run is worth.
  package let state: State

  /// Checks a run.
  package init(_ analysis: RecordingAnalysis) {
    let all = [
      Self.generatorCPU(analysis), Self.lateness(analysis), Self.ticks(analysis),
      Self.steal(analysis), Self.sessions(analysis), Self.busyWorkers(analysis),
      Self.arrivals(analysis), Self.rate(analysis), Self.stationarity(analysis),
    ].compactMap(\.self)
    checks = all
    let failed = all.filter { $0.outcome == .fail }
    state =
      failed.contains { !Self.isSaturation($0, analysis.scenario) }
      ? .invalid
      : !failed.isEmpty ? .saturated : all.contains { $0.outcome == .pass } ? .valid : .unknown
  }

  /// Whether a failed check says that the server falls behind: it does not reach the rate, or its
  /// latency grows as its queue does.
  private static func isSaturation(_ check: Check, _ scenario: ScenarioHeader) -> Bool {
    check.name == "rate_reached"
      || check.name == "drift" && scenario.arrivalRate != nil && check.statistic ?? 0 > 0
  }

  /// Why the run is invalid, and what to change; nil if it is not.
  package var reason: String? {
    guard state == .invalid else { return nil }
    return checks.compactMap(\.complaint).joined(separator: "; ")
  }

  /// Whether another try may be valid: what failed is the machine's or chance's fault.
  ///
  /// Sessions that the server did not grant are missing in the next run too.
  package var isWorthRepeating: Bool {
    state == .invalid && !checks.contains { $0.name == "sessions" && $0.outcome == .fail }
  }

  /// A verdict of this run: that of an invalid one neither passes nor fails.
  func apply(to verdict: Verdict) -> Verdict {
    // That the files hold every attempt is true or false whatever the run is worth, and no machine is so
    // busy that nothing at all succeeds.
    guard let reason, verdict.outcome != .inconclusive, verdict.metric != .unaccountedAttempts,
      verdict.metric != .successRate || verdict.value != 0
    else { return verdict }
    var changed = verdict
    changed.outcome = .inconclusive
    changed.message =
      "the run is INVALID (\(reason)); \(verdict.outcome.rawValue) it would be: \(verdict.message)"
    return changed
  }

  // MARK: Checks

  private static func check(
    _ name: String,
    _ outcome: Verdict.Outcome,
    _ statistic: Double?,
    limit: Double,
    unit: String = "",
    n: Int,
    _ detail: String,
    change: String
  ) -> Check {
    let shown = statistic.map { Figures.plain($0) + unit } ?? "unknown"
    return Check(
      name: name,
      outcome: outcome,
      statistic: statistic.flatMap { $0.isFinite ? $0 : nil },
      limit: limit,
      n: n,
      message: "\(name) \(shown), limit \(Figures.plain(limit))\(unit), n = \(Figures.grouped(n)): "
        + detail + (outcome == .fail ? ": \(change)" : ""),
      complaint: outcome == .fail
        ? "\(name) \(shown), limit \(Figures.plain(limit))\(unit): \(change)" : nil
    )
  }

  private static func unknown(_ name: String, limit: Double, _ reason: String) -> Check {
    Check(
      name: name,
      outcome: .inconclusive,
      statistic: nil,
      limit: limit,
      n: 0,
      message: "\(name) unknown: \(reason)"
    )
  }

  /// The lines of the measured time, those just before and after it included, by loop.
  private static func lines(_ analysis: RecordingAnalysis) -> [Int: [GeneratorLine]] {
    let window = analysis.aggregate.window
    let second: Int64 = 1_000_000_000
    return Dictionary(
      grouping: analysis.generator.filter {
        $0.at >= window.start - second && $0.at <= window.end + second
      }
    ) { $0.loop }
  }

  private static func generatorCPU(_ analysis: RecordingAnalysis) -> Check? {
    let name = "generator_cpu"
    let limit = 0.8
    let shares = lines(analysis).values.compactMap { lines -> Double? in
      guard let first = lines.first, let last = lines.last, last.at > first.at else { return nil }
      return (last.cpuSeconds - first.cpuSeconds) / (Double(last.at - first.at) / 1e9)
    }
    guard let most = shares.max() else {
      return unknown(name, limit: limit, "the recording has no lines of the generator")
    }
    return check(
      name,
      most <= limit ? .pass : .fail,
      most,
      limit: limit,
      n: analysis.generator.count,
      "share of a core that the busiest of \(shares.count) event loops used",
      change: "set more loops (LOADTEST_LOOPS) or ask for less"
    )
  }

  private static func lateness(_ analysis: RecordingAnalysis) -> Check? {
    let aggregate = analysis.aggregate
    let late = aggregate.lateness
    let median = aggregate.latency().value(atQuantile: 0.5) ?? 0
    let limit = max(1_000_000, median / 10)
    let name = "generator_lateness_p99_ms"
    guard let p99 = late.value(atQuantile: 0.99) else {
      return unknown(name, limit: Double(limit) / 1e6, "no request was sent")
    }
    let beyond = late.count(above: limit)
    return check(
      name,
      Judgement.share(bad: beyond, of: late.count, allowed: 0.01),
      Double(p99) / 1e6,
      limit: Double(limit) / 1e6,
      unit: " ms",
      n: late.count,
      "\(Figures.grouped(beyond)) requests left later than that after they were due and their worker free",
      change: "the generator waits for a processor; give it one of its own, or ask for less"
    )
  }

  private static func ticks(_ analysis: RecordingAnalysis) -> Check? {
    let name = "generator_late_tick_ms"
    let limit = 100.0
    let latest = lines(analysis).values.flatMap { $0 }.map(\.lateMilliseconds)
    guard let worst = latest.max() else {
      return unknown(name, limit: limit, "the recording has no lines of the generator")
    }
    return check(
      name,
      worst <= limit ? .pass : .fail,
      worst,
      limit: limit,
      unit: " ms",
      n: 10 * latest.count,
      "the latest of ten ticks a second",
      change: "the machine stood still or was busy with something else; give it a quiet one"
    )
  }

  private static func steal(_ analysis: RecordingAnalysis) -> Check? {
    let name = "steal"
    let limit = 0.02
    let lines = (lines(analysis)[0] ?? []).filter { $0.stealSeconds != nil }
    guard let first = lines.first, let last = lines.last, last.at > first.at else {
      return unknown(name, limit: limit, "this machine does not tell")
    }
    let time = Double(last.at - first.at) / 1e9 * Double(max(1, analysis.run.machine.cores))
    let share = ((last.stealSeconds ?? 0) - (first.stealSeconds ?? 0)) / time
    return check(
      name,
      share <= limit ? .pass : .fail,
      share,
      limit: limit,
      n: lines.count,
      "share of this machine's processors that its host gave to others",
      change: "run again, or on a machine with processors of its own"
    )
  }

  private static func sessions(_ analysis: RecordingAnalysis) -> Check? {
    let name = "sessions"
    guard let asked = analysis.scenario.sessions else { return nil }
    let opened = analysis.aggregate.sessionsOpened
    let gauge = "mcp_ssh_sessions_active"
    let before = analysis.metrics.totals(.before)?[gauge]
    let during = analysis.metrics.totals(.loadStart)?[gauge]
    let counted = during.flatMap { Int(exactly: ($0 - (before ?? 0)).rounded()) }
    let exist = min(opened, counted ?? opened)
    return check(
      name,
      exist >= asked ? .pass : .fail,
      Double(exist),
      limit: Double(asked),
      n: asked,
      counted == nil
        ? "SSH sessions that were granted; the server does not tell how many it has"
        : "SSH sessions that the server counts when the load begins",
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
  private static func busyWorkers(_ analysis: RecordingAnalysis) -> Check? {
    let name = "littles_law"
    let aggregate = analysis.aggregate
    let steps = Set(aggregate.window.slices.map(\.step)).compactMap { step -> BusyWorkers? in
      let slices = aggregate.window.slices.filter { $0.step == step }
      let seconds = aggregate.window.seconds(of: step.map { [$0] })
      guard let workers = slices.first?.workers, workers > 0,
        slices.allSatisfy({ $0.workers == workers }), seconds >= 1
      else { return nil }
      let n = aggregate.requests(Aggregate.Filter(step: step)).values.reduce(0, +)
      let think = Double(slices.first?.thinkTime ?? 0) / 1e9
      // A pause that the end of a slice cuts off belongs to no request.
      guard think * Double(slices.count) <= 0.01 * seconds else { return nil }
      let requests = Double(aggregate.busyNanoseconds[step] ?? 0) / 1e9
      let busy = (requests + think * Double(n)) / seconds
      return BusyWorkers(
        step: step,
        workers: workers,
        busy: busy,
        n: n,
        idleMicroseconds: (Double(workers) - busy) * seconds * 1e6 / Double(max(1, n))
      )
    }
    let wanting = steps.filter(\.isWanting)
    guard
      let worst = (wanting.isEmpty ? steps : wanting).max(by: { $0.deviation < $1.deviation })
    else { return nil }
    // After failures workers pause, and nothing tells how long.
    let failed = aggregate.requests().filter { $0.key != .success }.values.reduce(0, +)
    let outcome: Verdict.Outcome =
      !worst.isWanting ? .pass : failed > 0 ? .inconclusive : .fail
    let note: String
    switch outcome {
    case .pass where worst.isOff:
      note =
        "; the rest is \(Figures.oneDecimal(worst.idleMicroseconds)) us of the generator's own a "
        + "request, within \(Figures.plain(BusyWorkers.ownMicroseconds)) us"
    case .inconclusive: note = ", and they pause after failures"
    default: note = ""
    }
    return check(
      name,
      outcome,
      worst.deviation,
      limit: BusyWorkers.limit,
      n: worst.n,
      "of \(worst.workers) workers\(worst.step.map { " in the step \($0)" } ?? "") "
        + "\(Figures.twoDecimals(worst.busy)) were busy at a time\(note)",
      change: "workers were missing or idle for the generator's own reasons"
    )
  }

  private static func arrivals(_ analysis: RecordingAnalysis) -> Check? {
    guard let rate = analysis.scenario.arrivalRate else { return nil }
    let aggregate = analysis.aggregate
    let planned = aggregate.requests().values.reduce(0, +)
    let expected = rate * aggregate.window.seconds()
    let isRandom = analysis.scenario.arrivals == "poisson"
    // Three standard deviations of a Poisson count and a third: one honest run in a thousand fails.
    let limit = isRandom ? 3.29 * expected.squareRoot() : 2
    let deviation = abs(Double(planned) - expected)
    return check(
      "arrivals_off_plan",
      deviation <= limit ? .pass : .fail,
      deviation,
      limit: limit,
      n: planned,
      "\(Figures.grouped(planned)) arrivals were recorded, \(Figures.plain(expected)) were to come",
      change: "the generator did not keep to its schedule"
    )
  }

  private static func rate(_ analysis: RecordingAnalysis) -> Check? {
    guard analysis.scenario.arrivalRate != nil else { return nil }
    let aggregate = analysis.aggregate
    let planned = aggregate.requests().values.reduce(0, +)
    let name = "rate_reached"
    let limit = 0.99
    guard planned > 0 else { return unknown(name, limit: limit, "no request of the load was made") }
    // What was planned before the window and answered in it makes up for what is under way at its end.
    let share = Double(aggregate.answeredInWindow) / Double(planned)
    return check(
      name,
      share >= limit ? .pass : planned < 500 ? .inconclusive : .fail,
      share,
      limit: limit,
      n: planned,
      "\(Figures.grouped(aggregate.answeredInWindow)) answers in the window to "
        + "\(Figures.grouped(planned)) requests planned in it",
      change:
        "SATURATED: the server does not carry the rate, or there are too few workers to ask at it"
    )
  }

  /// Whether the measured time was one: only where drift is not itself what the scenario judges.
  private static func stationarity(_ analysis: RecordingAnalysis) -> Check? {
    let aggregate = analysis.aggregate
    guard aggregate.window.slices.count == 1,
      analysis.scenario.scenario != ScenarioName.sustainedLoad.rawValue
    else { return nil }
    let name = "drift"
    let limit = 0.05
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
      return unknown(name, limit: limit, "the window is too short for 20 blocks")
    }
    return check(
      name,
      drift.isSignificant() ? .fail : .pass,
      drift.share,
      limit: limit,
      n: blocks.count,
      "change of \(isOpen ? "latency" : "throughput") over the window, by 20 blocks of "
        + "\(Figures.plain(Double(size) * Double(windows.windowNanoseconds) / 1e9)) s, "
        + "p = \(Figures.plain(drift.probability))",
      change:
        "it is no single state that was measured; warm up for longer, or look for what changed"
    )
  }
}

/// How many of a step's workers were busy at a time.
private struct BusyWorkers {
  /// What the share of idle workers may be.
  static let limit = 0.02

  /// What the generator may take for itself between two requests of a worker, whatever its share.
  static let ownMicroseconds = 50.0

  let step: String?
  let workers: Int
  let busy: Double
  let n: Int

  /// Between two requests of a worker, on average.
  let idleMicroseconds: Double

  var deviation: Double { abs(Double(workers) - busy) / Double(workers) }
  var isOff: Bool { deviation > Self.limit }
  var isWanting: Bool { isOff && !(0...Self.ownMicroseconds).contains(idleMicroseconds) }
}
