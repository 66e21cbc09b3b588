import EventIO

/// One user of the server: an MCP session with SSH sessions in it, and requests one after the other.
///
/// A failure of the server is a sample, never the end of a worker. How a session comes back that is gone is
/// the session's affair; the worker says when, and records that like everything else.
actor Worker: LoopBound {
  nonisolated let loop: EventLoop

  private let index: Int
  private let plan: WorkerPlan
  private let target: SSHTarget
  private let recorder: SampleRecorder
  private let control: RunControl
  private let session: MCPClientSession
  private let listTools = CallTemplate("tools/list")
  private let connectReusing: CallTemplate?
  private let connectAnew: CallTemplate?
  private let disconnect: CallTemplate?
  private var task: WorkerTask?

  /// The stage in which its present iteration was planned.
  private var stage: TimedStage?

  /// What its pauses are drawn from.
  private var pauses: SeededRandom
  private var operations: [RemoteOperation] = []
  private var sequence: OperationSequence?

  /// The calls of the present mix's commands, by the index of the operation.
  private var calls: [CallTemplate?] = []
  private var nextSession = 0
  private var arrivalsDropped = 0

  /// When the server said that requests would be let through again, in nanoseconds of the monotonic
  /// clock; `Int64.max` if it refused some without saying so, nil if it refused none.
  private(set) var retryAt: Int64?

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
    connectReusing = target.connectCall(plan.profile)
    connectAnew = target.connectCall(plan.profile, reusing: false)
    disconnect = plan.profile.disconnectCall
    pauses = SeededRandom(seed: plan.seed).stream(named: "think time").stream(index)
    session = MCPClientSession(
      plan.endpoint,
      profile: plan.profile,
      timeouts: plan.timeouts,
      hiding: target.password,
      on: loop
    )
  }

  /// Attempts so far, counted where they are made, not where they are recorded.
  var attemptsMade: Int { session.attemptsMade + arrivalsDropped }

  /// Whether it has an SSH session.
  var holdsSession: Bool { !session.sshSessions.isEmpty }

  /// Opens the MCP session and as many SSH sessions as it is to hold; the error is nil if all stand.
  func setUp() async -> String? {
    let error = await openSessions(atLeast: plan.heldSessions.lowerBound)
    return error.map { "worker \(index): \($0)" }
  }

  /// Makes requests until the step ends, each as its stage plans it.
  func run(_ task: WorkerTask) async {
    guard let sequence = OperationSequence(task.group.mix, seed: plan.seed, worker: index) else {
      return
    }
    self.task = task
    self.sequence = sequence
    operations = task.group.mix.operations
    calls = operations.map { operation in
      guard case .command(let command) = operation.action else { return nil }
      return target.runCall(
        command,
        operation: operation.name,
        mustSpeak: plan.spokenCommands.contains(command),
        mustTellStatus: plan.statusCommands.contains(command),
        plan.profile
      )
    }
    var operationsLeft = task.group.operationLimit ?? .max
    for stretch in task.stretches {
      switch stretch {
      case .open(let arrivals): await runOpen(arrivals)
      case .closed(let stages):
        await runClosed(task.turns(in: stages), operationsLeft: &operationsLeft)
      }
    }
    // An open loop lasts as long as it was to, also after its last arrival.
    if let last = task.stages.last, last.plan.rate != nil { await rest(until: last.window.end) }
  }

  /// Does nothing until an instant, or until the run is being stopped.
  func rest(until end: Int64) async {
    guard !control.isStopping else { return }
    _ = await loop.sleep(until: MonotonicInstant(nanoseconds: end))
  }

  /// Closes the SSH sessions and the MCP session, unless the run is being cut off.
  func tearDown() async {
    (task, stage) = (nil, nil)
    if control.level < .interrupt {
      session.leaveSSHSessionsBehind()
      await session.leave(
        closing: disconnect,
        isCutOff: { control.level >= .interrupt },
        record: { record($0, $1, phase: .drain) }
      )
    }
    await session.close()
  }

  // MARK: Load

  /// A pause that begins in one turn and ends in another goes on over their joint.
  private func runClosed(_ turns: [WorkerTask.Turn], operationsLeft: inout Int) async {
    guard let end = turns.last?.time.upperBound else { return }
    var begun: Int64?
    while !control.isStopping, operationsLeft > 0 {
      var present = now()
      guard let turn = turns.first(where: { present < $0.time.upperBound }) else { return }
      if present < turn.time.lowerBound {
        await rest(until: turn.time.lowerBound)
        present = now()
      }
      let plan = turn.stage.plan
      let pause = max(plan.thinkTime.drawn(&pauses), session.health.pause).nanoseconds
      var due = present + min(pause, end - present)
      if let pace = plan.pace, let begun {
        due = max(due, begun + min(pace.nanoseconds, end - begun))
      }
      if due > present {
        await rest(until: due)
        present = now()
      }
      if control.isStopping { return }
      guard let turn = turns.first(where: { $0.time.contains(present) }) else { continue }
      stage = turn.stage
      begun = present
      await performNext(plannedAt: present)
      operationsLeft -= 1
    }
  }

  private func runOpen(_ arrivals: ArrivalQueue) async {
    let patience = plan.timeouts.wholeRequest.nanoseconds
    while let planned = arrivals.next() {
      if let stoppedAt = control.stoppedAt, planned >= stoppedAt { return }
      stage = task?.stage(at: planned)
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
    if !session.stands || session.sshSessions.count < sessionsNeeded {
      // The session is gone: open another first; its cost is this arrival's wait.
      if let error = await openSessions(atLeast: sessionsNeeded) {
        session.health.note(success: false)
        // A closed loop has lost nothing: it tries again. An arrival will not come back.
        if stage?.plan.rate != nil { drop(operation, plannedAt: planned, at: now(), error) }
        return
      }
      guard let free = plannedAfterUpkeep(planned) else { return }
      planned = free
    }
    switch operation.action {
    case .command:
      nextSession = nextSession + 1 < session.sshSessions.count ? nextSession + 1 : 0
      guard let call = calls[index] else { return }
      note(await perform(call, with: session.sshSessions[nextSession], plannedAt: planned))
    case .connect(let reusing):
      if session.sshSessions.count >= plan.heldSessions.upperBound {
        await giveBack()
        guard let free = plannedAfterUpkeep(planned) else { return }
        planned = free
      }
      if let attempt = await connect(reusing: reusing, operation.name, plannedAt: planned) {
        note(attempt)
      }
    case .disconnect:
      await giveBack(operation.name, plannedAt: planned)
    case .listTools: note(await perform(listTools, plannedAt: planned, as: operation.name))
    case .checkHealth:
      let attempt = await session.checkHealth(plannedAt: planned)
      record(operation.name, attempt, phase: phase(plannedAt: planned))
      session.health.note(success: attempt.outcome == .success)
    }
  }

  /// When a request is planned before which its worker opened a session or gave one back.
  ///
  /// An arrival's instant stays what it was: that work is its wait. In a closed loop the worker is free
  /// only now, and that work has a line of its own; nil where the closed loop is over by now.
  private func plannedAfterUpkeep(_ planned: Int64) -> Int64? {
    guard stage?.plan.rate == nil else { return planned }
    let present = now()
    stage = task?.stage(at: present)
    guard let stage, stage.plan.rate == nil, present < stage.window.end else { return nil }
    return present
  }

  /// Takes in what became of a call of the load.
  private func note(_ attempt: Attempt) {
    session.note(attempt)
    if attempt.outcome == .rateLimited, !session.hasEnded {
      // Servers may write any number; nobody waits longer than a day.
      let seconds = attempt.retryAfterSeconds.map { Int64(min(max($0, 0), 86_400)) }
      retryAt = seconds.map { attempt.done + $0 * 1_000_000_000 } ?? .max
    }
  }

  // MARK: Sessions

  private func openSessions(atLeast count: Int) async -> String? {
    if !session.stands {
      let error = await session.reopen(
        closing: disconnect,
        isCutOff: { control.level >= .interrupt },
        record: { record($0, $1, phase: phase(plannedAt: $1.planned)) }
      )
      if let error { return error }
    }
    while session.sshSessions.count < count {
      guard control.level < .interrupt else { return "the run was cut off" }
      guard
        let attempt = await connect(reusing: true, OperationName.openSession, plannedAt: now())
      else {
        session.sshSessions.append([])
        continue
      }
      guard attempt.outcome == .success else {
        // Whoever cannot connect may have a session that is gone.
        session.stands = false
        return attempt.reason(for: OperationName.openSession)
      }
    }
    return nil
  }

  /// Asks for an SSH session; nil at a server without any.
  private func connect(
    reusing: Bool,
    _ name: String,
    plannedAt planned: Int64
  ) async -> Attempt? {
    guard let call = reusing ? connectReusing : connectAnew else { return nil }
    let attempt = await perform(call, plannedAt: planned, as: name)
    if attempt.outcome == .success, let id = session.lane.captured(.session) {
      session.sshSessions.append([id])
    }
    return attempt
  }

  /// Gives the session back that has been held for longest, if there is one: after a connect that failed there
  /// is none.
  private func giveBack(
    _ name: String = OperationName.closeSession,
    plannedAt planned: Int64? = nil
  ) async {
    guard !session.sshSessions.isEmpty else { return }
    let values = session.sshSessions.removeFirst()
    nextSession = 0
    guard let disconnect else { return }
    note(await perform(disconnect, with: values, plannedAt: planned ?? now(), as: name))
  }

  // MARK: Recording

  private func perform(
    _ call: CallTemplate,
    with values: [SlotValue] = [],
    plannedAt planned: Int64,
    as name: String? = nil
  ) async -> Attempt {
    let attempt = await session.perform(call, with: values, plannedAt: planned)
    record(name ?? call.operation, attempt, phase: phase(plannedAt: planned))
    return attempt
  }

  private func record(_ operation: String, _ attempt: Attempt, phase: Phase) {
    recorder.record(
      Sample(
        worker: index,
        operation: operation,
        phase: phase,
        step: stage?.plan.name,
        attempt: attempt
      ),
      isLoad: operations.contains { $0.name == operation }
    )
  }

  private func phase(plannedAt planned: Int64) -> Phase {
    guard let window = stage?.window else { return .setup }
    if planned < window.measureStart { return .warmup }
    return window.isMeasured(plannedAt: planned) ? .measure : .drain
  }

  private func now() -> Int64 {
    MonotonicInstant.now().nanoseconds
  }
}
