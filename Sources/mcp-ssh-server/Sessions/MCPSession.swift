import EventIO

/// One client's session from `initialize` to DELETE, with the SSH sessions that it opened.
@ServerLoop
final class MCPSession {
  /// The value of the Mcp-Session-Id field.
  let id: String

  /// The revision that was agreed on.
  let version: ProtocolVersion

  /// The address whose clients share it, none of which has a session of its own; nil for one client's.
  let sharedAddress: String?

  /// Whether several clients may share it, who must not learn of each other.
  var isShared: Bool { sharedAddress != nil }

  /// The session's share of the request rate.
  var rate = RateWindow()

  /// When the last request came, or the last call ended.
  var lastUse: MonotonicInstant

  /// How many open connections were last used for it.
  var connectionCount = 0

  /// The open SSH sessions by id.
  private(set) var sshSessions: [String: SSHSession] = [:]

  /// The calls under way with their request's id as it was written: clients that share this choose theirs each
  /// by itself.
  private var calls: [ObjectIdentifier: (id: [UInt8], cancellation: Cancellation)] = [:]

  /// The SSH sessions that others got because the client was gone.
  private var abandonedSSHSessions: Set<String> = []

  /// Whether it has ended; what still runs for it must not open anything.
  private(set) var isEnded = false

  init(id: String, version: ProtocolVersion, sharedBy address: String?, now: MonotonicInstant) {
    self.id = id
    sharedAddress = address
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
  func begin(_ requestID: JSONValue, _ cancellation: Cancellation) {
    calls[ObjectIdentifier(cancellation)] = (requestID.encoded, cancellation)
  }

  /// Forgets a call that is over.
  func finish(_ cancellation: Cancellation) {
    calls[ObjectIdentifier(cancellation)] = nil
    lastUse = .now()
  }

  /// Asks for the end of a call, if it is under way.
  func cancel(_ requestID: JSONValue) {
    let id = requestID.encoded
    for call in calls.values where call.id == id { call.cancellation.request() }
  }

  /// Whether the client seems gone: it has no connection, waits for nothing and has been silent for so
  /// long.
  func isGone(at now: MonotonicInstant, after timeout: Duration) -> Bool {
    connectionCount == 0 && !isBusy && lastUse + timeout <= now
  }

  /// Closes all SSH sessions for those who wait for them; a client that comes back is told.
  func abandon() {
    // A client that goes and comes a thousand times need not be told of each.
    if abandonedSSHSessions.count > 1000 { abandonedSSHSessions = [] }
    abandonedSSHSessions.formUnion(sshSessions.keys)
    closeAll(.abandoned)
  }

  /// Whether an SSH session was closed because the client was gone.
  func hasAbandoned(_ id: String) -> Bool { abandonedSSHSessions.contains(id) }

  /// Closes all SSH sessions; commands under way are cancelled.
  func end(_ cause: DisconnectCause) {
    isEnded = true
    closeAll(cause)
  }

  private func closeAll(_ cause: DisconnectCause) {
    for session in sshSessions.values { session.close(cause) }
    sshSessions = [:]
  }
}
