@testable import LoadSupport

/// A server with ten sessions and a hundred requests in ten seconds; fifteen want a session.
struct ExhaustedServer {
  var applicants = 15
  var granted = 10
  var refusal = Outcome.rejected
  var refusalText: String? = "SSH connection pool is full: all 10 connections are in use"
  var slowestRefusalMilliseconds = 5.0
  var aloneMilliseconds: Double? = 10
  var crowdedMilliseconds = 10.0
  var work = 200
  var asked = 500
  var letThrough = 98
  var recovered = 20
  var recoveredRefused = 0
  var retryAfterSeconds: Int? = 9
  var next: Outcome? = .success
  var health = 50
  var healthFailures = 0
  var broken: Outcome?

  /// The name of the command that those who hold a session run.
  var command = "hostname"

  /// What those who hold a session are told once while others ask, and by which operation.
  var holding: (operation: String, outcome: Outcome)?
  var attemptsLost = 0
  var limits = ServerLimits(pool: 10, requestsPerWindow: 100, windowSeconds: 10)
  var assumed: [AssumedLimit]?
  var lacks: [ServerFeature]?
  var era: ProtocolEra?

  /// Logins that failed for a reason of their own, beside those that were granted or refused.
  var loginsFailed = 0

  func recorded() throws -> RecordedScenario {
    let recorded = try RecordedScenario(
      RecordedScenario.header(
        .exhaustionTest,
        operations: ["list", "connect", command, "disconnect", "health"],
        limits: limits,
        assumedLimits: assumed,
        lacks: lacks,
        era: era
      )
    )
    let samples = flood() + pool() + others()
    let steps: [(String, Double)] = [
      (StepName.flood, 1_000), (StepName.health, 2_000), (StepName.recovered, 10_500),
      (StepName.applying, 11_100), (StepName.alone, 11_300), (StepName.crowded, 12_400),
      (StepName.freeing, 13_500), (StepName.next, 13_700),
    ]
    try recorded.write(samples)
    try recorded.write(
      steps.flatMap { RunEvent.step($0.0, from: $0.1, until: $0.1 + 100) } + [
        RunEvent(.drain, at: 14_000_000_000),
        RunEvent(.end, at: 14_000_000_000, attempts: samples.count + attemptsLost),
      ]
    )
    return recorded
  }

  private func flood() -> [Sample] {
    var samples = [
      Sample("initialize", planned: 0, done: 1, phase: .setup, worker: 15),
      Sample("notifications/initialized", planned: 1, done: 2, phase: .setup, worker: 15),
      // Another worker's requests are of another session.
      Sample("initialize", planned: 0, done: 1, phase: .setup, worker: 3),
    ]
    func list(_ index: Int, _ at: Double, _ step: String, isRefused: Bool) {
      samples.append(
        Sample(
          "list",
          isRefused ? .rateLimited : .success,
          planned: at,
          done: at + 1,
          step: step,
          worker: 15,
          retryAfterSeconds: isRefused ? retryAfterSeconds : nil
        )
      )
    }
    for index in 0..<asked {
      list(index, 1_000 + 2 * Double(index), StepName.flood, isRefused: index >= letThrough)
    }
    for index in 0..<recovered {
      let at = 10_500 + 2 * Double(index)
      list(index, at, StepName.recovered, isRefused: index < recoveredRefused)
    }
    return samples
  }

  private func pool() -> [Sample] {
    var samples: [Sample] = []
    func refuse(_ at: Double, _ step: String, _ milliseconds: Double) {
      samples.append(
        Sample(
          "connect",
          refusal,
          planned: at,
          done: at + milliseconds,
          error: refusalText,
          step: step
        )
      )
    }
    for index in 0..<applicants {
      if index < granted {
        samples.append(Sample("connect", planned: 11_100, done: 11_400, step: StepName.applying))
      } else {
        refuse(11_100, StepName.applying, 4)
      }
    }
    for _ in 0..<loginsFailed {
      let step = StepName.applying
      let (sent, done) = (11_100.0, 41_100.0)
      samples.append(
        Sample("connect", .timeout, planned: sent, done: done, error: "too slow", step: step)
      )
    }
    samples += working()
    for index in granted..<max(granted, applicants) {
      refuse(12_400 + Double(index), StepName.refused, slowestRefusalMilliseconds)
    }
    if let holding {
      let (at, step) = (12_450.0, StepName.crowded)
      samples.append(
        Sample(
          holding.operation,
          holding.outcome,
          planned: at,
          done: at + 1,
          error: "evicted",
          step: step
        )
      )
    }
    samples.append(Sample("disconnect", planned: 13_500, done: 13_501, step: StepName.freeing))
    if let next {
      samples.append(Sample("connect", next, planned: 13_700, done: 13_701, step: StepName.next))
    }
    return samples
  }

  private func working() -> [Sample] {
    var samples: [Sample] = []
    for index in 0..<work {
      let at = Double(index) * 5
      if let milliseconds = aloneMilliseconds {
        let done = 11_300 + at + milliseconds
        samples.append(
          Sample(command, planned: 11_300 + at, done: done, step: StepName.alone)
        )
      }
      let done = 12_400 + at + crowdedMilliseconds
      samples.append(Sample(command, planned: 12_400 + at, done: done, step: StepName.crowded))
    }
    return samples
  }

  private func others() -> [Sample] {
    var samples = (0..<health).map { index in
      Sample(
        "health",
        index < healthFailures ? .httpError : .success,
        planned: 2_000 + Double(index),
        done: 2_001 + Double(index),
        error: index < healthFailures ? "HTTP 503" : nil,
        step: StepName.health
      )
    }
    if let broken {
      samples.append(
        Sample(
          "ssh_disconnect",
          broken,
          planned: 14_000,
          done: 14_001,
          phase: .drain,
          error: "oh"
        )
      )
    }
    return samples
  }
}
