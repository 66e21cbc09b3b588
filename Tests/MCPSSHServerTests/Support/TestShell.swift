import EventIO
import XCTest

@testable import mcp_ssh_server

/// A shell of this machine that stands in for one at the other end of a connection.
struct TestShell: Sendable, CustomStringConvertible {
  let executable: String
  var arguments: [String] = []

  /// What each machine calls `sh`.
  static let system = TestShell(executable: "/bin/sh")

  /// All that are installed and are some machine's `sh`.
  static let all: [TestShell] =
    [system]
    + [
      ("dash", []), ("bash", ["--posix"]), ("busybox", ["sh"]), ("mksh", []), ("ksh93", []),
      ("zsh", ["--emulate", "sh"]), ("yash", ["--posixly-correct"]),
    ].compactMap { name, arguments in
      ReadableFile.executable(name, searchPath: "/bin:/usr/bin:/usr/local/bin")
        .map { TestShell(executable: $0, arguments: arguments) }
    }

  var description: String { executable }

  /// Runs commands one after another on one shell, as a pooled connection does.
  @ServerLoop
  func run(
    _ commands: [RemoteCommand],
    outputLimit: Int = 1 << 20,
    timeout: Duration = .seconds(60),
    directory: String? = nil
  ) async throws -> [CommandOutcome] {
    let environment = ProcessEnvironment.current.merging(["LC_ALL": "C.UTF-8"]) { $1 }
    var process = ProcessSpecification(
      executable,
      arguments,
      environment: environment,
      startsSession: true,
      deathSignal: 9
    )
    process.workingDirectory = directory
    let shell = try RemoteShell(process)
    defer { shell.close() }
    try await shell.begin(timeout: timeout)
    var outcomes: [CommandOutcome] = []
    for command in commands {
      outcomes.append(
        try await shell.run(command, outputLimit: outputLimit, timeout: timeout)
      )
    }
    return outcomes
  }
}
