import EventIO

/// Which workers of a crew do something, by their index from 0.
package struct WorkerSelection: Sendable, Equatable {
  /// Which of them, by what they hold when the step begins.
  package enum Holding: Sendable {
    /// Whatever they hold.
    case anything

    /// Those with an SSH session.
    case session

    /// Those without one.
    case nothing
  }

  /// The workers to choose from.
  package let range: Range<Int>

  /// What they must hold.
  let holding: Holding

  /// How many of those are taken; nil for all.
  package let limit: Int?

  /// Whether the last ones are taken rather than the first.
  let takesLast: Bool

  /// Selects workers.
  package init(
    _ range: Range<Int>,
    holding: Holding = .anything,
    limit: Int? = nil,
    takesLast: Bool = false
  ) {
    self.range = range
    self.holding = holding
    self.limit = limit
    self.takesLast = takesLast
  }
}

/// What some workers do during a step.
package struct WorkerGroup: Sendable {
  /// Who does it.
  package let workers: WorkerSelection

  /// What is done.
  package let mix: Workload.Mix

  /// When it is done, one stage after the other without a break; each has the name that its samples carry as
  /// `step`, nil in scenarios that have only one.
  let stages: [Workload.Stage]

  /// How many iterations each worker does at most; nil for no limit.
  let iterationLimit: Int?

  /// Describes a group; without stages it is a closed loop without think time.
  ///
  /// Stages without a name have that of the group.
  package init(
    _ name: String? = nil,
    workers: WorkerSelection,
    mix: Workload.Mix,
    stages: [Workload.Stage] = [],
    iterationLimit: Int? = nil
  ) {
    self.workers = workers
    self.mix = mix
    self.stages = (stages.isEmpty ? [Workload.Stage()] : stages).map { stage in
      var stage = stage
      stage.name = stage.name ?? name
      return stage
    }
    self.iterationLimit = iterationLimit
  }

  /// Its stages with their instants in a step, up to the step's end.
  ///
  /// A stage without a length takes what is left. The first has the warm-up.
  func timed(in step: LoadWindow) -> [TimedStage] {
    var start = step.start
    var measureStart = step.measureStart
    var timed: [TimedStage] = []
    for plan in stages where measureStart < step.end || timed.isEmpty {
      let left = step.end - measureStart
      let end = measureStart + min(left, max(0, plan.length?.nanoseconds ?? left))
      let window = LoadWindow(start: start, measureStart: measureStart, end: end)
      timed.append(TimedStage(plan: plan, window: window))
      (start, measureStart) = (end, end)
    }
    return timed
  }
}

/// A stretch of a run in which the load stays the same; the next begins when all its answers are in.
package struct LoadStep: Sendable {
  /// How long it is measured.
  package enum Length: Sendable, Equatable {
    /// A time known beforehand.
    case fixed(Duration)

    /// Until the instant that the server named in its last Retry-After, at most so long.
    case untilRetryAfter(atMost: Duration)

    /// The longest that it may be.
    var longest: Duration {
      switch self {
      case .fixed(let duration): duration
      case .untilRetryAfter(let longest): longest
      }
    }
  }

  /// Load before the measured window.
  package let warmUp: Duration

  /// How long it is measured.
  package let length: Length

  /// What its load does over time.
  var kind = Stage.Kind.steady

  /// What is done to the system under test meanwhile; nil for nothing.
  var fault: StepFault?

  /// What is done at the same time, each by workers of its own.
  package let groups: [WorkerGroup]

  /// Describes a step.
  package init(warmUp: Duration = .zero, length: Length, groups: [WorkerGroup]) {
    self.warmUp = warmUp
    self.length = length
    self.groups = groups
  }

  /// The name of its first stage; nil in scenarios that have only one.
  var name: String? { groups.first?.stages.first?.name }

  /// What the load of one of its stages does over time.
  func kind(of stage: Workload.Stage) -> Stage.Kind {
    kind == .steady && !stage.isSteady ? .ramp : kind
  }
}

extension Workload.Stage {
  /// Whether its load stays the same.
  var isSteady: Bool { (rate ?? workers)?.isSteady ?? true }
}
