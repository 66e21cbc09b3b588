import EventIO

/// A POST that passed every check that comes before its content.
@ServerLoop
struct AdmittedRequest {
  /// The message or batch.
  let body: JSONValue

  /// The session it belongs to; nil for `initialize`.
  let session: MCPSession?

  /// What the client takes as an answer.
  let accepted: AcceptedMedia

  /// Whether an answer may be a stream of events.
  var acceptsEventStream: Bool { accepted.eventStream }

  /// Puts an answer into the form that the client takes.
  func response(_ message: JSONValue) -> HTTPResponse {
    var response = HTTPResponse(json: message)
    if !accepted.json {
      response.contentType = "text/event-stream"
      response.headers.append(("Cache-Control", "no-cache"))
      response.body = ServerSentEvent.encode(response.body)
    }
    return response
  }
}

/// Checks the headers of requests: origin, rate, types, session and revision, in this order.
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

  /// Refuses who does not present the token, if there is one.
  func checkToken(_ request: HTTPRequest) throws(Rejection) {
    guard let token, !token.isPresented(by: request.headers["authorization"]) else { return }
    throw .unauthorized
  }

  /// Lets a POST pass, or says why not.
  func admit(
    _ request: HTTPRequest,
    _ body: Result<JSONValue, JSONError>,
    from address: String
  ) throws(Rejection) -> AdmittedRequest {
    try checkOrigin(request)
    let named = request.headers["mcp-session-id"].flatMap { sessions[$0] }
    try checkRate(named, address)
    let accepted = try checkMedia(request)
    let message: JSONValue
    switch body {
    case .success(let value): message = value
    case .failure(let error): throw Rejection(400, -32700, "\(error)")
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
      throw Rejection(404, -32001, "this session is unknown or has ended; call initialize anew")
    }
    session.lastUse = .now()
    return session
  }

  /// Counts the request that began a session as the first of its window.
  func countBeginning(of session: MCPSession) {
    if limit.requests > 0 { _ = session.rate.admit(at: .now(), limit) }
  }

  /// Refuses what a page of another site sends, or DNS rebinding would reach the server.
  func checkOrigin(_ request: HTTPRequest) throws(Rejection) {
    guard let origin = request.headers["origin"] else { return }
    let authority = origin.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first
    let host = authority.map { Self.host($0) }
    let own = request.headers["host"].map { Self.host($0[...]) }
    let loopback = ["localhost", "127.0.0.1", "[::1]"]
    // On a loopback address a name in Host may be another site's, made to point here.
    let isOwn =
      isLoopback
      ? host.map(loopback.contains) == true && own.map(loopback.contains) != false
      : host != nil && host == own
    guard isOwn else {
      throw Rejection(403, -32600, "requests of the origin \(origin.prefix(200)) are not allowed")
    }
  }

  private static func host(_ authority: Substring) -> String {
    if authority.hasPrefix("[") { return authority.prefix { $0 != "]" } + "]" }
    return authority.prefix { $0 != ":" }.lowercased()
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
      || field?.split(separator: ";").first?.trimmed().lowercased() == "application/json"
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
      throw Rejection(400, -32600, "MCP-Protocol-Version \(version) is not one of \(known)")
    }
  }
}
