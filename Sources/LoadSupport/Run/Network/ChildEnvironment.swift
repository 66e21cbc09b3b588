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
}
