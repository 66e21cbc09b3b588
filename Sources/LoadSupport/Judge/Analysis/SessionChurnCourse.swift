import EventIO

/// What a server held between the steps of a churn of sessions, step by step.
struct SessionChurnCourse: Sendable {
  /// Something that a server holds, and that sessions may leave behind.
  enum Holding: String, Sendable, CaseIterable {
    case memory
    case descriptors
    case processes
    case threads
    case sessions

    /// So many of them, in words; not for memory, which is no number of things.
    func counted(_ count: Double) -> String {
      let one = self == .processes ? "process" : String(rawValue.dropLast())
      return "\(NumberText.plain(count)) \(count == 1 ? one : rawValue)"
    }

    /// The series that tell of it, the best first: those of /proc have the server's children in them.
    var series: [String] {
      switch self {
      case .memory: [ServerMetricsLine.serverMemory, ServerMetricName.memory]
      case .descriptors: [ServerMetricsLine.serverDescriptors, ServerMetricName.openDescriptors]
      case .processes: [ServerMetricsLine.serverProcesses]
      case .threads: [ServerMetricsLine.serverThreads, ServerMetricName.threads]
      case .sessions: [ServerMetricName.mcpSessions]
      }
    }
  }

  /// Some sessions of one step that were left in one manner.
  struct Stretch: Sendable {
    let step: String

    /// How many were left, on average over the stretches of its step.
    let sessions: Double

    /// From the first of them to the last answer.
    let seconds: Double

    /// What the server held at its end, as far as that is known.
    let held: [Holding: Double]
  }

  /// All steps in the order in which they began, those of rest with no sessions.
  let stretches: [Stretch]

  /// What runs the server, if that collects memory at its own times.
  private let collector: String?

  /// The series that each figure is of.
  let sources: [Holding: String]

  /// Reads what a server held after each step; of the operations in `counted` each is a session, or another thing of
  /// which many are made.
  init(
    _ analysis: RecordingAnalysis,
    counting counted: [String] = Workload.Leaving.allCases.map(\.rawValue)
  ) {
    let metrics = analysis.metrics
    var timelines: [Holding: [(at: Int64, value: Double)]] = [:]
    var sources: [Holding: String] = [:]
    for holding in Holding.allCases {
      for name in holding.series where timelines[holding] == nil {
        let timeline = metrics.timeline(name)
        guard !timeline.isEmpty else { continue }
        (timelines[holding], sources[holding]) = (timeline, name)
      }
    }
    self.sources = sources
    collector = analysis.scenario.network.details[NetworkDescription.runtime]
    let slices = analysis.aggregate.window.slices
    // Stretches of one step are of equal numbers.
    let perStep = Dictionary(grouping: slices, by: \.step).mapValues(\.count)
    stretches = slices.enumerated().map { index, slice in
      // The coordinator scrapes between two steps.
      let next = index + 1 < slices.count ? slices[index + 1].start : nil
      let left = counted.map {
        let filter = Aggregate.Filter(step: slice.step, operation: $0)
        return analysis.aggregate.requests(filter).values.reduce(0, +)
      }
      return Stretch(
        step: slice.step ?? "",
        sessions: Double(left.reduce(0, +)) / Double(perStep[slice.step] ?? 1),
        seconds: slice.secondsToSettle,
        held: timelines.compactMapValues { timeline in
          // After the last step clients go, and what they held goes with them.
          let end = next ?? timeline.first { $0.at >= slice.settled }?.at ?? .max
          return timeline.last { $0.at <= end && $0.at >= slice.start }?.value
        }
      )
    }
  }

  /// Why something that a server holds is not known; nil if it is.
  func reasonUnknown(_ holding: Holding) -> String? {
    guard sources[holding] == nil else { return nil }
    return holding == .sessions
      ? "the server does not report \(ServerMetricName.mcpSessions)"
      : "nothing reports the server's \(holding.rawValue): set LOADTEST_SERVER_PID where its process runs on this machine"
        + (holding == .processes ? "" : ", or have it report \(holding.series.last ?? "")")
  }

  /// The step of a name; nil if it was not made.
  subscript(step: String) -> Stretch? { stretches.first { $0.step.hasSameBytes(as: step) } }

  /// How many sessions were left behind in one of the waves.
  func sessions(ofWave wave: Int) -> Int {
    let left = Workload.Leaving.allCases.compactMap { self[StepName.leaving($0, wave)]?.sessions }
    return Int(left.reduce(0, +).rounded())
  }

  /// How many were ended by DELETE between the rests before and after them.
  var deleted: Int { Int(deleting.map(\.sessions).reduce(0, +).rounded()) }

  /// The steps of those.
  var deleting: [Stretch] { stretches.filter { $0.step.hasSameBytes(as: StepName.deleting) } }

  /// How much more was held after one rest than after an earlier one; nil where that is not known.
  func growth(_ holding: Holding, fromRest first: Int, to last: Int) -> Double? {
    guard let before = self[StepName.rest(first)]?.held[holding],
      let after = self[StepName.rest(last)]?.held[holding]
    else { return nil }
    return after - before
  }

