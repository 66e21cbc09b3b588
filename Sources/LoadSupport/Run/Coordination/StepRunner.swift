import EventIO

/// Runs the steps of a load, each with those workers that it is for.
struct StepRunner: Sendable {
  let crew: [Worker]

  /// The indices of those that could begin.
  let ready: Set<Int>

  /// What iterations may be, beside single operations.
  let sequences: [String: [Workload.SequenceItem]]

  /// The seed of arrivals.
  let seed: UInt64

  /// Which of the load's workers are in the crew.
  var share = LoadShare.whole

  let events: EventLog

  /// A time that is measured under one name.
  private struct Slice {
    let stage: TimedStage

    /// Whether the step begins with it.
    let isFirst: Bool

    /// The number of its group in the step.
    let group: Int

    /// How many workers of a closed loop are busy all the time with requests and pauses; nil where that
    /// cannot be known.
    let workers: Int?
  }

  /// Runs a step from an instant on, or at once, and returns when all of its answers are in; `begin` gets its window.
  ///
  /// `round` tells how often it has been run before: each time other random arrivals come.
  func run(
    _ step: LoadStep,
    round: Int = 0,
    from planned: Int64? = nil,
    begin: (LoadWindow) -> Void = { _ in }
  ) async {
    // A moment ahead, so that every worker waits for the same start.
    let start = max(planned ?? .min, MonotonicInstant.now().nanoseconds + 5_000_000)
    let window = LoadWindow(
      start: start,
      warmUp: step.warmUp,
      duration: await duration(of: step, from: start)
    )
    begin(window)
    let earlyEnd = step.fault.map { _ in EarlyStepEnd() }
    var tasks: [(Worker, WorkerTask)] = []
    var slices: [Slice] = []
    for (index, group) in step.groups.enumerated() {
      let stages = group.timed(in: window)
      // The first round keeps to the seed itself.
      let first = SeededRandom(seed: seed)
      let random = round == 0 ? first : first.stream(named: "rounds").stream(round)
      let stretches = LoadStretch.all(
        of: stages,
        // The first keeps to the seed itself.
        random: index == 0 ? random : random.stream(named: "groups").stream(index),
        share: share.ofArrivals(at: group.workers.range) ?? .whole
      )
      let selected = await select(group.workers)
      for (position, worker) in selected.enumerated() {
        let task = WorkerTask(
          group: group,
          stages: stages,
          stretches: stretches,
          position: share.position(ofWorker: position, in: group.workers.range),
          earlyEnd: earlyEnd
        )
        tasks.append((worker, task))
      }
      for (number, stage) in stages.enumerated() {
        // Groups of one name are one in the recording, and of several nobody can tell who was busy.
        let isAlone = step.groups.count { $0.stages.contains { $0.name == stage.plan.name } } == 1
        let workers = isAlone ? busyWorkers(group, stage.plan, selected: selected.count) : nil
        slices.append(Slice(stage: stage, isFirst: number == 0, group: index, workers: workers))
      }
    }
    announce(slices, of: step)
    await withTaskGroup { group in
      for (worker, task) in tasks {
        group.addTask(executorPreference: worker.loop.actorTasks) { await worker.run(task) }
      }
      if let fault = step.fault, let earlyEnd {
        let name = step.name
        let workers = tasks.map(\.0)
        group.addTask {
          await cause(fault, during: window, of: name, to: workers, ending: earlyEnd)
        }
      }
      // A step in which nobody has anything to do is one to wait, also where others have.
      if step.groups.isEmpty || tasks.isEmpty && share != .whole, let worker = crew.first {
        group.addTask(executorPreference: worker.loop.actorTasks) {
          await worker.rest(until: window.end)
        }
      }
    }
    events.add(.stepEnd)
  }

  /// Says what is planned, each time and name once.
  private func announce(_ slices: [Slice], of step: LoadStep) {
    func order(_ slice: Slice) -> (Int64, String) {
      (slice.stage.window.start, slice.stage.plan.name ?? "")
    }
    var announced: [Slice] = []
    for slice in slices.sorted(by: { order($0) < order($1) }) {
      let (plan, window) = (slice.stage.plan, slice.stage.window)
      guard
        !announced.contains(where: {
          $0.stage.plan.name == plan.name && $0.stage.window == window
        })
      else { continue }
      announced.append(slice)
      if slice.isFirst {
        events.add(.warmup, at: window.start, until: window.measureStart, step: plan.name)
      }
      events.add(
        .measure,
        at: window.measureStart,
        until: window.end,
        step: plan.name,
        group: step.groups.count > 1 ? slice.group : nil,
        stage: step.kind(of: plan),
        workers: slice.workers,
        thinkTime: slice.workers.map { _ in plan.thinkTime.mean.nanoseconds }
      )
    }
  }

  private func busyWorkers(
    _ group: WorkerGroup,
    _ stage: Workload.Stage,
    selected: Int
  ) -> Int? {
    guard stage.rate == nil, stage.isSteady, stage.pace == nil, group.iterationLimit == nil,
      arePausesKnown(group.mix, stage)
    else { return nil }
    // Those who could not begin are missed.
    let range = group.workers.range
    let all = group.workers.holding == .anything ? share.own(range).count : selected
    return stage.workers.map { min(all, Int(share.busy($0, of: range).from.rounded())) } ?? all
  }

  /// Whether the number of requests tells how long workers paused: the same time before each.
  private func arePausesKnown(_ mix: Workload.Mix, _ stage: Workload.Stage) -> Bool {
    guard case .constant(let pause) = stage.thinkTime else { return false }
    return mix.entries.compactMap { sequences[$0] }.allSatisfy { items in
      pause == .zero && items.allSatisfy { if case .call = $0 { true } else { false } }
    }
  }

  private func duration(of step: LoadStep, from start: Int64) async -> Duration {
    guard case .untilRetryAfter(let longest) = step.length else { return step.length.longest }
    var latest: Int64?
    for worker in crew {
      if let instant = await worker.retryAt { latest = max(latest ?? instant, instant) }
    }
    guard let latest else { return .zero }
    return min(longest, max(.zero, .nanoseconds(latest - start)))
  }

  /// The workers of a selection that could begin, in order.
  private func select(_ selection: WorkerSelection) async -> [Worker] {
    var selected: [Worker] = []
    let range = Array(share.own(selection.range))
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
}
