import EventIO

/// The methods of the protocol behind one MCP session.
@ServerLoop
final class MCPMethods {
  /// Name and version, as initialize and /metrics tell them.
  static let serverName = "mcp-ssh-server"
  static let serverVersion = "1.0.0"

  private let tools: [any Tool]
  private let toolsByName: [String: any Tool]

  init(tools: [any Tool]) {
    self.tools = tools
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
      "serverInfo": ["name": .string(serverName), "version": .string(serverVersion)],
      "instructions":
        "Call ssh_connect first; pass its session_id to the other tools; end with ssh_disconnect.",
    ]
  }

  /// Answers a request with a whole response message.
  func answer(_ request: JSONRPCRequest, for session: MCPSession) async -> JSONValue {
    do throws(JSONRPCError) {
      return try await result(of: request, for: session).asResult(of: request.id)
    } catch {
      return error.response(to: request.id)
    }
  }

  private func result(
    of request: JSONRPCRequest,
    for session: MCPSession
  ) async throws(JSONRPCError) -> JSONValue {
    switch request.method {
    case "ping": return .object([])
    case "tools/list": return ["tools": .array(tools.map(\.definition))]
    case "tools/call": return try await callTool(request.parameters, for: session)
    case "initialize": throw .invalidRequest("this session is already initialized")
    default: throw .unknownMethod("unknown method \(request.method.prefix(100))")
    }
  }

  private func callTool(
    _ parameters: JSONValue?,
    for session: MCPSession
  ) async throws(JSONRPCError) -> JSONValue {
    guard let name = parameters?["name"]?.string else {
      throw .invalidParameters("tools/call needs a name")
    }
    guard let tool = toolsByName[name] else { throw .unknownMethod("unknown tool \(name)") }
    do throws(ToolError) {
      return try await tool.call(ToolArguments(parameters?["arguments"]), for: session).json
    } catch {
      return error.json
    }
  }
}
