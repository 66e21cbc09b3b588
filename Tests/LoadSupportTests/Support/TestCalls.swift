import EventIO

@testable import LoadSupport

/// Calls of a session at a scripted server.
enum TestCalls {
  /// A call that runs a command.
  static let call = call(.standard)

  /// The same as a tool profile has it.
  static func call(_ profile: ToolProfile) -> CallTemplate {
    SSHTarget(host: "h", port: 22).runCall("id", operation: "id", profile)
  }

  /// A session at a server that is not open yet.
  static func session(
    of server: ScriptedServer,
    path: String = "/mcp",
    headers: [String: Secret] = [:],
    lanes: Int = 1,
    profile: ToolProfile = .standard,
    timeouts: HTTPClientTimeouts = HTTPClientTimeouts(),
    on loop: EventLoop
  ) throws -> MCPClientSession {
    let url = HTTPURL(host: "127.0.0.1", port: server.address.port, path: path)
    return MCPClientSession(
      try MCPClientEndpoint(url, headers: headers),
      profile: profile,
      timeouts: timeouts,
      lanes: lanes,
      on: loop
    )
  }

  /// One call against a server that answers it so, whatever the id.
  static func attempt(
    _ answer: @escaping @Sendable (Int) -> [ScriptedServer.Step]
  ) async throws -> Attempt {
    try await LoopHarness.run { request, _ in
      answer(request.json["id"]?.integer ?? 0)
    } _: { loop, server in
      try await session(of: server, on: loop).perform(call, plannedAt: 5)
    }
  }
}

extension Answer {
  /// What may come in an event stream before the answer.
  static let noise =
    ": hello\n\nevent: ping\ndata: {}\n\ndata: not JSON\n\n"
    + #"data: {"jsonrpc":"2.0","method":"notifications/progress","params":{}}"# + "\n\n"
    + #"data: {"jsonrpc":"2.0","id":999,"result":{"isError":true}}"# + "\r\n\r\n"
}

extension SlotValue {
  /// What it is as a JSON value of a message.
  var json: JSONValue {
    get throws {
      var bytes: [UInt8] = []
      append(to: &bytes, in: .value)
      return try JSONValue(parsing: bytes)
    }
  }
}
