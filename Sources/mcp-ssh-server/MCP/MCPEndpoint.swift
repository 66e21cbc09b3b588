import EventIO
import Glibc

/// What the server answers on its paths.
@ServerLoop
final class MCPEndpoint: HTTPHandler {
  let methods: MCPMethods
  let sessions: MCPSessionRegistry
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

  func answer(toHead head: HTTPRequest, from clientAddress: String) -> HTTPResponse? {
    let start = MonotonicInstant.now()
    let known = ["POST", "GET", "DELETE", "HEAD", "OPTIONS", "PUT"].contains(head.method)
    metrics.httpRequests.add(1, known ? head.method : "other")
    let response = earlyAnswer(to: head, from: clientAddress)
    if let response { note(head, status: response.status, from: clientAddress, since: start) }
    return response
  }

  func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) async throws(Errno) {
    let start = MonotonicInstant.now()
    defer { note(request, status: exchange.status, from: exchange.clientAddress, since: start) }
    // What other methods and paths there are, the head was enough for.
    switch request.method {
    case "DELETE": try await exchange.respond(delete(request, exchange))
    case "POST":
      switch faults.decideRequest() {
      case .answered: try await post(request, exchange)
      case .dropped: throw Errno(ECONNRESET, "--inject-drops")
      case .failed:
        let error = HTTPResponse(status: 500, text: "failed by --inject-failures\n")
        try await exchange.respond(error)
      }
    default:
      var response = HTTPResponse(status: 200, text: metricsPage())
      response.contentType = MetricsText.contentType
      try await exchange.respond(response)
    }
  }

  func answer(to error: HTTPRequestError) -> HTTPResponse {
    let body = JSONRPCError.invalidRequest(error.reason).response(to: nil)
    var response = HTTPResponse(status: error.status, json: body)
    if error.status == 503 { response.headers.append(("Retry-After", "1")) }
    return response
  }

  /// What needs no body: the state of health, and refusals.
  ///
  /// Nobody who may not come in gets to send one.
  private func earlyAnswer(
    to head: HTTPRequest,
    from clientAddress: String
  ) -> HTTPResponse? {
    let isGet = head.method == "GET" || head.method == "HEAD"
    if head.path == "/health" {
      return isGet ? HTTPResponse(json: ["status": "ok"]) : .methodNotAllowed("GET, HEAD")
    }
    do throws(Rejection) {
      try gate.checkHead(head)
    } catch {
      record(error, of: head, from: clientAddress)
      return error.response(to: nil)
    }
    switch head.path {
    case "/metrics": return isGet ? nil : .methodNotAllowed("GET, HEAD")
    case "/mcp", "/":
      if LoneMessage.isMeant(by: head) {
        return head.method == "POST" ? nil : .methodNotAllowed("POST")
      }
      return ["POST", "DELETE"].contains(head.method) ? nil : .methodNotAllowed("POST, DELETE")
    default: return HTTPResponse(status: 404, text: "not found\n")
    }
  }

  private func note(
    _ request: HTTPRequest,
    status: Int?,
    from clientAddress: String,
    since start: MonotonicInstant
  ) {
    let duration = MonotonicInstant.now() - start
    metrics.httpDuration.observe(duration)
    guard log.level == .debug else { return }
    let fields: KeyValuePairs = [
      "method": request.method, "path": request.path, "status": status.map { "\($0)" } ?? "none",
      "client": clientAddress, "duration_ms": "\(Int(duration.seconds * 1000))",
    ]
    log.write(.debug, "request", fields)
  }

  func ended(_ connection: ObjectIdentifier) {
    sessions.ended(connection)
  }

  // MARK: POST

  /// How many values a body may have; a batch of 100 calls has some thousand.
  private static let valueLimit = 20_000

  private func post(_ request: HTTPRequest, _ exchange: HTTPExchange) async throws(Errno) {
    let body = Result { () throws(JSONError) in
      try JSONValue(parsing: request.body, maximumValues: Self.valueLimit)
    }
    if let id = request.headers["mcp-session-id"],
      !LoneMessage.isMeant(by: request, try? body.get())
    {
      sessions.heard(from: id, over: exchange.connection, at: .now())
    }
    let answer: Answer
    do throws(Rejection) {
      let admitted = try gate.admit(request, body, from: exchange.clientAddress)
      answer = try await self.answer(admitted, exchange)
    } catch {
      if error.status == 429 { metrics.rateLimited.add() }
      record(error, of: request, from: exchange.clientAddress)
      let id = (try? body.get())?["id"].flatMap { $0.isRequestID ? $0 : nil }
      answer = Answer(error.response(to: id))
    }
    if let reporter = answer.reporter, let message = answer.message {
      if try await reporter.finish(message) { return }
    }
    try await exchange.respond(answer.response)
  }

  /// What goes out for one POST, and who may already have begun to send it.
  struct Answer {
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
    if let message = admitted.lone { return try await answerLone(message, admitted, exchange) }
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
    guard let session = sessions.begin(.negotiated(asked), at: now) else { throw tooManySessions }
    sessions.heard(from: session.id, over: connection, at: now)
    gate.countBeginning(of: session)
    let result = MCPMethods.initializeResult(session.version)
    var response = admitted.response(result.asResult(of: request.id))
    response.headers.append(("Mcp-Session-Id", session.id))
    return response
  }

  /// The refusal of a client for which there is no room.
  var tooManySessions: Rejection {
    Rejection(
      503,
      -32000,
      "too many MCP sessions: all \(sessions.limit) (--mcp-session-limit) are open",
      data: ["code": "mcp_session_limit", "limit": .number(String(sessions.limit))]
    )
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
    guard elements.count <= BatchAnswer.messageLimit else {
      throw Rejection(400, -32600, "a batch has at most \(BatchAnswer.messageLimit) messages")
    }
    var answer = BatchAnswer()
    for (index, element) in elements.enumerated() {
      // The request that brought the batch has been counted.
      let refusal = index > 0 ? gate.countFurtherMessage(of: session) : nil
      if let refusal {
        metrics.rateLimited.add()
        refusals?.record(refusal, client: clientAddress, mcpSessionID: session.id)
      }
      do throws(JSONRPCError) {
        switch try JSONRPCMessage(element) {
        case .request(let request):
          if let refusal = refusal?.error ?? answer.refusal {
            answer.append(refusal.response(to: request.id), to: request.id)
          } else {
            let response = await methods.answer(request, for: session, from: clientAddress)
            answer.append(response, to: request.id)
          }
        case .notification(let method, let parameters) where refusal == nil:
          methods.note(method, parameters, for: session)
        case .notification, .response: break
        }
      } catch {
        answer.append(error.response(to: nil), to: nil)
      }
      // Even calls that never wait leave other connections their turn.
      await Task.yield()
    }
    return answer.isEmpty ? HTTPResponse(status: 202) : admitted.response(encoded: answer.encoded)
  }

  // MARK: DELETE

  private func delete(_ request: HTTPRequest, _ exchange: HTTPExchange) -> HTTPResponse {
    do throws(Rejection) {
      sessions.remove(try gate.session(of: request).id)?.end(.sessionEnded)
      return HTTPResponse(status: 204)
    } catch {
      record(error, of: request, from: exchange.clientAddress)
      return error.response(to: nil)
    }
  }

  private func record(
    _ error: Rejection,
    of request: HTTPRequest,
    from clientAddress: String
  ) {
    refusals?.record(
      error,
      client: clientAddress,
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
