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

  /// Closes all SSH sessions and answers how many there were.
  func end() -> Int {
    isEnded = true
    for session in sshSessions.values { session.close() }
    defer { sshSessions = [:] }
    return sshSessions.count
  }
}
