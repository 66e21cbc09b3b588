import EventIO
import Glibc

/// A program that was started and is spoken to over pipes, whose ends belong to whoever has it started.
struct StartedProgram: Sendable {
  /// What its host calls it.
  let name: String

  /// It leads a session and a group of its own by this number.
  let processID: pid_t

  /// The ends of its standard streams, which do not block.
  let input: Int32
  let output: Int32
  let errors: Int32
}

/// Starts programs that end with us, whatever happens to us.
protocol ProgramHost: Sendable {
  /// Starts a program with pipes for its standard streams; throws why it cannot be started.
  func start(_ executable: String, _ arguments: [String]) async throws -> StartedProgram

  /// How a program ended, in words; nil if it has not within the time.
  func end(of name: String, within patience: Duration) async -> String?

  /// Signals all of a group, of which somebody is there, even where the program that led it has ended.
  func signal(group: pid_t, _ number: Int32) async
}

/// An MCP server that each client starts for itself and speaks to over its standard input and output.
struct StdioServer: Sendable {
  /// The program by its path, and what follows it on its command line.
  let executable: String
  let arguments: [String]

  /// What reports call it: the program without its arguments, which may hold secrets.
  let name: String

  /// What must not be shown of its words: values of variables that its user named.
  let secrets: [Secret]

  /// What must not be shown of its last words besides: arguments, which programs repeat that do not know them.
  var argumentSecrets: [Secret] = []

  /// What starts its processes.
  let host: any ProgramHost
}
