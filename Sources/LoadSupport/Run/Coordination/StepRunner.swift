import EventIO

/// Runs the steps of a load, each with those workers that it is for.
struct StepRunner: Sendable {
  let crew: [Worker]

  /// The indices of those that could begin.
  let ready: Set<Int>

  /// The seed of arrivals.
  let seed: UInt64

  let events: EventLog

  /// The pause that the workers of a closed loop make, and how many are busy with nothing else until the
  /// step ends.
  private struct Busy {
    let workers: Int
    let thinkTime: Int64
  }

  /// Runs a step and returns when all of its answers are in.
  func run(_ step: LoadStep) async {
    // A moment ahead, so that every worker waits for the same start.
    let start = MonotonicInstant.now().nanoseconds + 5_000_000
    let window = LoadWindow(
      start: start,
      warmUp: step.warmUp,
      duration: await duration(of: step, from: start)
    )
    var tasks: [(Worker, WorkerTask)] = []
    var busy: [String?: Busy] = [:]
    for group in step.groups {
      let arrivals = ArrivalQueue(
        group.arrivals,
        seed: seed,
        from: window.start,
        until: window.end
      )
      let task = WorkerTask(group: group, window: window, arrivals: arrivals)
      let selected = await select(group.workers)
      for worker in selected { tasks.append((worker, task)) }
      // Groups of one name are one in the recording, and of several nobody can tell who was busy.
      if step.groups.count(where: { $0.name == group.name }) == 1 {
        busy[group.name] = Self.busy(group, selected: selected.count)
      }
    }
    for name in Set(step.groups.map(\.name)).sorted(by: { $0 ?? "" < $1 ?? "" }) {
      events.add(.warmup, at: window.start, until: window.measureStart, step: name)
      events.add(
        .measure,
        at: window.measureStart,
        until: window.end,
        step: name,
        stage: step.kind,
        workers: busy[name]?.workers,
        thinkTime: busy[name]?.thinkTime
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

  private static func busy(_ group: WorkerGroup, selected: Int) -> Busy? {
    guard case .closed(let thinkTime) = group.arrivals, group.operationLimit == nil else {
      return nil
    }
    // Those who could not begin are missed.
    let wanted = group.workers.holding == .anything ? group.workers.range.count : selected
    return Busy(workers: wanted, thinkTime: thinkTime.nanoseconds)
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
}
