/// What every worker of a run is told, whatever the step.
package struct WorkerPlan: Sendable {
  /// The server.
  package var endpoint: MCPClientEndpoint

  /// How it names its tools.
  package var profile: ToolProfile

  /// Where commands run; several targets are dealt out in blocks of workers of equal size.
  package var targets: [SSHTarget]

  /// How long a request may take.
  var timeouts: HTTPClientTimeouts

  /// The seed of everything random.
  package var seed: UInt64

  /// How many SSH sessions a worker holds: the lower bound from the setup on, the upper bound at
  /// most.
  ///
  /// A connect beyond the upper bound first gives one back, a disconnect below the lower one first
  /// opens one; both are recorded under names of their own.
  var heldSessions: ClosedRange<Int>

  /// Commands that were answered with some text before the load: silence is a wrong answer.
  var spokenCommands: Set<String>

  /// Commands whose answers told how they ended before the load: one that does not is wrong.
  var statusCommands: Set<String>

  /// Describes workers that hold one session all the time.
  package init(
    endpoint: MCPClientEndpoint,
    profile: ToolProfile,
    targets: [SSHTarget],
    timeouts: HTTPClientTimeouts = HTTPClientTimeouts(),
    seed: UInt64 = 1,
    heldSessions: ClosedRange<Int> = 1...1,
    spokenCommands: Set<String> = [],
    statusCommands: Set<String> = []
  ) {
    self.endpoint = endpoint
    self.profile = profile
    self.targets = targets
    self.timeouts = timeouts
    self.seed = seed
    self.heldSessions = heldSessions
    self.spokenCommands = spokenCommands
    self.statusCommands = statusCommands
  }
}

/// Where a worker's samples go.
package struct SampleRecorder: Sendable {
  private let writer: LineWriter
  private let origin: ClockOrigin
  private let progress: ProgressMeter?

  /// Records into a file, with instants as offsets from an origin.
  package init(writer: LineWriter, origin: ClockOrigin, progress: ProgressMeter? = nil) {
    self.writer = writer
    self.origin = origin
    self.progress = progress
  }

  /// Adds one line; whoever watches sees those of the load.
  package func record(_ sample: Sample, isLoad: Bool = true) {
    writer.appendLine { SampleLine.append(sample, origin: origin, to: &$0) }
    if isLoad, sample.phase == .warmup || sample.phase == .measure {
      progress?.record(sample.attempt)
    }
  }
}
