@testable import LoadSupport

/// A server that is asked by four clients, killed, started again, and stopped for a while: as its recording
/// would be.
struct RestartedServer {
  var kind = NetworkKind.embedded
  var era: ProtocolEra?

  /// Whether it can be started again.
  var comesBack = true

  /// How long it answers by 503 then, in milliseconds.
  var warmUp = 0.0

  /// How many of the clients it serves no more.
  var lostClients = 0

  /// What calls in an ended session come to; nil where they work.
  var endedStatus: Int? = 404

  /// Milliseconds between the calls of one client and those of the next, less than a fourth of their interval.
  var stagger = 1.0

  /// Whether nobody notices a restart.
  var isUntold = false

  /// Whether a call fails when all are served again.
  var failsLater = false

  /// Whether what waited while it was stopped fails.
  var isImpatient = false

  /// When the command ends that restarts it, and until when the old server serves, in milliseconds.
  var commandEnds: Double?
  var dies: Double?

  /// Whether somebody stops the run in the first outage.
  var isStopped = false

  /// Whether it ends once more, when nobody asked for that.
  var endsByItself = false

  /// Whether one attempt stands in no file.
  var losesLine = false

  static let clients = 4
  private static let interval = 50.0

  /// When it is killed and back, stopped and going on, in milliseconds.
  private let killed = 1_500.0
  private let back = 2_500.0
  private var restarted: Double { back + warmUp + 1_000 }
  private var stopped: Double { restarted + 500 }
  private var goesOn: Double { stopped + 5_000 }
  private var end: Double { goesOn + 500 }

  private func sample(
    _ operation: String,
    at planned: Double,
    _ client: Int,
    _ step: String,
    _ outcome: Outcome = .success,
    status: Int? = 200,
    done: Double? = nil,
    error: String? = nil
  ) -> Sample {
    var sample = Sample(
      operation,
      outcome,
      planned: planned,
      done: done ?? planned + 2,
      sent: status == nil ? nil : planned,
      step: step,
      worker: client
    )
    sample.attempt.httpStatus = status
    sample.attempt.error = error
    if operation == OperationName.initialize { sample.attempt.connecting = 10_000 }
    if status == nil { sample.attempt.systemError = 111 }
    return sample
  }

  private func refused(_ client: Int, at planned: Double, _ step: String) -> Sample {
    sample(
      "a",
      at: planned,
      client,
      step,
      .transportError,
      status: nil,
      error: "connect: Connection refused"
    )
  }

  /// What a client sees while the server is restarted.
  private func restart(_ client: Int) -> [Sample] {
    let step = StepName.serverRestart
    var samples: [Sample] = []
    var isBack = era == .modern
    for at in stride(from: 1_000 + Double(client) * stagger, to: restarted, by: Self.interval) {
      switch at {
      case _ where isUntold: samples.append(sample("a", at: at, client, step))
      case ..<(dies ?? killed): samples.append(sample("a", at: at, client, step))
      case ..<back: samples.append(refused(client, at: at, step))
      case ..<(back + warmUp):
        samples.append(
          sample("a", at: at, client, step, .httpError, status: 503, error: "not warm yet")
        )
      case _ where client < lostClients:
        let name = OperationName.initialize
        samples.append(
          sample(name, at: at, client, step, .httpError, status: 503, error: "too many")
        )
      case _ where !isBack:
        isBack = true
        guard let endedStatus else {
          samples.append(sample("a", at: at, client, step))
          continue
        }
        let outcome: Outcome = endedStatus < 300 ? .rpcError : .httpError
        var ended = sample("a", at: at, client, step, outcome, status: endedStatus, error: "?")
        ended.attempt.findsNoSession = endedStatus == 404
        samples.append(ended)
        samples.append(sample(OperationName.initialize, at: at + 3, client, step))
        samples.append(sample("a", at: at + 6, client, step))
      default: samples.append(sample("a", at: at, client, step))
      }
    }
    if failsLater, client == Self.clients - 1 {
      let at = restarted - 10
      samples.append(sample("b", at: at, client, step, .timeout, status: nil, error: "no answer"))
    }
    return samples
  }

  private func freeze(_ client: Int) -> [Sample] {
    guard client >= lostClients else { return [] }
    let step = StepName.freeze
    var samples: [Sample] = []
    for at in stride(from: restarted + Double(client), to: end, by: Self.interval) {
      guard at < stopped - Self.interval || at >= goesOn else { continue }
      samples.append(sample("a", at: at, client, step))
    }
    samples.append(
      sample(
        "a",
        at: stopped - 1,
        client,
        step,
        isImpatient ? .httpError : .success,
        status: isImpatient ? 503 : 200,
        done: goesOn + 1,
        error: isImpatient ? "it waited for too long" : nil
      )
    )
    return samples
  }

  func recorded() throws -> RecordedScenario {
    let recorded = try RecordedScenario(
      RecordedScenario.header(
        .restartRecovery,
        workers: Self.clients,
        seconds: end / 1_000,
        era: era,
        kind: kind
      )
    )
    var count = 0
    for client in 0..<Self.clients {
      let calm = stride(from: Double(client), to: 1_000, by: Self.interval).map { at in
        endsByItself && at > 300 && at < 700
          ? refused(client, at: at, StepName.calm)
          : sample("a", at: at, client, StepName.calm)
      }
      let samples = calm + restart(client) + (comesBack && !isStopped ? freeze(client) : [])
      count += samples.count
      try recorded.write(samples, worker: client)
    }
    func begin(_ step: String, _ kind: Stage.Kind, from start: Double, to end: Double) -> RunEvent {
      RunEvent(
        .measure,
        at: Int64(start * 1e6),
        until: Int64(end * 1e6),
        step: step,
        kind: kind
      )
    }
    func event(
      _ kind: RunEvent.Kind,
      at: Double,
      _ step: String? = nil,
      _ words: String? = nil
    )
      -> RunEvent
    {
      RunEvent(kind, at: Int64(at * 1e6), step: step, message: words)
    }
    let step = StepName.serverRestart
    var events = [
      begin(StepName.calm, .steady, from: 0, to: 1_000), event(.stepEnd, at: 1_000),
      begin(step, .outage, from: 1_000, to: 40_000), event(.fault, at: killed, step),
      comesBack
        ? event(.restored, at: commandEnds ?? back, step)
        : event(.problem, at: back, step, "\(step): the server ended at once (exit status 1): no"),
      event(.stepEnd, at: restarted),
    ]
    if comesBack, !isStopped {
      events += [
        begin(StepName.freeze, .outage, from: restarted, to: end + 30_000),
        event(.fault, at: stopped, StepName.freeze),
        event(.restored, at: goesOn, StepName.freeze), event(.stepEnd, at: end),
      ]
    }
    if isStopped { events.append(event(.stopped, at: restarted, nil, "signal 2")) }
    events += [
      event(.drain, at: end + 1),
      RunEvent(.end, at: Int64(end * 1e6) + 2_000_000, attempts: count + (losesLine ? 1 : 0)),
    ]
    try recorded.write(events)
    return recorded
  }
}
