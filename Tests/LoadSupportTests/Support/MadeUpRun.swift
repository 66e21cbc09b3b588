@testable import LoadSupport

/// A sound run: two workers in a closed loop for six seconds, 10 ms a request, and a generator that
/// has little to do.
struct MadeUpRun {
  var workers = 2
  var seconds = 6
  var arrivalRate: Double?
  var latencyMilliseconds = 10.0
  /// From the instant at which a request is due to the one at which it is sent.
  var lateMilliseconds = 0.02
  var connectingMilliseconds: Double?
  /// From an answer to the next request of a closed loop.
  var idleMilliseconds = 0.0
  /// How much longer each request takes at the end than at the beginning.
  var slowdown = 1.0

  /// What the load is said to do over the time.
  var kind: Stage.Kind?
  var busyWorkers = 2
  var failures = 0
  var profile = "smoke"
  var sessionsAsked = 2

  /// The second after which the generator stands still, until so long after the window; nil for good.
  var standsStillFrom: Int?
  var wakesAfter: Double? = 30

  /// What each request is preceded by, and recorded as part of, in a line of its own.
  var upkeepMilliseconds = 0.0

  /// Whether somebody stops the run in its middle, or kills it.
  var isStopped = false
  var isKilled = false

  /// Whether the server is another process from the middle on.
  var isRestarted = false
  var cpuShare = 0.3
  var latestTick = 0.5

  /// How long the generator waits for a processor each time it has something to do; nil where nothing tells.
  var waitMilliseconds: Double?

  /// The same of a second loop, with how often it has something to do in a second; nil where there is one alone.
  var secondLoop: (waitMilliseconds: Double, turns: Double)?

  /// What the server's count of sessions was before the load, and whether its page is one second old.
  var sessionsBefore: Double?
  var isCached = false
  var stealShare = 0.001
  var sessionsGranted = 2
  var sessionsCounted: Double? = 2
  var hasGenerator = true
  var arrivalsMissing = 0
  var unanswered = 0

  func recorded() throws -> RecordedScenario {
    let recorded = try RecordedScenario(
      RecordedScenario.header(
        workers: workers,
        arrivalRate: arrivalRate,
        seconds: Double(seconds),
        sessions: sessionsAsked,
        operations: ["a"],
        profile: profile
      )
    )
    let samples = (0..<busyWorkers).map(samples)
    for (worker, samples) in samples.enumerated() {
      try recorded.write(samples, worker: worker)
    }
    try writeEvents(recorded, attempts: samples.joined().count)
    try writeMetrics(recorded)
    if hasGenerator { try writeGenerator(recorded) }
    return recorded
  }

  private func writeEvents(_ recorded: RecordedScenario, attempts: Int) throws {
    let end = Int64(seconds) * 1_000_000_000
    var events = [
      RunEvent(
        .measure,
        at: 0,
        until: end,
        kind: kind,
        workers: arrivalRate == nil ? workers : nil
      )
    ]
    if isStopped { events.append(RunEvent(.stopped, at: end / 2, message: "signal 2")) }
    if !isKilled {
      events += [
        RunEvent(.stepEnd, at: end + 10_000_000), RunEvent(.drain, at: end + 10_000_000),
        RunEvent(.end, at: end + 20_000_000, attempts: attempts),
      ]
    }
    try recorded.write(events)
  }

  private func writeMetrics(_ recorded: RecordedScenario) throws {
    func page(_ second: Int) -> String {
      let counted = isCached && second <= 0 ? 0 : sessionsCounted
      let start = isRestarted && second > seconds / 2 ? 2_000 : 1_000
      return """
        process_start_time_seconds \(start)
        mcp_pool_creates_total 2
        \(counted.map { "mcp_ssh_sessions_active \($0)" } ?? "x 1")
        """
    }
    try recorded.write(
      [
        ServerMetricsLine(
          .before,
          at: -2_000,
          "x 1\nprocess_start_time_seconds 1000\n"
            + (sessionsBefore.map { "mcp_ssh_sessions_active \($0)" } ?? "")
        ),
        ServerMetricsLine(.loadStart, at: -1_000, page(0)),
      ] + (1..<seconds).map { ServerMetricsLine(.tick, at: Double($0) * 1_000, page($0)) }
        + [ServerMetricsLine(.loadEnd, at: Double(seconds) * 1_000, page(seconds))]
    )
  }

  private func samples(of worker: Int) -> [Sample] {
    var samples: [Sample] = []
    if worker < sessionsGranted {
      samples.append(
        Sample("ssh_connect", planned: -900, done: -800, phase: .setup, worker: worker)
      )
    }
    let whole = Double(seconds) * 1_000
    // In an open loop each of two workers takes every second arrival.
    let gap = arrivalRate.map { 2_000 / $0 }
    var at = gap.map { $0 * Double(worker) / 2 } ?? 0
    var index = 0
    var hasReopened = false
    while at < whole {
      let latency = latencyMilliseconds * (1 + (slowdown - 1) * at / whole)
      if upkeepMilliseconds > 0 {
        samples.append(
          Sample("ssh_connect", planned: at, done: at + upkeepMilliseconds, worker: worker)
        )
      }
      var sample = Sample(
        "a",
        index < failures ? .toolError : .success,
        planned: at,
        done: index < unanswered ? at + whole : at + latency,
        sent: at + lateMilliseconds + (connectingMilliseconds ?? 0),
        worker: worker
      )
      sample.attempt.connecting = connectingMilliseconds.map { Int64($0 * 1e6) }
      // Whoever ends closes its connections.
      if isRestarted, at >= whole / 2, !hasReopened {
        hasReopened = true
        sample.attempt.connecting = 20_000
      }
      if index >= arrivalsMissing { samples.append(sample) }
      index += 1
      at += gap ?? latency + idleMilliseconds
    }
    return samples
  }

  private func writeGenerator(_ recorded: RecordedScenario) throws {
    let latest = standsStillFrom.map { Double($0) } ?? Double(seconds)
    var instants = (0...seconds).map(Double.init).filter { $0 <= latest }
    if standsStillFrom != nil, let wakesAfter { instants.append(Double(seconds) + wakesAfter) }
    let lines = instants.map { second in
      var line = GeneratorLine(
        at: Int64(second * 1e9),
        loop: 0,
        cpuSeconds: cpuShare * second,
        lateMilliseconds: second == 3 ? latestTick : 0.1,
        stealSeconds: 100 + stealShare * Double(recorded.header.machine.cores) * second
      )
      if let waitMilliseconds {
        (line.waitedSeconds, line.turns) = (waitMilliseconds * second / 10, Int(100 * second))
      }
      return line
    }
    let others = secondLoop.map { loop in
      lines.map { line in
        var line = line
        line.loop = 1
        line.turns = line.turns.map { Int(Double($0) * loop.turns / 100) }
        line.waitedSeconds = line.turns.map { Double($0) * loop.waitMilliseconds / 1_000 }
        return line
      }
    }
    try recorded.write(
      (lines + (others ?? [])).flatMap { try RecordingJSON.encodeLine($0) },
      to: recorded.layout.generator
    )
  }
}
