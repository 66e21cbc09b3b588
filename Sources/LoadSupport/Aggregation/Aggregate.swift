import EventIO

/// Everything that the figures of a scenario are made of, in constant memory.
///
/// Built by one pass over the sample files. Latencies are kept apart by step, operation and outcome:
/// fast refusals must not flatter successes, and slow timeouts must not disappear.
package struct Aggregate: Sendable {
  /// What latencies are kept apart by.
  package struct Key: Hashable, Sendable {
    /// The step's name; nil in scenarios that have only one.
    package let step: String?

    /// The operation's name.
    package let operation: String

    /// What the attempts came to.
    package let outcome: Outcome
  }

  /// Which attempts a figure is about; what is nil may be anything.
  package struct Filter: Sendable {
    /// The steps.
    package var steps: [String]?

    /// The operations; nil means those that are load.
    package var operations: [String]?

    /// What they came to; nil means any outcome.
    package var outcomes: [Outcome]?

    /// All attempts of the load.
    package static let all = Filter()

    /// Successes of the load.
    package static let successes = Filter(outcomes: [.success])

    /// Selects attempts.
    package init(
      steps: [String]? = nil,
      operations: [String]? = nil,
      outcomes: [Outcome]? = nil
    ) {
      self.steps = steps
      self.operations = operations
      self.outcomes = outcomes
    }

    /// Selects attempts of one operation.
    package init(steps: [String]? = nil, operation: String, outcomes: [Outcome]? = nil) {
      self.init(steps: steps, operations: [operation], outcomes: outcomes)
    }

    /// Selects attempts of one step; nil means any.
    package init(step: String?, operation: String? = nil, outcomes: [Outcome]? = nil) {
      self.init(
        steps: step.map { [$0] },
        operations: operation.map { [$0] },
        outcomes: outcomes
      )
    }
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

  /// Latencies of the load's successes by the third of the window in which they were planned, and by
  /// operation.
  package private(set) var thirds: [[String: Histogram]] = [[:], [:], [:]]

  /// Successes of the workload by the second of the window in which they were done.
  package private(set) var successesBySecond: [Int]

  /// Successes of the workload that were done in the window, by step and operation.
  package private(set) var successesDone: [Key: Int] = [:]

  /// The course of the load over time.
  package private(set) var series = TimeSeries()

  /// Failures by step, operation and outcome.
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
    successesBySecond = Array(
      repeating: 0,
      count: Int((Double(window.end - window.start) / 1e9).rounded(.up))
    )
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
    let key = Key(step: sample.step, operation: sample.operation, outcome: attempt.outcome)
    if attempt.outcome != .success {
      let example = attempt.error ?? "no reason was recorded"
      failures[key, default: Failure(count: 0, example: example)].count += 1
    }
    let isLoad = workload.contains(sample.operation)
    if isLoad { series.add(attempt) }
    if isLoad, attempt.outcome == .success, window.contains(attempt.done, step: sample.step) {
      successesDone[key, default: 0] += 1
      successesBySecond[Int((attempt.done - window.start) / 1_000_000_000)] += 1
    }
    guard sample.phase == .measure else { return }
    latencies[key, default: Histogram()].record(attempt.latency)
    if let sent = attempt.sent {
      serviceTimes[key, default: Histogram()].record(attempt.done - sent)
    }
    if let connect = attempt.connecting { connecting.record(connect) }
    if isLoad, attempt.outcome == .success, window.end > window.start {
      let third = 3 * (attempt.planned - window.start) / (window.end - window.start)
      thirds[Int(min(max(third, 0), 2))][sample.operation, default: Histogram()]
        .record(attempt.latency)
    }
  }

  // MARK: Figures

  /// The names of the load's operations that occur, in order.
  package var operations: [String] {
    Set(latencies.keys.map(\.operation)).intersection(workload).sorted()
  }

  /// The latencies of some attempts.
  package func latency(_ filter: Filter = .successes) -> Histogram {
    var merged = Histogram()
    for (key, histogram) in latencies where matches(key, filter) { merged.merge(histogram) }
    return merged
  }

  /// The service times of some attempts.
  package func serviceTime(_ filter: Filter = .successes) -> Histogram {
    var merged = Histogram()
    for (key, histogram) in serviceTimes where matches(key, filter) { merged.merge(histogram) }
    return merged
  }

  /// Attempts that were planned in the window, by outcome.
  package func requests(_ filter: Filter = .all) -> [Outcome: Int] {
    var counts: [Outcome: Int] = [:]
    for (key, histogram) in latencies where matches(key, filter) {
      counts[key.outcome, default: 0] += histogram.count
    }
    return counts
  }

  /// Successes that were done in the window.
  package func successes(_ filter: Filter = .all) -> Int {
    successesDone.filter { matches($0.key, filter) }.values.reduce(0, +)
  }

  /// Successes a second over the whole window, or over the slices of a step.
  package func averageRate(_ filter: Filter = .all) -> Double {
    let seconds = window.seconds(of: filter.steps)
    return seconds > 0 ? Double(successes(filter)) / seconds : 0
  }

  /// Successes in the best whole second; nil if the window has none.
  package var peakRate: Int? {
    successesBySecond.prefix(Int((window.end - window.start) / 1_000_000_000)).max()
  }

  /// The failure of some attempts that occurred most often, in all phases.
  package func mostFrequentFailure(
    _ filter: Filter = .all
  ) -> (operation: String, outcome: Outcome, failure: Failure)? {
    failures.filter { matches($0.key, filter) }
      .max { ($0.value.count, $1.key.operation) < ($1.value.count, $0.key.operation) }
      .map { ($0.key.operation, $0.key.outcome, $0.value) }
  }

  private func matches(_ key: Key, _ filter: Filter) -> Bool {
    (filter.operations?.contains(key.operation) ?? workload.contains(key.operation))
      && filter.steps?.contains(where: { $0 == key.step }) ?? true
      && filter.outcomes?.contains(key.outcome) ?? true
  }
}
