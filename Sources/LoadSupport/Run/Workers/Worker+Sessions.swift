import EventIO

/// The sessions of a worker, and what its calls make of them.
extension Worker {
  /// Takes in what became of a call of the load.
  func note(_ attempt: Attempt) {
    session.note(attempt)
    if attempt.outcome == .rateLimited, !session.hasEnded {
      // Servers may write any number; nobody waits longer than a day.
      let seconds = attempt.retryAfterSeconds.map { Int64(min(max($0, 0), 86_400)) }
      retryAt = seconds.map { attempt.done + $0 * 1_000_000_000 } ?? .max
    }
  }

  /// How long to leave a server alone that failed.
  ///
  /// With full jitter, so that clients which failed at the same instant do not come back at the same instant
  /// (Brooker, "Exponential Backoff And Jitter", 2015).
  func backOff() -> Duration {
    let longest = session.health.pause
    return longest > .zero && plan.jitters ? longest * pauses.uniform() : longest
  }

  /// Whether other workers have calls in its MCP session too.
  var isSharing: Bool { session.lanes.count > 1 }

  /// Keeps its present secrets out of what is told of the server's words, and those of all who share the session:
  /// a server may give an answer to the wrong one.
  func hide(_ present: [Secret], besides constant: [Secret]) {
    lane.secrets = present
    session.secrets = constant + session.lanes.flatMap(\.secrets)
  }

  /// Sees to it that the MCP session stands with so many SSH sessions in it; gives what went wrong.
  ///
  /// Of those that share it one at a time opens it, and the others wait for what came of that.
  func openSessions(atLeast count: Int) async -> String? {
    guard isSharing else { return await open(atLeast: count) }
    while !session.stands || session.sshSessions.count < count {
      let opening =
        session.opening
        ?? Task(executorPreference: loop.actorTasks) { await self.openForAll(atLeast: count) }
      session.opening = opening
      if let error = await opening.value { return error }
    }
    return nil
  }

  private func openForAll(atLeast count: Int) async -> String? {
    let error = await open(atLeast: count)
    session.opening = nil
    return error
  }

  private func open(atLeast count: Int) async -> String? {
    if !session.stands {
      let error = await session.reopen(
        closing: disconnect,
        isCutOff: { control.level >= .interrupt },
        record: { record($0, $1, phase: phase(plannedAt: $1.planned)) }
      )
      tellOfProcesses()
      if let error { return error }
    }
    while session.sshSessions.count < count {
      guard control.level < .interrupt else { return "the run was cut off" }
      guard let opening else {
        session.sshSessions.append([])
        continue
      }
      let attempt = await connect(by: opening, OperationName.openSession, plannedAt: now())
      guard attempt.outcome == .success else {
        // Whoever cannot connect may have a session that is gone.
        session.stands = false
        return attempt.reason(for: OperationName.openSession)
      }
    }
    return nil
  }

  /// Asks for an SSH session.
  func connect(
    by call: CallTemplate,
    with values: [SlotValue] = [],
    _ name: String,
    plannedAt planned: Int64,
    isLoad: Bool = false
  ) async -> Attempt {
    let attempt = await perform(
      call,
      with: values,
      plannedAt: planned,
      as: name,
      isLoad: isLoad
    )
    if attempt.outcome == .success, let id = lane.captured(.session) {
      session.sshSessions.append([id])
    }
    return attempt
  }

  /// The SSH session that a call is made in, by its values; nil where a disconnect has none to give
  /// back.
  func held(for kind: OperationKind) -> [SlotValue]? {
    if kind == .disconnect { return takeSession() }
    guard kind == .command else { return [] }
    let session = session
    let count = session.sshSessions.count
    guard count > 0 else { return [] }
    // Each of those that share a session keeps to one, so that it is known who waits for whom.
    nextSession =
      isSharing ? (index - owner) % count : nextSession + 1 < count ? nextSession + 1 : 0
    return session.sshSessions[nextSession]
  }

  /// Leaves the MCP session in the manner of a call; the next call opens another.
  func leave(
    _ call: WorkloadCalls.Call,
    plannedAt planned: Int64,
    phase fixed: Phase?
  ) async -> Attempt? {
    guard let manner = call.leaving else { return nil }
    let attempt = await session.leave(manner, asking: call.template, plannedAt: planned)
    if let attempt { take(attempt, as: call.reportedName, phase: fixed, isLoad: true) }
    return attempt
  }

  /// Opens a stream of events, and hangs up.
  func listen(
    _ call: WorkloadCalls.Call,
    plannedAt planned: Int64,
    phase fixed: Phase?
  ) async -> Attempt {
    let attempt = await session.listen(for: call.terms.cancelAfter, plannedAt: planned)
    take(attempt, as: call.reportedName, phase: fixed, isLoad: true)
    note(attempt)
    return attempt
  }

  /// The session that has been held for longest, which its worker has no more; nil if there is none, as after a
  /// connect that failed.
  func takeSession() -> [SlotValue]? {
    guard !session.sshSessions.isEmpty else { return nil }
    nextSession = 0
    return session.sshSessions.removeFirst()
  }

  /// Gives that session back to make room for another.
  func giveBack() async {
    guard let held = takeSession(), let disconnect else { return }
    let planned = now()
    note(
      await perform(
        disconnect,
        with: held,
        plannedAt: planned,
        as: OperationName.closeSession,
        isLoad: false
      )
    )
  }

  /// How many SSH sessions a call needs.
  func sessionsNeeded(for call: WorkloadCalls.Call) -> Int {
    let held = plan.heldSessions
    return switch call.kind {
    case .command: min(1, held.upperBound)
    case .disconnect: held.lowerBound == 0 ? 0 : held.lowerBound + 1
    case .tool, .request, .listTools, .connect, .freshConnect, .health, .leave, .stream: 0
    }
  }

  /// Whether a call can be made at once, as nearly all can.
  func isReady(for call: WorkloadCalls.Call) -> Bool {
    let session = session
    guard session.stands else { return false }
    switch call.kind {
    case .command, .disconnect: return session.sshSessions.count >= sessionsNeeded(for: call)
    case .connect, .freshConnect:
      return session.sshSessions.count < plan.heldSessions.upperBound
    case .tool, .request, .listTools, .health, .leave, .stream: return true
    }
  }
}
