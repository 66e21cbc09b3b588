import EventIO

/// Sessions with a process of a stdio server: it is started for the session, and ends with it.
extension MCPClientSession {
  /// Starts a process and opens the session with it.
  ///
  /// In the modern era, which has no handshake, the process is asked what it is: the start ends with its first
  /// answer in either. A start that came to nothing is told by what was asked.
  func startServer(plannedAt planned: Int64) async -> [(operation: String, Attempt)] {
    await endProcess(hasPatience: false)
    (startTook, strayLines) = (nil, 0)
    var attempts = await shakeHands(plannedAt: planned)
    if era == .modern {
      let attempt = await discover(plannedAt: planned, within: timeouts.wholeRequest)
      // One that knows nothing of the question has answered, too.
      stands = attempt.outcome == .success || attempt.outcome == .rpcError
      attempts = [(OperationName.discover, attempt)]
    }
    guard stands, let first = attempts.first?.1 else { return attempts }
    startTook = first.done - planned
    attemptsMade += 1
    let start = Attempt(outcome: .success, planned: planned, done: first.done)
    return [(OperationName.startServer, start)] + attempts
  }

  /// Lets the process end; nil if there is none.
  ///
  /// One that does not end when its standard input is closed has not done what servers are to do (MCP 2025-11-25,
  /// Lifecycle, Shutdown).
  func stopServer(plannedAt planned: Int64) async -> Attempt? {
    guard let process = await endProcess(hasPatience: true) else { return nil }
    attemptsMade += 1
    (id, stands) = (nil, false)
    var attempt = Attempt(
      outcome: .success,
      planned: planned,
      done: MonotonicInstant.now().nanoseconds
    )
    attempt.sent = planned
    switch process.manner {
    case .closed, nil: break
    case .early: attempt.outcome = .transportError
    case .terminated, .killed, .discarded: attempt.outcome = .timeout
    }
    if attempt.outcome == .timeout {
      attempt.error =
        "the server process did not end within 2 s of the end of its standard input, and was "
        + (process.manner == .killed ? "killed 2 s after SIGTERM" : "ended by SIGTERM")
    } else if attempt.outcome == .transportError {
      attempt.error =
        "the server process had ended before, with \(process.end ?? "an unknown status")"
    }
    return attempt
  }

  /// Ends the process, if there is one, and notes what became of it.
  @discardableResult
  func endProcess(hasPatience: Bool) async -> RecordedProcess? {
    guard var process = await stdio?.stop(hasPatience: hasPatience) else { return nil }
    process.startNanoseconds = startTook
    process.strayLines = strayLines > 0 ? strayLines : nil
    endedProcesses.append(process)
    return process
  }

  /// Its processes that have ended since this was asked last.
  func takeEndedProcesses() -> [RecordedProcess] {
    defer { endedProcesses = [] }
    return endedProcesses
  }

  /// What an error says beside the failure of an exchange: a server that answers nobody's questions, or writes
  /// what is no message, is silent for a reason.
  func noteStrayLines(in failure: inout Classification, before: Int) {
    let new = strayLines - before
    guard failure.outcome == .timeout, new > 0 else { return }
    failure.error? +=
      "; \(new) \(new == 1 ? "line" : "lines") on its standard output came instead that "
      + (new == 1
        ? "was no message of JSON-RPC or answered" : "were no messages of JSON-RPC or answered")
      + " no request of ours"
  }
}
