import EventIO

/// Everything that the figures of a scenario are made of, in constant memory.
///
/// Built by one pass over the sample files. Latencies are kept apart by operation and outcome:
/// fast refusals must not flatter successes, and slow timeouts must not disappear.
package struct Aggregate: Sendable {
  /// What latencies are kept apart by.
  package struct Key: Hashable, Sendable {
    /// The operation's name.
    package let operation: String

    /// What the attempts came to.
    package let outcome: Outcome
  }

  /// One kind of failure, with the words of its first occurrence.
  package struct Failure: Sendable, Equatable {
    /// How many there were, in all phases.
    package var count: Int

    /// What the first one said.
    package let example: String
  }

  /// Attempts by phase and outcome.
  package private(set) var totals: [Phase: [Outcome: Int]] = [:]

  /// Time from the planned instant to the end, of attempts planned in the window.
  package private(set) var latencies: [Key: Histogram] = [:]

  /// Time from sending to the end, of the same attempts as far as they were sent.
  package private(set) var serviceTimes: [Key: Histogram] = [:]

  /// Time spent on opening connections, of the same attempts as far as they had to.
  package private(set) var connecting = Histogram()

  /// Successes of the workload by the second of the window in which they were done.
  package private(set) var successesBySecond: [Int]

  /// Successes of the workload that were done in the window.
  package private(set) var successesDone = 0

  /// Failures by operation and outcome.
  package private(set) var failures: [Key: Failure] = [:]

  /// Lines that were samples.
  package private(set) var lines = 0

  /// Lines that could not be read.
  package private(set) var unreadableLines = 0

  /// The window.
  package let window: MeasuredWindow

  private let workload: Set<String>

  /// Reads the sample files of a scenario.
  ///
  /// `workload` holds the names of the operations that are load; the others open and close sessions.
  /// Throws when a file cannot be read; lines that are no samples are counted.
  package init(
    files: [String],
    events: [RunEvent],
    workload: Set<String>
  ) throws(Errno) {
    self.workload = workload
    // Where the recording breaks off is known only after reading it.
    var lastDone: Int64?
    let needsLast = !events.contains { $0.event == .drain }
    if needsLast {
      var reader = SampleReader()
      for file in files {
        try reader.read(file) { lastDone = max(lastDone ?? .min, $0.attempt.done) }
      }
    }
    window = MeasuredWindow(events: events, lastDone: lastDone)
    successesBySecond = Array(repeating: 0, count: Int(window.seconds.rounded(.up)))
    var reader = SampleReader()
    for file in files {
      try reader.read(file) { add($0) }
    }
    lines = reader.lines
    unreadableLines = reader.unreadableLines
  }

  private mutating func add(_ sample: Sample) {
    let attempt = sample.attempt
    totals[sample.phase, default: [:]][attempt.outcome, default: 0] += 1
    let key = Key(operation: sample.operation, outcome: attempt.outcome)
    if attempt.outcome != .success {
      let example = attempt.error ?? "no reason was recorded"
      failures[key, default: Failure(count: 0, example: example)].count += 1
    }
    if workload.contains(sample.operation), attempt.outcome == .success,
      window.contains(attempt.done)
    {
      successesDone += 1
      successesBySecond[Int((attempt.done - window.start) / 1_000_000_000)] += 1
    }
    guard sample.phase == .measure else { return }
    latencies[key, default: Histogram()].record(attempt.latency)
    if let sent = attempt.sent {
      serviceTimes[key, default: Histogram()].record(attempt.done - sent)
    }
    if let connect = attempt.connecting { connecting.record(connect) }
  }

  // MARK: Figures

  /// The names of the load's operations that occur, in order.
  package var operations: [String] {
    Set(latencies.keys.map(\.operation)).intersection(workload).sorted()
  }

  /// The latencies of some outcomes of the load's operations, or of one of them.
  package func latency(of operation: String? = nil, _ outcomes: [Outcome] = [.success]) -> Histogram
  {
    Self.merge(latencies, workload: workload, operation, outcomes)
  }

  /// The service times of some outcomes of the load's operations, or of one of them.
  package func serviceTime(
    of operation: String? = nil,
    _ outcomes: [Outcome] = [.success]
  ) -> Histogram {
    Self.merge(serviceTimes, workload: workload, operation, outcomes)
  }

  /// Attempts of the load that were planned in the window, by outcome.
  package var requests: [Outcome: Int] {
    var counts: [Outcome: Int] = [:]
    for (key, histogram) in latencies where workload.contains(key.operation) {
      counts[key.outcome, default: 0] += histogram.count
    }
    return counts
  }

  /// Successes a second over the whole window.
  package var averageRate: Double {
    window.seconds > 0 ? Double(successesDone) / window.seconds : 0
  }

  /// Successes in the best whole second; nil if the window has none.
  package var peakRate: Int? {
    successesBySecond.prefix(Int(window.seconds)).max()
  }

  private static func merge(
    _ histograms: [Key: Histogram],
    workload: Set<String>,
    _ operation: String?,
    _ outcomes: [Outcome]
  ) -> Histogram {
    var merged = Histogram()
    for (key, histogram) in histograms
    where outcomes.contains(key.outcome) && workload.contains(key.operation)
      && (operation == nil || operation == key.operation)
    {
      merged.merge(histogram)
    }
    return merged
  }
}
