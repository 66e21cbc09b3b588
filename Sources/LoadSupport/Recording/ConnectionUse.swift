/// How long a client keeps a connection to the server.
///
/// A client that keeps its connection hides what a balancer does: all of its requests reach the same replica.
package enum ConnectionUse: String, Sendable, Codable, CaseIterable {
  /// One connection for as long as it lasts, through all sessions of its worker.
  case kept

  /// A new one for each MCP session; without sessions, as from MCP 2026-07-28 on, the same as kept.
  case perSession = "per-session"

  /// A new one for each request, which `Connection: close` (RFC 9112 §9.6) says to the server.
  case perRequest = "per-request"

  /// How a report says it behind other words of the load; nil for what is usual.
  var words: String? {
    switch self {
    case .kept: nil
    case .perSession: "a new connection for each MCP session"
    case .perRequest: "a new connection for each request"
    }
  }
}
