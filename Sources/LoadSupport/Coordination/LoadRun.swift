import EventIO
import Foundation

/// What a run cannot go on without: its directory, its threads.
///
/// Failures of the server are data.
package struct RunError: Error, Sendable, CustomStringConvertible {
  package let description: String

  /// Makes an error of a sentence.
  package init(_ description: String) {
    self.description = description
  }

  /// Says that recordings cannot go where they are to go.
  package static func unwritable(_ results: String, _ reason: String) -> RunError {
    RunError(
      "cannot write to the results directory \(results): \(reason); set LOADTEST_RESULTS_DIR to one "
        + "that can be written"
    )
  }
}

/// One load from the first handshake to the last closed session, recorded.
///
/// Set up all workers, warm up, measure, drain. It judges nothing: what it leaves is a directory of
/// files.
package struct LoadRun: Sendable {
  /// How many workers it has.
  package var workers: Int

  /// Event loop threads that carry them, besides the one for metrics.
  package var loops: Int

  /// Load before the measured window.
  package var warmUp: Duration

  /// The measured window.
  package var duration: Duration

  /// What each worker is told.
  package var plan: WorkerPlan

  /// Above this many workers, those of one loop share a file.
  private static let fileLimit = 256

  /// Describes a run.
  package init(
    workers: Int,
    loops: Int,
    warmUp: Duration,
    duration: Duration,
    plan: WorkerPlan
  ) {
    self.workers = workers
    self.loops = loops
    self.warmUp = warmUp
    self.duration = duration
    self.plan = plan
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
    for loop in eventLoops { control.attach(loop) }
    defer { control.detachLoops() }
    let scraper = MetricsScraper(
      endpoint: plan.endpoint,
      writer: metricsWriter,
      origin: origin,
      loop: metricsLoop
    )

    let writers = try (0..<(workers > Self.fileLimit ? loops : workers)).map { index in
      try LineWriter(path: layout.samples(index))
    }
    let files = writers + [events.writer, metricsWriter]
    let flusher = Task { await Self.flushRegularly(files, control: control) }
    let crew = (0..<workers).compactMap { index in
      Worker(
        index: index,
        plan: plan,
        recorder: SampleRecorder(writer: writers[index % writers.count], origin: origin),
        control: control,
        loop: eventLoops[index % loops]
      )
    }

    await scraper.scrape(.before)
    events.add(.setup)
    if let remark { events.add(.problem, message: remark) }
    let ready = await setUp(crew, events: events)
    await scraper.scrape(.loadStart)
    if !ready.isEmpty, !control.isStopping {
      await load(ready, events: events, scraper: scraper, control: control)
    }
    await scraper.scrape(.loadEnd)
    events.add(.drain)
    await withTaskGroup { group in
      for worker in crew {
        group.addTask(executorPreference: worker.loop.actorTasks) { await worker.tearDown() }
      }
    }
    await scraper.scrape(.after)
    await scraper.close()
    if let stoppedAt = control.stoppedAt {
      events.add(.stopped, at: stoppedAt, message: control.reason)
    }
    var attempts = 0
    for worker in crew { attempts += await worker.attemptsMade }
    events.add(.end, attempts: attempts)
    flusher.cancel()
    await flusher.value
    try await Self.close(files)
  }

  /// Opens all sessions and returns the workers that have one.
  private func setUp(_ crew: [Worker], events: EventLog) async -> [Worker] {
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
      return crew.indices.filter { failures[$0] == nil }.map { crew[$0] }
    }
  }

  private func load(
    _ crew: [Worker],
    events: EventLog,
    scraper: MetricsScraper,
    control: RunControl
  ) async {
    // A moment ahead, so that every worker waits for the same start.
    let window = LoadWindow(
      start: MonotonicInstant.now().nanoseconds + 5_000_000,
      warmUp: warmUp,
      duration: duration
    )
    let arrivals = ArrivalQueue(
      plan.arrivals,
      seed: plan.seed,
      from: window.start,
      until: window.end
    )
    events.add(.warmup, at: window.start, until: window.measureStart, step: plan.step)
    events.add(.measure, at: window.measureStart, until: window.end, step: plan.step)
    let scrapes = Task { await scraper.scrapeRegularly(control: control) }
    await withTaskGroup { group in
      for worker in crew {
        group.addTask(executorPreference: worker.loop.actorTasks) {
          await worker.run(window, arrivals: arrivals)
        }
      }
    }
    scrapes.cancel()
    await scraper.stop()
    await scrapes.value
  }

  /// Puts lines on disk twice a second; lines that cannot be written end the run.
  private static func flushRegularly(_ files: [LineWriter], control: RunControl) async {
    while !Task.isCancelled {
      try? await Task.sleep(for: .milliseconds(500))
      for file in files {
        file.flush()
        if let failure = file.failure { control.end(.stop, reason: "\(failure)") }
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
    message: String? = nil,
    attempts: Int? = nil
  ) {
    let event = RunEvent(
      kind,
      at: origin.offset(instant ?? MonotonicInstant.now().nanoseconds),
      until: until.map(origin.offset),
      step: step,
      message: message,
      attempts: attempts
    )
    // Encoding plain numbers and strings does not fail.
    guard let bytes = try? RecordingJSON.encodeLine(event) else { return }
    writer.appendLine { $0 += bytes }
    writer.flush()
  }
}
