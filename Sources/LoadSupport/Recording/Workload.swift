/// What a server is loaded with, as data: the operations, how they are mixed, how many a second, for how
/// long, what a right answer is, and which limits the figures are held to.
///
/// A JSON file and a Swift program say it alike. It names no server, no program, no variable and no
/// credential: whoever runs somebody else's workload loads only what he named himself.
public struct Workload: Sendable, Equatable {
  /// Its name in files, in reports and on the command line: letters, digits, `_`, `-` and `.`.
  public var name: String

  /// Its heading in reports; nil for its name in capitals.
  public var title: String?

  /// Whether the server must have SSH sessions; nil where its operations tell.
  public var needsSSHSessions: Bool?

  /// Concurrent workers; nil for as many as its steps name, or ten.
  public var workers: Int?

  /// How many SSH sessions a worker holds: the lower bound from the beginning, the upper bound at most; nil
  /// for one where its operations need any.
  public var heldSessions: ClosedRange<Int>?

  /// Header fields that each worker sends with every request; values may have placeholders of data.
  public var headers: [String: String]

  /// Files whose columns fill placeholders, by the name that stands before the dot: `{users.id}`.
  public var data: [String: DataFile]

  /// What can be done, by the name in reports.
  public var operations: [String: Operation]

  /// Operations that one worker does one after the other, by a name of their own.
  public var sequences: [String: [SequenceItem]]

  /// Operations that each worker does once before the load; what they capture stays.
  public var setup: [String]

  /// Operations that each worker does once after the load.
  public var teardown: [String]

  /// What is done, one after the other; the next begins when all answers are in.
  public var steps: [Step]

  /// What the figures are held to.
  public var thresholds: [Limit]

  /// Makes a workload.
  public init(
    _ name: String,
    title: String? = nil,
    needsSSHSessions: Bool? = nil,
    workers: Int? = nil,
    heldSessions: ClosedRange<Int>? = nil,
    headers: [String: String] = [:],
    data: [String: DataFile] = [:],
    operations: [String: Operation],
    sequences: [String: [SequenceItem]] = [:],
    setup: [String] = [],
    teardown: [String] = [],
    steps: [Step],
    thresholds: [Limit] = []
  ) {
    self.name = name
    self.title = title
    self.needsSSHSessions = needsSSHSessions
    self.workers = workers
    self.heldSessions = heldSessions
    self.headers = headers
    self.data = data
    self.operations = operations
    self.sequences = sequences
    self.setup = setup
    self.teardown = teardown
    self.steps = steps
    self.thresholds = thresholds
  }

  /// A stretch of a load; the next begins when all its answers are in.
  public struct Step: Sendable, Equatable {
    /// The name that its samples carry; nil in a workload of one step.
    public var name: String?

    /// Load before the measured window, as at its beginning.
    public var warmUp: Duration

    /// The length of the measured window; nil for that of its stages.
    public var length: Duration?

    /// What is done at the same time, each by workers of its own.
    public var groups: [Group]

    /// Makes a step of several groups.
    public init(
      _ name: String? = nil,
      warmUp: Duration = .zero,
      length: Duration? = nil,
      groups: [Group]
    ) {
      self.name = name
      self.warmUp = warmUp
      self.length = length
      self.groups = groups
    }
  }

  /// What some workers do during a step.
  public struct Group: Sendable, Equatable {
    /// Its name beside that of the step; nil for an only one.
    public var name: String?

    /// How many workers it has; nil for all, or for as many as its stages name.
    public var workers: Int?

    /// The first of them, from 0; nil for the next ones after those of the group before.
    public var firstWorker: Int?

    /// The port of the link that its workers reach the target by; nil for the target's own.
    public var link: UInt16?

    /// Whether its workers share one MCP session, in which each has a call in flight, from the setup on and in
    /// every step: header fields and the token are those of the first of them.
    public var sharesSession: Bool

    /// What they do.
    public var mix: Mix

    /// When they do it, one stage after the other without a break; none for a closed loop without a pause.
    public var stages: [Stage]

    /// How many iterations each worker does at most; nil for no limit.
    public var iterations: Int?

    /// Makes a group.
    public init(
      _ name: String? = nil,
      workers: Int? = nil,
      firstWorker: Int? = nil,
      link: UInt16? = nil,
      sharesSession: Bool = false,
      mix: Mix,
      stages: [Stage] = [],
      iterations: Int? = nil
    ) {
      self.name = name
      self.workers = workers
      self.firstWorker = firstWorker
      self.link = link
      self.sharesSession = sharesSession
      self.mix = mix
      self.stages = stages
      self.iterations = iterations
    }
  }

