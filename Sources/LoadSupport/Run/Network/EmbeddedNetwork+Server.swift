import EventIO
import Glibc

/// The MCP server of an embedded network.
extension EmbeddedNetwork {
  static func startServer(
    _ command: ServerCommand,
    _ openSSH: OpenSSH?,
    _ processes: SupervisedProcesses,
    _ limits: ServerLimits,
    _ moreArguments: [String],
    commandTimeout: Duration?,
    sessionIdle: Duration?,
    patience: Duration,
    as name: String,
    at given: UInt16?
  ) async throws -> (HTTPURL, pid_t) {
    let directory = processes.directory
    let port = try given ?? (command.namesItsPort ? Socket.freeLoopbackPort() : 0)
    let values = [
      "port": String(port), "ssh": openSSH?.ssh ?? "", "identity": "\(directory)/client_key",
      "known_hosts": "\(directory)/known_hosts", "pool_limit": String(limits.pool),
      "rate_limit": String(limits.requestsPerWindow), "rate_window": String(limits.windowSeconds),
    ]
    var arguments: [String] = []
    if !command.namesItsPort {
      for (name, value) in values.sorted(by: { $0.key < $1.key }) {
        arguments += ["--" + name.replacing(byte: UInt8(ascii: "_"), with: "-"), value]
      }
      arguments += ["--host", "127.0.0.1", "--session-limit", "1000"]
      arguments += ["--mcp-session-limit", "100000"]
      if let commandTimeout { arguments += ["--command-timeout", commandTimeout.written] }
      if let sessionIdle { arguments += ["--mcp-idle-timeout", sessionIdle.written] }
    }
    let shell = command.shellArguments(values, more: arguments + moreArguments)
    let id = try await processes.start(name, "/bin/sh", shell)
    let deadline = MonotonicInstant.now() + patience
    while MonotonicInstant.now() < deadline {
      if command.namesItsPort {
        if try await processes.accepts(port: port) {
          return (
            HTTPURL(host: "127.0.0.1", port: port, path: TestNetwork.standard.server.path), id
          )
        }
      } else if let url = try announcedURL(in: processes.output(of: name)) {
        return (url, id)
      }
      if let status = try await processes.end(of: name) {
        throw NetworkError(
          "the server ended at once (\(status)): \(processes.lastWords(of: name))"
        )
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    let said = processes.lastWords(of: name)
    throw NetworkError(
      (command.namesItsPort
        ? "the server did not listen on 127.0.0.1:\(port), its {port}"
        : "the server did not say where it listens")
        + " within \(patience), and said last: \(said); one that takes longer "
        + "can have more by LOADTEST_SERVER_START"
        + (command.namesItsPort
          ? "" : "; a command line that is no mcp-ssh-server takes its port as {port}")
    )
  }

  /// Where an `mcp-ssh-server` says that it listens; nil if it has not yet.
  private static func announcedURL(in output: String) throws -> HTTPURL? {
    let line = output.lines().first { $0.containsBytes("listening on http://") }
    guard let line, let url = line.utf8.firstRange(of: "http://".utf8) else { return nil }
    return try HTTPURL(parsing: line[url.lowerBound...] + TestNetwork.standard.server.path)
  }
}
