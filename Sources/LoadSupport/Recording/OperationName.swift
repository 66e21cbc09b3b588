/// The operations of the suite's own scenarios, by the name that their samples carry.
///
/// Declared once, for the half that loads and the half that judges; a load of a user's own has others.
enum OperationName {
  static let hostname = "hostname"
  static let whoami = "whoami"
  static let cat = "cat"
  static let connect = "connect"
  static let disconnect = "disconnect"
  static let list = "list"
  static let health = "health"
  static let echo = "echo"
  static let slow = "slow"

  /// An event stream that is held, and one that is broken as soon as it begins.
  static let heldStream = "held stream"
  static let brokenStream = "broken stream"

  /// A call that is cancelled while it is under way.
  static let cancelled = "cancelled call"

  /// Whether the target tells of its processes.
  static let processes = "ps"

  /// Whether commands of calls that have ended are gone from the target.
  static let commandsGone = "commands gone"

  // What workers do besides, to have what their operations need.
  static let initialize = "initialize"
  static let discover = "server/discover"
  static let initialized = "notifications/initialized"
  static let openSession = "ssh_connect"
  static let closeSession = "ssh_disconnect"
  static let endSession = "session_delete"

  /// From the wish for a process of a stdio server to its answer to the first request.
  static let startServer = "server_start"

  /// From the end of its standard input to its own.
  static let stopServer = "server_stop"

  /// What opens a worker's sessions.
  static let opening = [initialize, initialized, openSession]

  /// The commands of the suite's own scenarios.
  static let commands = [hostname, whoami, cat]
}

/// What an operation does, whatever it is called.
enum OperationKind: String, Sendable, Codable, CaseIterable {
  /// It runs a command on the target.
  case command

  /// It opens an SSH session, by a pooled connection if the server has one.
  case connect

  /// It opens an SSH session by a login of its own.
  case freshConnect = "fresh_connect"

  /// It gives an SSH session back.
  case disconnect

  /// It asks for the server's tools.
  case listTools = "list_tools"

  /// It asks for the server's health.
  case health

  /// It opens a stream of events, and hangs up.
  case stream

  /// It leaves the MCP session.
  case leave

  /// It calls a tool by its name.
  case tool

  /// It sends another request.
  case request

  /// What headers say of operations of this kind that run no command.
  var summary: String {
    switch self {
    case .command: "a command"
    case .connect: "ssh_connect"
    case .freshConnect: "ssh_connect with a fresh login"
    case .disconnect: "ssh_disconnect"
    case .listTools: "tools/list"
    case .health: "GET /health"
    case .leave: "the MCP session is left"
    case .stream: "an event stream"
    case .tool: "tools/call"
    case .request: "another request"
    }
  }
}
