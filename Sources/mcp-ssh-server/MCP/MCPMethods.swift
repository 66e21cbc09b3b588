import EventIO

/// The methods of the protocol behind one MCP session.
@ServerLoop
final class MCPMethods {
  private static let nameLimitBytes = 100

  private let toolList: JSONValue
  private let toolsByName: [String: any Tool]
  private let faults: FaultInjection
  private let audit: AuditTrail?

  init(tools: [any Tool], faults: FaultInjection, audit: AuditTrail?) {
    toolList = ["tools": .array(tools.flatMap(\.entries))]
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
      "instructions":
        "Call ssh_connect first; pass its session_id to the other tools; end with ssh_disconnect.",
    ]
  }

  /// Answers a request from an address with a whole response message.
  func answer(
    _ request: JSONRPCRequest,
    for session: MCPSession,
    from clientAddress: String
  ) async -> JSONValue {
    do throws(JSONRPCError) {
      let client = AuditedClient(address: clientAddress, mcpSessionID: session.id)
      return try await result(of: request, for: session, client).asResult(of: request.id)
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
    _ client: AuditedClient
  ) async throws(JSONRPCError) -> JSONValue {
    // Swift compares texts that are not ASCII slowly, and no name of ours is as long.
    guard request.method.utf8.count <= Self.nameLimitBytes else {
      throw .unknownMethod("unknown method \(request.method.bounded(to: 100))")
    }
    switch request.method {
    case "ping": return .object([])
    case "tools/list": return toolList
    case "tools/call": return try await callTool(request, for: session, client)
    case "initialize": throw .invalidRequest("this session is already initialized")
    default: throw .unknownMethod("unknown method \(request.method.bounded(to: 100))")
    }
  }

  private func callTool(
    _ request: JSONRPCRequest,
    for session: MCPSession,
    _ client: AuditedClient
  ) async throws(JSONRPCError) -> JSONValue {
    let parameters = request.parameters
    guard let name = parameters?["name"]?.string else {
      throw .invalidParameters("tools/call needs a name")
    }
    // The protocol takes a tool's name for a parameter of tools/call (2025-06-18, "Error Handling").
    guard name.utf8.count <= Self.nameLimitBytes, let tool = toolsByName[name] else {
      throw .invalidParameters("unknown tool \(name.bounded(to: 100))")
    }
    let cancellation = session.begin(request.id)
    defer { session.finish(request.id, cancellation) }
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
