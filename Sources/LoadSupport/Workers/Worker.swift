import EventIO

/// One user of the server: an MCP session with one SSH session in it, and requests one after the
/// other.
///
/// A failure of the server is a sample, never the end of a worker. A worker whose session is gone
/// opens another, and that is recorded like everything else.
package actor Worker: LoopBound {
  package nonisolated let loop: EventLoop

  private let index: Int
  private let plan: WorkerPlan
  private let recorder: SampleRecorder
  private let control: RunControl
  private let client: MCPClient
  private let operations: [RemoteOperation]
  private var sequence: OperationSequence
  private var window: LoadWindow?
  private var session: SSHSession?
  private var requests: [MCPRequest] = []
  private var arrivalsDropped = 0
  private var failuresInARow = 0
  private var consecutiveToolErrors = 0
  private var reconnectNotBefore: Int64 = 0

  /// Makes a worker without a session; nil if the workload is empty.
  package init?(
    index: Int,
    plan: WorkerPlan,
    recorder: SampleRecorder,
    control: RunControl,
    loop: EventLoop
  ) {
    guard let sequence = OperationSequence(plan.mix, seed: plan.seed, worker: index) else {
      return nil
    }
    self.index = index
    self.plan = plan
    self.recorder = recorder
    self.control = control
    self.loop = loop
    self.sequence = sequence
    operations = plan.mix.operations
    client = MCPClient(
      plan.endpoint,
      profile: plan.profile,
      timeouts: plan.timeouts,
      hiding: plan.target.password,
      on: loop
    )
  }

  /// Attempts so far, counted where they are made, not where they are recorded.
  package var attemptsMade: Int { client.attemptsMade + arrivalsDropped }

  private var isOpenLoop: Bool { plan.arrivals.ratePerSecond != nil }

  /// Opens the MCP session and the SSH session; the error is nil if both stand.
  package func setUp() async -> String? {
    let error = await openSessions()
    return error.map { "worker \(index): \($0)" }
  }

  /// Makes requests until the window ends, each as the arrival process plans it.
  package func run(_ window: LoadWindow, arrivals: ArrivalQueue?) async {
    self.window = window
    switch (plan.arrivals, arrivals) {
    case (.closed(let thinkTime), _): await runClosed(window, thinkTime: thinkTime)
    case (_, let arrivals?): await runOpen(arrivals)
    default: return
    }
  }

  /// Closes the SSH session and the MCP session, unless the run is being cut off.
  package func tearDown() async {
    defer { client.close() }
    guard control.level < .interrupt else { return }
    if let session {
      await perform(session.disconnectRequest(plan.profile), phase: .drain)
    }
    // A run may be cut off while its sessions are being closed.
    guard control.level < .interrupt else { return }
    if let attempt = await client.endSession(plannedAt: now()) {
      record("session_delete", attempt, phase: .drain)
    }
  }

  // MARK: Load

  private func runClosed(_ window: LoadWindow, thinkTime: Duration) async {
    _ = await loop.sleep(until: MonotonicInstant(nanoseconds: window.start))
    while !control.isStopping {
      var pause = thinkTime
      if failuresInARow > 0 { pause = max(pause, Self.pause(afterFailures: failuresInARow)) }
      if pause > .zero {
        _ = await loop.sleep(until: .now() + pause)
        if control.isStopping { return }
      }
      let planned = now()
      if planned >= window.end { return }
      await performNext(plannedAt: planned)
    }
  }

  private func runOpen(_ arrivals: ArrivalQueue) async {
    let patience = plan.timeouts.wholeRequest.nanoseconds
    while let planned = arrivals.next() {
      if let stoppedAt = control.stoppedAt, planned >= stoppedAt { return }
      var present = now()
      if planned > present {
        _ = await loop.sleep(until: MonotonicInstant(nanoseconds: planned))
        present = now()
        // Woken early: the run is being stopped before this arrival was due.
        if present < planned { return }
      }
      if control.level == .interrupt || present - planned >= patience {
        drop(
          sequence.next(),
          plannedAt: planned,
          at: present,
          "no worker was free to send it in time"
        )
      } else {
        await performNext(plannedAt: planned)
      }
    }
  }

  private func drop(
    _ operation: Int,
    plannedAt planned: Int64,
    at present: Int64,
    _ reason: String
  ) {
    arrivalsDropped += 1
    let attempt = Attempt(outcome: .dropped, planned: planned, done: present, error: reason)
    record(operations[operation].name, attempt, phase: phase(plannedAt: planned))
  }

  private func performNext(plannedAt planned: Int64) async {
    let operation = sequence.next()
    if requests.isEmpty {
      // The session is gone: open another first; its cost is this arrival's wait.
      if let error = await openSessions() {
        failuresInARow += 1
        // A closed loop has lost nothing: it tries again. An arrival will not come back.
        if isOpenLoop { drop(operation, plannedAt: planned, at: now(), error) }
        return
      }
    }
    let attempt = await perform(
      requests[operation],
      plannedAt: planned,
      phase: phase(plannedAt: planned)
    )
    noteHealth(attempt)
  }

  /// Decides whether the session is still worth asking.
  private func noteHealth(_ attempt: Attempt) {
    switch attempt.outcome {
    case .success, .rateLimited, .rejected:
      failuresInARow = 0
    case .httpError where attempt.httpStatus == 404:
      // The server has ended the MCP session, and the SSH session with it.
      failuresInARow += 1
      loseSession()
    case .toolError:
      failuresInARow = 0
      consecutiveToolErrors += 1
      // Servers without MCP sessions of their own tell of a lost SSH session only so.
      if consecutiveToolErrors >= 3, attempt.done >= reconnectNotBefore {
        reconnectNotBefore = attempt.done + 1_000_000_000
        loseSession()
      }
      return
    default:
      failuresInARow += 1
    }
    consecutiveToolErrors = 0
  }

  private func loseSession() {
    session = nil
    requests = []
    consecutiveToolErrors = 0
  }

  /// A server that is gone answers at once; without a pause a closed loop would spin on it.
  private static func pause(afterFailures count: Int) -> Duration {
    .milliseconds(min(1000, 10 << min(count, 7)))
  }

  // MARK: Sessions

  private func openSessions() async -> String? {
    let planned = now()
    let phase = phase(plannedAt: planned)
    for (operation, attempt) in await client.initialize(plannedAt: planned) {
      record(operation, attempt, phase: phase)
      if attempt.outcome != .success { return Self.failure(of: operation, attempt) }
    }
    guard control.level < .interrupt else { return "the run was cut off" }
    let request = plan.target.connectRequest(plan.profile)
    let attempt = await perform(request, phase: phase)
    guard attempt.outcome == .success else { return Self.failure(of: request.operation, attempt) }
    guard let id = client.lastSSHSession else {
      return "ssh_connect succeeded, but its answer names no session"
    }
    let session = SSHSession(id: id)
    self.session = session
    requests = operations.map {
      session.runRequest($0.command, operation: $0.name, plan.profile)
    }
    return nil
  }

  private static func failure(of operation: String, _ attempt: Attempt) -> String {
    "\(operation) ended in \(attempt.outcome.rawValue): \(attempt.error ?? "no reason was given")"
  }

  // MARK: Recording

  @discardableResult
  private func perform(
    _ request: MCPRequest,
    plannedAt planned: Int64? = nil,
    phase: Phase
  ) async -> Attempt {
    let attempt = await client.perform(request, plannedAt: planned ?? now())
    record(request.operation, attempt, phase: phase)
    return attempt
  }

  private func record(_ operation: String, _ attempt: Attempt, phase: Phase) {
    recorder.record(
      Sample(
        worker: index,
        operation: operation,
        phase: phase,
        step: plan.step,
        attempt: attempt
      )
    )
  }

  private func phase(plannedAt planned: Int64) -> Phase {
    guard let window else { return .setup }
    if planned < window.measureStart { return .warmup }
    return window.isMeasured(plannedAt: planned) ? .measure : .drain
  }

  private func now() -> Int64 {
    MonotonicInstant.now().nanoseconds
  }
}
