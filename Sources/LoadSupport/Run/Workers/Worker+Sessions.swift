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

  func openSessions(atLeast count: Int) async -> String? {
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
    if attempt.outcome == .success, let id = session.lane.captured(.session) {
      session.sshSessions.append([id])
    }
    return attempt
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
}
