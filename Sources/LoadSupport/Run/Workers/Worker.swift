import EventIO

/// One user of the server: an MCP session with SSH sessions in it, and requests one after the other.
///
/// A failure of the server is a sample, never the end of a worker. How a session comes back that is gone is
/// the session's affair; the worker says when, and records that like everything else.
actor Worker: LoopBound {
  nonisolated let loop: EventLoop

  let index: Int

  /// Its number in the whole load, of which this generator may have a part.
  private let number: Int

  let plan: WorkerPlan
  let control: RunControl

  /// Its MCP session, which it may share with other workers of its loop.
  nonisolated let confinedSession: LoopConfined<MCPClientSession>
  private(set) lazy var session = confinedSession.access(on: loop) { $0 }

  /// What its calls go over: the first lane of a shared session is for what becomes of the session.
  private(set) lazy var lane = isSharing ? session.lanes[index - owner + 1] : session.lane

  /// The first worker of that session, which opens and leaves it for all.
  let owner: Int

  /// What opens and closes SSH sessions besides the load; nil at a server without any.
  let opening: CallTemplate?
  let disconnect: CallTemplate?
  let recorder: SampleRecorder

  /// When the last call of the load that succeeded was done.
  var servedAt = Int64.min

  /// What it can do at its target, and what fills the slots of that.
  private let calls: WorkloadCalls
  private let values: WorkerValues

  /// What must not be shown of a server's words, whatever the present values are.
  private let secrets: [Secret]

  /// Where its bearer token comes from; nil for none of its own.
  let tokens: TokenFile?

  private(set) var task: WorkerTask?

  /// The stage in which its present iteration was planned.
  var stage: TimedStage?

  /// What its pauses are drawn from.
  var pauses: SeededRandom

  /// The iterations of the present mix, and which of them comes next.
  private var iterations: [[Item]] = []
  private var sequence: IterationSequence?

  var nextSession = 0
  private var arrivalsDropped = 0

  /// Iterations that were done to their end, and those of which a call that was to carry a value on failed.
  private(set) var iterationsDone = 0
  private(set) var iterationsCut = 0

  /// A call of an iteration, with the pauses before it.
  private struct Item {
    let call: WorkloadCalls.Call
    var pauses: [Workload.Pause] = []
  }

  /// When the server said that requests would be let through again, in nanoseconds of the monotonic
  /// clock; `Int64.max` if it refused some without saying so, nil if it refused none.
  var retryAt: Int64?

  /// Makes worker number `index` of this generator, of so many in the whole load, without a session of its own where it shares that of another one.
  init(
    index: Int,
    of workers: Int,
    plan: WorkerPlan,
    recorder: SampleRecorder,
    control: RunControl,
    sharing first: Worker? = nil,
    loop: EventLoop
  ) {
    self.index = index
    number = plan.share.number(ofWorker: index)
    self.plan = plan
    self.recorder = recorder
    (self.control, self.loop) = (control, loop)
    let place = plan.places[number < plan.assignments.count ? plan.assignments[number] : 0]
    calls = place.calls
    values = WorkerValues(calls, worker: number, of: workers, seed: plan.seed)
    opening = place.target.connectCall(plan.profile)
    disconnect = plan.profile.disconnectCall
    pauses = SeededRandom(seed: plan.seed).stream(named: "think time").stream(number)
    tokens = plan.tokens
    var endpoint = plan.endpoint.adding(values.headers)
    if let token = tokens?.token(ofWorker: number) { endpoint = endpoint.authorized(by: token) }
    owner = plan.sessionOwner(of: index)
    secrets = [place.target.password].compactMap(\.self) + endpoint.secrets
    if let first {
      confinedSession = first.confinedSession
      return
    }
    let session = MCPClientSession(
      endpoint,
      profile: plan.profile,
      timeouts: plan.timeouts,
      longest: plan.workload.longestTimeout,
      hiding: place.target.password,
      lanes: plan.lanes(ofOwner: index),
      on: loop
    )
    session.traceNumber = index
    (session.connectionUse, session.awaited) = (plan.connectionUse, control.awaited)
    confinedSession = LoopConfined(session)
  }

  /// Attempts so far, counted where they are made; those of a shared session are the first worker's.
  var attemptsMade: Int { (owner == index ? session.attemptsMade : 0) + arrivalsDropped }

  /// What the server told of header fields only when it refused calls.
  var lateFields: LateFields { session.lateFields }

  /// Whether it has an SSH session.
  var holdsSession: Bool { !session.sshSessions.isEmpty }

  /// Opens the MCP session and as many SSH sessions as it is to hold, and makes the calls of the setup; the
  /// error is nil if all stand.
  func setUp() async -> String? {
    hideSecrets()
    var error = await openSessions(atLeast: plan.heldSessions.lowerBound)
    for name in plan.workload.setup where error == nil && !control.isStopping {
      guard let call = calls.call(named: name) else { continue }
      let end = await perform(call, plannedAt: now())
      if let end, end.outcome != .success { error = end.reason(for: name) }
    }
    return error.map { "worker \(index): \($0)" }
  }

  /// Makes requests until the step ends, each as its stage plans it.
  func run(_ task: WorkerTask) async {
    let mix = task.group.mix
    guard let sequence = IterationSequence(mix, seed: plan.seed, worker: number) else { return }
    self.task = task
    self.sequence = sequence
    iterations = mix.entries.map { items(of: $0) }
    var iterationsLeft = task.group.iterationLimit ?? .max
    for stretch in task.stretches {
      switch stretch {
      case .open(let arrivals): await runOpen(arrivals, iterationsLeft: &iterationsLeft)
      case .closed(let stages):
        await runClosed(task.turns(in: stages), iterationsLeft: &iterationsLeft)
      }
    }
    // An open loop lasts as long as it was to, also after its last arrival.
    if let last = task.stages.last, last.plan.rate != nil { await rest(until: last.window.end) }
  }

  private func items(of entry: String) -> [Item] {
    var items: [Item] = []
    var pauses: [Workload.Pause] = []
    for item in plan.workload.sequences[entry] ?? [.call(entry)] {
      switch item {
      case .pause(let pause): pauses.append(pause)
      case .call(let name):
        guard let call = calls.call(named: name) else { continue }
        items.append(Item(call: call, pauses: pauses))
        pauses = []
      }
    }
    return items
  }

  /// Does nothing until an instant, or until the run is being stopped.
  func rest(until end: Int64) async {
    guard !control.isStopping else { return }
    _ = await loop.sleep(until: MonotonicInstant(nanoseconds: end))
  }

  /// Closes the SSH sessions and the MCP session, unless the run is being cut off.
  func tearDown() async {
    (task, stage) = (nil, nil)
    values.forget()
    if control.level < .interrupt {
      for name in plan.workload.teardown where session.stands && control.level < .interrupt {
        guard let call = calls.call(named: name), values.suffice(for: call) else { continue }
        _ = await perform(call, plannedAt: now(), phase: .drain)
      }
      // The others are through with it by then.
      guard owner == index else { return }
      session.leaveSSHSessionsBehind()
      await session.leave(
        closing: disconnect,
        isCutOff: { control.level >= .interrupt },
        record: { record($0, $1, phase: .drain) }
      )
    }
    guard owner == index else { return }
    await session.close()
    tellOfProcesses()
  }

  // MARK: Load

  /// A pause that begins in one turn and ends in another goes on over their joint.
  private func runClosed(_ turns: [WorkerTask.Turn], iterationsLeft: inout Int) async {
    guard let end = turns.last?.time.upperBound else { return }
    var begun: Int64?
    var first = 0
    while !control.isStopping, iterationsLeft > 0, task?.earlyEnd?.isOver != true {
      var present = now()
      while first < turns.count, turns[first].time.upperBound <= present { first += 1 }
      guard first < turns.count else { return }
      let turn = turns[first]
      if present < turn.time.lowerBound {
        await rest(until: turn.time.lowerBound)
        present = now()
      }
      let pause =
        turn.stage.thinks || session.health.failuresInARow > 0
        ? max(turn.stage.plan.thinkTime.drawn(&pauses), backOff()).nanoseconds : 0
      var due = present + min(pause, end - present)
      if let pace = turn.stage.plan.pace, let begun {
        due = max(due, begun + min(pace.nanoseconds, end - begun))
      }
      if due > present {
        await rest(until: due)
        present = now()
      }
      if control.isStopping { return }
      guard
        let turn = turn.time.contains(present)
          ? turn : turns[first...].first(where: { $0.time.contains(present) })
      else { continue }
      stage = turn.stage
      begun = present
      guard await performIteration(plannedAt: present) else { return }
      iterationsLeft -= 1
    }
  }

  private func runOpen(_ arrivals: ArrivalQueue, iterationsLeft: inout Int) async {
    let patience = plan.timeouts.wholeRequest.nanoseconds
    while iterationsLeft > 0, let planned = arrivals.next() {
      if let stoppedAt = control.stoppedAt, planned >= stoppedAt { return }
      stage = task?.stage(at: planned)
      var present = now()
      if planned > present {
        _ = await loop.sleep(until: MonotonicInstant(nanoseconds: planned))
        present = now()
        // Woken early: the run is being stopped before this arrival was due.
        if present < planned { return }
      }
      iterationsLeft -= 1
      if control.level == .interrupt || present - planned >= patience {
        let first = iterations[nextIteration()].first
        drop(first?.call, plannedAt: planned, at: present, "no worker was free to send it in time")
      } else if await !performIteration(plannedAt: planned) {
        drop(nil, plannedAt: planned, at: present, "the worker's rows of data are used up")
      }
    }
  }

  private func nextIteration() -> Int { sequence?.next() ?? 0 }

  private func drop(
    _ call: WorkloadCalls.Call?,
    plannedAt planned: Int64,
    at present: Int64,
    _ reason: String
  ) {
    guard let call = call ?? iterations.first?.first?.call else { return }
    arrivalsDropped += 1
    let attempt = Attempt(outcome: .dropped, planned: planned, done: present, error: reason)
    record(
      call.reportedName,
      attempt,
      phase: phase(plannedAt: planned),
      isLoad: true
    )
  }

  /// Does the calls of the next iteration one after the other, each planned for when the one before was done
  /// and its pause was over; false if the worker's rows of data are used up.
  ///
  /// What is not begun when the load ends is left out: that iteration is neither done nor cut.
  private func performIteration(plannedAt planned: Int64) async -> Bool {
    let items = iterations[nextIteration()]
    guard values.beginIteration() else { return false }
    hideSecrets()
    var planned = planned
    for position in items.indices {
      let item = items[position]
      if position > 0 {
        for pause in item.pauses { planned += pause.drawn(&pauses).nanoseconds }
        let end = task?.stages.last?.window.end ?? .max
        // What would begin at the end or later is left out; the pause before it lasts until then.
        let due = min(planned, end)
        if due > now() { await rest(until: due) }
        if control.isStopping || planned >= end { return true }
        stage = task?.stage(at: planned)
      }
      let end = await perform(item.call, plannedAt: planned)
      planned = end?.done ?? now()
      // A value that is missing is missed by what comes next.
      if !item.call.captures.isEmpty, end?.outcome != .success {
        iterationsCut += position < items.count - 1 ? 1 : 0
        return true
      }
    }
    iterationsDone += 1
    return true
  }

  private func hideSecrets() {
    if !values.secrets.isEmpty { hide(values.secrets, besides: secrets) }
  }

  /// Makes a call, and what its worker lacks for it first; nil if that could not be had or nothing is to do.
  private func perform(
    _ call: WorkloadCalls.Call,
    plannedAt asked: Int64,
    phase fixed: Phase? = nil
  ) async -> CallEnd? {
    var planned = asked
    if !isReady(for: call) {
      guard let later = await prepare(for: call, plannedAt: asked) else { return nil }
      planned = later
    }
    switch call.kind {
    case .disconnect, .tool, .request, .listTools, .command:
      guard let held = held(for: call.kind), let template = call.template else { return nil }
      let made = await session.perform(
        template,
        with: values.values(for: call, in: held),
        plannedAt: planned,
        on: call.terms,
        over: lane
      )
      take(made, as: call.reportedName, phase: fixed, isLoad: true)
      return end(of: call, made)
    case .connect, .freshConnect:
      guard let template = call.template else { return nil }
      let made = await connect(
        by: template,
        with: values.values(for: call),
        call.reportedName,
        plannedAt: planned,
        isLoad: true
      )
      return end(of: call, made)
    case .health:
      let made = await session.checkHealth(plannedAt: planned, over: lane)
      record(call.reportedName, made, phase: fixed ?? phase(plannedAt: planned), isLoad: true)
      session.health.note(success: made.outcome == .success)
      return CallEnd(made)
    case .leave: return await leave(call, plannedAt: planned, phase: fixed).map { CallEnd($0) }
    case .stream: return CallEnd(await listen(call, plannedAt: planned, phase: fixed))
    }
  }

  /// Takes in what a call came to.
  private func end(of call: WorkloadCalls.Call, _ attempt: Attempt) -> CallEnd {
    if attempt.outcome == .success {
      values.take(capturesOf: lane, for: call)
      hideSecrets()
    }
    note(attempt)
    return CallEnd(attempt)
  }

  /// Sees to it that the worker has the sessions that a call needs; gives the instant for which the call is
  /// planned then, nil if it cannot be made.
  private func prepare(
    for call: WorkloadCalls.Call,
    plannedAt planned: Int64
  ) async -> Int64? {
    let needed = sessionsNeeded(for: call)
    if !session.stands || session.sshSessions.count < needed {
      // The session is gone: open another first; its cost is this arrival's wait.
      if let error = await openSessions(atLeast: needed) {
        session.health.note(success: false)
        // A closed loop has lost nothing: it tries again. An arrival will not come back.
        if stage?.plan.rate != nil { drop(call, plannedAt: planned, at: now(), error) }
        return nil
      }
      return plannedAfterUpkeep(planned)
    }
    if isReady(for: call) { return planned }
    await giveBack()
    return plannedAfterUpkeep(planned)
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
}
