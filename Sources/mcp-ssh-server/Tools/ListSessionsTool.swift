import EventIO

/// `ssh_list_sessions`: the SSH sessions of the caller's MCP session.
struct ListSessionsTool: Tool {
  let names = ["ssh_list_sessions"]

  let summary = "Lists the SSH sessions that are open."
  let arguments: [ToolArgumentSchema] = []
  let annotations = ToolAnnotations(
    title: "List SSH sessions",
    isReadOnly: true,
    isIdempotent: true,
    isOpenWorld: false
  )

  func call(_ call: ToolCall) async throws(ToolError) -> ToolResult {
    let sessions = call.session.sshSessions.values.sorted { $0.id < $1.id }
    let list = sessions.map { session -> JSONValue in
      let destination = session.key.destination
      return [
        "session_id": .string(session.id), "host": .string(destination.host),
        "user": .string(destination.user), "port": .number(String(destination.port)),
        "commands": .number(String(session.commandCount)),
      ]
    }
    let members: [JSONValue.Member] = [
      .init("sessions", .array(list)), .init("count", .number(String(list.count))),
    ]
    return .structured(members, extra: members)
  }
}
