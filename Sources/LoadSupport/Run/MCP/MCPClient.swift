import EventIO

/// One MCP session over Streamable HTTP: handshake, requests one after the other, end.
///
/// Every exchange gives an `Attempt`; nothing that a server does is thrown. Confined to its loop.
final class MCPClient {
  private let endpoint: MCPEndpoint
  private let profile: ToolProfile
  private let reader: AnswerReader
  private var captures = AnswerCaptures()
  private let secrets: [Secret]
  private let connection: HTTPConnection
  private let timeouts: HTTPTimeouts
  private let loop: EventLoop
  private var answerer: ServerRequestAnswerer?

  /// Where the question for health was sent on to; nil if it was not.
  private var healthPath: String?
  private var path: String
  private var head: [UInt8] = []
  private var message: [UInt8] = []
  private var nextID: Int64 = 1
  private var answer: [UInt8]?

  /// The session that the server gave; nil if it gives none or it has ended.
  private(set) var sessionID: String?

  /// The protocol version that the server chose; nil before the handshake.
  private(set) var protocolVersion: String?

  /// The server's name and version, as text of others is shown, of at most 100 bytes; nil where it told
  /// none.
  private(set) var server: String?

  /// The name alone, in the same way.
  private(set) var serverName: String?

  /// Whether the server has said that the session is gone: by 404, or in words, whatever the status.
  private(set) var hasLostSession = false

  /// Attempts so far; a redirected request is one.
  private(set) var attemptsMade = 0

  /// Makes a client without a session; what servers say is recorded without the password and
  /// the values of extra header fields.
  init(
    _ endpoint: MCPEndpoint,
    profile: ToolProfile,
    timeouts: HTTPTimeouts,
    hiding password: Secret? = nil,
    on loop: EventLoop
  ) {
    self.endpoint = endpoint
    self.profile = profile
    self.timeouts = timeouts
    self.loop = loop
    reader = AnswerReader(profile)
    secrets = [password].compactMap(\.self) + endpoint.secrets
    connection = HTTPConnection(to: endpoint.address, on: loop, timeouts: timeouts)
    path = endpoint.url.path
    head = encodeHead()
  }

  /// How many TCP connections have been opened.
  var connectionsOpened: Int { connection.connectionsOpened }

  // MARK: Session

  /// Opens a session: `initialize`, then the notification that it worked.
  ///
  /// Gives one attempt for each message that was sent; the session stands if all succeeded.
  func initialize(plannedAt planned: Int64) async -> [(operation: String, Attempt)] {
    sessionID = nil
    protocolVersion = nil
    hasLostSession = false
    head = encodeHead()
    let request = MCPRequest(
      "initialize",
      parameters: [
        "protocolVersion": .string(profile.protocolVersion), "capabilities": [:],
        "clientInfo": ["name": "mcp-ssh-loadtest", "version": "1"],
      ]
    )
    let opened = await perform(request, plannedAt: planned)
    guard opened.outcome == .success else { return [(OperationName.initialize, opened)] }
    // What would break the head of a request is no id (visible ASCII, says the protocol).
    sessionID = connection.head.value(of: "mcp-session-id").flatMap { id in
      id.isEmpty || id.utf8.contains { $0 < 0x20 || $0 == 0x7F } ? nil : id
    }
    let result = lastResult
    protocolVersion = result?["protocolVersion"]?.string.flatMap { Self.isRevision($0) ? $0 : nil }
    let names = ["name", "version"].compactMap { result?["serverInfo"]?[$0]?.string }
    server = shown(names.joined(separator: " "))
    serverName = result?["serverInfo"]?["name"]?.string.flatMap(shown)
    head = encodeHead()
    let notification = MCPRequest("notifications/initialized", isNotification: true)
    let told = await perform(notification, plannedAt: opened.done)
    return [(OperationName.initialize, opened), (OperationName.initialized, told)]
  }

  private func shown(_ name: String) -> String? {
    let name = secrets.reduce(name) { $1.redacted(from: $0) }
    return name.isEmpty ? nil : String(name.shown.cut(toBytes: 100))
  }

  /// Ends the session with DELETE; nil if there is none to end.
  ///
  /// A server may refuse that (405), which is no failure; one that does not answer is not waited for as for
  /// a command.
  func endSession(plannedAt planned: Int64) async -> Attempt? {
    guard sessionID != nil else { return nil }
    attemptsMade += 1
    message.removeAll(keepingCapacity: true)
    message.append(contentsOf: encodeHead(method: "DELETE"))
    message.append(contentsOf: [0x30, 0x0D, 0x0A, 0x0D, 0x0A])
    let attempt = await exchange(plannedAt: planned, within: Self.farewell) { client in
      let status = client.connection.head.status
      if (200..<300).contains(status) || status == 405 { return Classification(.success) }
      return Classification(.httpError, "HTTP \(status)")
    }
    sessionID = nil
    return attempt
  }

