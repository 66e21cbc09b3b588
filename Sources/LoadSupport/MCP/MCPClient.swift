import EventIO

/// Where a server listens, resolved once before the load.
package struct MCPEndpoint: Sendable {
  /// The URL of the MCP endpoint.
  package let url: HTTPURL

  /// What its host resolved to.
  package let address: SocketAddress

  /// Header fields to send with each request, for example an authorization.
  package let headers: [String: Secret]

  /// The values of those fields, as servers may repeat them.
  ///
  /// Whole, and without a scheme before them. Short ones are no secrets, and would be found
  /// everywhere.
  var secrets: [Secret] {
    let values = headers.values.flatMap { field in
      let value = field.value
      return [value] + value.split(at: 0x20, maxSplits: 1).dropFirst().map { String($0) }
    }
    return values.filter { $0.utf8.count >= 8 }.map { Secret($0) }
  }

  /// The lines of those fields.
  package var headerLines: [String] {
    headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.value)" }
  }

  /// Resolves the URL's host.
  ///
  /// Blocks.
  package init(_ url: HTTPURL, headers: [String: Secret] = [:]) throws(AddressError) {
    let addresses = try SocketAddress.resolve(host: url.host, port: url.port)
    guard let first = addresses.first else {
      throw AddressError(host: url.host, reason: "it has no address")
    }
    self.url = url
    address = first
    self.headers = headers
  }
}

