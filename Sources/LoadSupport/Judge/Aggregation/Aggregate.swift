import EventIO

/// Everything that the figures of a scenario are made of, in memory that does not grow with requests.
///
/// Built by one pass over the sample files. Latencies are kept apart by step, operation and outcome:
/// fast refusals must not flatter successes, and slow timeouts must not disappear.
package struct Aggregate: Sendable {
  /// What latencies are kept apart by.
  ///
  /// In an order, so that of several alike every report names the same.
  struct Key: Hashable, Comparable, Sendable {
    /// The step's name; nil in scenarios that have only one.
    let step: String?

    /// The operation's name.
    let operation: String

    /// What the attempts came to.
    let outcome: Outcome

    static func < (one: Key, other: Key) -> Bool {
      (one.operation, one.step ?? "", one.outcome.rawValue)
        < (other.operation, other.step ?? "", other.outcome.rawValue)
    }
  }

  /// Which attempts a figure is about; what is nil may be anything.
  package struct Filter: Sendable {
    /// The steps.
    var steps: [String]?

    /// The operations; nil means those that are load.
    var operations: [String]?

    /// What they came to; nil means any outcome.
    var outcomes: [Outcome]?

    /// All attempts of the load.
    static let all = Filter()

    /// Successes of the load.
    static let successes = Filter(outcomes: [.success])

    /// What did not succeed, of what the filter selects.
    var failures: Filter {
      var filter = self
      filter.outcomes = Outcome.allCases.filter { $0 != .success }
      return filter
    }

    /// Selects attempts.
    init(
      steps: [String]? = nil,
      operations: [String]? = nil,
      outcomes: [Outcome]? = nil
    ) {
      self.steps = steps
      self.operations = operations
      self.outcomes = outcomes
    }

    /// Selects attempts of one operation.
    init(steps: [String]? = nil, operation: String, outcomes: [Outcome]? = nil) {
      self.init(steps: steps, operations: [operation], outcomes: outcomes)
    }

    /// Selects attempts of one step; nil means any.
    init(step: String?, operation: String? = nil, outcomes: [Outcome]? = nil) {
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
  private(set) var totals: [Phase: [Outcome: Int]] = [:]

  /// Time from the planned instant to the end, of attempts planned in the window.
  private(set) var latencies: [Key: Histogram] = [:]

  /// Time from sending to the end, of the same attempts as far as they were sent.
  private(set) var serviceTimes: [Key: Histogram] = [:]

  /// Time spent on opening connections, of the same attempts as far as they had to.
  package private(set) var connecting = Histogram()

  /// Time spent on TLS handshakes, of the same attempts, and how many of those took up an earlier session.
  private(set) var handshaking = Histogram()
  private(set) var resumedHandshakes = 0

  /// Latencies of the load's successes by the third of the window in which they were planned, and by
  /// operation.
  private(set) var thirds: [[String: Histogram]] = [[:], [:], [:]]

  /// Successes of the workload by the second of the window in which they were done.
  private(set) var successesBySecond: [Int]

  /// Successes of the workload that were done in the window, by step and operation.
  private(set) var successesDone: [Key: Int] = [:]

  /// Successes of the workload that were done in the window, by step and worker.
  private(set) var successesByWorker: [String?: [Int]] = [:]

  /// The course of the load over time.
  private(set) var series = TimeSeries()

  /// The same in equal windows of the measured time.
  private(set) var windows: WindowCounts

  /// How late the generator itself was: from the instant at which a request was due and its worker
  /// free to the instant at which it was sent, without the opening of a connection.
  private(set) var lateness = Histogram()

  /// How workers were busy within the slices of a step.
  struct Busy: Sendable {
    /// Nanoseconds that they had an attempt under way, of any kind.
    var nanoseconds: Int64 = 0

    /// Attempts that were.
    var attempts = 0
  }

  /// How workers were busy, by step.
  private(set) var busy: [String?: Busy] = [:]

  /// Attempts of the load that came to an answer in the measured time, whatever they came to, by step.
  private(set) var answered: [String?: Int] = [:]

  /// SSH sessions that were granted before the load.
  private(set) var sessionsOpened = 0

  /// SSH sessions that were granted later to workers that had lost theirs.
  private(set) var sessionsReopened = 0

  /// Answers over HTTP in all phases by operation, and those that did not know the session of the request.
  private(set) var answers: [String: Int] = [:]
  private(set) var unknownSessions = 0

  /// Failures by step, operation and outcome.
  private(set) var failures: [Key: Failure] = [:]

  /// Lines that were samples.
  package private(set) var lines = 0

  /// Lines that could not be read.
  private(set) var unreadableLines = 0

  /// The window.
  let window: MeasuredWindow

  /// The names of the operations that are load.
  let workload: Set<String>
  private var lastDone: [Int64] = []

  /// Reads the samples of a scenario.
  ///
  /// `workload` holds the names of the operations that are load; the others open and close sessions.
  /// Throws when a file cannot be read; lines that are no samples are counted.
  package init(
    _ samples: RecordedSamples,
    events: [RunEvent],
    workload: Set<String>
  ) throws(Errno) {
    self.workload = workload
    // Where the recording breaks off is known only after reading it.
    var lastDone: Int64?
    if !events.contains(where: { $0.event == .drain }) {
      try samples.read { _, sample in lastDone = max(lastDone ?? .min, sample.attempt.done) }
    }
    window = MeasuredWindow(events: events, lastDone: lastDone)
    windows = WindowCounts(window)
    successesBySecond = Array(
      repeating: 0,
      count: Int((Double(window.end - window.start) / 1e9).rounded(.up))
    )
    let counts = try samples.read { _, sample in add(sample) }
    lines = counts.read
    unreadableLines = counts.unreadable
  }

  /// Reads the samples of one part of a load, in the window that all parts have in common.
  ///
  /// What it measured before the others began, or after one of them ended, is none of the load's.
  init(
    ofPart samples: RecordedSamples,
    in window: MeasuredWindow,
    workload: Set<String>
  ) throws(Errno) {
    self.init(window, workload: workload)
    let counts = try samples.read { _, sample in
      var sample = sample
      if sample.phase == .measure, !window.measures(sample.step, at: sample.attempt.planned) {
        sample.phase = .warmup
      }
      add(sample)
    }
    lines = counts.read
    unreadableLines = counts.unreadable
  }

  /// The whole load of several parts, whose workers are numbered through, as if their samples had been read one
  /// after the other; the parts' windows differ in nothing but workers.
  init(merging parts: [Aggregate], in window: MeasuredWindow, workload: Set<String>) {
    self.init(window, workload: workload)
    for part in parts { merge(part) }
  }

  private mutating func merge(_ part: Aggregate) {
    totals.merge(part.totals) { $0.merging($1, uniquingKeysWith: +) }
    func joined(_ one: Histogram, _ other: Histogram) -> Histogram {
      var one = one
      one.merge(other)
      return one
    }
    latencies.merge(part.latencies, uniquingKeysWith: joined)
    serviceTimes.merge(part.serviceTimes, uniquingKeysWith: joined)
    connecting.merge(part.connecting)
    handshaking.merge(part.handshaking)
    resumedHandshakes += part.resumedHandshakes
    for third in thirds.indices {
      thirds[third].merge(part.thirds[third], uniquingKeysWith: joined)
    }
    successesBySecond = zip(successesBySecond, part.successesBySecond).map(+)
    successesDone.merge(part.successesDone, uniquingKeysWith: +)
    successesByWorker.merge(part.successesByWorker) { one, other in
      (0..<max(one.count, other.count)).map { worker in
        (worker < one.count ? one[worker] : 0) + (worker < other.count ? other[worker] : 0)
      }
    }
    series.merge(part.series)
    windows.merge(part.windows)
    lateness.merge(part.lateness)
    busy.merge(part.busy) {
      Busy(nanoseconds: $0.nanoseconds + $1.nanoseconds, attempts: $0.attempts + $1.attempts)
    }
    answered.merge(part.answered, uniquingKeysWith: +)
    sessionsOpened += part.sessionsOpened
    sessionsReopened += part.sessionsReopened
    answers.merge(part.answers, uniquingKeysWith: +)
    unknownSessions += part.unknownSessions
    failures.merge(part.failures) { Failure(count: $0.count + $1.count, example: $0.example) }
    lines += part.lines
    unreadableLines += part.unreadableLines
  }

  /// An aggregate of a measured time, without anything in it.
  private init(_ window: MeasuredWindow, workload: Set<String>) {
    self.window = window
    self.workload = workload
    windows = WindowCounts(window)
    successesBySecond = Array(
      repeating: 0,
      count: Int((Double(window.end - window.start) / 1e9).rounded(.up))
    )
  }

  /// The load of some stretches of a measured time, which do not overlap, in one pass over the samples.
  static func parts(
    _ ranges: [Range<Int64>],
    _ samples: RecordedSamples,
    of window: MeasuredWindow,
    workload: Set<String>
  ) throws(Errno) -> [Aggregate] {
    var parts = ranges.map { Aggregate(window.part($0), workload: workload) }
    try samples.read { _, sample in
      guard workload.contains(sample.operation) else { return }
      for index in ranges.indices {
        let isPlanned = ranges[index].contains(sample.attempt.planned)
        guard isPlanned || ranges[index].contains(sample.attempt.done) else { continue }
        var sample = sample
        // What began before is in the rate, and in no latency.
        if !isPlanned { sample.phase = .warmup }
        parts[index].add(sample)
      }
    }
    return parts
  }

  private mutating func add(_ sample: Sample) {
    let attempt = sample.attempt
    totals[sample.phase, default: [:]][attempt.outcome, default: 0] += 1
    let key = Key(step: sample.step, operation: sample.operation, outcome: attempt.outcome)
    if attempt.outcome != .success {
      let example = attempt.error ?? "no reason was recorded"
      failures[key, default: Failure(count: 0, example: example)].count += 1
    }
    if attempt.httpStatus != nil { answers[sample.operation, default: 0] += 1 }
    if attempt.findsNoSession { unknownSessions += 1 }
    if sample.operation == OperationName.openSession, attempt.outcome == .success {
      if sample.phase == .setup { sessionsOpened += 1 } else { sessionsReopened += 1 }
    }
    let isLoad = workload.contains(sample.operation)
    if isLoad { series.add(attempt) }
    if isLoad, attempt.outcome != .dropped,
      let slice = window.slice(at: attempt.done, from: sample.step)
    {
      answered[slice.step, default: 0] += 1
      if attempt.outcome == .success { addSuccess(sample, in: slice.step) }
    }
    watchWorker(sample)
    guard sample.phase == .measure else { return }
    windows.add(planned: sample, key, isLoad: isLoad)
    latencies[key, default: Histogram()].record(attempt.latency)
    if let sent = attempt.sent {
      serviceTimes[key, default: Histogram()].record(attempt.done - sent)
    }
    if let connect = attempt.connecting { connecting.record(connect) }
    if let handshake = attempt.handshaking { handshaking.record(handshake) }
    if attempt.resumesSession == true { resumedHandshakes += 1 }
    if isLoad, attempt.outcome == .success, window.end > window.start {
      let third = 3 * (attempt.planned - window.start) / (window.end - window.start)
      thirds[Int(min(max(third, 0), 2))][sample.operation, default: Histogram()]
        .record(attempt.latency)
    }
  }

  /// Counts a success where it was done, which may be a later stage than the one it was planned in.
  private mutating func addSuccess(_ sample: Sample, in step: String?) {
    let attempt = sample.attempt
    let key = Key(step: step, operation: sample.operation, outcome: .success)
    var counts = successesByWorker[step] ?? []
    while counts.count <= sample.worker { counts.append(0) }
    counts[sample.worker] += 1
    successesByWorker[step] = counts
    successesDone[key, default: 0] += 1
    successesBySecond[Int((attempt.done - window.start) / 1_000_000_000)] += 1
    windows.add(done: attempt.done, key)
  }

  /// Notes when the sample's worker was busy, and how late it was.
  ///
  /// A worker's lines stand in their order. Each instant of its time belongs to the attempt that is over
  /// first: what was planned before then had to wait for it.
  private mutating func watchWorker(_ sample: Sample) {
    let attempt = sample.attempt
    while lastDone.count <= sample.worker { lastDone.append(.min) }
    let free = lastDone[sample.worker]
    lastDone[sample.worker] = attempt.done
    for slice in window.slices(from: sample.step) {
      let overlap = min(attempt.done, slice.end) - max(attempt.planned, slice.start, free)
      guard overlap > 0 else { continue }
      busy[slice.step, default: Busy()].nanoseconds += overlap
      busy[slice.step, default: Busy()].attempts += 1
    }
    guard sample.phase == .measure, let sent = attempt.sent else { return }
    let opening =
      (attempt.connecting ?? 0) + (attempt.handshaking ?? 0) + (attempt.endingStream ?? 0)
    // Up to the end of a load its worker may have paused.
    let ended = window.slices.lazy.map(\.end).filter { $0 <= sent }.max() ?? .min
    lateness.record(sent - opening - max(attempt.planned, free, ended))
  }
}
