/// Why an SSH session ended.
enum DisconnectCause: String, Sendable {
  /// `ssh_disconnect`.
  case client

  /// Its MCP session was ended by its client.
  case sessionEnded = "session_ended"

  /// Its MCP session had been silent for too long.
  case sessionIdle = "session_idle"

  /// Its client was gone and others waited for its connection.
  case abandoned

  /// The server ends.
  case shutdown
}