  /// How much more was held for good: also at each later rest, where what a session leaves behind still is.
  func lastingGrowth(_ holding: Holding, fromRest first: Int, to last: Int) -> Double? {
    guard growth(holding, fromRest: first, to: last) != nil else { return nil }
    return (last...3).compactMap { growth(holding, fromRest: first, to: $0) }.min()
  }

  /// Sessions a second while any were opened and left.
  var sessionsPerSecond: Double? {
    let busy = stretches.filter { $0.sessions > 0 }
    let seconds = busy.map(\.seconds).reduce(0, +)
    return seconds > 0 ? busy.map(\.sessions).reduce(0, +) / seconds : nil
  }

  // MARK: Memory

  /// Bytes that a session leaves behind, and what they lie between.
  struct Kept: Sendable {
    let bytes: Double
    let interval: ClosedRange<Double>
    let sessions: Int
  }

  /// What allocators keep of what is free, in bytes: the C library gives memory back only from 128 KiB of free space
  /// on (mallopt(3), M_TRIM_THRESHOLD), for each of its arenas.
  private static let allocatorSlack = 131_072.0

  /// What a session leaves behind that was ended by DELETE: the slope of a Theil-Sen line of memory over sessions,
  /// its interval widened by what allocators keep; nil where that is not known.
  var keptOfDeleted: Kept? { kept(after: 0, over: deleting) }

  /// The same of what was made in some stretches after a rest.
  func kept(after rest: Int, over stretches: [Stretch]) -> Kept? {
    guard let first = self[StepName.rest(rest)]?.held[.memory] else { return nil }
    var ended = 0.0
    var points = [(x: 0.0, y: first)]
    for stretch in stretches {
      ended += stretch.sessions
      if let memory = stretch.held[.memory] { points.append((ended, memory)) }
    }
    guard let line = TheilSen(points), let interval = line.interval else { return nil }
    let slack = Self.allocatorSlack / ended
    return Kept(
      bytes: line.slope,
      interval: interval.lowerBound - slack...interval.upperBound + slack,
      sessions: Int(ended.rounded())
    )
  }

  /// What a session of the second wave leaves behind that was left without a word: the first wave made room for as
  /// many, which allocators keep.
  var keptOfLeft: Kept? {
    let sessions = sessions(ofWave: 2)
    guard sessions > 0, let growth = growth(.memory, fromRest: 2, to: 3) else { return nil }
    // Each of the two readings may be off by what is kept; more of it with time, and hardly less.
    let slack = Self.allocatorSlack
    let n = Double(sessions)
    return Kept(
      bytes: growth / n,
      interval: (growth - 2 * slack) / n...(growth + slack) / n,
      sessions: sessions
    )
  }

  /// What a collected heap may keep of what is free, in bytes: a few times what it held at once in so short a time.
  private static let collectorSlack = 33_554_432.0

  /// Why more memory is no sign that sessions left it behind; nil where it is.
  ///
  /// What each session leaves is still there at every later rest, and equal waves leave as much: heaps that are
  /// collected at their own times, and what a server keeps once for all, do not look like that.
  func doubt(of kept: Kept, deleted: Bool) -> String? {
    let slack = Self.allocatorSlack / Double(max(1, kept.sessions))
    if let doubt = doubtByCollector(of: kept) { return doubt }
    if deleted {
      guard let growth = lastingGrowth(.memory, fromRest: 0, to: 1) else { return nil }
      let lasting = growth / Double(max(1, kept.sessions))
      return lasting + slack >= kept.interval.lowerBound
        ? nil : "later only \(NumberText.plain(lasting.rounded())) bytes a session were there"
    }
    let first = sessions(ofWave: 1)
    guard first > 0, let growth = growth(.memory, fromRest: 1, to: 2) else { return nil }
    let bytes = growth / Double(first)
    return kept.bytes <= 1.5 * bytes + 2 * slack
      ? nil
      : "the first wave of as many left \(NumberText.plain(bytes.rounded())) bytes a session, so that it is not each "
        + "session that leaves them"
  }

  /// The same, as far as a collector may be the reason; nil where none is known, or it is too much for one.
  func doubtByCollector(of kept: Kept) -> String? {
    let inAll = kept.bytes * Double(kept.sessions)
    guard let collector, inAll < Self.collectorSlack else { return nil }
    return
      "\(NumberText.mebibytes(inAll)) MiB in all may be waiting for \(collector) to collect them: a longer profile "
      + "tells more"
  }

  /// Bytes that a session holds while nobody has ended it, by the first wave.
  var heldOfLeft: Double? {
    let sessions = sessions(ofWave: 1)
    guard sessions > 0, let before = self[StepName.rest(1)]?.held[.memory],
      let after = stretches.last(where: { stretch in
        Workload.Leaving.allCases.contains {
          stretch.step.hasSameBytes(as: StepName.leaving($0, 1))
        }
      })?.held[.memory]
    else { return nil }
    return (after - before) / Double(sessions)
  }
}
