import EventIO

/// Something that a client can have done by `tools/call`.
@ServerLoop
protocol Tool {
  /// The names it answers to, the one to use first.
  var names: [String] { get }

  /// What it does, for a model that chooses among tools.
  var summary: String { get }

  /// What it can be called with.
  var arguments: [ToolArgumentSchema] { get }

  /// What it does to the world.
  var annotations: ToolAnnotations { get }

  /// Does it.
  func call(_ call: ToolCall) async throws(ToolError) -> ToolResult
}

extension Tool {
  /// Its entries of `tools/list`, one for each name: clients call only what they were shown.
  var entries: [JSONValue] {
    names.map { name in
      [
        "name": .string(name),
        "description": .string(name == names[0] ? summary : "\(names[0]) by its older name."),
        "inputSchema": [
          "type": "object",
          "properties": .object(arguments.map { .init($0.name, .object($0.members)) }),
          "required": .array(arguments.filter(\.isRequired).map { .string($0.name) }),
        ],
        "annotations": annotations.json,
      ]
    }
  }
}

/// One call of a tool.
@ServerLoop
struct ToolCall {
  private let arguments: JSONValue

  /// Who calls.
  let session: MCPSession

  /// By which the client may end it.
  let cancellation: Cancellation

  /// What it leaves in the audit trail.
  let audit: AuditedCall

  /// Takes the member `arguments` of `tools/call`, which may be left out; throws where it is no object.
  init(
    _ arguments: JSONValue?,
    session: MCPSession,
    cancellation: Cancellation,
    audit: AuditedCall
  ) throws(ToolError) {
    switch arguments {
    case nil, .null: self.arguments = .object([])
    case .some(.object(let members)): self.arguments = .object(members)
    default:
      throw ToolError(code: "invalid_argument", message: "arguments: expected an object")
    }
    self.session = session
    self.cancellation = cancellation
    self.audit = audit
  }

  /// The value of one of its arguments.
  func value<Value>(_ argument: ToolArgument<Value>) throws(ToolError) -> Value {
    try argument.value(in: arguments)
  }

  /// The SSH session that the argument `session_id` names.
  func sshSession() throws(ToolError) -> SSHSession {
    let id = try value(ToolArgument.sessionID)
    guard id.utf8.count <= 64, let found = session.sshSessions[id], found.id.hasSameBytes(as: id)
    else {
      guard !session.hasAbandoned(id) else { throw .abandoned }
      throw ToolError(
        code: "unknown_session",
        message: "no SSH session of that id is open "
          + (session.isShared ? "for clients of this address" : "in this MCP session")
          + "; call ssh_connect"
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
