/// What every worker of a run is told.
package struct WorkerPlan: Sendable {
  /// The server.
  package var endpoint: MCPEndpoint

  /// How it names its tools.
  package var profile: ToolProfile

  /// Where commands run.
  package var target: SSHTarget

  /// What is done, and how often which.
  package var mix: OperationMix

  /// When it is done.
  package var arrivals: ArrivalProcess

  /// How long a request may take.
  package var timeouts: HTTPTimeouts

  /// The seed of everything random.
  package var seed: UInt64

  /// The step of a scenario with several, written into each line.
  package var step: String?

  /// Describes a closed loop without think time.
  package init(
    endpoint: MCPEndpoint,
    profile: ToolProfile,
    target: SSHTarget,
    mix: OperationMix,
    arrivals: ArrivalProcess = .closed(thinkTime: .zero),
    timeouts: HTTPTimeouts = HTTPTimeouts(),
    seed: UInt64 = 1,
    step: String? = nil
  ) {
    self.endpoint = endpoint
    self.profile = profile
    self.target = target
    self.mix = mix
    self.arrivals = arrivals
    self.timeouts = timeouts
    self.seed = seed
    self.step = step
  }
}

/// Where a worker's samples go.
package struct SampleRecorder: Sendable {
  private let writer: LineWriter
  private let origin: ClockOrigin

  /// Records into a file, with instants as offsets from an origin.
  package init(writer: LineWriter, origin: ClockOrigin) {
    self.writer = writer
    self.origin = origin
  }

  /// Adds one line.
  package func record(_ sample: Sample) {
    writer.appendLine { SampleLine.append(sample, origin: origin, to: &$0) }
  }
}
