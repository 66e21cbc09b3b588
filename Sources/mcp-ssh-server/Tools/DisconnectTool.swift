import EventIO

/// `ssh_disconnect`: ends an SSH session; its connection goes back to the pool.
struct DisconnectTool: Tool {
  let names = ["ssh_disconnect"]

  let definition = ToolSchema.tool(
    "ssh_disconnect",
    "Ends an SSH session.",
    [ToolSchema.sessionID],
    required: ["session_id"]
  )

  func call(_ call: ToolCall) async throws(ToolError) -> ToolResult {
    let found = try call.sshSession()
    call.session.remove(found.id)?.close(.client)
    return ToolResult(
      texts: ["disconnected from \(found.key.destination)"],
      structured: [.init("session_id", .string(found.id)), .init("disconnected", true)]
    )
  }
}