  /// How long a server may take to answer a DELETE.
  private static let farewell = Duration.seconds(5)

  /// Asks for the server's health, which any answer of 2xx means is good; a redirect on the same server is
  /// followed, and later questions go where it led.
  func checkHealth(plannedAt planned: Int64) async -> Attempt {
    attemptsMade += 1
    var first: Attempt?
    while true {
      let path = healthPath ?? endpoint.healthPath
      var fields = [
        "GET \(path) HTTP/1.1", "Host: \(endpoint.url.hostField)", "Accept-Encoding: identity",
      ]
      fields += endpoint.headerLines
      message = Array((fields.joined(separator: "\r\n") + "\r\n\r\n").utf8)
      var attempt = await exchange(plannedAt: planned) { client in
        let status = client.connection.head.status
        return (200..<300).contains(status)
          ? Classification(.success) : Classification(.httpError, "HTTP \(status)")
      }
      if let first { Self.continue(&attempt, from: first) }
      guard first == nil, [301, 302, 303, 307, 308].contains(attempt.httpStatus),
        let target = redirectTarget(from: path)
      else { return attempt }
      healthPath = target
      first = attempt
    }
  }

  /// Closes all connections without a word to the server.
  func close() async {
    connection.close()
    await answerer?.close()
  }

  // MARK: Requests

  /// Sends a request and waits for its answer; its planned instant is the caller's.
  func perform(_ request: MCPRequest, plannedAt planned: Int64) async -> Attempt {
    attemptsMade += 1
    let id = nextID
    if !request.isNotification { nextID += 1 }
    var first: Attempt?
    for _ in 0..<5 {
      message.removeAll(keepingCapacity: true)
      request.append(id: id, head: head, to: &message)
      var attempt = await exchange(plannedAt: planned, streamedID: id) { client in
        client.classify(id: id, request)
      }
      if let first { Self.continue(&attempt, from: first) }
      guard let status = attempt.httpStatus, status == 307 || status == 308 else { return attempt }
      guard let target = redirectTarget(from: path) else {
        attempt.error = "HTTP \(status) to another server; name that server instead"
        return attempt
      }
      // From here on requests go where this one was sent: a redirect each time would be measured
      // as the server's latency.
      path = target
      head = encodeHead()
      first = attempt
    }
    var lost = first ?? Attempt(outcome: .httpError, planned: planned, done: planned)
    lost.error = "more than 5 redirects"
    return lost
  }

  /// Makes one attempt of two, the first of which was sent on.
  private static func `continue`(_ attempt: inout Attempt, from first: Attempt) {
    // From the first time on it was the server's turn.
    attempt.sent = first.sent
    attempt.firstByte = attempt.firstByte ?? first.firstByte
    let connecting = [first.connecting, attempt.connecting].compactMap(\.self)
    attempt.connecting = connecting.isEmpty ? nil : connecting.reduce(0, +)
  }

  /// The `result` of the last answer; not for the hot path.
  var lastResult: JSONValue? {
    lastAnswer.withUnsafeBytes { bytes in
      (try? JSONValue(parsing: bytes.withoutByteOrderMark))?["result"]
    }
  }

  /// The SSH session that the answer to the last call names; nil if it names none.
  var lastSSHSession: JSONValue? { lastValue(of: .session) }

  /// The words of the answer to the last call; nil if it has none.
  var lastText: String? { lastValue(of: .text)?.string }

  /// Whether the answer to the last call tells how the command ended.
  var lastTellsExitStatus: Bool { captures.has(.exitStatus) }

  private func lastValue(of slot: AnswerPlan.Slot) -> JSONValue? {
    lastAnswer.withUnsafeBytes { captures.value(of: slot, in: $0) }
  }

  private var lastAnswer: [UInt8] { answer ?? connection.body }

  private func exchange(
    plannedAt planned: Int64,
    streamedID: Int64? = nil,
    within limit: Duration? = nil,
    classify: (MCPClient) -> Classification
  ) async -> Attempt {
    var timing = HTTPTiming()
    var stream = EventStreamParser()
    var streamed = 0
    answer = nil
    captures.reset()
    let classification: Classification
    var status: Int?
    do throws(HTTPError) {
      try await connection.exchange(message, timing: &timing, within: limit) { connection in
        guard let streamedID, connection.head.content == .eventStream else { return false }
        takeEvents(&stream, &streamed, id: streamedID)
        return answer != nil
      }
      if let streamedID, connection.head.content == .eventStream {
        takeEvents(&stream, &streamed, id: streamedID)
      }
      status = connection.head.status
      classification = classify(self)
    } catch {
      classification = Classification(error)
    }
    let done =
      status == nil ? MonotonicInstant.now().nanoseconds : connection.lastReceived
    var attempt = Attempt(
      outcome: classification.outcome,
      planned: planned,
      done: done,
      error: classification.error
    )
    hasLostSession = hasLostSession || classification.losesSession
    attempt.sent = timing.sent
    attempt.firstByte = timing.firstByte
    attempt.connecting = timing.connecting
    attempt.httpStatus = status
    if attempt.outcome == .rateLimited {
      attempt.retryAfterSeconds = connection.head.retryAfterSeconds
    }
    return attempt
  }

