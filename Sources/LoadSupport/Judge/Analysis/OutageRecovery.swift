/// What an outage that was made on purpose cost the clients, and how they came back.
///
/// A client is served again by its first success of the load that is done when what was away is there again.
struct OutageRecovery: Sendable {
  /// The step that it was made in.
  let step: String

  /// When it began, and when what was away was there again, in nanoseconds since the recording's origin.
  ///
  /// Nil where it never was. A command of the user's may end before its server listens: then it is when the last
  /// connection was refused.
  let began: Int64
  let restored: Int64?

  /// Whether somebody was served when the command had ended, and nobody after that: it did not wait for the old
  /// server's end, or the new one ended, too.
  let endedEarly: Bool

  /// What was told of its end.
  let words: String?

  /// Those that had been served before it: who was lost in an earlier one is not lost again.
  let clients: Set<Int>

  /// Those that were served again.
  private(set) var returned: Set<Int> = []

  /// When they were, sorted.
  private(set) var served: [Int64] = []

  /// Attempts of the load, and to open sessions for it, that failed since it began.
  private(set) var failed: [Sample] = []

  /// Those of them that were planned when somebody had been served again; calls in an ended session do not
  /// count.
  private(set) var lostAfterwards: [Sample] = []

  /// How many were planned then.
  private(set) var askedAfterwards = 0

  /// Answers to calls in sessions that had ended with the server, by status; those that worked all the same
  /// do not count.
  private(set) var endedSessions: [Int: Int] = [:]

  /// How many such calls worked, and to how many a server answered that was not yet itself (5xx).
  private(set) var continued = 0
  private(set) var serverErrors = 0

  /// Whether nothing shows that it was there at all: nothing was lost, and no connection with it.
  var leftNoTrace: Bool { failed.isEmpty && connects == 0 && endedSessions.isEmpty }

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
  var lastServedSeconds: Double? { served.count == clients.count ? seconds(served.last) : nil }

  /// How many failed, by what they came to, the most first.
  var lost: [(outcome: Outcome, count: Int)] {
    Dictionary(grouping: failed, by: \.attempt.outcome).map { ($0.key, $0.value.count) }
      .sorted { ($0.1, $1.0.rawValue) > ($1.1, $0.0.rawValue) }
  }

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
    let faults = analysis.faults
    let load = Set(analysis.scenario.commands.keys)
    let samples = try analysis.samples { $0.phase != .setup }
      .sorted { $0.attempt.done < $1.attempt.done }
    var clients = Set(
      samples.prefix { $0.attempt.done < faults.first?.began ?? .min }
        .filter { load.contains($0.operation) && $0.attempt.outcome == .success }.map(\.worker)
    )
    var outages: [OutageRecovery] = []
    for (index, fault) in faults.enumerated() {
      guard let step = fault.step else { continue }
      let next = faults.dropFirst(index + 1).first?.began ?? .max
      let outage = OutageRecovery(
        step,
        fault.began,
        fault.restored,
        fault.words,
        clients,
        byCommand: analysis.scenario.network.kind != .embedded,
        load: load,
        hasSessions: analysis.scenario.network.era != .modern,
        samples.filter {
          $0.step == step && $0.attempt.done >= fault.began && $0.attempt.planned < next
            && clients.contains($0.worker)
        }
      )
      outages.append(outage)
      clients = outage.returned
    }
    return outages
  }

  private init(
    _ step: String,
    _ began: Int64,
    _ restored: Int64?,
    _ words: String?,
    _ clients: Set<Int>,
    byCommand isByCommand: Bool,
    load: Set<String>,
    hasSessions: Bool,
    _ samples: [Sample]
  ) {
    func isServed(_ sample: Sample) -> Bool {
      load.contains(sample.operation) && sample.attempt.outcome == .success
    }
    let refused = samples.last { sample in
      isByCommand && sample.attempt.foundNobody
        && restored.map { sample.attempt.done > $0 } ?? false
    }?.attempt.done
    endedEarly = samples.contains { sample in
      let done = sample.attempt.done
      return isServed(sample) && done >= restored ?? .max && done < refused ?? .min
    }
    let restored = refused ?? restored
    (self.step, self.began, self.restored) = (step, began, restored)
    (self.words, self.clients) = (words, clients)
    let asked = load.union(OperationName.opening)
    failed = samples.filter {
      asked.contains($0.operation) && $0.attempt.outcome != .success
    }
    guard let restored else { return }
    var servedAt: [Int: Int64] = [:]
    for sample in samples where sample.attempt.done >= restored {
      guard isServed(sample) else { continue }
      servedAt[sample.worker] = servedAt[sample.worker] ?? sample.attempt.done
    }
    (returned, served) = (Set(servedAt.keys), servedAt.values.sorted())
    let since = samples.filter { $0.attempt.planned >= began }
    takeReturns(since, restored, ofEnded: hasSessions && step == StepName.serverRestart, asked)
    takeConnects(since, until: served.last ?? .max)
  }

  /// Follows each client from its first answer to a session of its own.
  private mutating func takeReturns(
    _ samples: [Sample],
    _ restored: Int64,
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
      let isInEnded = hasEnded && !renewed.contains(sample.worker)
      switch attempt.httpStatus {
      case let status? where isInEnded && status >= 500: serverErrors += 1
      case let status? where isInEnded && attempt.outcome != .rateLimited:
        if attempt.outcome != .success {
          endedSessions[status, default: 0] += 1
        } else if attempt.done >= restored {
          continued += 1
          renewed.insert(sample.worker)
        }
      default:
        guard let first = served.first, attempt.planned >= first else { break }
        askedAfterwards += 1
        if attempt.outcome != .success { lostAfterwards.append(sample) }
      }
    }
  }

  private mutating func takeConnects(_ samples: [Sample], until end: Int64) {
    let instants = samples.filter {
      $0.attempt.connecting != nil && $0.attempt.sent != nil && $0.attempt.done <= end
    }
    .map(\.attempt.planned).sorted()
    connects = instants.count
    var first = 0
    for (index, instant) in instants.enumerated() {
      while instants[first] < instant - Self.atOnce { first += 1 }
      connectsAtOnce = max(connectsAtOnce, index - first + 1)
    }
  }
}
