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

  /// What it leaves in the audit trail.
  let audit: AuditedCall

  /// The SSH session that the argument `session_id` names.
  func sshSession() throws(ToolError) -> SSHSession {
    let id = try arguments.required("session_id")
    guard id.utf8.count <= 64, let found = session.sshSessions[id], found.id.hasSameBytes(as: id)
    else {
      guard !session.hasAbandoned(id) else { throw .abandoned }
      throw ToolError(
        code: "unknown_session",
        message: "no SSH session of that id is open in this MCP session; call ssh_connect"
      )
    }
    audit.sshSession = found
    return found
  }

  /// Runs a command in that SSH session; it is recorded as a command, or as the reading of the path that
  /// was named to the audit trail.
  func run(
    _ command: RemoteCommand,
    in sshSession: SSHSession
  ) async throws(ToolError) -> CommandOutcome {
    if audit.path == nil, audit.command == nil { audit.command = command.script }
    try audit.begin(audit.path == nil ? .command : .fileRead)
    do throws(SSHSessionFailure) {
      let outcome = try await sshSession.run(command, cancellation)
      audit.ended(outcome)
      return outcome
    } catch {
      throw ToolError(error, timeout: sshSession.commandTimeout)
    }
  }
}
