/// What an attempt came to; every attempt has exactly one.
package enum Outcome: String, Sendable, Codable, CaseIterable {
  /// The server did what was asked.
  case success

  /// Refused for asking too often: HTTP 429, or an error that says so.
  case rateLimited = "rate_limited"

  /// Refused because a pool or a session limit is reached.
  case rejected

  /// The tool failed: `isError: true`, also inside HTTP 200.
  case toolError = "tool_error"

  /// A JSON-RPC error.
  case rpcError = "rpc_error"

  /// Another HTTP status of 300 or more.
  case httpError = "http_error"

  /// It says that it worked, and what it says shows that it did not: an exit status that is not
  /// accepted, an empty text, words that mean failure.
  case wrongAnswer = "wrong_answer"

  /// Not HTTP, not JSON, the wrong id, or a stream that ended without the answer.
  case protocolError = "protocol_error"

  /// No answer in time.
  case timeout

  /// Refused, reset or ended connection.
  case transportError = "transport_error"

  /// Not sent, because the generator had no descriptor, port or memory left for it.
  case ownShortage = "own_shortage"

  /// Not sent within its timeout after it was planned.
  case dropped

  /// Cut off because the run was stopped at once.
  case interrupted
}

/// The part of a run that an attempt belongs to, by the instant at which it was planned.
package enum Phase: String, Sendable, Codable, CaseIterable {
  /// Handshakes and logins before the load.
  case setup

  /// Load that no figure counts.
  case warmup

  /// The window that is judged.
  case measure

  /// What follows the window: closing sessions.
  case drain
}
