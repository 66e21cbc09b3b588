/// Checks of the load generator and of its machine.
extension Validity {
  /// The lines of the measured time, that before it and that after it included, by loop.
  ///
  /// A generator that stood still beyond the window's end writes the next line late.
  static func lines(_ analysis: RecordingAnalysis) -> [Int: [GeneratorLine]] {
    let window = analysis.aggregate.window
    let second: Int64 = 1_000_000_000
    return Dictionary(grouping: analysis.generator) { $0.loop }.mapValues { lines in
      let lines = lines.sorted { $0.at < $1.at }
      let after = lines.first { $0.at > window.end + second }
      let until = lines.contains { $0.at >= window.end && $0.at <= window.end + second }
      return lines.filter { $0.at >= window.start - second && $0.at <= window.end + second }
        + (until ? [] : after.map { [$0] } ?? [])
    }.filter { !$0.value.isEmpty }
  }

  static func generatorCPU(_ analysis: RecordingAnalysis) -> Check? {
    let limit = 0.8
    let shares = lines(analysis).values.compactMap { lines -> Double? in
      guard let first = lines.first, let last = lines.last, last.at > first.at else { return nil }
      return (last.cpuSeconds - first.cpuSeconds) / (Double(last.at - first.at) / 1e9)
    }
    guard let most = shares.max() else {
      return noLines(.generatorCPU, limit: limit)
    }
    return check(
      .generatorCPU,
      most <= limit ? .pass : .fail,
      most,
      limit: limit,
      n: analysis.generator.count,
      shares.count == 1
        ? "mean share of a core that the generator's event loop used"
        : "mean share of a core that the busiest of \(shares.count) event loops used",
      change: "use more loops (LOADTEST_LOOPS) or lower the load"
    )
  }

  /// The median time from sending to the answer, which the generator's own delays are held against: in the
  /// latency of an open loop that falls behind there is the queue besides, and any delay is small beside it.
  private static func usualServiceTime(_ aggregate: Aggregate) -> Int64 {
    aggregate.serviceTime().value(atQuantile: 0.5) ?? 0
  }

  /// What to do where a generator gets too little CPU.
  private static let starved =
    "the generator is starved of CPU: dedicate a core to it or lower the load"

  static func lateness(_ analysis: RecordingAnalysis) -> Check? {
    let aggregate = analysis.aggregate
    let late = aggregate.lateness
    let limit = max(1_000_000, usualServiceTime(aggregate) / 10)
    guard let p99 = late.value(atQuantile: 0.99) else {
      return unknown(.lateness, limit: Double(limit) / 1e6, "no request was sent")
    }
    let beyond = late.count(above: limit)
    return check(
      .lateness,
      Judgement.share(bad: beyond, of: late.count, allowed: 0.01),
      Double(p99) / 1e6,
      limit: Double(limit) / 1e6,
      unit: " ms",
      n: late.count,
      "\(NumberText.grouped(beyond)) of \(NumberText.grouped(late.count)) requests were sent over "
        + "\(NumberText.plain(Double(limit) / 1e6)) ms late",
      change: starved,
      needed: Judgement.samplesNeeded(allowed: 0.01)
    )
  }

  static func ticks(_ analysis: RecordingAnalysis) -> Check? {
    let limit = 100.0
    let loops = lines(analysis).values
    let latest = loops.flatMap { $0 }.map(\.lateMilliseconds)
    guard let worst = (latest + loops.map { missing($0, analysis) }).max() else {
      return noLines(.lateTick, limit: limit)
    }
    if worst > limit, latest.max() ?? 0 <= limit, analysis.unreadable.ticks > 0 {
      return unknown(.lateTick, limit: limit, "lines of generator.jsonl could not be read")
    }
    return check(
      .lateTick,
      worst <= limit ? .pass : .fail,
      worst,
      limit: limit,
      unit: " ms",
      n: 10 * latest.count,
      "the latest of ten ticks per second",
      change: "the machine stalled or was busy with something else; use a quiet one"
    )
  }

  /// How long a loop waited for a processor each time it had something to do, by the kernel's own count.
  ///
  /// Where all workers wait for answers, those are read so much too late, and nothing else shows it. Of several loops
  /// the one counts that is nearest to its limit or most beyond it.
  ///
  /// What is half of the time from sending to the answer is more of the generator than of the server. So is what
  /// comes to half of all time: of several requests under way all wait meanwhile, and each of the answers that are
  /// read then has waited for longer than one time.
  static func processorWait(_ analysis: RecordingAnalysis) -> Check? {
    typealias Wait = (milliseconds: Double, turns: Int, limit: Double)
    let usual = Double(usualServiceTime(analysis.aggregate)) / 1e6
    let waits = lines(analysis).values.compactMap { lines -> Wait? in
      guard let first = lines.first, let last = lines.last, let from = first.waitedSeconds,
        let to = last.waitedSeconds, let begun = first.turns, let ended = last.turns, ended > begun
      else { return nil }
      let turns = Double(ended - begun)
      let ofAllTime = Double(last.at - first.at) / 1e6 / turns
      return ((to - from) * 1e3 / turns, ended - begun, max(1, min(usual, ofAllTime) / 2))
    }
    guard let worst = waits.max(by: { $0.milliseconds / $0.limit < $1.milliseconds / $1.limit })
    else { return nil }
    return check(
      .processorWait,
      worst.milliseconds <= worst.limit ? .pass : .fail,
      worst.milliseconds,
      limit: worst.limit,
      unit: " ms",
      n: worst.turns,
      "average wait of an event loop for a processor, each time it had something to do",
      change: starved
    )
  }

  static func steal(_ analysis: RecordingAnalysis) -> Check? {
    let limit = 0.02
    let lines = (lines(analysis)[0] ?? []).filter { $0.stealSeconds != nil }
    guard let first = lines.first, let last = lines.last, last.at > first.at else {
      return analysis.generator.isEmpty
        ? noLines(.steal, limit: limit)
        : unknown(.steal, limit: limit, "this machine does not report it")
    }
    let time =
      Double(last.at - first.at) / 1e9
      * Double(max(1, analysis.run.machine.processors ?? analysis.run.machine.cores))
    let share = ((last.stealSeconds ?? 0) - (first.stealSeconds ?? 0)) / time
    return check(
      .steal,
      share <= limit ? .pass : .fail,
      share,
      limit: limit,
      n: lines.count,
      "CPU steal: the share of CPU time that the host gave to others",
      change: "run again, or on a machine whose processors are not shared"
    )
  }

  private static func noLines(_ subject: Subject, limit: Double) -> Check {
    unknown(subject, limit: limit, "the recording has no lines of the generator")
  }

  /// How long no line came that was due, in milliseconds: of ticks that never came nobody tells how
  /// late they were.
  private static func missing(_ lines: [GeneratorLine], _ analysis: RecordingAnalysis) -> Double {
    let window = analysis.aggregate.window
    let second: Int64 = 1_000_000_000
    var instants = lines.map(\.at)
    if window.ending == .complete || window.ending == .stopped { instants.append(window.end) }
    let first = max(window.start, instants.first ?? 0)
    let gaps = zip([first] + instants.sorted(), instants.sorted()).map { $1 - $0 }
    return Double(max(0, (gaps.max() ?? 0) - second)) / 1e6
  }
}
