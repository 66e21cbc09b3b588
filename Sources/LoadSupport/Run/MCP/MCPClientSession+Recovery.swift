import EventIO

/// How a session comes back when it is gone: calls say what became of it, and whoever makes them says when
/// it is opened anew.
extension MCPClientSession {
  /// Takes in what a call came to; the session may stand no longer then.
  func note(_ attempt: Attempt) {
    switch health.note(attempt, hasEnded: hasEnded) {
    case .standing: return
    // The SSH sessions go with the MCP session that they were opened in.
    case .ended: sshSessions = []
    case .givenUp: leaveSSHSessionsBehind()
    }
    stands = false
  }

  /// Counts the SSH sessions to those that are to be closed.
  func leaveSSHSessionsBehind() {
    leftBehind += sshSessions
    sshSessions = []
  }

  /// Opens the session anew; what was wrong if it does not stand then.
  ///
  /// What was given up although the server has not said that it is gone is closed first. Each attempt goes
  /// to `record`; `isCutOff` says that nothing more is to be sent.
  func reopen(
    closing disconnect: CallTemplate?,
    isCutOff: () -> Bool,
    record: (String, Attempt) -> Void
  ) async -> String? {
    if hasEnded {
      leftBehind = []
    } else {
      await leave(closing: disconnect, isCutOff: isCutOff, record: record)
    }
    for (operation, attempt) in await initialize(plannedAt: MonotonicInstant.now().nanoseconds) {
      record(operation, attempt)
      // Where all share a session, it stands although it was not opened.
      if attempt.outcome != .success, !stands { return attempt.reason(for: operation) }
    }
    return nil
  }

  /// Closes the SSH sessions that are left behind, and ends the session.
  func leave(
    closing disconnect: CallTemplate?,
    isCutOff: () -> Bool,
    record: (String, Attempt) -> Void
  ) async {
    while let last = leftBehind.popLast(), !isCutOff() {
      guard let disconnect else { continue }
      let planned = MonotonicInstant.now().nanoseconds
      record(disconnect.operation, await perform(disconnect, with: last, plannedAt: planned))
    }
    guard !isCutOff() else { return }
    if let attempt = await end(plannedAt: MonotonicInstant.now().nanoseconds) {
      record(stdio == nil ? OperationName.endSession : OperationName.stopServer, attempt)
    }
  }
}

/// How a call ended, as far as it decides what comes next.
struct CallEnd {
  let outcome: Outcome
  let done: Int64
  let error: String?

  init(_ attempt: Attempt) {
    (outcome, done, error) = (attempt.outcome, attempt.done, attempt.error)
  }

  /// What an operation ended in, as a reader of an error message should see it.
  func reason(for operation: String) -> String {
    "\(operation) ended in \(outcome.rawValue): \(error ?? "no reason was given")"
  }
}

extension Attempt {
  /// What an operation ended in, as a reader of an error message should see it.
  func reason(for operation: String) -> String { CallEnd(self).reason(for: operation) }
}
