import Dispatch
import EventIO
import Foundation
import Synchronization

/// A scenario's recording, read and put together: the basis of verdicts and reports.
struct RecordingAnalysis: Sendable {
  /// The header of the invocation.
  let run: RunHeader

  /// What the scenario was asked to do.
  let scenario: ScenarioHeader

  /// The counts and histograms of its samples.
  private(set) var aggregate: Aggregate

  /// What the server's metrics said.
  let metrics: ServerMetrics

  /// How the generator fared.
  let generator: [GeneratorLine]

  /// Attempts that the generator counted by itself; nil if the recording breaks off before.
  let attemptsMade: Int?

  /// That attempts of them are in no file; nil where all are.
  var lostLines: String? { Self.lostLines(aggregate, of: attemptsMade) }

  /// Iterations of the load that were begun, and those that were cut, over all phases; nil where each is one
  /// request.
  let iterations: (begun: Int, cut: Int)?

  /// The server's end, and its return, while it was under test; nil where nothing tells of any.
  let outage: ServerOutage?

  /// Whether somebody asked for an early end.
  var isStopped: Bool { events.contains { $0.event == .stopped && $0.limit == nil } }

  /// Whether a limit ended it early, since it had failed.
  var isAborted: Bool { events.contains { $0.event == .stopped && $0.limit != nil } }

  /// What was taken away on purpose, in the order of time: its step, when it was back, and what was told of
  /// that, or why it did not come back.
  var faults: [(step: String?, began: Int64, restored: Int64?, words: String?)] {
    events.indices.filter { events[$0].event == .fault }.map { index in
      let (step, began) = (events[index].step, events[index].at)
      let end = events[(index + 1)...].first { [.fault, .restored, .problem].contains($0.event) }
      guard let end, end.event != .fault, end.step == step else { return (step, began, nil, nil) }
      return (step, began, end.event == .restored ? end.at : nil, end.message)
    }
  }

  /// Workers that could not begin.
  var missingWorkers: Int {
    events.lazy.filter { $0.event == .problem }.compactMap(\.workers).reduce(0, +)
  }

  /// What a reader must know before any figure, each in a sentence; empty if all went well.
  let problems: [String]

  /// What became of the processes of a stdio server; nil for a server over HTTP.
  var serverProcesses: ServerProcesses? { ServerProcesses(events) }

  /// What was left on the target; nil where nobody looked.
  var target: RecordedTarget? { events.last { $0.event == .target }?.target }

  /// Answers that did not know a session; nil where there were none.
  var unknownSessions: UnknownSessions? { UnknownSessions(aggregate, scenario) }

  /// What each of several generators made of the load, in the window that they have in common and with instants of
  /// the whole; empty where one made all of it.
  let parts: [RecordingAnalysis]

  /// Which part of the load it is; 0 of the whole.
  var partIndex: Int { run.part?.index ?? 0 }

  /// Whether its generator did less than it was to: it was stopped, failed, or was killed.
  var endsEarly: Bool {
    !events.contains { $0.event == .end }
      || events.contains { $0.event == .stopped || $0.event == .failed }
  }

  /// Those of them that can be held against the others.
  let contrasts: [GeneratorContrast]

  /// The indices of parts of the load that are not there.
  let missingParts: [Int]

  private let recorded: RecordedSamples
  let events: [RunEvent]

  /// Lines of events.jsonl and of generator.jsonl that could not be read.
  let unreadable: (events: Int, ticks: Int)

  /// Whether events may be missing that would tell when the server was ended on purpose, as one scenario does.
  var mayLackOutages: Bool {
    scenario.scenario == ScenarioName.restartRecovery.rawValue
      && (unreadable.events > 0 || !events.contains { [.end, .failed].contains($0.event) })
  }

  /// Reads a scenario of an invocation.
  ///
  /// - Throws: when a header is missing, damaged or of a newer format, and when the recording is not whole.
  init(_ name: String, of recording: RecordingLayout) throws {
    let layout = recording.scenario(name)
    let whole = try RecordingParts(of: recording)
    run = whole.header
    scenario = try RecordingJSON.decodeHeader(ScenarioHeader.self, at: layout.header)
    let events = RecordingJSON.decodeLines(RunEvent.self, at: layout.events)
    let scrapes = RecordingJSON.decodeLines(ServerMetricsLine.self, at: layout.serverMetrics)
    self.events = events.read
    let recordedParts = try whole.parts(of: name)
    recorded = RecordedSamples(parts: recordedParts.flatMap(\.samples.parts))
    parts = run.merged == nil ? [] : try Self.parts(recordedParts, of: events.read)
    missingParts = (0..<(run.merged?.of ?? 0)).filter { index in
      !recordedParts.contains { $0.index == index }
    }
    // Of several generators each has its own.
    let ticks = RecordingJSON.decodeLines(GeneratorLine.self, at: layout.generator)
    generator = parts.isEmpty ? ticks.read : Self.generators(parts)
    unreadable = (
      events.unreadable,
      parts.isEmpty ? ticks.unreadable : parts.map(\.unreadable.ticks).reduce(0, +)
    )
    aggregate =
      parts.isEmpty
      ? try Aggregate(recorded, events: events.read, workload: scenario.operationNames)
      : Aggregate(
        merging: parts.map(\.aggregate),
        in: MeasuredWindow(events: events.read, lastDone: nil),
        workload: scenario.operationNames
      )
    contrasts = GeneratorContrast.all(parts, aggregate)
    let pages = ServerMetrics(scrapes.read)
    let end = events.read.last { $0.event == .end }
    attemptsMade = end?.attempts
    iterations = end.flatMap { end in end.iterations.map { ($0, end.cut ?? 0) } }
    outage = try ServerOutage(
      aggregate,
      pages,
      generator: generator,
      commands: scenario.commandNames,
      links: scenario.network.links?.count ?? 0 > 1,
      samples: recorded
    )
    // What changed without the server's end was shown by another process.
    let isChanged = pages.resetInterval != nil || !pages.restartIntervals.isEmpty
    let areOfSeveral =
      outage == nil && aggregate.window.outages.isEmpty && (isChanged || pages.isOfSeveralProcesses)
    metrics = areOfSeveral ? pages.withoutPages : pages
    problems =
      [Self.partiality(run)].compactMap(\.self) + (outage.map { [$0.message] } ?? [])
      + (areOfSeveral
        ? ["the server's metrics came from several processes alternately, and are left out"] : [])
      // Sessions that end with a server which was ended on purpose are none.
      + (aggregate.window.outages.isEmpty
        ? [UnknownSessions(aggregate, scenario)?.advice(wasAway: outage != nil)].compactMap(\.self)
        : [])
      + Self.findProblems(aggregate, scenario, events: events.read)
      + contrasts.compactMap { [scenario] in $0.sentence(scenario) }
      + parts.flatMap(\.problems)
      + Self.damage([
        (layout.events, events.unreadable), (layout.serverMetrics, scrapes.unreadable),
        (layout.generator, ticks.unreadable),
      ])
  }

