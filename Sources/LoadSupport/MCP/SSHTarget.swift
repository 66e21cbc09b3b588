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
  package var skipsHostKeyCheck: Bool

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
  /// reusing is wanted.
  package func connectRequest(
    _ profile: ToolProfile,
    reusing: Bool = true,
    operation: String = "ssh_connect"
  ) -> MCPRequest {
    var arguments = ArgumentList(profile.connect)
    arguments.add("host", .string(host))
    arguments.add("port", .number(String(port)))
    if let user { arguments.add("user", .string(user)) }
    if let password { arguments.add("password", .string(password.value)) }
    if skipsHostKeyCheck { arguments.add("insecure", true) }
    if !reusing { arguments.add("reuse", false) }
    return MCPRequest(
      tool: profile.connect.name,
      arguments: arguments.members,
      operation: operation
    )
  }
}

/// A password or token that must not appear in any output.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
  /// The secret itself, for the wire only.
  package let value: String

  /// Wraps a secret.
  package init(_ value: String) {
    self.value = value
  }

  package var description: String { "(secret)" }

  package var customMirror: Mirror { Mirror(self, children: []) }

  /// The text with every occurrence of the secret replaced: servers repeat what they were sent.
  package func redacted(from text: String) -> String {
    guard !value.isEmpty else { return text }
    // Bytes, not characters: an accent behind the secret would make another character of its end.
    var rest = Array(text.utf8)[...]
    var redacted: [UInt8] = []
    while let range = rest.firstRange(of: value.utf8) {
      redacted += rest[..<range.lowerBound] + Array("(secret)".utf8)
      rest = rest[range.upperBound...]
    }
    return String(decoding: redacted + rest, as: UTF8.self)
  }
}

/// An open SSH session of an MCP session.
package struct SSHSession: Sendable, Equatable {
  /// The id that the server gave it.
  package let id: String

  /// Names a session.
  package init(id: String) {
    self.id = id
  }

  /// The call that runs a command in this session.
  package func runRequest(
    _ command: String,
    operation: String,
    _ profile: ToolProfile
  ) -> MCPRequest {
    var arguments = ArgumentList(profile.run)
    arguments.add("session", .string(id))
    arguments.add("command", .string(command))
    return MCPRequest(tool: profile.run.name, arguments: arguments.members, operation: operation)
  }

  /// The call that closes this session.
  package func disconnectRequest(
    _ profile: ToolProfile,
    operation: String = "ssh_disconnect"
  ) -> MCPRequest {
    var arguments = ArgumentList(profile.disconnect)
    arguments.add("session", .string(id))
    return MCPRequest(
      tool: profile.disconnect.name,
      arguments: arguments.members,
      operation: operation
    )
  }
}

/// Arguments of a call under the names that the server's tool has for them.
private struct ArgumentList {
  private let tool: ToolProfile.Tool
  private(set) var members: [JSONValue.Member] = []

  init(_ tool: ToolProfile.Tool) {
    self.tool = tool
  }

  /// Adds an argument, unless the tool has no such one.
  mutating func add(_ name: String, _ value: JSONValue) {
    guard let name = tool.arguments[name] else { return }
    members.append(JSONValue.Member(name, value))
  }
}
