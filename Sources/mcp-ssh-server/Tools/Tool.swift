import EventIO

/// Something that a client can have done by `tools/call`.
@ServerLoop
protocol Tool {
  /// The names it answers to; `tools/list` shows the first.
  var names: [String] { get }

  /// Its entry of `tools/list`.
  var definition: JSONValue { get }

  /// Does it.
  func call(
    _ arguments: ToolArguments,
    for session: MCPSession
  ) async throws(ToolError) -> ToolResult
}

/// What tools work with.
@ServerLoop
struct ToolServices {
  let configuration: ServerConfiguration
  let ssh: SSHSession.Environment

  /// The SSH session that an argument names.
  func sshSession(
    _ arguments: ToolArguments,
    of session: MCPSession
  ) throws(ToolError) -> SSHSession {
    let id = try arguments.required("session_id")
    guard let found = session.sshSessions[id] else {
      throw ToolError(
        code: "unknown_session",
        message: "no SSH session \(id.prefix(64)) is open in this MCP session; call ssh_connect"
      )
    }
    return found
  }
}
