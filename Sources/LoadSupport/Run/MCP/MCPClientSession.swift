import EventIO

/// One MCP session of a client over Streamable HTTP: handshake, calls, recovery, end.
///
/// In the modern era it is only what a client does with a server: there is no handshake and no id.
///
/// Its lanes share its id, the numbers of requests and the head that they begin with, so that several
/// calls may be in flight. Every exchange gives an `Attempt`; nothing that a server does is thrown. Confined
/// to its loop.
final class MCPClientSession {
  /// The server; header fields may change while the session goes on.
  var endpoint: MCPClientEndpoint { didSet { encodeHead() } }
  let profile: ToolProfile
  let timeouts: HTTPClientTimeouts
  let loop: EventLoop

  /// What must not be shown of a server's words; what a call sends in header fields is added by its caller.
  var secrets: [Secret]

  /// Reads answers by the profile.
  let reader: AnswerReader

  /// What calls in flight go over, at least one.
  let lanes: [MCPLane]

  /// Answers what the server asks in the middle of a call; nil until it does.
  var answerer: ServerRequestAnswerer?

  /// Where requests go on the server: where the last of them was sent on to.
  var path: String { didSet { encodeHead() } }

  /// All fields of a POST but the length of its body.
  private(set) var head: [UInt8] = []

  /// Where the question for health was sent on to; nil if it was not.
  private var healthPath: String?

  /// The number of the next request; none is used twice.
  var nextID: Int64 = 1

  /// How often the session has been opened, so that a late answer says nothing of the next one.
  private(set) var openings = 0

  /// The id that the server gave; nil if it gives none or the session has ended.
  private(set) var id: String?

  /// The revision of the protocol that is spoken; nil before the handshake that settles it.
  private(set) var revision: ProtocolRevision?

  /// The era that requests are written for.
  var era: ProtocolEra { profile.form.era }

  /// The server's name and version, as text of others is shown, of at most 100 bytes; nil where it told
  /// none.
  private(set) var server: String?

  /// The name alone, in the same way.
  private(set) var serverName: String?

  /// What the server says that it has beside tools; null where it told nothing.
  private(set) var capabilities = JSONValue.null

  /// Whether the server has said that the session is gone: by 404, or in words, whatever the status.
  var hasEnded = false

  /// Whether it has been opened, and not been given up since.
  var stands = false

  /// What calls of it make of its chances.
  var health = SessionHealth()

  /// The SSH sessions in it, by the values that name them in calls; none at a server without any.
  var sshSessions: [[SlotValue]] = []

  /// Those that were given up with an earlier session and, for all we know, are still there: they are closed
  /// before others are opened, so that we use up nothing of the server's.
  var leftBehind: [[SlotValue]] = []

  /// Attempts so far; a redirected request is one.
  var attemptsMade = 0

  /// Makes a session that is not open yet, with a lane over each connection that it makes; what servers say
  /// is recorded without the password and the values of extra header fields.
  convenience init(
    _ endpoint: MCPClientEndpoint,
    profile: ToolProfile,
    timeouts: HTTPClientTimeouts,
    hiding password: Secret? = nil,
    lanes: Int = 1,
    on loop: EventLoop
  ) {
    self.init(
      endpoint,
      profile: profile,
      timeouts: timeouts,
      hiding: password,
      over: (0..<lanes).map { _ in endpoint.connection(on: loop, timeouts: timeouts) },
      on: loop
    )
  }

  /// Makes a session with a lane over each of these transports, of which there is at least one.
  init(
    _ endpoint: MCPClientEndpoint,
    profile: ToolProfile,
    timeouts: HTTPClientTimeouts,
    hiding password: Secret? = nil,
    over transports: [any Transport],
    on loop: EventLoop
  ) {
    self.endpoint = endpoint
    self.profile = profile
    self.timeouts = timeouts
    self.loop = loop
    reader = AnswerReader(profile)
    secrets = [password].compactMap(\.self) + endpoint.secrets
    lanes = transports.map { MCPLane(over: $0) }
    path = endpoint.url.path
    if era == .modern { revision = .withoutSessions }
    encodeHead()
  }

  /// The lane of those that have one call after the other.
  var lane: MCPLane { lanes[0] }

  /// How many connections have been opened.
  var connectionsOpened: Int { lanes.reduce(0) { $0 + $1.transport.connectionsOpened } }

  // MARK: Begin and end