  // MARK: Parts

  /// A part of a load, in the window of the whole.
  private init(_ part: RecordingParts.ScenarioPart, of whole: [RunEvent]) throws {
    let (told, ticks) = (part.events, part.generator)
    (run, scenario, events, recorded) = (part.run, part.header, told.read, part.samples)
    generator = ticks.read
    unreadable = (told.unreadable, ticks.unreadable)
    problems = Self.damage([
      (part.layout.events, told.unreadable), (part.layout.generator, ticks.unreadable),
    ]).map { "part \(part.index): \($0)" }
    var own = told.read.filter { $0.event == .measure }.map(\.workers)[...]
    let events = whole.map { event in
      var event = event
      if event.event == .measure { event.workers = own.popFirst() ?? nil }
      return event
    }
    aggregate = try Aggregate(
      ofPart: recorded,
      in: MeasuredWindow(events: events, lastDone: nil),
      workload: scenario.operationNames
    )
    attemptsMade = told.read.last { $0.event == .end }?.attempts
    (metrics, iterations, outage) = (ServerMetrics([]), nil, nil)
    (parts, contrasts, missingParts) = ([], [], [])
  }

  /// Reads the parts of a load, as many at the same time as there are processors.
  private static func parts(
    _ parts: [RecordingParts.ScenarioPart],
    of whole: [RunEvent]
  ) throws -> [RecordingAnalysis] {
    let read = Mutex([Int: Result<RecordingAnalysis, any Error>]())
    DispatchQueue.concurrentPerform(iterations: parts.count) { index in
      let result = Result { try RecordingAnalysis(parts[index], of: whole) }
      read.withLock { $0[index] = result }
    }
    return try read.withLock { $0 }.sorted { $0.key < $1.key }.map { try $0.value.get() }
  }

  /// The lines of all generators, whose loops are numbered through.
  private static func generators(_ parts: [RecordingAnalysis]) -> [GeneratorLine] {
    var loops = 0
    return parts.flatMap { part in
      defer { loops += part.scenario.loops }
      return part.generator.map { line in
        var line = line
        line.loop += loops
        return line
      }
    }
  }

  // MARK: Details that some scenarios ask for

  /// The load of some stretches of the measured time, each by itself: one more pass over the files.
  ///
  /// - Throws: when a file that could be read before cannot be any more.
  func parts(_ ranges: [Range<Int64>]) throws -> [Aggregate] {
    try Aggregate.parts(
      ranges,
      recorded,
      of: aggregate.window,
      workload: scenario.operationNames
    )
  }

  /// The recording with the load of each third of its measured time by itself; none where that has steps.
  ///
  /// - Throws: when a file that could be read before cannot be any more.
  func thirds() throws -> [RecordingAnalysis] {
    let window = aggregate.window
    let third = (window.end - window.start) / 3
    guard !window.hasSteps, third > 0 else { return [] }
    return try parts((0..<3).map { window.start + $0 * third..<window.start + ($0 + 1) * third })
      .map {
        var part = self
        part.aggregate = $0
        return part
      }
  }

  /// Reads the samples once more, in the order of the files; for recordings of moderate size.
  ///
  /// - Throws: when a file that could be read before cannot be any more.
  func samples(where isWanted: (Sample) -> Bool) throws(Errno) -> [Sample] {
    var wanted: [Sample] = []
    try recorded.read { _, sample in if isWanted(sample) { wanted.append(sample) } }
    return wanted
  }

  /// How much a counter of the server rose in a slice and until its last answer; nil if it is not
  /// reported.
  ///
  /// The coordinator scrapes between steps, so that nothing of another step is counted.
  func increase(of counter: String, in slice: MeasuredWindow.Slice) -> Double? {
    let next = aggregate.window.slices.first { $0.start > slice.start }?.start ?? .max
    let values = metrics.timeline(counter).filter { $0.at <= next }
    guard let last = values.last else { return nil }
    // A counter that was never raised before is absent.
    let before = values.last { $0.at <= slice.start }?.value ?? 0
    return last.at > slice.start ? last.value - before : nil
  }

  /// CPU time in seconds that server, sshd and all their children used in a slice; nil where that was
  /// not measured.
  func servingCPUSeconds(in slice: MeasuredWindow.Slice) -> Double? {
    increase(of: ServerMetricsLine.servingCPU, in: slice)
  }
}
