import EventIO

/// `ssh_disconnect`: ends an SSH session; its connection goes back to the pool.
struct DisconnectTool: Tool {
  let names = ["ssh_disconnect"]

  let summary = "Ends an SSH session."
  let arguments = [ToolArgument.sessionID.schema]
  let annotations = ToolAnnotations(title: "End an SSH session", isIdempotent: true)

  func call(_ call: ToolCall) async throws(ToolError) -> ToolResult {
    let found = try call.sshSession()
    call.session.remove(found.id)?.close(.client)
    return ToolResult(
      texts: ["disconnected from \(found.key.destination)"],
      structured: [.init("session_id", .string(found.id)), .init("disconnected", true)]
    )
  }
}
