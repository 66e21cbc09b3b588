import EventIO

/// A POST that passed every check that comes before its content.
@ServerLoop
struct AdmittedRequest {
  /// The message or batch.
  let body: JSONValue

  /// The same, checked, if it stands alone; nil for what belongs to a session or begins one.
  var lone: JSONRPCMessage?

  /// The session it belongs to; nil for `initialize`, and for what stands alone.
  let session: MCPSession?

  /// What the client takes as an answer.
  let accepted: AcceptedMedia

  /// Whether an answer may be a stream of events.
  var acceptsEventStream: Bool { accepted.eventStream }

  /// Puts an answer into the form that the client takes.
  func response(_ message: JSONValue) -> HTTPResponse {
    response(encoded: message.encoded)
  }

  /// The same for a message that is encoded already.
  func response(encoded message: [UInt8]) -> HTTPResponse {
    var response = HTTPResponse(status: 200)
    response.contentType = "application/json"
    response.body = message
    if !accepted.json {
      response.contentType = "text/event-stream"
      response.headers.append(("Cache-Control", "no-cache"))
      response.body = ServerSentEvent.encode(response.body)
    }
    return response
  }
}

/// Checks requests: host, origin and token by the head alone, then rate, types, session and revision.
@ServerLoop
final class RequestGate {
  private let sessions: MCPSessionRegistry
  private let limit: RateLimit
  private let token: BearerToken?
  private let isLoopback: Bool
  private var addressRates = AddressRates()

  /// Makes a gate for a server that listens on a loopback address or beyond it.
  init(
    sessions: MCPSessionRegistry,
    limit: RateLimit,
    token: BearerToken?,
    isLoopback: Bool
  ) {
    self.sessions = sessions
    self.limit = limit
    self.token = token
    self.isLoopback = isLoopback
  }

  /// Refuses by the head alone whom another site sends and who does not present the token.
  func checkHead(_ head: HTTPRequest) throws(Rejection) {
    try checkHost(head)
    try checkOrigin(head)
    guard let token, !token.isPresented(by: head.headers["authorization"]) else { return }
    throw .unauthorized
  }

  /// Lets a POST pass, or says why not.
  func admit(
    _ request: HTTPRequest,
    _ body: Result<JSONValue, JSONError>,
    from address: String
  ) throws(Rejection) -> AdmittedRequest {
    let isLone = LoneMessage.isMeant(by: request, try? body.get())
    let named = isLone ? nil : request.headers["mcp-session-id"].flatMap { sessions[$0] }
    try checkRate(named, address)
    let accepted = try checkMedia(request)
    let message: JSONValue
    switch body {
    case .success(let value): message = value
    case .failure(let error): throw Rejection(400, -32700, "\(error)")
    }
    if isLone {
      let lone = try LoneMessage.checked(request, message)
      return AdmittedRequest(body: message, lone: lone, session: nil, accepted: accepted)
    }
    try checkVersion(request)
    let session = try request.headers["mcp-session-id"] == nil ? nil : session(of: request)
    return AdmittedRequest(body: message, session: session, accepted: accepted)
  }

  /// The session that a request names.
  func session(of request: HTTPRequest) throws(Rejection) -> MCPSession {
    guard let id = request.headers["mcp-session-id"] else {
      throw Rejection(400, -32600, "the header Mcp-Session-Id is missing; call initialize first")
    }
    guard let session = sessions[id] else {
      throw Rejection(
        404,
        -32001,
        "this session is unknown or has ended; call initialize anew, without Mcp-Session-Id"
      )
    }
    session.lastUse = .now()
    return session
  }

  /// Counts the request that began a session as the first of its window.
  func countBeginning(of session: MCPSession) {
    if limit.requests > 0 { _ = session.rate.admit(at: .now(), limit) }
  }

  /// Counts a message of a batch beyond the first; the refusal if it is one too many.
  func countFurtherMessage(of session: MCPSession) -> Rejection? {
    do throws(Rejection) {
      try checkRate(session, "")
      return nil
    } catch {
      return error
    }
  }

  /// Refuses on a loopback address what was sent to another name.
  ///
  /// A page of another site can have its name resolved to this machine (DNS rebinding). HTTP/1.0
  /// without a Host is of no browser.
  private func checkHost(_ head: HTTPRequest) throws(Rejection) {
    guard isLoopback, let authority = head.authority, !authority.isLoopback else { return }
    throw Rejection(403, -32600, "the host \(authority.host.bounded(to: 200)) is not this machine")
  }

  /// Refuses what a page of another site sends.
  private func checkOrigin(_ head: HTTPRequest) throws(Rejection) {
    guard let field = head.headers["origin"] else { return }
    let origin = HTTPAuthority(origin: field)
    // Beyond loopback no name is known to be ours but the one that the client used.
    let isOwn = isLoopback ? origin?.isLoopback == true : origin?.host == head.authority?.host
    guard origin != nil, isOwn else {
      throw Rejection(
        403,
        -32600,
        "requests of the origin \(field.bounded(to: 200)) are not allowed"
      )
    }
  }

  private func checkRate(_ session: MCPSession?, _ address: String) throws(Rejection) {
    guard limit.requests > 0 else { return }
    let now = MonotonicInstant.now()
    let remaining =
      if let session {
        session.rate.admit(at: now, limit)
      } else {
        addressRates.admit(address, at: now, limit)
      }
    guard let remaining else { return }
    throw .rateLimited(limit, retryAfterSeconds: RateLimit.retryAfterSeconds(remaining))
  }

  private func checkMedia(_ request: HTTPRequest) throws(Rejection) -> AcceptedMedia {
    let field = request.headers["content-type"]
    // What nearly all clients send needs no parsing.
    let isJSON =
      field == "application/json"
      || field?.split(at: UInt8(ascii: ";")).first?.trimmed().asciiLowercased()
        == "application/json"
    guard isJSON else {
      throw Rejection(415, -32600, "the content type must be application/json")
    }
    let accepted = AcceptedMedia(request.headers["accept"])
    guard accepted.json || accepted.eventStream else {
      throw Rejection(406, -32600, "answers are application/json or text/event-stream")
    }
    return accepted
  }

  private func checkVersion(_ request: HTTPRequest) throws(Rejection) {
    guard let version = request.headers["mcp-protocol-version"] else { return }
    guard ProtocolVersion(rawValue: version) != nil else {
      let known = ProtocolVersion.allCases.map(\.rawValue).joined(separator: ", ")
      throw Rejection(
        400,
        -32600,
        "MCP-Protocol-Version \(version.bounded(to: 100)) is not one of \(known)"
      )
    }
  }
}
