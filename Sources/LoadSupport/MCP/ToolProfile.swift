/// How a server names its tools and their arguments, and how it words its refusals.
///
/// Data, so that a server with other names can be described in a JSON file; the defaults are those
/// of the MCP SSH automation server.
package struct ToolProfile: Sendable, Equatable, Codable {
  /// A tool's name and what it calls each of the arguments that the suite may send.
  package struct Tool: Sendable, Equatable, Codable {
    /// The tool's name in `tools/call`.
    package var name: String

    /// Our name of an argument → the server's; what is missing is never sent.
    package var arguments: [String: String]
  }

  /// What the profile is called in reports.
  package var name: String

  /// The newest protocol version to ask for in `initialize`.
  package var protocolVersion: String

  /// Opens an SSH session.
  ///
  /// Arguments: host, port, user, password, insecure, reuse.
  package var connect: Tool

  /// Runs a command in an SSH session.
  ///
  /// Arguments: session, command.
  package var run: Tool

  /// Closes an SSH session.
  ///
  /// Arguments: session.
  package var disconnect: Tool

  /// Where the answer to `connect` carries the session's id.
  package var sessionKeys: [String]

  /// Error codes that mean "too many requests".
  package var rateLimitedCodes: [String]

  /// Error codes that mean "a pool or session limit is reached".
  package var rejectedCodes: [String]

  /// Texts that mean "too many requests", in lower case, where there is no code.
  package var rateLimitedTexts: [String]

  /// Texts that mean "a pool or session limit is reached", in lower case, where there is no code.
  package var rejectedTexts: [String]

  private enum CodingKeys: String, CodingKey {
    case name
    case protocolVersion = "protocol_version"
    case connect
    case run
    case disconnect
    case sessionKeys = "session_keys"
    case rateLimitedCodes = "rate_limited_codes"
    case rejectedCodes = "rejected_codes"
    case rateLimitedTexts = "rate_limited_texts"
    case rejectedTexts = "rejected_texts"
  }

  /// The names of the MCP SSH automation server.
  package static let standard = ToolProfile(
    name: "standard",
    protocolVersion: "2025-11-25",
    connect: Tool(
      name: "ssh_connect",
      arguments: [
        "host": "host", "port": "port", "user": "user", "password": "password",
        "insecure": "insecure", "reuse": "reuse",
      ]
    ),
    run: Tool(
      name: "ssh_run_command",
      arguments: ["session": "session_id", "command": "command"]
    ),
    disconnect: Tool(name: "ssh_disconnect", arguments: ["session": "session_id"]),
    sessionKeys: ["session_id"],
    rateLimitedCodes: ["429", "rate_limit", "rate_limited"],
    rejectedCodes: ["pool_limit", "session_limit", "mcp_session_limit"],
    rateLimitedTexts: ["rate limit", "too many requests"],
    rejectedTexts: [
      "pool limit", "pool exhausted", "pool is full", "pool full", "session limit",
      "too many sessions", "too many connections", "connection limit", "maximum sessions",
      "max sessions", "maximum number of",
    ]
  )
}