/// One MCP session over Streamable HTTP: handshake, requests one after the other, end.
///
/// Every exchange gives an `Attempt`; nothing that a server does is thrown. Confined to its loop.
package final class MCPClient {
  private let endpoint: MCPEndpoint
  private let profile: ToolProfile
  private let reader: AnswerReader
  private var captures = AnswerCaptures()
  private let secrets: [Secret]
  private let connection: HTTPConnection
  private var path: String
  private var head: [UInt8] = []
  private var message: [UInt8] = []
  private var nextID: Int64 = 1
  private var answer: [UInt8]?

  /// The session that the server gave; nil if it gives none or it has ended.
  package private(set) var sessionID: String?

  /// The protocol version that the server chose; nil before the handshake.
  package private(set) var protocolVersion: String?

  /// The server's name and version, as it told them, cut to a line's length; nil where it did not.
  package private(set) var server: String?

  /// Attempts so far; a redirected request is one.
  package private(set) var attemptsMade = 0

  /// Makes a client without a session; what servers say is recorded without the password and
  /// the values of extra header fields.
  package init(
    _ endpoint: MCPEndpoint,
    profile: ToolProfile,
    timeouts: HTTPTimeouts,
    hiding password: Secret? = nil,
    on loop: EventLoop
  ) {
    self.endpoint = endpoint
    self.profile = profile
    reader = AnswerReader(profile)
    secrets = [password].compactMap(\.self) + endpoint.secrets
    connection = HTTPConnection(to: endpoint.address, on: loop, timeouts: timeouts)
    path = endpoint.url.path
    head = encodeHead()
  }

  /// How many TCP connections have been opened.
  package var connectionsOpened: Int { connection.connectionsOpened }

  // MARK: Session

  /// Opens a session: `initialize`, then the notification that it worked.
  ///
  /// Gives one attempt for each message that was sent; the session stands if all succeeded.
  package func initialize(plannedAt planned: Int64) async -> [(operation: String, Attempt)] {
    sessionID = nil
    protocolVersion = nil
    head = encodeHead()
    let request = MCPRequest(
      "initialize",
      parameters: [
        "protocolVersion": .string(profile.protocolVersion), "capabilities": [:],
        "clientInfo": ["name": "mcp-ssh-loadtest", "version": "1"],
      ]
    )
    let opened = await perform(request, plannedAt: planned)
    guard opened.outcome == .success else { return [("initialize", opened)] }
    sessionID = connection.head.value(of: "mcp-session-id")
    let result = lastResult
    // It becomes part of a header field.
    protocolVersion = result?["protocolVersion"]?.string.flatMap { version in
      version.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? version : nil
    }
    let names = ["name", "version"].compactMap { result?["serverInfo"]?[$0]?.string }
    server = names.isEmpty ? nil : String(names.joined(separator: " ").prefix(100))
    head = encodeHead()
    let notification = MCPRequest("notifications/initialized", isNotification: true)
    let told = await perform(notification, plannedAt: opened.done)
    return [("initialize", opened), ("notifications/initialized", told)]
  }

  /// Ends the session with DELETE; nil if there is none to end.
  ///
  /// A server may refuse that (405), which is no failure.
  package func endSession(plannedAt planned: Int64) async -> Attempt? {
    guard sessionID != nil else { return nil }
    attemptsMade += 1
    message.removeAll(keepingCapacity: true)
    message.append(contentsOf: encodeHead(method: "DELETE"))
    message.append(contentsOf: [0x30, 0x0D, 0x0A, 0x0D, 0x0A])
    let attempt = await exchange(plannedAt: planned) { client in
      let status = client.connection.head.status
      if (200..<300).contains(status) || status == 405 { return Classification(.success) }
      return Classification(.httpError, "HTTP \(status)")
    }
    sessionID = nil
    return attempt
  }

  /// Asks for `/health`, which any answer of 200 means is good.
  package func checkHealth(plannedAt planned: Int64) async -> Attempt {
    attemptsMade += 1
    var fields = ["GET /health HTTP/1.1", "Host: \(endpoint.url.hostField)"]
    fields += endpoint.headerLines
    message = Array((fields.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    return await exchange(plannedAt: planned) { client in
      let status = client.connection.head.status
      return status == 200 ? Classification(.success) : Classification(.httpError, "HTTP \(status)")
    }
  }

  /// Closes the connection without a word to the server.
  package func close() {
    connection.close()
  }

  // MARK: Requests

  /// Sends a request and waits for its answer; its planned instant is the caller's.
  package func perform(_ request: MCPRequest, plannedAt planned: Int64) async -> Attempt {
    attemptsMade += 1
    let id = nextID
    if !request.isNotification { nextID += 1 }
    for _ in 0..<5 {
      message.removeAll(keepingCapacity: true)
      request.append(id: id, head: head, to: &message)
      var attempt = await exchange(plannedAt: planned, streamedID: id) { client in
        client.classify(id: id, request)
      }
      guard let status = attempt.httpStatus, status == 307 || status == 308 else { return attempt }
      guard let target = redirectTarget() else {
        attempt.error = "HTTP \(status) to another server; name that server instead"
        return attempt
      }
      // From here on requests go where this one was sent: a redirect each time would be measured
      // as the server's latency.
      path = target
      head = encodeHead()
    }
    return Attempt(
      outcome: .httpError,
      planned: planned,
      done: MonotonicInstant.now().nanoseconds,
      error: "more than 5 redirects"
    )
  }

  /// The `result` of the last answer; not for the hot path.
  package var lastResult: JSONValue? {
    lastAnswer.withUnsafeBytes { bytes in
      let text = UnsafeRawBufferPointer(rebasing: bytes[bytes.countOfByteOrderMark...])
      return (try? JSONValue(parsing: text))?["result"]
    }
  }

  /// The SSH session that the answer to the last call names; nil if it names none.
  package var lastSSHSession: JSONValue? { lastValue(of: .session) }

  /// The words of the answer to the last call; nil if it has none.
  package var lastText: String? { lastValue(of: .text)?.string }

  private func lastValue(of slot: AnswerPlan.Slot) -> JSONValue? {
    lastAnswer.withUnsafeBytes { captures.value(of: slot, in: $0) }
  }

  private var lastAnswer: [UInt8] { answer ?? connection.body }

  private func exchange(
    plannedAt planned: Int64,
    streamedID: Int64? = nil,
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
      try await connection.exchange(message, timing: &timing) { connection in
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
    attempt.sent = timing.sent
    attempt.firstByte = timing.firstByte
    attempt.connecting = timing.connecting
    attempt.httpStatus = status
    if attempt.outcome == .rateLimited {
      attempt.retryAfterSeconds = connection.head.value(of: "retry-after").flatMap { Int($0) }
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
      guard let reply, reply.isResponse, reply.identity != .foreign else { continue }
      answer = event.data
    }
  }

  private func classify(id: Int64, _ request: MCPRequest) -> Classification {
    let status = connection.head.status
    if request.isNotification, (200..<300).contains(status) { return Classification(.success) }
    if connection.head.content == .eventStream, answer == nil, (200..<300).contains(status) {
      return Classification(.protocolError, "the event stream ended without the answer")
    }
    return lastAnswer.withUnsafeBytes { body in
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
  }

  // MARK: Encoding

  /// Everything before the value of Content-Length, which comes last.
  private func encodeHead(method: String = "POST") -> [UInt8] {
    var fields = [
      "\(method) \(path) HTTP/1.1", "Host: \(endpoint.url.hostField)",
      "Accept: application/json, text/event-stream", "Content-Type: application/json",
    ]
    if let sessionID { fields.append("Mcp-Session-Id: \(sessionID)") }
    // Asked for since revision 2025-06-18 of the protocol; revisions compare as text.
    if let protocolVersion, protocolVersion >= "2025-06-18" {
      fields.append("MCP-Protocol-Version: \(protocolVersion)")
    }
    fields += endpoint.headerLines
    fields.append("Content-Length: ")
    return Array(fields.joined(separator: "\r\n").utf8)
  }

  /// The path that a redirect names, if it stays on this server.
  private func redirectTarget() -> String? {
    guard let location = connection.head.value(of: "location") else { return nil }
    // What it becomes is a request line: nothing in it may end one.
    guard location.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
    if location.hasBytePrefix("/"), !location.hasBytePrefix("//") { return location }
    guard let url = try? HTTPURL(parsing: location), url.host == endpoint.url.host,
      url.port == endpoint.url.port
    else { return nil }
    return url.path
  }
}
