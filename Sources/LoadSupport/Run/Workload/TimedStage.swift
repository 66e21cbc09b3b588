import EventIO

/// A stage of a group's load with the instants that it has in this run; each worker has it in hand with every
/// request, and so by reference.
final class TimedStage: Sendable {
  /// What is planned.
  let plan: Workload.Stage

  /// When: the first stage of a step has the warm-up before its measured time, with the load that it begins
  /// with.
  let window: LoadWindow

  /// Whether there is any think time.
  let thinks: Bool

  init(plan: Workload.Stage, window: LoadWindow) {
    (self.plan, self.window) = (plan, window)
    thinks = plan.thinkTime != .constant(.zero)
  }

  /// When worker number `position` of its group is busy, in nanoseconds of the monotonic clock; nil where it
  /// never is.
  ///
  /// As many are busy as the number planned is, rounded: worker 0 from a half on, worker 1 from one and a
  /// half. That number never turns within a stage, so each worker is busy at one stretch.
  func busyTime(ofWorker position: Int) -> Range<Int64>? {
    let whole = window.start..<window.end
    guard let workers = plan.workers else { return whole }
    let level = Double(position) + 0.5
    let isBusyFirst = workers.from >= level
    guard isBusyFirst != (workers.to >= level) else { return isBusyFirst ? whole : nil }
    let share = (level - workers.from) / (workers.to - workers.from)
    let length = Double(window.end - window.measureStart)
    let turn = window.measureStart + Int64((length * share).rounded())
    return isBusyFirst ? window.start..<turn : turn..<window.end
  }
}

/// Stages of a group that follow each other and are done in one way.
enum LoadStretch: Sendable {
  /// As arrivals come, which the group's workers share.
  case open(ArrivalQueue)

  /// By each worker as it is free.
  case closed([TimedStage])

  /// The stretches of a group's stages, in order; each draws random numbers of its own.
  ///
  /// Of what arrives in them a generator has its share.
  static func all(
    of stages: [TimedStage],
    random: SeededRandom,
    share: LoadShare = .whole
  ) -> [LoadStretch] {
    var runs: [[TimedStage]] = []
    for stage in stages {
      if let last = runs.last?.last, (last.plan.rate == nil) == (stage.plan.rate == nil),
        last.plan.rate == nil || last.plan.arrivals == stage.plan.arrivals
      {
        runs[runs.count - 1].append(stage)
      } else {
        runs.append([stage])
      }
    }
    return runs.enumerated().compactMap { index, run in
      guard run.first?.plan.rate != nil else { return .closed(run) }
      // The first keeps to the seed itself.
      let seed = index == 0 ? random.seed : random.stream(named: "stretches").stream(index).seed
      return ArrivalQueue(run, seed: seed, share: share).map { .open($0) }
    }
  }
}

extension Workload.Pause {
  /// The time of one pause.
  func drawn(_ random: inout SeededRandom) -> Duration {
    switch self {
    case .constant(let time): time
    case .uniform(let least, let greatest): least + (greatest - least) * random.uniform()
    case .exponential(let mean): .seconds(random.exponential(mean: mean.seconds))
    }
  }
}
