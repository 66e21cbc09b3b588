import EventIO

/// One load from the first handshake to the last closed session, recorded.
///
/// Set up all workers, one step after the other, drain. It judges nothing: what it leaves is a
/// directory of files.
package struct LoadRun: Sendable {
  /// How many workers it has, those of other generators too.
  package var workers: Int

  /// Event loop threads that carry them, besides the one for metrics.
  package var loops: Int

  /// What each worker is told.
  package var plan: WorkerPlan

  /// What is done, one after the other.
  package var steps: [LoadStep]

  /// The page of the server's metrics; nil for that of the server itself.
  var metricsPage: MCPClientEndpoint?

  /// CPU time in seconds of everything that serves requests; nil where that cannot be known.
  var servingCPUSeconds: (@Sendable () -> Double?)?

  /// What all processes of a stdio server have left behind in the end, by name; nil where none were started.
  var leftBehind: (@Sendable () async -> [String])?

  /// What the server's processes hold; nil where they are not of this machine, or nobody knows which they are.
  var serverResources: (@Sendable () -> ProcessResources?)?

  /// What counts what is on the target; nil where nobody may look.
  var target: TargetWatch?

  /// Who watches; nil for nobody.
  package var progress: ProgressMeter?

  /// When it begins with those of other generators; nil where it begins by itself.
  var commonStart: CommonStart?

  /// How many of its workers are this generator's.
  var ownWorkers: Int { plan.share.own(0..<workers).count }

  /// Describes a run.
  package init(
    workers: Int,
    loops: Int,
    plan: WorkerPlan,
    steps: [LoadStep],
    servingCPUSeconds: (@Sendable () -> Double?)? = nil,
    serverResources: (@Sendable () -> ProcessResources?)? = nil,
    progress: ProgressMeter? = nil
  ) {
    self.workers = workers
    self.loops = loops
    self.plan = plan
    self.steps = steps
    self.servingCPUSeconds = servingCPUSeconds
    self.serverResources = serverResources
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
    let files = try RecordingFiles(layout, workers: ownWorkers, loops: loops)
    let events = EventLog(writer: files.events, origin: origin)
    let eventLoops = try (0..<loops).map { try EventLoop(name: "load-\($0)") }
    let metricsLoop = try EventLoop(name: "metrics")
    defer { for loop in eventLoops + [metricsLoop] { loop.stop() } }
    for loop in eventLoops + [metricsLoop] { control.attach(loop) }
    defer { control.detachLoops() }
    let scraper = scraper(files, origin, on: metricsLoop)
    let watches = eventLoops.enumerated().map { index, loop in
      LoopWatch(index: index, writer: files.generator, origin: origin, loop: loop)
    }
    let flusher = Task { await files.flushRegularly(control) }
    let crew = crew(on: eventLoops, files, events, control)

    control.plan(length)
    progress?.plan(StepForecast.all(steps, of: plan.workload, plan.share), workers: ownWorkers)
    await scraper.scrape(.before)
    events.add(.setup)
    if let remark { events.add(.remark, message: remark) }
    await meeting(events, control) { start in
      await start.waitForFirst(
        tell: { progress?.begin(.waiting($0)) },
        isStopping: { control.isStopping }
      )
    }
    progress?.begin(.setup)
    let (ready, failure) = control.hasFailed ? ([], nil) : await setUp(crew, events: events)
    let hasGivenUp = ready.isEmpty && failure != nil
    if hasGivenUp, let failure { commonStart?.giveUp(because: failure) }
    let load = StepRunner(
      crew: crew,
      ready: ready,
      sequences: plan.workload.sequences,
      seed: plan.seed,
      share: plan.share,
      events: events
    )
    let begin = ready.isEmpty ? nil : await waitForOthers(events, control)
    if control.level < .interrupt {
      // Others had not all of their sessions before; and their common start waits for no page.
      let page = Task { await scraper.scrape(.loadStart) }
      if begin == nil { await page.value }
    }
    let stepsLeft = await run(load, from: begin, scraper, watches, control)
    if control.level < .interrupt { await look(at: crew, scraper) }
    await drain(crew, stepsLeft: stepsLeft, events: events)
    await commonStart?.leave(hasGivenUp: hasGivenUp) { control.isStopping }
    if control.level < .interrupt { await scraper.scrape(.after) }
    await scraper.close()
    await tellWhatIsLeft(events)
    if control.level < .interrupt { await lookAtTarget(kept: scraper.moreIdle, events) }
    if let stoppedAt = control.stoppedAt {
      events.add(
        control.hasFailed ? .failed : .stopped,
        at: stoppedAt,
        message: control.reason,
        limit: control.abortedLimit
      )
    }
    await events.tellLateFields(crew)
    await events.end(crew, hasSequences: !plan.workload.sequences.isEmpty)
    flusher.cancel()
    await flusher.value
    try await files.close()
  }

  private func scraper(
    _ files: RecordingFiles,
    _ origin: ClockOrigin,
    on loop: EventLoop
  ) -> MetricsScraper {
    MetricsScraper(
      page: metricsPage ?? plan.endpoint.metricsPage,
      writer: files.serverMetrics,
      origin: origin,
      servingCPUSeconds: servingCPUSeconds,
      resources: serverResources,
      progress: progress,
      // Of several generators one reads, or each would have its own half of the figures.
      reads: plan.share.index == 0,
      loop: loop
    )
  }

  /// Waits until other generators are ready too, and gives the instant at which all begin; nil where there are none,
  /// and where nothing is to begin any more.
  private func waitForOthers(_ events: EventLog, _ control: RunControl) async -> Int64? {
    await meeting(events, control) { start in
      await start.wait(
        warmUp: steps.first?.warmUp ?? .zero,
        tell: { progress?.begin(.waiting($0)) },
        isStopping: { control.isStopping }
      )
    } ?? nil
  }

  /// Does something with other generators, if there are any; what keeps it from being done ends the run.
  private func meeting<Value>(
    _ events: EventLog,
    _ control: RunControl,
    _ meet: (CommonStart) async -> Result<Value, StartError>
  ) async -> Value? {
    guard let commonStart, !control.isStopping else { return nil }
    switch await meet(commonStart) {
    case .success(let value): return value
    case .failure(let error):
      events.add(.problem, message: error.description)
      control.fail(reason: error.description)
      return nil
    }
  }

  /// Looks at the server when the load is over: at its page, or at what its processes cost while all are there.
  private func look(at crew: [Worker], _ scraper: MetricsScraper) async {
    await scraper.scrape(.loadEnd)
    guard plan.endpoint.stdio != nil else { return }
    for worker in crew { await worker.measureServer() }
  }

  /// Tells of what all processes of a stdio server have left behind together.
  private func tellWhatIsLeft(_ events: EventLog) async {
    guard let left = await leftBehind?(), !left.isEmpty else { return }
    var process = RecordedProcess()
    process.note(leftBehind: left)
    events.add(.serverProcess, process: process)
  }

  /// Tells what is left on the target beside logins that the server says it keeps.
  private func lookAtTarget(kept: Double, _ events: EventLog) async {
    guard let target, let before = target.before else { return }
    var left = RecordedTarget(
      loginsBefore: before.logins,
      straysBefore: before.strays?.count,
      sessions: plan.sessions(ofWorkers: workers) * plan.heldSessions.upperBound
    )
    do {
      let kept = Int(exactly: kept.rounded()) ?? 0
      let after = try await target.countAfter(before, kept: kept)
      left.loginsAfter = after.logins
      left.straysAfter = after.strays?.count
      left.strayNames = after.strays.map { Array(Set($0.map(\.shown)).sorted().prefix(10)) }
    } catch {
      left.failure = "\(error)"
    }
    events.add(.target, target: left)
  }

  /// The longest that the load may take.
  private var length: Duration { steps.reduce(.zero) { $0 + $1.warmUp + $1.length.longest } }

  private func crew(
    on loops: [EventLoop],
    _ files: RecordingFiles,
    _ events: EventLog,
    _ control: RunControl
  ) -> [Worker] {
    var crew: [Worker] = []
    for index in 0..<ownWorkers {
      let owner = plan.sessionOwner(of: index)
      crew.append(
        Worker(
          index: index,
          of: workers,
          plan: plan,
          recorder: SampleRecorder(
            writer: files.samples[index % files.samples.count],
            origin: events.origin,
            progress: progress
          ) { events.add(.serverProcess, process: $0) },
          control: control,
          sharing: owner < index ? crew[owner] : nil,
          // What workers share is confined to one loop.
          loop: loops[owner % loops.count]
        )
      )
    }
    return crew
  }

  /// Runs the steps one after the other and returns how many were left out.
  ///
  /// Generators that begin together plan the instants of all steps beforehand, with a second between two of them
  /// for the answers that are still awaited.
  private func run(
    _ load: StepRunner,
    from begin: Int64?,
    _ scraper: MetricsScraper,
    _ watches: [LoopWatch],
    _ control: RunControl
  ) async -> Int {
    guard !load.ready.isEmpty, !control.isStopping else { return steps.count }
    let scrapes = Task { await scraper.scrapeRegularly(control: control) }
    let stepsLeft = await withTaskGroup(of: Void.self) { group in
      for watch in watches {
        group.addTask(executorPreference: watch.loop.actorTasks) { await watch.watch() }
      }
      var stepsLeft = steps.count
      var planned = begin
      for (number, step) in steps.enumerated() where !control.isStopping {
        // The same load once more is another draw of its arrivals.
        let round = steps[..<number].count { $0.name == step.name }
        await load.run(step, round: round, from: planned) {
          progress?.begin(step: number, in: $0)
        }
        planned? += (step.warmUp + step.length.longest + .seconds(1)).nanoseconds
        stepsLeft -= 1
        // Between two steps the counters belong to neither.
        if steps.count > 1, control.level < .interrupt { await scraper.scrape(.tick) }
      }
      for watch in watches { await watch.stop() }
      return stepsLeft
    }
    scrapes.cancel()
    await scraper.stop()
    await scrapes.value
    return stepsLeft
  }

  /// Closes all sessions.
  private func drain(_ crew: [Worker], stepsLeft: Int, events: EventLog) async {
    progress?.begin(.drain)
    events.add(
      .drain,
      message: stepsLeft > 0 ? "\(stepsLeft) of \(steps.count) steps were left out" : nil
    )
    // Whoever opened a session that others share leaves it last.
    for areFirst in [false, true] {
      await withTaskGroup { group in
        for (index, worker) in crew.enumerated()
        where areFirst == (plan.sessionOwner(of: index) == index) {
          group.addTask(executorPreference: worker.loop.actorTasks) { await worker.tearDown() }
        }
      }
    }
  }

  /// Opens all sessions and returns the indices of the workers that have theirs, and why the others have none.
  private func setUp(
    _ crew: [Worker],
    events: EventLog
  ) async -> (ready: Set<Int>, failure: String?) {
    await withTaskGroup(of: (Int, String?).self) { group in
      for (index, worker) in crew.enumerated() {
        group.addTask(executorPreference: worker.loop.actorTasks) {
          (index, await worker.setUp())
        }
      }
      var failures: [Int: String] = [:]
      for await (index, error) in group {
        failures[index] = error
        if error == nil { progress?.noteReady() }
      }
      let failure = failures.min { $0.key < $1.key }.map { first in
        "\(failures.count) of \(crew.count) workers could not begin; \(first.value)"
      }
      if failure != nil { events.add(.problem, workers: failures.count, message: failure) }
      return (Set(crew.indices.filter { failures[$0] == nil }), failure)
    }
  }
}
