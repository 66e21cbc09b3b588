import EventIO

/// Something that a client can have done by `tools/call`.
@ServerLoop
protocol Tool {
  /// The names it answers to, the one to use first.
  var names: [String] { get }

  /// Its entry of `tools/list` under its first name, but for the annotations.
  var definition: JSONValue { get }

  /// Does it.
  func call(_ call: ToolCall) async throws(ToolError) -> ToolResult
}

/// One call of a tool.
@ServerLoop
struct ToolCall {
  /// What it is called with.
  let arguments: ToolArguments

  /// Who calls.
  let session: MCPSession

  /// By which the client may end it.
  let cancellation: Cancellation

  /// The SSH session that the argument `session_id` names.
  func sshSession() throws(ToolError) -> SSHSession {
    let id = try arguments.required("session_id")
    guard let found = session.sshSessions[id], found.id.hasSameBytes(as: id) else {
      throw ToolError(
        code: "unknown_session",
        message:
          "no SSH session \(id.bounded(to: 64)) is open in this MCP session; call ssh_connect"
      )
    }
    return found
  }

  /// Runs a command in that SSH session.
  func run(
    _ command: RemoteCommand,
    in sshSession: SSHSession
  ) async throws(ToolError) -> CommandOutcome {
    do throws(SSHSessionFailure) {
      return try await sshSession.run(command, cancellation)
    } catch {
      throw ToolError(error, timeout: sshSession.commandTimeout)
    }
  }
}
