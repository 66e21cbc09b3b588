import EventIO

/// The environment that programs get which the suite starts: its own without what is not meant for
/// them.
enum ChildEnvironment {
  /// Variables with secrets; the suite alone says them to the server under test.
  private static let secrets = ["LOADTEST_PASSWORD", "LOADTEST_MCP_HEADERS"]

  /// An environment without secrets, and without settings of an `mcp-ssh-server` that its user runs
  /// elsewhere: the embedded one is told by arguments what it is to do.
  static func of(_ environment: [String: String]) -> [String: String] {
    environment.filter { name, _ in
      !secrets.contains { $0.hasSameBytes(as: name) } && !name.hasBytePrefix("MCP_SSH_")
    }
  }

  /// What a stdio server gets of our variables besides those that its user names.
  ///
  /// What tells a program where it is, and whose, and the way to the user's ssh-agent, by which SSH servers log in. The MCP SDKs hand on the first six.
  static let allowed = [
    "HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER", "LANG", "TZ", "TMPDIR", "SSH_AUTH_SOCK",
  ]

  /// The environment of a stdio server.
  static func of(_ environment: [String: String], naming names: [String]) -> [String: String] {
    environment.filter { name, _ in
      (allowed + names).contains { $0.hasSameBytes(as: name) } || name.hasBytePrefix("LC_")
    }
  }
}
