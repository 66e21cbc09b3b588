import EventIO
import Foundation

/// What a run cannot go on without: its directory, its threads.
///
/// Failures of the server are data.
struct RunError: Error, Sendable, CustomStringConvertible {
  let description: String

  /// Makes an error of a sentence.
  init(_ description: String) {
    self.description = description
  }

  /// Says that recordings cannot go where they are to go.
  static func unwritable(_ results: String, _ reason: String) -> RunError {
    RunError(
      "cannot write to the results directory \(results): \(reason); set LOADTEST_RESULTS_DIR to one "
        + "that can be written"
    )
  }
}

/// One load from the first handshake to the last closed session, recorded.
///
/// Set up all workers, one step after the other, drain. It judges nothing: what it leaves is a
/// directory of files.
package struct LoadRun: Sendable {
  /// How many workers it has.
  package var workers: Int

  /// Event loop threads that carry them, besides the one for metrics.
  package var loops: Int

  /// What each worker is told.
  package var plan: WorkerPlan

  /// What is done, one after the other.
  package var steps: [LoadStep]

  /// CPU time in seconds of everything that serves requests; nil where that cannot be known.
  var servingCPUSeconds: (@Sendable () -> Double?)?

  /// Who watches; nil for nobody.
  package var progress: ProgressMeter?

  /// Above this many workers, those of one loop share a file.
  private static let fileLimit = 256

  /// Describes a run.
  package init(
    workers: Int,
    loops: Int,
    plan: WorkerPlan,
    steps: [LoadStep],
    servingCPUSeconds: (@Sendable () -> Double?)? = nil,
    progress: ProgressMeter? = nil
  ) {
    self.workers = workers
    self.loops = loops
    self.plan = plan
    self.steps = steps
    self.servingCPUSeconds = servingCPUSeconds
    self.progress = progress
  }

  /// Runs the load and returns when everything is on disk.
  ///
  /// - Throws: only when the suite itself cannot work, or what it recorded did not reach the disk.
  package func run(
    into layout: ScenarioLayout,
    origin: ClockOrigin,
    control: RunControl,
    remark: String? = nil
  ) async throws {
    let events = EventLog(
      writer: try LineWriter(path: layout.events),
      origin: origin
    )
    let metricsWriter = try LineWriter(path: layout.serverMetrics)
    let eventLoops = try (0..<loops).map { try EventLoop(name: "load-\($0)") }
    let metricsLoop = try EventLoop(name: "metrics")
    defer { for loop in eventLoops + [metricsLoop] { loop.stop() } }
    for loop in eventLoops + [metricsLoop] { control.attach(loop) }
    defer { control.detachLoops() }
    let scraper = MetricsScraper(
      endpoint: plan.endpoint,
      writer: metricsWriter,
      origin: origin,
      servingCPUSeconds: servingCPUSeconds,
      progress: progress,
      loop: metricsLoop
    )

    let writers = try (0..<(workers > Self.fileLimit ? loops : workers)).map { index in
      try LineWriter(path: layout.samples(index))
    }
    let generatorWriter = try LineWriter(path: layout.generator)
    let watches = eventLoops.enumerated().map { index, loop in
      LoopWatch(index: index, writer: generatorWriter, origin: origin, loop: loop)
    }
    let files = writers + [events.writer, metricsWriter, generatorWriter]
    let flusher = Task { await Self.flushRegularly(files, control: control) }
    let crew = (0..<workers).map { index in
      Worker(
        index: index,
        of: workers,
        plan: plan,
        recorder: SampleRecorder(
          writer: writers[index % writers.count],
          origin: origin,
          progress: progress
        ),
        control: control,
        loop: eventLoops[index % loops]
      )
    }

    let length = steps.reduce(.zero) { $0 + $1.warmUp + $1.length.longest }
    control.plan(length)
    await scraper.scrape(.before)
    events.add(.setup)
    progress?.begin("setup")
    if let remark { events.add(.remark, message: remark) }
    let ready = await setUp(crew, events: events)
    if control.level < .interrupt { await scraper.scrape(.loadStart) }
    var stepsLeft = steps.count
    if !ready.isEmpty, !control.isStopping {
      let scrapes = Task { await scraper.scrapeRegularly(control: control) }
      progress?.beginLoad(until: .now() + length)
      await withTaskGroup { group in
        for watch in watches {
          group.addTask(executorPreference: watch.loop.actorTasks) { await watch.watch() }
        }
        for step in steps where !control.isStopping {
          await load(step, crew, ready: ready, events: events)
          stepsLeft -= 1
          // Between two steps the counters belong to neither.
          if steps.count > 1, control.level < .interrupt { await scraper.scrape(.tick) }
        }
        for watch in watches { await watch.stop() }
      }
      scrapes.cancel()
      await scraper.stop()
      await scrapes.value
    }
    if control.level < .interrupt { await scraper.scrape(.loadEnd) }
    progress?.begin("drain")
    events.add(
      .drain,
      message: stepsLeft > 0 ? "\(stepsLeft) of \(steps.count) steps were left out" : nil
    )
    await withTaskGroup { group in
      for worker in crew {
        group.addTask(executorPreference: worker.loop.actorTasks) { await worker.tearDown() }
      }
    }
    if control.level < .interrupt { await scraper.scrape(.after) }
    await scraper.close()
    if let stoppedAt = control.stoppedAt {
      events.add(control.hasFailed ? .failed : .stopped, at: stoppedAt, message: control.reason)
    }
    var attempts = 0
    for worker in crew { attempts += await worker.attemptsMade }
    events.add(.end, attempts: attempts)
    flusher.cancel()
    await flusher.value
    try await Self.close(files)
  }

  /// Opens all sessions and returns the indices of the workers that have theirs.
  private func setUp(_ crew: [Worker], events: EventLog) async -> Set<Int> {
    await withTaskGroup(of: (Int, String?).self) { group in
      for (index, worker) in crew.enumerated() {
        group.addTask(executorPreference: worker.loop.actorTasks) {
          (index, await worker.setUp())
        }
      }
      var failures: [Int: String] = [:]
      for await (index, error) in group {
        if let error { failures[index] = error }
      }
      if let first = failures.min(by: { $0.key < $1.key }) {
        events.add(
          .problem,
          message: "\(failures.count) of \(crew.count) workers could not begin; \(first.value)"
        )
      }
      return Set(crew.indices.filter { failures[$0] == nil })
    }
  }

  private func load(
    _ step: LoadStep,
    _ crew: [Worker],
    ready: Set<Int>,
    events: EventLog
  ) async {
    // A moment ahead, so that every worker waits for the same start.
    let start = MonotonicInstant.now().nanoseconds + 5_000_000
    let window = LoadWindow(
      start: start,
      warmUp: step.warmUp,
      duration: await duration(of: step, from: start, crew)
    )
    progress?.begin(step.groups.first?.name ?? "load")
    var tasks: [(Worker, WorkerTask)] = []
    // Events of groups with the same name are one.
    var busy: [String?: (workers: Int, thinkTime: Int64)?] = [:]
    for group in step.groups {
      let arrivals = ArrivalQueue(
        group.arrivals,
        seed: plan.seed,
        from: window.start,
        until: window.end
      )
      let task = WorkerTask(group: group, window: window, arrivals: arrivals)
      let selected = await select(group.workers, of: crew, ready: ready)
      for worker in selected { tasks.append((worker, task)) }
      if case .closed(let thinkTime) = group.arrivals, group.operationLimit == nil,
        busy[group.name] == nil
      {
        // Those who could not begin are missed.
        let wanted = group.workers.holding == .anything ? group.workers.range.count : selected.count
        busy[group.name] = (wanted, thinkTime.nanoseconds)
      } else {
        busy[group.name] = .some(nil)
      }
    }
    for name in Set(step.groups.map(\.name)).sorted(by: { $0 ?? "" < $1 ?? "" }) {
      events.add(.warmup, at: window.start, until: window.measureStart, step: name)
      events.add(
        .measure,
        at: window.measureStart,
        until: window.end,
        step: name,
        workers: busy[name]??.workers,
        thinkTime: busy[name]??.thinkTime
      )
    }
    await withTaskGroup { group in
      for (worker, task) in tasks {
        group.addTask(executorPreference: worker.loop.actorTasks) { await worker.run(task) }
      }
      // A step in which nobody has anything to do is one to wait.
      if step.groups.isEmpty, let worker = crew.first {
        group.addTask(executorPreference: worker.loop.actorTasks) {
          await worker.rest(until: window.end)
        }
      }
    }
    events.add(.stepEnd)
  }

  private func duration(of step: LoadStep, from start: Int64, _ crew: [Worker]) async -> Duration {
    guard case .untilRetryAfter(let longest) = step.length else { return step.length.longest }
    var latest: Int64?
    for worker in crew {
      if let instant = await worker.retryAt { latest = max(latest ?? instant, instant) }
    }
    guard let latest else { return .zero }
    return min(longest, max(.zero, .nanoseconds(latest - start)))
  }

  /// The workers of a selection that could begin, in order.
  private func select(
    _ selection: WorkerSelection,
    of crew: [Worker],
    ready: Set<Int>
  ) async -> [Worker] {
    var selected: [Worker] = []
    let range = Array(selection.range)
    for index in selection.takesLast ? range.reversed() : range where ready.contains(index) {
      guard selected.count < selection.limit ?? .max else { break }
      let holds = await crew[index].holdsSession
      switch selection.holding {
      case .anything: selected.append(crew[index])
      case .session where holds: selected.append(crew[index])
      case .nothing where !holds: selected.append(crew[index])
      case .session, .nothing: continue
      }
    }
    return selected
  }

  /// Puts lines on disk twice a second; lines that cannot be written end the run.
  private static func flushRegularly(_ files: [LineWriter], control: RunControl) async {
    while !Task.isCancelled {
      try? await Task.sleep(for: .milliseconds(500))
      for file in files {
        file.flush()
        if let failure = file.failure { control.fail(reason: "\(failure)") }
      }
    }
  }

  private static func close(_ files: [LineWriter]) async throws {
    var first: RecordingError?
    for file in files {
      do throws(RecordingError) {
        try await file.close()
      } catch {
        first = first ?? error
      }
    }
    if let first { throw first }
  }
}

/// The coordinator's own lines: what happened when.
private struct EventLog: Sendable {
  let writer: LineWriter
  let origin: ClockOrigin

  func add(
    _ kind: RunEvent.Kind,
    at instant: Int64? = nil,
    until: Int64? = nil,
    step: String? = nil,
    workers: Int? = nil,
    thinkTime: Int64? = nil,
    message: String? = nil,
    attempts: Int? = nil
  ) {
    let event = RunEvent(
      kind,
      at: origin.offset(instant ?? MonotonicInstant.now().nanoseconds),
      until: until.map(origin.offset),
      step: step,
      workers: workers,
      thinkTime: thinkTime,
      message: message,
      attempts: attempts
    )
    // Encoding plain numbers and strings does not fail.
    guard let bytes = try? RecordingJSON.encodeLine(event) else { return }
    writer.appendLine { $0 += bytes }
    writer.flush()
  }
}