  /// Looks through what is new of an event stream for the answer; other messages come first.
  private func takeEvents(_ stream: inout EventStreamParser, _ streamed: inout Int, id: Int64) {
    let body = connection.body
    let events = stream.consume(body[streamed...])
    streamed = body.count
    for event in events where answer == nil && event.type == "message" {
      let reply = event.data.withUnsafeBytes { bytes in
        try? RPCReply(parsing: bytes, expecting: id)
      }
      guard let reply else { continue }
      if reply.method != nil {
        answerRequest(reply, in: event.data)
      } else if reply.isResponse, reply.identity != .foreign {
        answer = event.data
      }
    }
  }

  /// Answers a request of the server while the call goes on; a notification needs no answer.
  private func answerRequest(_ request: RPCReply, in message: [UInt8]) {
    guard let body = ServerRequestAnswerer.body(for: request, in: message) else { return }
    let answerer =
      self.answerer ?? ServerRequestAnswerer(endpoint, timeouts: timeouts, loop: loop)
    self.answerer = answerer
    let whole = head + Array("\(body.count)\r\n\r\n".utf8) + body
    Task(executorPreference: loop.actorTasks) { await answerer.send(whole) }
  }

  private func classify(id: Int64, _ request: MCPRequest) -> Classification {
    let status = connection.head.status
    if request.isNotification, (200..<300).contains(status) { return Classification(.success) }
    if connection.head.isEncoded {
      let words = codings
      guard (200..<300).contains(status) else {
        // Its words cannot be read; the status can.
        return Classification(status == 429 ? .rateLimited : .httpError, "HTTP \(status)")
      }
      return Classification(
        .protocolError,
        "the answer is compressed (\(words)), though only identity was accepted"
      )
    }
    if connection.head.content == .eventStream, answer == nil, (200..<300).contains(status) {
      return Classification(.protocolError, "the event stream ended without the answer")
    }
    var verdict = lastAnswer.withUnsafeBytes { body in
      Classification(
        status: status,
        body: body,
        expecting: id,
        demanding: request.demand,
        reader: reader,
        into: &captures,
        hiding: secrets
      )
    }
    if verdict.outcome == .protocolError, connection.head.content != .json, answer == nil {
      let type = connection.head.value(of: "content-type").flatMap {
        ServerWords.shown($0, hiding: [])
      }
      verdict.error? += type.map { " (Content-Type: \($0))" } ?? " (without a Content-Type)"
    }
    return verdict
  }

  /// What the body is encoded by, with the names of the fields that say so.
  private var codings: String {
    let fields = [
      ("Content-Encoding", connection.head.value(of: "content-encoding")),
      ("Transfer-Encoding", connection.head.value(of: "transfer-encoding")),
    ]
    return fields.compactMap { name, value in
      value.flatMap { ServerWords.shown($0, hiding: []) }.map { "\(name): \($0)" }
    }.joined(separator: ", ")
  }

  // MARK: Encoding

  /// Everything before the value of Content-Length, which comes last.
  private func encodeHead(method: String = "POST") -> [UInt8] {
    var fields = [
      "\(method) \(path) HTTP/1.1", "Host: \(endpoint.url.hostField)",
      "Accept: application/json, text/event-stream", "Accept-Encoding: identity",
      "Content-Type: application/json",
    ]
    if let sessionID { fields.append("Mcp-Session-Id: \(sessionID)") }
    // Asked for since revision 2025-06-18 of the protocol; revisions compare as text.
    if let protocolVersion, !protocolVersion.utf8.lexicographicallyPrecedes("2025-06-18".utf8) {
      fields.append("MCP-Protocol-Version: \(protocolVersion)")
    }
    fields += endpoint.headerLines
    fields.append("Content-Length: ")
    return Array(fields.joined(separator: "\r\n").utf8)
  }

  /// Whether a text names a revision of the protocol, such as 2025-06-18.
  ///
  /// Another one has no place in a head.
  private static func isRevision(_ text: String) -> Bool {
    text.utf8.count == 10
      && text.utf8.enumerated().allSatisfy { index, byte in
        index == 4 || index == 7 ? byte == UInt8(ascii: "-") : byte &- 48 <= 9
      }
  }

  /// The path that a redirect names, if it stays on this server.
  private func redirectTarget(from path: String) -> String? {
    var url = endpoint.url
    url.path = path
    guard let location = connection.head.value(of: "location"),
      let target = url.resolving(location), target.isOfSameServer(as: url)
    else { return nil }
    return target.path
  }
}
