import EventIO

/// The machine that commands run on, as `ssh_connect` is told.
package struct SSHTarget: Sendable, Equatable {
  /// Name or address, as the server sees it.
  package var host: String

  /// The port of its sshd.
  package var port: UInt16

  /// The user to log in as; nil leaves it to the server.
  package var user: String?

  /// The password; nil means that the server logs in by key.
  package var password: Secret?

  /// Whether the server is told not to check the host key.
  var skipsHostKeyCheck: Bool

  /// Describes a target.
  package init(
    host: String,
    port: UInt16,
    user: String? = nil,
    password: Secret? = nil,
    skipsHostKeyCheck: Bool = false
  ) {
    self.host = host
    self.port = port
    self.user = user
    self.password = password
    self.skipsHostKeyCheck = skipsHostKeyCheck
  }

  /// The call that opens an SSH session to this target, on a pooled connection if there is one and
  /// reusing is wanted; nil for a server without sessions.
  func connectRequest(
    _ profile: ToolProfile,
    reusing: Bool = true,
    operation: String = OperationName.openSession
  ) -> MCPRequest? {
    guard let tool = profile.connect else { return nil }
    var arguments = ArgumentList(tool)
    arguments.add(self)
    if !reusing { arguments.add("reuse", false) }
    return MCPRequest(
      tool: tool.name,
      arguments: arguments.members,
      operation: operation,
      demanding: .session
    )
  }

  /// The call that runs a command, in a session where the server has sessions.
  ///
  /// `mustSpeak` says that an empty answer is a wrong one, `mustTellStatus` that one without an exit status is.
  func runRequest(
    _ command: String,
    in session: SSHSession?,
    operation: String,
    mustSpeak: Bool = false,
    mustTellStatus: Bool = false,
    _ profile: ToolProfile
  ) -> MCPRequest {
    var arguments = ArgumentList(profile.run)
    arguments.add(self)
    if let session { arguments.add("session", session.id) }
    arguments.add("command", .string(command))
    return MCPRequest(
      tool: profile.run.name,
      arguments: arguments.members,
      operation: operation,
      demanding: .command(mustSpeak: mustSpeak, mustTellStatus: mustTellStatus)
    )
  }
}

/// An open SSH session of an MCP session.
struct SSHSession: Sendable, Equatable {
  /// The id that the server gave it: a text or a number, sent back as it came.
  let id: JSONValue

  /// The call that closes this session; nil for a server without sessions.
  func disconnectRequest(
    _ profile: ToolProfile,
    operation: String = OperationName.closeSession
  ) -> MCPRequest? {
    guard let tool = profile.disconnect else { return nil }
    var arguments = ArgumentList(tool)
    arguments.add("session", id)
    return MCPRequest(
      tool: tool.name,
      arguments: arguments.members,
      operation: operation,
      demanding: .done
    )
  }
}

/// Arguments of a call under the names that the server's tool has for them.
private struct ArgumentList {
  private let tool: ToolProfile.Tool
  private(set) var members: [JSONValue.Member]

  init(_ tool: ToolProfile.Tool) {
    self.tool = tool
    members = tool.fixed
  }

  /// Adds an argument, unless the tool has no such one.
  mutating func add(_ name: String, _ value: JSONValue) {
    guard let name = tool.arguments[name] else { return }
    members.append(JSONValue.Member(name, value))
  }

  /// Adds what tells where to log in, and as whom.
  mutating func add(_ target: SSHTarget) {
    add("host", .string(target.host))
    add("port", .number(String(target.port)))
    if let user = target.user { add("user", .string(user)) }
    if let password = target.password { add("password", .string(password.value)) }
    if target.skipsHostKeyCheck { add("insecure", true) }
  }
}
