/// Who has the server do something.
struct AuditedClient: Sendable {
  /// The client's numeric address.
  let address: String

  /// The id of its MCP session.
  let mcpSessionID: String

  /// Adds both to a line.
  func add(to line: inout AuditLine) {
    line.add("client", address)
    line.add("mcp_session", AuditTrail.shortened(mcpSessionID))
  }
}
