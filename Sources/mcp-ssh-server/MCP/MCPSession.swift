import EventIO

/// One client's session from `initialize` to DELETE, with the SSH sessions that it opened.
@ServerLoop
final class MCPSession {
  /// The value of the Mcp-Session-Id field.
  let id: String

  /// The revision that was agreed on.
  let version: ProtocolVersion

  /// The session's share of the request rate.
  var rate = RateWindow()

  /// When the last request came.
  var lastUse: MonotonicInstant

  /// The open SSH sessions by id.
  private(set) var sshSessions: [String: SSHSession] = [:]

  /// The calls under way by their request's id as it was written.
  private var calls: [[UInt8]: Cancellation] = [:]

  /// Whether it has ended; what still runs for it must not open anything.
  private(set) var isEnded = false

  init(id: String, version: ProtocolVersion, now: MonotonicInstant) {
    self.id = id
    self.version = version
    lastUse = now
  }

  /// Takes in a new SSH session.
  func add(_ session: SSHSession) {
    sshSessions[session.id] = session
  }

  /// Gives up an SSH session, which is then the caller's to close.
  func remove(_ id: String) -> SSHSession? {
    sshSessions.removeValue(forKey: id)
  }

  /// Whether some call is under way.
  var isBusy: Bool { !calls.isEmpty }

  /// Remembers a call, so that a notification can name it.
  func begin(_ requestID: JSONValue) -> Cancellation {
    let cancellation = Cancellation()
    calls[requestID.encoded] = cancellation
    return cancellation
  }

  /// Forgets a call that is over.
  func finish(_ requestID: JSONValue, _ cancellation: Cancellation) {
    if calls[requestID.encoded] === cancellation { calls[requestID.encoded] = nil }
  }

  /// Asks for the end of a call, if it is under way.
  func cancel(_ requestID: JSONValue) {
    calls[requestID.encoded]?.request()
  }

  /// Closes all SSH sessions; commands under way are cancelled.
  func end(_ cause: DisconnectCause) {
    isEnded = true
    for session in sshSessions.values { session.close(cause) }
    sshSessions = [:]
  }
}
