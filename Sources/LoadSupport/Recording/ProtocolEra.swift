/// What revisions of the Model Context Protocol have in common about how a client and a server get together.
package enum ProtocolEra: String, Sendable, Codable, CaseIterable {
  /// Up to 2025-11-25: a handshake, `initialize`, opens a session, which the server may give an id.
  case legacy

  /// From 2026-07-28 on: each request tells all by itself, and there is neither handshake nor session.
  case modern
}
