import EventIO

/// `ssh_list_sessions`: the SSH sessions of the caller's MCP session.
struct ListSessionsTool: Tool {
  let names = ["ssh_list_sessions"]

  let summary =
    "Lists the SSH sessions that are open; without their ids to clients that have no MCP session."
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
      // Whoever knows an id may use the session.
      return .object(
        (call.session.isShared ? [] : [.init("session_id", .string(session.id))])
          + [
            .init("host", .string(destination.host)), .init("user", .string(destination.user)),
            .init("port", .number(String(destination.port))),
            .init("commands", .number(String(session.commandCount))),
          ]
      )
    }
    let members: [JSONValue.Member] = [
      .init("sessions", .array(list)), .init("count", .number(String(list.count))),
    ]
    return .structured(members, extra: members)
  }
}
