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
  /// The name that its samples carry as `step`; nil in scenarios that have only one.
  package let name: String?

  /// Who does it.
  package let workers: WorkerSelection

  /// What is done.
  package let mix: OperationMix

  /// When it is done.
  let arrivals: ArrivalProcess

  /// How many operations each worker does at most; nil for no limit.
  let operationLimit: Int?

  /// Describes a group; without arrivals it is a closed loop without think time.
  package init(
    _ name: String? = nil,
    workers: WorkerSelection,
    mix: OperationMix,
    arrivals: ArrivalProcess = .closed(thinkTime: .zero),
    operationLimit: Int? = nil
  ) {
    self.name = name
    self.workers = workers
    self.mix = mix
    self.arrivals = arrivals
    self.operationLimit = operationLimit
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

  /// What is done at the same time, each by workers of its own.
  package let groups: [WorkerGroup]

  /// Describes a step.
  package init(warmUp: Duration = .zero, length: Length, groups: [WorkerGroup]) {
    self.warmUp = warmUp
    self.length = length
    self.groups = groups
  }
}
