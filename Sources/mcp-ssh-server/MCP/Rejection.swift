import EventIO

/// The refusal of a whole HTTP request, with the JSON-RPC error of its body.
struct Rejection: Error, Equatable, Sendable {
  /// The HTTP status.
  let status: Int

  /// The error of the body.
  let error: JSONRPCError

  /// Header fields that go with the status.
  var headers: [String: String] = [:]

  init(_ status: Int, _ code: Int, _ message: String, data: JSONValue? = nil) {
    self.status = status
    error = JSONRPCError(code: code, message: message, data: data)
  }

  /// A request over the rate, to be repeated after so many seconds.
  static func rateLimited(_ limit: RateLimit, retryAfterSeconds: Int) -> Rejection {
    var rejection = Rejection(
      429,
      429,
      "rate limit exceeded: \(limit.requests) requests in \(limit.window.seconds.plainText)"
        + " s; try again in \(retryAfterSeconds) s",
      data: [
        "code": "rate_limit", "limit": .number(String(limit.requests)),
        "retry_after_seconds": .number(String(retryAfterSeconds)),
      ]
    )
    rejection.headers = ["Retry-After": String(retryAfterSeconds)]
    return rejection
  }

  /// A request without the bearer token (RFC 6750 §3).
  static var unauthorized: Rejection {
    var rejection = Rejection(401, -32001, "the bearer token is missing or wrong")
    rejection.headers = ["WWW-Authenticate": "Bearer realm=\"mcp-ssh-server\""]
    return rejection
  }

  /// Turns a message that cannot be read into status 400.
  static func onBadMessage<Value>(
    _ body: () throws(JSONRPCError) -> Value
  ) throws(Rejection) -> Value {
    do throws(JSONRPCError) {
      return try body()
    } catch {
      throw Rejection(400, error.code, error.message)
    }
  }

  /// The answer; without an id, null stands for it.
  func response(to id: JSONValue?) -> HTTPResponse {
    var response = HTTPResponse(status: status, json: error.response(to: id))
    for (name, value) in headers { response.headers.append((name, value)) }
    return response
  }
}
