import EventIO

/// What the server answers on its paths.
@ServerLoop
final class MCPEndpoint: HTTPHandler {
  private let methods: MCPMethods
  private let sessions: MCPSessionRegistry
  private let metrics: ServerMetrics
  private let gate: RequestGate
  private let metricsPage: () -> String

  init(
    methods: MCPMethods,
    sessions: MCPSessionRegistry,
    metrics: ServerMetrics,
    rateLimit: RateLimit,
    metricsPage: @escaping () -> String
  ) {
    self.methods = methods
    self.sessions = sessions
    self.metrics = metrics
    self.metricsPage = metricsPage
    gate = RequestGate(sessions: sessions, limit: rateLimit)
  }

  func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) async throws(Errno) {
    let start = MonotonicInstant.now()
    let known = ["POST", "GET", "DELETE", "HEAD", "OPTIONS", "PUT"].contains(request.method)
    metrics.httpRequests.add(1, known ? request.method : "other")
    switch (request.path, request.method) {
    case ("/health", "GET"):
      try await exchange.respond(HTTPResponse(json: ["status": "ok"]))
    case ("/metrics", "GET"):
      var response = HTTPResponse(status: 200, text: metricsPage())
      response.contentType = MetricsText.contentType
      try await exchange.respond(response)
    case ("/health", _), ("/metrics", _):
      try await exchange.respond(.methodNotAllowed("GET"))
    case ("/mcp", "POST"), ("/", "POST"):
      try await post(request, exchange)
    case ("/mcp", "DELETE"), ("/", "DELETE"):
      try await exchange.respond(delete(request))
    case ("/mcp", _), ("/", _):
      try await exchange.respond(.methodNotAllowed("POST, DELETE"))
    default:
      try await exchange.respond(HTTPResponse(status: 404, text: "not found\n"))
    }
    metrics.httpDuration.observe(.now() - start)
  }

  func refuse(_ error: HTTPRequestError, _ exchange: HTTPExchange) async throws(Errno) {
    let body = JSONRPCError.invalidRequest(error.reason).response(to: nil)
    try await exchange.respond(HTTPResponse(status: error.status, json: body))
  }

  // MARK: POST

  private func post(_ request: HTTPRequest, _ exchange: HTTPExchange) async throws(Errno) {
    let body = Result { () throws(JSONError) in try JSONValue(parsing: request.body) }
    let response: HTTPResponse
    do throws(Rejection) {
      let admitted = try gate.admit(request, body, from: exchange.clientAddress)
      response = try await answer(admitted)
    } catch {
      if error.status == 429 { metrics.rateLimited.add() }
      let id = (try? body.get())?["id"].flatMap { $0.isRequestID ? $0 : nil }
      response = error.response(to: id)
    }
    try await exchange.respond(response)
  }

  private func answer(_ admitted: AdmittedRequest) async throws(Rejection) -> HTTPResponse {
    guard let session = admitted.session else {
      return try begin(admitted)
    }
    if let elements = admitted.body.array {
      return try await batch(elements, for: session, admitted)
    }
    switch try Rejection.onBadMessage({ () throws(JSONRPCError) in
      try JSONRPCMessage(admitted.body)
    }) {
    case .request(let request):
      return admitted.response(await methods.answer(request, for: session))
    case .notification, .response:
      return HTTPResponse(status: 202)
    }
  }

  /// `initialize` is the one request that needs no session: it begins one.
  private func begin(_ admitted: AdmittedRequest) throws(Rejection) -> HTTPResponse {
    let message = try Rejection.onBadMessage { () throws(JSONRPCError) in
      try JSONRPCMessage(admitted.body)
    }
    guard case .request(let request) = message, request.method == "initialize" else {
      throw Rejection(400, -32600, "the header Mcp-Session-Id is missing; call initialize first")
    }
    guard let asked = request.parameters?["protocolVersion"]?.string else {
      throw Rejection(400, -32602, "initialize needs a protocolVersion")
    }
    let now = MonotonicInstant.now()
    for idle in sessions.count < sessions.limit ? [] : sessions.removeIdle(at: now) {
      _ = idle.end()
    }
    guard let session = sessions.begin(.negotiated(asked), at: now) else {
      throw Rejection(
        503,
        -32000,
        "too many MCP sessions: all \(sessions.limit) (--mcp-session-limit) are open",
        data: ["code": "mcp_session_limit", "limit": .number(String(sessions.limit))]
      )
    }
    gate.countBeginning(of: session)
    let result = MCPMethods.initializeResult(session.version)
    var response = admitted.response(result.asResult(of: request.id))
    response.headers.append(("Mcp-Session-Id", session.id))
    return response
  }

  private func batch(
    _ elements: [JSONValue],
    for session: MCPSession,
    _ admitted: AdmittedRequest
  ) async throws(Rejection) -> HTTPResponse {
    guard session.version.allowsBatches else {
      throw Rejection(400, -32600, "batches are not part of \(session.version.rawValue)")
    }
    guard !elements.isEmpty else { throw Rejection(400, -32600, "the batch is empty") }
    var answers: [JSONValue] = []
    for element in elements {
      do throws(JSONRPCError) {
        if case .request(let request) = try JSONRPCMessage(element) {
          answers.append(await methods.answer(request, for: session))
        }
      } catch {
        answers.append(error.response(to: nil))
      }
    }
    return answers.isEmpty ? HTTPResponse(status: 202) : admitted.response(.array(answers))
  }

  // MARK: DELETE

  private func delete(_ request: HTTPRequest) -> HTTPResponse {
    do throws(Rejection) {
      try gate.checkOrigin(request)
      _ = sessions.remove(try gate.session(of: request).id)?.end()
      return HTTPResponse(status: 204)
    } catch {
      return error.response(to: nil)
    }
  }
}

extension HTTPResponse {
  /// The refusal of a method that a path does not have.
  fileprivate static func methodNotAllowed(_ allowed: String) -> HTTPResponse {
    var response = HTTPResponse(status: 405, text: "method not allowed\n")
    response.headers = [("Allow", allowed)]
    return response
  }
}
