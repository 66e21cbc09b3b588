import EventIO

/// All MCP sessions that have begun and not ended.
@ServerLoop
final class MCPSessionRegistry {
  /// How many sessions there may be.
  let limit: Int

  /// How long a session may be silent before it is ended.
  private let idleTimeout: Duration

  /// After what silence a client without a connection counts as gone; zero for never.
  private let abandonTimeout: Duration

  private var sessions: [String: MCPSession] = [:]

  /// The ids of those that the clients of an address share, which nobody is told.
  private var sharedIDs: [String: String] = [:]

  /// The session that each open connection was last used for.
  ///
  /// Only that one: a proxy's connections carry the requests of many clients and stay.
  private var connections: [ObjectIdentifier: MCPSession] = [:]

  init(
    limit: Int,
    idleTimeout: Duration = .seconds(1800),
    abandonTimeout: Duration = .seconds(120)
  ) {
    self.limit = limit
    self.idleTimeout = idleTimeout
    self.abandonTimeout = abandonTimeout
  }

  /// How many sessions there are.
  var count: Int { sessions.count }

  /// All sessions.
  var all: [MCPSession] { Array(sessions.values) }

  /// Begins a session; nil when there are too many and no client that holds nothing is gone.
  func begin(
    _ version: ProtocolVersion,
    sharedBy address: String? = nil,
    at now: MonotonicInstant
  ) -> MCPSession? {
    if sessions.count >= limit {
      guard let gone = longestGone(at: now, where: { $0.sshSessions.isEmpty }) else { return nil }
      remove(gone.id)?.end(.abandoned)
    }
    let session = MCPSession(
      id: RandomToken.hexadecimal(byteCount: 16),
      version: version,
      sharedBy: address,
      now: now
    )
    sessions[session.id] = session
    return session
  }

  /// What the clients of an address share that have no sessions of their own, begun if there is none; nil as
  /// above.
  func shared(by address: String, at now: MonotonicInstant) -> MCPSession? {
    if let session = sharedIDs[address].flatMap({ sessions[$0] }) { return session }
    guard let session = begin(.latest, sharedBy: address, at: now) else { return nil }
    sharedIDs[address] = session.id
    return session
  }

  /// The session of an id.
  subscript(id: String) -> MCPSession? {
    sessions[id].flatMap { $0.id.hasSameBytes(as: id) ? $0 : nil }
  }

  // MARK: Clients that are gone

  /// Notes that a session's client is there, over this connection.
  func heard(from id: String, over connection: ObjectIdentifier, at now: MonotonicInstant) {
    guard let session = sessions[id] else { return }
    session.lastUse = now
    guard connections[connection] !== session else { return }
    ended(connection)
    session.connectionCount += 1
    connections[connection] = session
  }

  /// Notes the end of a connection.
  func ended(_ connection: ObjectIdentifier) {
    connections.removeValue(forKey: connection)?.connectionCount -= 1
  }

  /// Closes the SSH sessions of the client that has been gone for longest; false if none is gone.
  func takeBack(at now: MonotonicInstant) -> Bool {
    guard let gone = longestGone(at: now, where: { !$0.sshSessions.isEmpty }) else { return false }
    gone.abandon()
    return true
  }

  private func longestGone(
    at now: MonotonicInstant,
    where isWanted: (MCPSession) -> Bool
  ) -> MCPSession? {
    guard abandonTimeout > .zero else { return nil }
    return sessions.values
      .filter { $0.isGone(at: now, after: abandonTimeout) && isWanted($0) }
      .min { $0.lastUse < $1.lastUse }
  }

  // MARK: The end of sessions

  /// Takes a session out; it is then the caller's to end.
  @discardableResult
  func remove(_ id: String) -> MCPSession? {
    let session = sessions.removeValue(forKey: id)
    if let address = session?.sharedAddress { sharedIDs[address] = nil }
    return session
  }

  /// Ends the sessions that have been silent for too long: their clients are gone, and what they hold
  /// is wanted by others.
  func endIdle(at now: MonotonicInstant) {
    let idle = sessions.values.filter { !$0.isBusy && $0.lastUse + idleTimeout < now }
    for session in idle { remove(session.id)?.end(.sessionIdle) }
  }
}
