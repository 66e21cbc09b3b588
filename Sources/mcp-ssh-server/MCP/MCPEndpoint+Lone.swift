import EventIO

/// Messages that stand alone (MCP 2026-07-28).
extension MCPEndpoint {
  /// Answers one; hanging up ends what it has begun.
  func answerLone(
    _ message: JSONRPCMessage,
    _ admitted: AdmittedRequest,
    _ exchange: HTTPExchange
  ) async throws(Rejection) -> Answer {
    guard case .request(let request) = message else { return Answer(HTTPResponse(status: 202)) }
    let message: JSONValue
    var reporter: ProgressReporter?
    switch request.method {
    case "server/discover": message = methods.discovery.asResult(of: request.id)
    case "tools/list": message = methods.loneToolList.asResult(of: request.id)
    case "tools/call":
      let session = try session(of: exchange)
      reporter = ProgressReporter(for: request, admitted, exchange)
      let cancellation = Cancellation()
      let watch = exchange.watchForHangUp { cancellation.request() }
      let answer = await methods.answer(
        request,
        for: session,
        from: exchange.clientAddress,
        cancellation
      )
      watch.end()
      message = answer
    default:
      throw Rejection(404, -32601, "unknown method \(request.method.bounded(to: 100))")
    }
    var answer = Answer(admitted.response(message))
    answer.message = message
    answer.reporter = reporter
    return answer
  }

  /// What all clients at an address share that have no sessions of their own.
  private func session(of exchange: HTTPExchange) throws(Rejection) -> MCPSession {
    let now = MonotonicInstant.now()
    guard let session = sessions.shared(by: exchange.clientAddress, at: now) else {
      throw tooManySessions
    }
    sessions.heard(from: session.id, over: exchange.connection, at: now)
    return session
  }
}
