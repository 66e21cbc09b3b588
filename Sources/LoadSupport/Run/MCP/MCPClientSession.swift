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

  /// The timeout for a whole request, as it is needed with each.
  let usualLimitNanoseconds: Int64
  let loop: EventLoop

  /// What must not be shown of a server's words; what a call sends in header fields is added by its caller.
  var secrets: [Secret]

  /// Reads answers by the profile.
  let reader: AnswerReader

  /// What calls in flight go over, at least one.
  let lanes: [MCPLane]

  /// How long a connection of a lane is kept; nothing that the pipes of a process know of.
  var connectionUse = ConnectionUse.kept { didSet { encodeHead() } }

  /// Answers what the server asks in the middle of a call; nil until it does.
  var answerer: ServerRequestAnswerer?

  /// Where requests go on the server: where the last of them was sent on to.
  var path: String { didSet { encodeHead() } }

  /// All fields of a POST but the length of its body.
  private(set) var head: [UInt8] = []

  /// The same for a call that says itself who asks.
  private(set) var anonymousHead: [UInt8] = []

  /// Where the question for health was sent on to; nil if it was not.
  private var healthPath: String?

  /// The number of the next request; none is used twice.
  var nextID: Int64 = 1

  /// The numbers of requests that nobody waits for any more, and that may yet be answered.
  var unanswered: Set<Int64> = []

  /// The id of a session that the server did not let us end; nil where there is none.
  private var lingeringID: String?

  /// Whether the server refused the last `initialize` because that has been done: all who ask share a session.
  private(set) var isSharedByAll = false

  /// How often the session has been opened, so that a late answer says nothing of the next one.
  private(set) var openings = 0

  /// The id that the server gave; nil if it gives none or the session has ended.
  var id: String?

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

  /// The work of opening it while that is under way, for those that share it.
  var opening: Task<String?, Never>?

  /// What calls of it make of its chances.
  var health = SessionHealth()

  /// The SSH sessions in it, by the values that name them in calls; none at a server without any.
  var sshSessions: [[SlotValue]] = []

  /// Those that were given up with an earlier session and, for all we know, are still there: they are closed
  /// before others are opened, so that we use up nothing of the server's.
  var leftBehind: [[SlotValue]] = []

  /// What header fields have to repeat of which the server told only in the middle of the load.
  var lateFields = LateFields()

  /// Counts answers that are waited for; nil where nobody asks.
  var awaited: AwaitedAnswers?

  /// Attempts so far; a redirected request is one.
  var attemptsMade = 0

  /// What tells the requests of this session from those of others of the run, of which there are fewer than
  /// 2^24; the last number is that of the check before the load.
  var traceNumber = 0xFF_FFFF

  /// Makes a session that is not open yet, with a lane over each connection that it makes; what servers say
  /// is recorded without the password and the values of extra header fields.
  ///
  /// `longest` is what some of its calls may take, if that is more than the timeout for all others.
  convenience init(
    _ endpoint: MCPClientEndpoint,
    profile: ToolProfile,
    timeouts: HTTPClientTimeouts,
    longest: Duration? = nil,
    hiding password: Secret? = nil,
    lanes: Int = 1,
    on loop: EventLoop
  ) {
    // What is within the usual timeout is seen to with each exchange.
    var most = timeouts
    most.wholeRequest = max(most.wholeRequest, longest ?? .zero)
    most.firstByte = max(most.firstByte, longest ?? .zero)
    self.init(
      endpoint,
      profile: profile,
      timeouts: timeouts,
      hiding: password,
      over: (0..<lanes).map { _ in endpoint.transport(on: loop, timeouts: most) },
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
    usualLimitNanoseconds = timeouts.wholeRequest.nanoseconds
    self.loop = loop
    reader = AnswerReader(profile)
    secrets = [password].compactMap(\.self) + endpoint.secrets
    lanes = transports.map { MCPLane(over: $0) }
    stdio = transports[0] as? StdioTransport
    path = endpoint.url.path
    if era == .modern { revision = .withoutSessions }
    encodeHead()
  }

  /// The pipes to its process; nil for a server over HTTP.
  let stdio: StdioTransport?

  /// How long the present process took to its first answer, and how many of its lines were no messages.
  var startTook: Int64?
  var strayLines = 0

  /// Those of its processes that have ended, and that nobody has been told of.
  var endedProcesses: [RecordedProcess] = []

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
    if stdio != nil { return await startServer(plannedAt: planned) }
    return await shakeHands(plannedAt: planned)
  }

  /// The same with a server that is there.
  func shakeHands(plannedAt planned: Int64) async -> [(operation: String, Attempt)] {
    if connectionUse == .perSession, era == .legacy { closeConnections() }
    let former = hasEnded ? nil : id ?? lingeringID
    let formerRevision = revision
    (id, hasEnded, stands) = (nil, false, era == .modern)
    openings += 1
    lateFields.mayAsk = true
    if stands { return [] }
    revision = nil
    encodeHead()
    let request = CallTemplate(
      "initialize",
      parameters: [
        "protocolVersion": .string(profile.protocolVersion), "capabilities": [:],
        "clientInfo": RequestForm.clientInfo,
      ],
      operation: OperationName.initialize,
      in: profile.form
    )
    let opened = await perform(request, plannedAt: planned)
    guard opened.outcome == .success else {
      isSharedByAll = lane.findsSession
      if isSharedByAll {
        // What there is goes on being used, with the id that we know of it, if it has one.
        (id, revision, stands) = (former, formerRevision, true)
        encodeHead()
      }
      return [(OperationName.initialize, opened)]
    }
    (lingeringID, isSharedByAll) = (nil, false)
    // What would break the head of a request is no id (visible ASCII, says the protocol).
    id = lane.transport.head.value(of: "mcp-session-id").flatMap { id in
      id.isEmpty || id.utf8.contains { $0 < 0x20 || $0 == 0x7F } ? nil : id
    }
    let result = lane.result
    revision = result?["protocolVersion"]?.string.flatMap { ProtocolRevision($0) }
    takeName(result?["serverInfo"])
    capabilities = result?["capabilities"] ?? .null
    encodeHead()
    let notification = CallTemplate(
      OperationName.initialized,
      isNotification: true,
      in: profile.form
    )
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

  /// Ends the session with DELETE, or its process; nil if there is none to end.
  ///
  /// A server may refuse that (405), which is no failure; one that does not answer is not waited for as for
  /// a command.
  func end(plannedAt planned: Int64) async -> Attempt? {
    if stdio != nil { return await stopServer(plannedAt: planned) }
    guard id != nil else { return nil }
    attemptsMade += 1
    let span = span
    lane.message =
      encodedHead(method: "DELETE", fields: traceFields(span))
      + Array("Content-Length: 0\r\n\r\n".utf8)
    var attempt = await exchange(
      over: lane,
      plannedAt: planned,
      within: Self.farewell,
      reading: .status(accepting: 405)
    )
    attempt.note(span, if: tracesFields)
    lingeringID = attempt.httpStatus == 405 ? id : nil
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
  ///
  /// Without a lane it is asked over the first.
  func checkHealth(plannedAt planned: Int64, over lane: MCPLane? = nil) async -> Attempt {
    let lane = lane ?? self.lane
    attemptsMade += 1
    let span = span
    var first: Attempt?
    while true {
      let path = healthPath ?? endpoint.healthPath
      lane.message =
        endpoint.head("GET", path, fields: traceFields(span) + connectionFields)
        + Array("\r\n".utf8)
      var attempt = await exchange(over: lane, plannedAt: planned, reading: .status())
      attempt.note(span, if: tracesFields)
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
    closeConnections()
    await endProcess(hasPatience: false)
    await answerer?.close()
  }

  /// Lets go of the connections of a server over HTTP, or of the pipes of its process.
  private func closeConnections() {
    for lane in lanes { lane.transport.close() }
  }

  /// The field that tells the server that a connection is for one request.
  private var connectionFields: [String] {
    connectionUse == .perRequest && stdio == nil ? ["Connection: close"] : []
  }

  // MARK: Tracing

  /// What the attempt that was counted last is found by in the recording: no other of the run has it.
  var span: UInt64 { UInt64(traceNumber) << 40 | UInt64(attemptsMade) }

  /// Whether a request that is no message carries that.
  private var tracesFields: Bool { profile.form.trace?.place == .header }

  /// The field that carries it in such a request.
  func traceFields(_ span: UInt64) -> [String] {
    guard tracesFields, let trace = profile.form.trace else { return [] }
    return ["\(TraceContext.name): \(trace.value(span))"]
  }

  // MARK: Encoding

  private func encodeHead() {
    head = encodedHead(method: "POST")
    anonymousHead = encodedHead(method: "POST", tellsAgent: false)
  }

  /// All fields of a request, and those that are given.
  func encodedHead(
    method: String,
    fields more: [String] = [],
    tellsAgent: Bool = true
  ) -> [UInt8] {
    var fields = [
      "Accept: application/json, text/event-stream", "Content-Type: application/json",
    ]
    if let id { fields.append("Mcp-Session-Id: \(id)") }
    if let revision, revision >= .namedInFields {
      fields.append("MCP-Protocol-Version: \(revision.name)")
    }
    return endpoint.head(
      method,
      path,
      fields: fields + connectionFields + more,
      tellsAgent: tellsAgent
    )
  }
}
