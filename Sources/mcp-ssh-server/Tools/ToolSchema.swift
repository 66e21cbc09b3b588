import EventIO

/// The JSON schema of a tool's arguments, as `tools/list` shows it.
enum ToolSchema {
  /// One argument.
  static func property(
    _ name: String,
    _ type: String,
    _ description: String,
    _ more: [JSONValue.Member] = []
  ) -> JSONValue.Member {
    let members: [JSONValue.Member] = [
      .init("type", .string(type)), .init("description", .string(description)),
    ]
    return .init(name, .object(members + more))
  }

  /// A tool with its arguments.
  static func tool(
    _ name: String,
    _ description: String,
    _ properties: [JSONValue.Member],
    required: [String] = []
  ) -> JSONValue {
    [
      "name": .string(name),
      "description": .string(description),
      "inputSchema": [
        "type": "object",
        "properties": .object(properties),
        "required": .array(required.map { .string($0) }),
      ],
    ]
  }

  /// The argument by which tools name an SSH session.
  static let sessionID = property("session_id", "string", "The session_id that ssh_connect gave.")
}
