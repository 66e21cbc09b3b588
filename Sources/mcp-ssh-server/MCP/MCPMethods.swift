import EventIO

/// The methods of the protocol behind one MCP session.
@ServerLoop
final class MCPMethods {
  private static let nameLimitBytes = 100

  private let toolList: JSONValue

  /// The tools for those who belong to no session.
  let loneToolList: JSONValue

  /// What the server is, for those who belong to no session.
  let discovery = LoneMessage.completed(
    [
      "supportedVersions": .array(LoneMessage.supported.map { .string($0) }),
      "capabilities": ["tools": [:]], "instructions": .string(instructions),
    ],
    more: LoneMessage.caching
  )

  private let toolsByName: [String: any Tool]
  private let faults: FaultInjection
  private let audit: AuditTrail?

  init(tools: [any Tool], faults: FaultInjection, audit: AuditTrail?) {
    toolList = ["tools": .array(tools.flatMap(\.entries))]
    loneToolList = LoneMessage.completed(toolList, more: LoneMessage.caching)
    self.faults = faults
    self.audit = audit
    var byName: [String: any Tool] = [:]
    for tool in tools {
      for name in tool.names { byName[name] = tool }
    }
    toolsByName = byName
  }

  /// The result of `initialize` for a revision.
  static func initializeResult(_ version: ProtocolVersion) -> JSONValue {
    [
      "protocolVersion": .string(version.rawValue),
      "capabilities": ["tools": ["listChanged": false]],
      "serverInfo": [
        "name": .string(ProgramVersion.name), "version": .string(ProgramVersion.number),
      ],
      "instructions": .string(instructions),
    ]
  }

  private static let instructions =
    "Call ssh_connect first; pass its session_id to the other tools; end with ssh_disconnect."

  /// Answers a request from an address with a whole response message; the cancellation ends a call.
  func answer(
    _ request: JSONRPCRequest,
    for session: MCPSession,
    from clientAddress: String,
    _ cancellation: Cancellation = Cancellation()
  ) async -> JSONValue {
    do throws(JSONRPCError) {
      let client = AuditedClient(address: clientAddress, mcpSessionID: session.id)
      let result = try await result(of: request, for: session, client, cancellation)
      return (session.isShared ? LoneMessage.completed(result) : result).asResult(of: request.id)
    } catch {
      return error.response(to: request.id)
    }
  }

  /// Takes a message that wants no answer.
  func note(_ method: String, _ parameters: JSONValue?, for session: MCPSession) {
    guard method == "notifications/cancelled", let id = parameters?["requestId"] else { return }
    session.cancel(id)
  }

  private func result(
    of request: JSONRPCRequest,
    for session: MCPSession,
    _ client: AuditedClient,
    _ cancellation: Cancellation
  ) async throws(JSONRPCError) -> JSONValue {
    // Swift compares texts that are not ASCII slowly, and no name of ours is as long.
    guard request.method.utf8.count <= Self.nameLimitBytes else {
      throw .unknownMethod("unknown method \(request.method.bounded(to: 100))")
    }
    switch request.method {
    case "ping": return .object([])
    case "tools/list": return toolList
    case "tools/call": return try await callTool(request, for: session, client, cancellation)
    case "initialize":
      throw .invalidRequest(
        "this session is already initialized; call initialize without Mcp-Session-Id for another"
      )
    default: throw .unknownMethod("unknown method \(request.method.bounded(to: 100))")
    }
  }

  private func callTool(
    _ request: JSONRPCRequest,
    for session: MCPSession,
    _ client: AuditedClient,
    _ cancellation: Cancellation
  ) async throws(JSONRPCError) -> JSONValue {
    let parameters = request.parameters
    guard let name = parameters?["name"]?.string else {
      throw .invalidParameters("tools/call needs a name")
    }
    // The protocol takes a tool's name for a parameter of tools/call (2025-06-18, "Error Handling").
    guard name.utf8.count <= Self.nameLimitBytes, let tool = toolsByName[name] else {
      throw .invalidParameters("unknown tool \(name.bounded(to: 100))")
    }
    session.begin(request.id, cancellation)
    defer { session.finish(cancellation) }
    let audited = AuditedCall(audit, tool: name, client: client)
    do throws(ToolError) {
      try await faults.delayAndDecide(name)
      let call = try ToolCall(
        parameters?["arguments"],
        session: session,
        cancellation: cancellation,
        audit: audited
      )
      let result = try await tool.call(call)
      audited.end(nil)
      return result.json
    } catch {
      audited.end(error)
      return error.json
    }
  }
}
