import EventIO

/// What one worker does during one step.
struct WorkerTask: Sendable {
  /// What, when and how often.
  let group: WorkerGroup

  /// The step's window.
  let window: LoadWindow

  /// The arrivals that the group's workers share; nil in a closed loop.
  let arrivals: ArrivalQueue?
}

/// One user of the server: an MCP session with SSH sessions in it, and requests one after the other.
///
/// A failure of the server is a sample, never the end of a worker. A worker whose session is gone
/// opens another, and that is recorded like everything else.
actor Worker: LoopBound {
  nonisolated let loop: EventLoop

  private let index: Int
  private let plan: WorkerPlan
  private let target: SSHTarget
  private let recorder: SampleRecorder
  private let control: RunControl
  private let client: MCPClient
  private let listTools: MCPRequest
  private var task: WorkerTask?
  private var operations: [RemoteOperation] = []
  private var sequence: OperationSequence?
  private var hasMCPSession = false
  private var held: [HeldSession] = []

  /// Sessions that were given up and, for all we know, are still there: they are closed before others are
  /// opened, so that we use up nothing of the server's.
  private var givenUp: [HeldSession] = []
  private var nextHeld = 0
  private var arrivalsDropped = 0
  private var failuresInARow = 0
  private var signsOfLoss = 0
  private var reconnectNotBefore: Int64 = 0

  /// When the server said that requests would be let through again, in nanoseconds of the monotonic
  /// clock; `Int64.max` if it refused some without saying so, nil if it refused none.
  private(set) var retryAt: Int64?

  /// An SSH session, nil at a server without any, and the requests of the present mix in it.
  private struct HeldSession {
    let session: SSHSession?
    var commands: [MCPRequest?]
  }

  /// Makes worker number `index` of so many, without a session.
  init(
    index: Int,
    of workers: Int,
    plan: WorkerPlan,
    recorder: SampleRecorder,
    control: RunControl,
    loop: EventLoop
  ) {
    self.index = index
    self.plan = plan
    self.recorder = recorder
    self.control = control
    self.loop = loop
    target = plan.targets[index * plan.targets.count / workers]
    listTools = MCPRequest("tools/list")
    client = MCPClient(
      plan.endpoint,
      profile: plan.profile,
      timeouts: plan.timeouts,
      hiding: target.password,
      on: loop
    )
  }

  /// Attempts so far, counted where they are made, not where they are recorded.
  var attemptsMade: Int { client.attemptsMade + arrivalsDropped }

  /// Whether it has an SSH session.
  var holdsSession: Bool { !held.isEmpty }

  /// Opens the MCP session and as many SSH sessions as it is to hold; the error is nil if all stand.
  func setUp() async -> String? {
    let error = await openSessions(atLeast: plan.heldSessions.lowerBound)
    return error.map { "worker \(index): \($0)" }
  }

  /// Makes requests until the window ends, each as the arrival process plans it.
  func run(_ task: WorkerTask) async {
    guard let sequence = OperationSequence(task.group.mix, seed: plan.seed, worker: index) else {
      return
    }
    self.task = task
    self.sequence = sequence
    operations = task.group.mix.operations
    for position in held.indices { held[position].commands = commands(in: held[position].session) }
    if let arrivals = task.arrivals {
      await runOpen(arrivals)
    } else if case .closed(let thinkTime) = task.group.arrivals {
      await runClosed(task, thinkTime: thinkTime)
    }
  }

  /// Does nothing until an instant, or until the run is being stopped.
  func rest(until end: Int64) async {
    guard !control.isStopping else { return }
    _ = await loop.sleep(until: MonotonicInstant(nanoseconds: end))
  }

  /// Closes the SSH sessions and the MCP session, unless the run is being cut off.
  func tearDown() async {
    task = nil
    await closeSessions()
    await client.close()
  }

  private func closeSessions() async {
    held += givenUp
    givenUp = []
    while let last = held.popLast() {
      guard control.level < .interrupt else { return }
      guard let request = last.session?.disconnectRequest(plan.profile) else { continue }
      await perform(request, plannedAt: now(), phase: .drain)
    }
    // A run may be cut off while its sessions are being closed.
    guard control.level < .interrupt else { return }
    if let attempt = await client.endSession(plannedAt: now()) {
      record("session_delete", attempt, phase: .drain)
    }
  }

  // MARK: Load

  private func runClosed(_ task: WorkerTask, thinkTime: Duration) async {
    _ = await loop.sleep(until: MonotonicInstant(nanoseconds: task.window.start))
    var count = 0
    while !control.isStopping, count < task.group.operationLimit ?? .max {
      var pause = thinkTime
      if failuresInARow > 0 { pause = max(pause, Self.pause(afterFailures: failuresInARow)) }
      if pause > .zero {
        _ = await loop.sleep(until: .now() + pause)
        if control.isStopping { return }
      }
      let planned = now()
      if planned >= task.window.end { return }
      await performNext(plannedAt: planned)
      count += 1
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
          operations[nextOperation()],
          plannedAt: planned,
          at: present,
          "no worker was free to send it in time"
        )
      } else {
        await performNext(plannedAt: planned)
      }
    }
  }

  private func nextOperation() -> Int { sequence?.next() ?? 0 }

  private func drop(
    _ operation: RemoteOperation,
    plannedAt planned: Int64,
    at present: Int64,
    _ reason: String
  ) {
    arrivalsDropped += 1
    let attempt = Attempt(outcome: .dropped, planned: planned, done: present, error: reason)
    record(operation.name, attempt, phase: phase(plannedAt: planned))
  }

  private func performNext(plannedAt planned: Int64) async {
    var planned = planned
    let index = nextOperation()
    let operation = operations[index]
    let sessionsNeeded: Int
    switch operation.action {
    case .command: sessionsNeeded = 1
    case .disconnect:
      sessionsNeeded = plan.heldSessions.lowerBound == 0 ? 0 : plan.heldSessions.lowerBound + 1
    case .connect, .listTools, .checkHealth: sessionsNeeded = 0
    }
    if !hasMCPSession || held.count < sessionsNeeded {
      // The session is gone: open another first; its cost is this arrival's wait.
      if let error = await openSessions(atLeast: sessionsNeeded) {
        failuresInARow += 1
        // A closed loop has lost nothing: it tries again. An arrival will not come back.
        if task?.arrivals != nil { drop(operation, plannedAt: planned, at: now(), error) }
        return
      }
      guard let free = plannedAfterUpkeep(planned) else { return }
      planned = free
    }
    switch operation.action {
    case .command:
      nextHeld = nextHeld + 1 < held.count ? nextHeld + 1 : 0
      guard let request = held[nextHeld].commands[index] else { return }
      noteHealth(await performPlanned(request, planned))
    case .connect(let reusing):
      if held.count >= plan.heldSessions.upperBound {
        await giveBack()
        guard let free = plannedAfterUpkeep(planned) else { return }
        planned = free
      }
      if let attempt = await connect(reusing: reusing, operation.name, plannedAt: planned) {
        noteHealth(attempt)
      }
    case .disconnect:
      // After a connect that failed there is nothing to give back.
      guard !held.isEmpty else { return }
      await giveBack(operation.name, plannedAt: planned)
    case .listTools: noteHealth(await performPlanned(listTools, planned, as: operation.name))
    case .checkHealth:
      let attempt = await client.checkHealth(plannedAt: planned)
      record(operation.name, attempt, phase: phase(plannedAt: planned))
      // It says nothing about the session.
      failuresInARow = attempt.outcome == .success ? 0 : failuresInARow + 1
    }
  }

  /// When a request is planned before which its worker opened a session or gave one back.
  ///
  /// An arrival's instant stays what it was: that work is its wait. In a closed loop the worker is free
  /// only now, and that work has a line of its own; nil where the window is over by now.
  private func plannedAfterUpkeep(_ planned: Int64) -> Int64? {
    guard let task, task.arrivals == nil else { return planned }
    let present = now()
    return present < task.window.end ? present : nil
  }

  /// Decides whether the session is still worth asking.
  private func noteHealth(_ attempt: Attempt) {
    if client.hasLostSession {
      // The server has ended the MCP session, and the SSH session with it.
      failuresInARow += 1
      loseSessions()
      return
    }
    switch attempt.outcome {
    case .success, .rejected:
      failuresInARow = 0
    case .rateLimited:
      failuresInARow = 0
      // Servers may write any number; nobody waits longer than a day.
      let seconds = attempt.retryAfterSeconds.map { Int64(min(max($0, 0), 86_400)) }
      retryAt = seconds.map { attempt.done + $0 * 1_000_000_000 } ?? .max
    case .toolError, .wrongAnswer, .rpcError, .httpError:
      // A tool that fails has answered as fast as it works; an error may be as fast as a dead server's.
      failuresInARow = Self.isOfTool(attempt.outcome) ? 0 : failuresInARow + 1
      // However a server tells of a session that is gone: by three errors in a row, or by ten answers of
      // commands that failed, which is what commands may do by themselves.
      signsOfLoss += attempt.outcome == .wrongAnswer ? 3 : 10
      if signsOfLoss >= 30, attempt.done >= reconnectNotBefore {
        reconnectNotBefore = attempt.done + 1_000_000_000
        givenUp += held
        loseSessions()
      }
      return
    default:
      failuresInARow += 1
    }
    signsOfLoss = 0
  }

  private static func isOfTool(_ outcome: Outcome) -> Bool {
    outcome == .toolError || outcome == .wrongAnswer
  }

  private func loseSessions() {
    held = []
    hasMCPSession = false
    signsOfLoss = 0
  }

  /// A server that is gone answers at once; without a pause a closed loop would spin on it.
  private static func pause(afterFailures count: Int) -> Duration {
    .milliseconds(min(1000, 10 << min(count, 7)))
  }

  // MARK: Sessions

  private func openSessions(atLeast count: Int) async -> String? {
    if !hasMCPSession {
      await closeGivenUp()
      let planned = now()
      let phase = phase(plannedAt: planned)
      for (operation, attempt) in await client.initialize(plannedAt: planned) {
        record(operation, attempt, phase: phase)
        if attempt.outcome != .success { return Self.failure(of: operation, attempt) }
      }
      hasMCPSession = true
    }
    while held.count < count {
      guard control.level < .interrupt else { return "the run was cut off" }
      guard let attempt = await connect(reusing: true, OperationName.openSession, plannedAt: now())
      else {
        held.append(HeldSession(session: nil, commands: commands(in: nil)))
        continue
      }
      guard attempt.outcome == .success else {
        // Whoever cannot connect may have a session that is gone.
        hasMCPSession = false
        return Self.failure(of: OperationName.openSession, attempt)
      }
    }
    return nil
  }

  /// Closes what was given up although the server has not said that it is gone.
  private func closeGivenUp() async {
    guard !client.hasLostSession else {
      givenUp = []
      return
    }
    while let last = givenUp.popLast(), control.level < .interrupt {
      guard let request = last.session?.disconnectRequest(plan.profile) else { continue }
      let planned = now()
      await perform(request, plannedAt: planned, phase: phase(plannedAt: planned))
    }
    guard control.level < .interrupt, client.sessionID != nil else { return }
    let planned = now()
    if let attempt = await client.endSession(plannedAt: planned) {
      record("session_delete", attempt, phase: phase(plannedAt: planned))
    }
  }

  /// Asks for an SSH session; nil at a server without any.
  private func connect(
    reusing: Bool,
    _ name: String,
    plannedAt planned: Int64
  ) async -> Attempt? {
    guard
      let request = target.connectRequest(plan.profile, reusing: reusing, operation: name)
    else { return nil }
    let attempt = await performPlanned(request, planned)
    if attempt.outcome == .success, let id = client.lastSSHSession {
      let session = SSHSession(id: id)
      held.append(HeldSession(session: session, commands: commands(in: session)))
    }
    return attempt
  }

  /// Gives the session back that has been held for longest.
  private func giveBack(
    _ name: String = OperationName.closeSession,
    plannedAt planned: Int64? = nil
  ) async {
    guard !held.isEmpty else { return }
    let session = held.removeFirst().session
    nextHeld = 0
    guard let request = session?.disconnectRequest(plan.profile, operation: name) else { return }
    noteHealth(await performPlanned(request, planned ?? now()))
  }

  private func commands(in session: SSHSession?) -> [MCPRequest?] {
    operations.map { operation in
      guard case .command(let command) = operation.action else { return nil }
      return target.runRequest(
        command,
        in: session,
        operation: operation.name,
        mustSpeak: plan.spokenCommands.contains(command),
        mustTellStatus: plan.statusCommands.contains(command),
        plan.profile
      )
    }
  }

  private static func failure(of operation: String, _ attempt: Attempt) -> String {
    "\(operation) ended in \(attempt.outcome.rawValue): \(attempt.error ?? "no reason was given")"
  }

  // MARK: Recording

  private func performPlanned(
    _ request: MCPRequest,
    _ planned: Int64,
    as name: String? = nil
  ) async -> Attempt {
    await perform(request, plannedAt: planned, phase: phase(plannedAt: planned), as: name)
  }

  @discardableResult
  private func perform(
    _ request: MCPRequest,
    plannedAt planned: Int64,
    phase: Phase,
    as name: String? = nil
  ) async -> Attempt {
    let attempt = await client.perform(request, plannedAt: planned)
    record(name ?? request.operation, attempt, phase: phase)
    return attempt
  }

  private func record(_ operation: String, _ attempt: Attempt, phase: Phase) {
    recorder.record(
      Sample(
        worker: index,
        operation: operation,
        phase: phase,
        step: task?.group.name,
        attempt: attempt
      ),
      isLoad: operations.contains { $0.name == operation }
    )
  }

  private func phase(plannedAt planned: Int64) -> Phase {
    guard let window = task?.window else { return .setup }
    if planned < window.measureStart { return .warmup }
    return window.isMeasured(plannedAt: planned) ? .measure : .drain
  }

  private func now() -> Int64 {
    MonotonicInstant.now().nanoseconds
  }
}
