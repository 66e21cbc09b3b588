import EventIO

/// The failure of a tool, which the model reads and a program can tell apart.
///
/// It goes out with HTTP status 200 and `isError`.
struct ToolError: Error, Equatable, Sendable {
  /// The kind, in a word.
  let code: String

  /// What happened and, where that is known, what to do.
  let message: String

  /// Further members of structuredContent.
  var details: [JSONValue.Member] = []

  /// An argument that is missing or wrong.
  static func invalidArgument(_ name: String, _ expectation: String) -> ToolError {
    ToolError(
      code: "invalid_argument",
      message: "argument \(name): expected \(expectation)",
      details: [.init("argument", .string(name))]
    )
  }

  /// A limit that is reached.
  static func limitReached(_ code: String, _ limit: Int, _ message: String) -> ToolError {
    ToolError(
      code: code,
      message: message,
      details: [.init("limit", .number(String(limit)))]
    )
  }
}

extension ToolError {
  /// A session that others got.
  static let abandoned = ToolError(
    code: "session_closed",
    message: "the SSH session was closed: nothing was heard from its client for longer than"
      + " --abandon-timeout, and others waited for its connection; call ssh_connect"
  )

  /// What the pool's refusal means to a client.
  init(_ failure: PoolFailure) {
    switch failure {
    case .full(let limit, let waited):
      let waiting = waited > .zero ? " after \(waited.seconds.plainText) s" : ""
      self = .limitReached(
        "pool_limit",
        limit,
        "SSH connection pool is full\(waiting): all \(limit) connections (--pool-limit) are in use"
      )
    case .login(let login):
      self.init(
        code: "login_failed",
        message: "cannot log in: \(login.text)",
        details: [.init("reason", .string(login.reason.rawValue))]
      )
    case .cancelled: self.init(code: "cancelled", message: "the call was cancelled")
    case .closed:
      self.init(code: "shutting_down", message: "the server is shutting down")
    }
  }

  /// What a session's failure means to a client.
  init(_ failure: SSHSessionFailure, timeout: Duration) {
    switch failure {
    case .closed: self.init(code: "session_closed", message: "the SSH session was closed")
    case .pool(let failure): self.init(failure)
    case .command(.timedOut):
      self.init(
        code: "command_timeout",
        message:
          "the command did not end within \(timeout.seconds.plainText) s and was stopped",
        details: [.init("timeout_seconds", .number(timeout.seconds.plainText))]
      )
    case .command(.cancelled): self.init(code: "cancelled", message: "the command was cancelled")
    case .command(.connectionLost(let reason)):
      self.init(
        code: "connection_lost",
        message: "the SSH connection ended while the command ran: \(reason)"
      )
    }
  }
}