  /// A stretch of a group's load that keeps to one plan.
  public struct Stage: Sendable, Equatable {
    /// The name that its samples carry; nil for that of the step, with a number where there are several.
    public var name: String?

    /// How long it is; nil for all of the step.
    public var length: Duration?

    /// Iterations that arrive a second, whatever the server does (open loop); nil for a closed loop.
    public var rate: Ramp?

    /// How they come.
    public var arrivals: Arrivals

    /// In a closed loop, how many of the group's workers are busy; nil for all.
    public var workers: Ramp?

    /// In a closed loop, a worker's pause before each iteration.
    public var thinkTime: Pause

    /// In a closed loop, the least time from the beginning of a worker's iteration to that of its next.
    public var pace: Duration?

    /// Makes a stage.
    public init(
      _ name: String? = nil,
      length: Duration? = nil,
      rate: Ramp? = nil,
      arrivals: Arrivals = .constant,
      workers: Ramp? = nil,
      thinkTime: Pause = .constant(.zero),
      pace: Duration? = nil
    ) {
      self.name = name
      self.length = length
      self.rate = rate
      self.arrivals = arrivals
      self.workers = workers
      self.thinkTime = thinkTime
      self.pace = pace
    }
  }

  /// A figure that stays or goes in a straight line from one value to another.
  public struct Ramp: Sendable, Equatable {
    /// Its value at the beginning and at the end.
    public var from, to: Double

    /// A figure that goes from one value to another.
    public init(from: Double, to: Double) {
      (self.from, self.to) = (from, to)
    }

    /// A figure that stays.
    public static func steady(_ value: Double) -> Ramp { Ramp(from: value, to: value) }

    /// Whether it stays.
    public var isSteady: Bool { from == to }
  }

  /// How iterations of an open loop come.
  public enum Arrivals: String, Sendable, Equatable, CaseIterable {
    /// At equal distances.
    case constant

    /// At random, independently of each other.
    case poisson
  }

  /// A time to wait, the same each time or drawn anew.
  public enum Pause: Sendable, Equatable {
    /// The same each time.
    case constant(Duration)

    /// Any time between two, each as likely.
    case uniform(Duration, Duration)

    /// Exponentially distributed, with this mean.
    case exponential(Duration)

    /// Its mean.
    public var mean: Duration {
      switch self {
      case .constant(let time), .exponential(let time): time
      case .uniform(let least, let greatest): (least + greatest) / 2
      }
    }
  }

  /// Which iterations workers draw: operations or sequences by their names.
  public enum Mix: Sendable, Equatable {
    /// Each worker takes one after the other, over and over, from a place of its own.
    case inTurn([String])

    /// Each iteration is drawn anew, in proportion to these weights.
    case weighted([String: Double])
  }

  /// A part of a sequence.
  public enum SequenceItem: Sendable, Equatable {
    /// An operation by its name.
    case call(String)

    /// A pause before the next.
    case pause(Pause)
  }

  /// A limit on a figure.
  public struct Limit: Sendable, Equatable {
    /// The figure's name, such as `p99_ms`.
    public var metric: String

    /// The least or the greatest value that passes.
    public var limit: Double

    /// The operation; nil for all.
    public var operation: String?

    /// What the attempts came to, for percentiles; nil for successes, timeouts and dropped ones.
    public var outcome: String?

    /// The step or stage by the name that its samples carry; nil for all that stay the same.
    public var step: String?

    /// The stretch of the measured time; nil for all of it.
    public var window: Window?

    /// Whether the run ends early once the figure is beyond the limit with confidence.
    public var abort: Bool

    /// Makes a limit.
    public init(
      _ metric: String,
      _ limit: Double,
      of operation: String? = nil,
      as outcome: String? = nil,
      in step: String? = nil,
      window: Window? = nil,
      abort: Bool = false
    ) {
      self.metric = metric
      self.limit = limit
      self.operation = operation
      self.outcome = outcome
      self.step = step
      self.window = window
      self.abort = abort
    }
  }

  /// A stretch of the measured time.
  public enum Window: Sendable, Equatable {
    /// So much at its end.
    case last(Duration)

    /// Each stretch of this length; the worst is judged.
    case each(Duration)
  }
}
