/// What an outage that was made on purpose cost the clients, and how they came back.
///
/// A client is served again by its first success of the load that is done when what was away is there again.
struct OutageRecovery: Sendable {
  /// The step that it was made in.
  let step: String

  /// When it began, and when what was away was there again, in nanoseconds since the recording's origin; nil
  /// where it never was.
  let began: Int64
  let restored: Int64?

  /// What was told of its end.
  let words: String?

  /// How many clients there were.
  let clients: Int

  /// When each client was served again, sorted; those that were not are missing.
  private(set) var served: [Int64] = []

  /// Attempts of the load, and to open sessions for it, that failed in the step, by what they came to.
  private(set) var lost: [Outcome: Int] = [:]

  /// Those of them that were planned when somebody had been served again; calls in an ended session do not
  /// count.
  private(set) var lostAfterwards: [Sample] = []

  /// Answers to calls in sessions that had ended with the server, by status; those that worked all the same
  /// do not count.
  private(set) var endedSessions: [Int: Int] = [:]

  /// How many such calls worked.
  private(set) var continued = 0

  /// Connections that clients opened when the server was there again, and the most of them in 100 ms.
  private(set) var connects = 0
  private(set) var connectsAtOnce = 0

  /// The slowest handshake since then, in nanoseconds; nil where there was none.
  private(set) var slowestOpening: Int64?

  /// The length of the time in which connections count as made at once.
  static let atOnce: Int64 = 100_000_000

  /// Seconds from the end of the outage to an instant.
  private func seconds(_ instant: Int64?) -> Double? {
    restored.flatMap { start in instant.map { Double(max(0, $0 - start)) / 1e9 } }
  }

  /// When the first client was served again, and the last, in seconds from the end of the outage; nil where
  /// none was, or not all were.
  var firstServedSeconds: Double? { seconds(served.first) }
  var lastServedSeconds: Double? { served.count == clients ? seconds(served.last) : nil }

  /// How long it was away, in seconds.
  var awaySeconds: Double? { restored.map { Double($0 - began) / 1e9 } }

  /// The clients that had been served again, by seconds from the outage's beginning.
  var course: [(x: Double, y: Double)] {
    served.enumerated().map { (Double($1 - began) / 1e9, Double($0 + 1)) }
  }

  /// The outages of a recording, in the order of time; one more pass over the files.
  ///
  /// - Throws: when a file that could be read before cannot be any more.
  static func all(_ analysis: RecordingAnalysis) throws -> [OutageRecovery] {
    let window = analysis.aggregate.window
    let samples = try analysis.samples { $0.phase != .setup }
    return analysis.faults.compactMap { fault in
      guard let step = fault.step,
        let slice = window.slices.first(where: { $0.step == step && $0.settled >= fault.began })
      else { return nil }
      let own = samples.filter {
        $0.attempt.done >= slice.start && $0.attempt.planned <= slice.settled
      }
      return OutageRecovery(
        step,
        fault.began,
        fault.restored,
        fault.words,
        clients: analysis.scenario.workers,
        load: Set(analysis.scenario.commands.keys),
        hasSessions: analysis.scenario.network.era != .modern,
        own.sorted { $0.attempt.done < $1.attempt.done }
      )
    }
  }

  private init(
    _ step: String,
    _ began: Int64,
    _ restored: Int64?,
    _ words: String?,
    clients: Int,
    load: Set<String>,
    hasSessions: Bool,
    _ samples: [Sample]
  ) {
    (self.step, self.began, self.restored) = (step, began, restored)
    (self.words, self.clients) = (words, clients)
    let asked = load.union(OperationName.opening)
    for sample in samples where asked.contains(sample.operation) && sample.step == step {
      guard sample.attempt.outcome != .success else { continue }
      lost[sample.attempt.outcome, default: 0] += 1
    }
    guard let restored else { return }
    var servedAt: [Int: Int64] = [:]
    for sample in samples where sample.attempt.done >= restored {
      guard load.contains(sample.operation), sample.attempt.outcome == .success else { continue }
      servedAt[sample.worker] = servedAt[sample.worker] ?? sample.attempt.done
    }
    served = servedAt.values.sorted()
    let since = samples.filter { $0.attempt.planned >= began && $0.attempt.done >= restored }
    takeReturns(since, ofEnded: hasSessions && step == StepName.serverRestart, asked)
    takeConnects(since, until: served.last ?? .max)
  }

  /// Follows each client from its first answer to a session of its own.
  private mutating func takeReturns(
    _ samples: [Sample],
    ofEnded hasEnded: Bool,
    _ asked: Set<String>
  ) {
    var renewed: Set<Int> = []
    for sample in samples where asked.contains(sample.operation) {
      let attempt = sample.attempt
      let isOpening = [OperationName.initialize, OperationName.initialized]
        .contains(sample.operation)
      if isOpening {
        // Whatever comes of it, its client does not use the old session any more.
        renewed.insert(sample.worker)
        if sample.operation == OperationName.initialize, attempt.outcome == .success {
          slowestOpening = max(slowestOpening ?? 0, attempt.latency)
        }
      }
      if hasEnded, !renewed.contains(sample.worker), let status = attempt.httpStatus,
        status < 500, attempt.outcome != .rateLimited
      {
        if attempt.outcome == .success {
          continued += 1
          renewed.insert(sample.worker)
        } else {
          endedSessions[status, default: 0] += 1
        }
      } else if attempt.outcome != .success, let first = served.first, attempt.planned >= first {
        lostAfterwards.append(sample)
      }
    }
  }

  private mutating func takeConnects(_ samples: [Sample], until end: Int64) {
    let instants = samples.filter { $0.attempt.connecting != nil && $0.attempt.done <= end }
      .map(\.attempt.planned).sorted()
    connects = instants.count
    var first = 0
    for (index, instant) in instants.enumerated() {
      while instants[first] < instant - Self.atOnce { first += 1 }
      connectsAtOnce = max(connectsAtOnce, index - first + 1)
    }
  }
}