  /// Opens a session: `initialize`, then the notification that it worked.
  ///
  /// Gives one attempt for each message that was sent, which is none in the modern era; the session stands if
  /// all succeeded.
  func initialize(plannedAt planned: Int64) async -> [(operation: String, Attempt)] {
    (id, hasEnded, stands) = (nil, false, era == .modern)
    openings += 1
    if stands { return [] }
    revision = nil
    encodeHead()
    let request = CallTemplate(
      "initialize",
      parameters: [
        "protocolVersion": .string(profile.protocolVersion), "capabilities": [:],
        "clientInfo": RequestForm.clientInfo,
      ],
      operation: OperationName.initialize
    )
    let opened = await perform(request, plannedAt: planned)
    guard opened.outcome == .success else { return [(OperationName.initialize, opened)] }
    // What would break the head of a request is no id (visible ASCII, says the protocol).
    id = lane.transport.head.value(of: "mcp-session-id").flatMap { id in
      id.isEmpty || id.utf8.contains { $0 < 0x20 || $0 == 0x7F } ? nil : id
    }
    let result = lane.result
    revision = result?["protocolVersion"]?.string.flatMap { ProtocolRevision($0) }
    takeName(result?["serverInfo"])
    capabilities = result?["capabilities"] ?? .null
    encodeHead()
    let notification = CallTemplate(OperationName.initialized, isNotification: true)
    let told = await perform(notification, plannedAt: opened.done)
    stands = told.outcome == .success
    return [(OperationName.initialize, opened), (OperationName.initialized, told)]
  }

  /// Asks a server of the modern era what it is; no client has to.
  func discover(plannedAt planned: Int64, within limit: Duration) async -> Attempt {
    let request = CallTemplate(OperationName.discover, in: profile.form)
    let attempt = await perform(request, plannedAt: planned, within: limit)
    let result = lane.result
    takeName(result?["_meta"]?[RequestForm.key("serverInfo")])
    capabilities = result?["capabilities"] ?? .null
    return attempt
  }

  private func takeName(_ info: JSONValue?) {
    let names = ["name", "version"].compactMap { info?[$0]?.string }
    server = shown(names.joined(separator: " "))
    serverName = info?["name"]?.string.flatMap(shown)
  }

  private func shown(_ name: String) -> String? {
    let name = secrets.reduce(name) { $1.redacted(from: $0) }
    return name.isEmpty ? nil : String(name.shown.cut(toBytes: 100))
  }

  /// Ends the session with DELETE; nil if there is none to end.
  ///
  /// A server may refuse that (405), which is no failure; one that does not answer is not waited for as for
  /// a command.
  func end(plannedAt planned: Int64) async -> Attempt? {
    guard id != nil else { return nil }
    attemptsMade += 1
    lane.message = encodedHead(method: "DELETE") + Array("Content-Length: 0\r\n\r\n".utf8)
    let attempt = await exchange(over: lane, plannedAt: planned, within: Self.farewell) { lane in
      Classification(status: lane.transport.head.status, accepting: 405)
    }
    (id, stands) = (nil, false)
    return attempt
  }

  /// Knows of the session no more, and closes the connections.
  func forget() async {
    (id, stands, hasEnded) = (nil, false, false)
    (sshSessions, leftBehind) = ([], [])
    await close()
  }

  /// How long a server may take to answer a DELETE.
  static let farewell = Duration.seconds(5)

  /// Asks for the server's health, which any answer of 2xx means is good; a redirect on the same server is
  /// followed, and later questions go where it led.
  func checkHealth(plannedAt planned: Int64) async -> Attempt {
    attemptsMade += 1
    var first: Attempt?
    while true {
      let path = healthPath ?? endpoint.healthPath
      lane.message = endpoint.head("GET", path) + Array("\r\n".utf8)
      var attempt = await exchange(over: lane, plannedAt: planned) { lane in
        Classification(status: lane.transport.head.status)
      }
      if let first { attempt.continue(from: first) }
      guard first == nil, [301, 302, 303, 307, 308].contains(attempt.httpStatus),
        let target = redirectTarget(of: lane, from: path)
      else { return attempt }
      healthPath = target
      first = attempt
    }
  }

  /// Closes all connections without a word to the server.
  func close() async {
    for lane in lanes { lane.transport.close() }
    await answerer?.close()
  }

  // MARK: Encoding

  private func encodeHead() { head = encodedHead(method: "POST") }

  /// All fields of a request, and those that are given.
  func encodedHead(method: String, fields more: [String] = []) -> [UInt8] {
    var fields = [
      "Accept: application/json, text/event-stream", "Content-Type: application/json",
    ]
    if let id { fields.append("Mcp-Session-Id: \(id)") }
    if let revision, revision >= .namedInFields {
      fields.append("MCP-Protocol-Version: \(revision.name)")
    }
    return endpoint.head(method, path, fields: fields + more)
  }
}
