/// What every worker of a run is told, whatever the step.
package struct WorkerPlan: Sendable {
  /// A place where commands run, with all calls of the workload compiled for it.
  struct Place: Sendable {
    let target: SSHTarget
    let calls: WorkloadCalls
  }

  /// The server.
  package var endpoint: MCPClientEndpoint

  /// How it names its tools.
  let profile: ToolProfile

  /// What can be done.
  let workload: Workload

  /// What tells it apart from others by what it does.
  let workloadDigest: String

  /// Where that is done, at least one.
  let places: [Place]

  /// Which of the load's workers are this generator's.
  let share: LoadShare

  /// Which of the places each worker of the whole load has; the first one where it says nothing.
  let assignments: [Int]

  /// The first worker of the MCP session that each worker is in; itself where it says nothing.
  let sessionOwners: [Int]

  /// Bearer tokens of the workers; nil for none.
  var tokens: TokenFile?

  /// Whether pauses after failures are random, up to their length.
  var jitters = true

  /// How long their connections are kept.
  var connectionUse = ConnectionUse.kept

  /// How long a request may take.
  let timeouts: HTTPClientTimeouts

  /// The seed of everything random.
  let seed: UInt64

  /// How many SSH sessions a worker holds: the lower bound from the setup on, the upper bound at
  /// most.
  ///
  /// A connect beyond the upper bound first gives one back, a disconnect below the lower one first
  /// opens one; both are recorded under names of their own.
  let heldSessions: ClosedRange<Int>

  /// Describes workers; their SSH sessions are those of the workload, or one.
  ///
  /// Of the commands in `spokenCommands` silence is a wrong answer, of those in `statusCommands` one that does not
  /// tell how it ended. Throws what cannot be compiled.
  package init(
    _ workload: Workload,
    endpoint: MCPClientEndpoint,
    profile: ToolProfile,
    targets: [SSHTarget],
    assignments: [Int] = [],
    data: DataRows = .none,
    timeouts: HTTPClientTimeouts = HTTPClientTimeouts(),
    seed: UInt64 = 1,
    spokenCommands: Set<String> = [],
    statusCommands: Set<String> = [],
    share: LoadShare = .whole
  ) throws(WorkloadError) {
    var profile = profile
    if !workload.needsSession { (profile.connect, profile.disconnect) = (nil, nil) }
    (self.workload, self.share) = (workload, share)
    workloadDigest = workload.digest(data)
    self.endpoint = endpoint
    self.profile = profile
    self.assignments = assignments
    sessionOwners = workload.sessionOwners
    self.timeouts = timeouts
    self.seed = seed
    heldSessions = workload.heldSessions ?? (workload.needsSession ? 1...1 : 0...0)
    // Of several generators each has digits of its own, whatever chance says.
    let part = share.count > 1 ? String(share.index + 1_000) : ""
    let run = String(Int.random(in: 100_000_000...999_999_999)) + part
    places = try targets.map { target throws(WorkloadError) in
      Place(
        target: target,
        calls: try WorkloadCalls(
          workload,
          profile: profile,
          target: target,
          data: data,
          spoken: spokenCommands,
          statusTold: statusCommands,
          run: run
        )
      )
    }
  }
}

extension WorkerPlan {
  /// The first worker of the MCP session that a worker is in.
  func sessionOwner(of worker: Int) -> Int {
    worker < sessionOwners.count ? sessionOwners[worker] : worker
  }

  /// How many MCP sessions so many workers have.
  func sessions(ofWorkers count: Int) -> Int { (0..<count).count { sessionOwner(of: $0) == $0 } }

  /// How many lanes the session of a worker has, which may be the first of several: one for what becomes of the
  /// session, and one for each of those; one alone where it shares none.
  func lanes(ofOwner worker: Int) -> Int {
    guard let last = sessionOwners.lastIndex(of: worker), last > worker else { return 1 }
    return last - worker + 2
  }
}

/// Where a worker's samples go; a class, for it is in hand with every sample.
package final class SampleRecorder: Sendable {
  private let writer: LineWriter
  private let origin: ClockOrigin
  private let progress: ProgressMeter?

  /// Takes what becomes of processes of a stdio server.
  private let processes: (@Sendable (RecordedProcess) -> Void)?

  /// Records into a file, with instants as offsets from an origin.
  package init(
    writer: LineWriter,
    origin: ClockOrigin,
    progress: ProgressMeter? = nil,
    processes: (@Sendable (RecordedProcess) -> Void)? = nil
  ) {
    self.processes = processes
    self.writer = writer
    self.origin = origin
    self.progress = progress
  }

  /// Tells of a process of a stdio server that has ended.
  func record(_ process: RecordedProcess) { processes?(process) }

  /// Adds one line; whoever watches counts those of the load.
  package func record(_ sample: Sample, isLoad: Bool = true) {
    writer.appendLine { SampleLine.append(sample, origin: origin, to: &$0) }
    progress?.record(
      sample,
      isLoad: isLoad && (sample.phase == .warmup || sample.phase == .measure)
    )
  }
}
