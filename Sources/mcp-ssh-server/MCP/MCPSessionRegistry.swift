import EventIO

/// All MCP sessions that have begun and not ended.
@ServerLoop
final class MCPSessionRegistry {
  /// How many sessions there may be.
  let limit: Int

  /// How long a session may be silent before it is ended.
  private let idleTimeout: Duration

  private var sessions: [String: MCPSession] = [:]

  init(limit: Int, idleTimeout: Duration = .seconds(1800)) {
    self.limit = limit
    self.idleTimeout = idleTimeout
  }

  /// How many sessions there are.
  var count: Int { sessions.count }

  /// All sessions.
  var all: [MCPSession] { Array(sessions.values) }

  /// Begins a session; nil when there are too many.
  func begin(_ version: ProtocolVersion, at now: MonotonicInstant) -> MCPSession? {
    guard sessions.count < limit else { return nil }
    let session = MCPSession(
      id: RandomToken.hexadecimal(byteCount: 16),
      version: version,
      now: now
    )
    sessions[session.id] = session
    return session
  }

  /// The session of an id.
  subscript(id: String) -> MCPSession? { sessions[id] }

  /// Takes a session out; it is then the caller's to end.
  @discardableResult
  func remove(_ id: String) -> MCPSession? {
    sessions.removeValue(forKey: id)
  }

  /// Ends the sessions that have been silent for too long: their clients are gone, and what they hold
  /// is wanted by others.
  func endIdle(at now: MonotonicInstant) {
    let idle = sessions.values.filter { !$0.isBusy && $0.lastUse + idleTimeout < now }
    for session in idle { remove(session.id)?.end(.sessionIdle) }
  }
}
