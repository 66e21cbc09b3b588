import EventIO
import Glibc

/// What the server answers on its paths.
@ServerLoop
final class MCPEndpoint: HTTPHandler {
  private let methods: MCPMethods
  private let sessions: MCPSessionRegistry
  private let metrics: ServerMetrics
  private let gate: RequestGate
  private let faults: FaultInjection
  private let log: Log

  /// Records refusals of whole requests, if that is wanted.
  var refusals: RefusedRequests?

  /// Makes the page of /metrics.
  var metricsPage: () -> String = { "" }

  init(
    methods: MCPMethods,
    sessions: MCPSessionRegistry,
    metrics: ServerMetrics,
    gate: RequestGate,
    faults: FaultInjection,
    log: Log
  ) {
    self.methods = methods
    self.sessions = sessions
    self.metrics = metrics
    self.gate = gate
    self.faults = faults
    self.log = log
  }

  func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) async throws(Errno) {
    let start = MonotonicInstant.now()
    let known = ["POST", "GET", "DELETE", "HEAD", "OPTIONS", "PUT"].contains(request.method)
    metrics.httpRequests.add(1, known ? request.method : "other")
    defer {
      let duration = MonotonicInstant.now() - start
      metrics.httpDuration.observe(duration)
      if log.level == .debug {
        let fields: KeyValuePairs = [
          "method": request.method, "path": request.path,
          "status": exchange.status.map { "\($0)" } ?? "none", "client": exchange.clientAddress,
          "duration_ms": "\(Int(duration.seconds * 1000))",
        ]
        log.write(.debug, "request", fields)
      }
    }
    if request.path == "/health" {
      let isGet = request.method == "GET"
      return try await exchange.respond(
        isGet ? HTTPResponse(json: ["status": "ok"]) : .methodNotAllowed("GET")
      )
    }
    do throws(Rejection) {
      try gate.checkToken(request)
    } catch {
      record(error, of: request, exchange)
      return try await exchange.respond(error.response(to: nil))
    }
    switch (request.path, request.method) {
    case ("/metrics", "GET"):
      var response = HTTPResponse(status: 200, text: metricsPage())
      response.contentType = MetricsText.contentType
      try await exchange.respond(response)
    case ("/metrics", _):
      try await exchange.respond(.methodNotAllowed("GET"))
    case ("/mcp", "POST"), ("/", "POST"):
      switch faults.decideRequest() {
      case .answered: try await post(request, exchange)
      case .dropped: throw Errno(ECONNRESET, "--inject-drops")
      case .failed:
        let error = HTTPResponse(status: 500, text: "failed by --inject-failures\n")
        try await exchange.respond(error)
      }
    case ("/mcp", "DELETE"), ("/", "DELETE"):
      try await exchange.respond(delete(request, exchange))
    case ("/mcp", _), ("/", _):
      try await exchange.respond(.methodNotAllowed("POST, DELETE"))
    default:
      try await exchange.respond(HTTPResponse(status: 404, text: "not found\n"))
    }
  }

  func refuse(_ error: HTTPRequestError, _ exchange: HTTPExchange) async throws(Errno) {
    let body = JSONRPCError.invalidRequest(error.reason).response(to: nil)
    try await exchange.respond(HTTPResponse(status: error.status, json: body))
  }

  func ended(_ connection: ObjectIdentifier) {
    sessions.ended(connection)
  }

  // MARK: POST

  private func post(_ request: HTTPRequest, _ exchange: HTTPExchange) async throws(Errno) {
    if let id = request.headers["mcp-session-id"] {
      sessions.heard(from: id, over: exchange.connection, at: .now())
    }
    let body = Result { () throws(JSONError) in try JSONValue(parsing: request.body) }
    let answer: Answer
    do throws(Rejection) {
      let admitted = try gate.admit(request, body, from: exchange.clientAddress)
      answer = try await self.answer(admitted, exchange)
    } catch {
      if error.status == 429 { metrics.rateLimited.add() }
      record(error, of: request, exchange)
      let id = (try? body.get())?["id"].flatMap { $0.isRequestID ? $0 : nil }
      answer = Answer(error.response(to: id))
    }
    if let reporter = answer.reporter, let message = answer.message {
      if try await reporter.finish(message) { return }
    }
    try await exchange.respond(answer.response)
  }

  /// What goes out for one POST, and who may already have begun to send it.
  private struct Answer {
    let response: HTTPResponse
    var message: JSONValue?
    var reporter: ProgressReporter?

    init(_ response: HTTPResponse) {
      self.response = response
    }
  }

  private func answer(
    _ admitted: AdmittedRequest,
    _ exchange: HTTPExchange
  ) async throws(Rejection) -> Answer {
    guard let session = admitted.session else {
      return Answer(try begin(admitted, exchange.connection))
    }
    if let elements = admitted.body.array {
      return Answer(try await batch(elements, for: session, admitted, exchange.clientAddress))
    }
    let message = try Rejection.onBadMessage { () throws(JSONRPCError) in
      try JSONRPCMessage(admitted.body)
    }
    switch message {
    case .request(let request):
      let reporter = ProgressReporter(for: request, admitted, exchange)
      let message = await methods.answer(request, for: session, from: exchange.clientAddress)
      var answer = Answer(admitted.response(message))
      answer.message = message
      answer.reporter = reporter
      return answer
    case .notification(let method, let parameters):
      methods.note(method, parameters, for: session)
      return Answer(HTTPResponse(status: 202))
    case .response:
      return Answer(HTTPResponse(status: 202))
    }
  }

  /// `initialize` is the one request that needs no session: it begins one.
  private func begin(
    _ admitted: AdmittedRequest,
    _ connection: ObjectIdentifier
  ) throws(Rejection) -> HTTPResponse {
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
    guard let session = sessions.begin(.negotiated(asked), at: now) else {
      throw Rejection(
        503,
        -32000,
        "too many MCP sessions: all \(sessions.limit) (--mcp-session-limit) are open",
        data: ["code": "mcp_session_limit", "limit": .number(String(sessions.limit))]
      )
    }
    sessions.heard(from: session.id, over: connection, at: now)
    gate.countBeginning(of: session)
    let result = MCPMethods.initializeResult(session.version)
    var response = admitted.response(result.asResult(of: request.id))
    response.headers.append(("Mcp-Session-Id", session.id))
    return response
  }

  private func batch(
    _ elements: [JSONValue],
    for session: MCPSession,
    _ admitted: AdmittedRequest,
    _ clientAddress: String
  ) async throws(Rejection) -> HTTPResponse {
    guard session.version.allowsBatches else {
      throw Rejection(400, -32600, "batches are not part of \(session.version.rawValue)")
    }
    guard !elements.isEmpty else { throw Rejection(400, -32600, "the batch is empty") }
    var answers: [JSONValue] = []
    for element in elements {
      do throws(JSONRPCError) {
        switch try JSONRPCMessage(element) {
        case .request(let request):
          answers.append(await methods.answer(request, for: session, from: clientAddress))
        case .notification(let method, let parameters):
          methods.note(method, parameters, for: session)
        case .response: break
        }
      } catch {
        answers.append(error.response(to: nil))
      }
    }
    return answers.isEmpty ? HTTPResponse(status: 202) : admitted.response(.array(answers))
  }

  // MARK: DELETE

  private func delete(_ request: HTTPRequest, _ exchange: HTTPExchange) -> HTTPResponse {
    do throws(Rejection) {
      try gate.checkOrigin(request)
      sessions.remove(try gate.session(of: request).id)?.end(.sessionEnded)
      return HTTPResponse(status: 204)
    } catch {
      record(error, of: request, exchange)
      return error.response(to: nil)
    }
  }

  private func record(_ error: Rejection, of request: HTTPRequest, _ exchange: HTTPExchange) {
    refusals?.record(
      error,
      client: exchange.clientAddress,
      mcpSessionID: request.headers["mcp-session-id"]
    )
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
