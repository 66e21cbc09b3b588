import EventIO
import Glibc

/// `ssh_connect`: opens an SSH session over a pooled connection.
struct ConnectTool: Tool {
  let services: ToolServices

  let names = ["ssh_connect"]

  let definition = ToolSchema.tool(
    "ssh_connect",
    "Logs in to a machine over SSH and returns a session_id for the other tools.",
    [
      ToolSchema.property("host", "string", "Host name or address."),
      ToolSchema.property("user", "string", "Account; default: the server's own."),
      ToolSchema.property(
        "port",
        "integer",
        "Port of the SSH server.",
        [.init("default", 22), .init("minimum", 1), .init("maximum", 65535)]
      ),
      ToolSchema.property(
        "reuse",
        "boolean",
        "false: log in anew, and close the connection on ssh_disconnect.",
        [.init("default", true)]
      ),
    ],
    required: ["host"]
  )

  func call(
    _ arguments: ToolArguments,
    for session: MCPSession
  ) async throws(ToolError) -> ToolResult {
    let host = try arguments.required("host")
    let key = PoolKey(destination: try destination(arguments, host), credential: .serverKey)
    let reuses = try arguments.bool("reuse") ?? true
    guard services.ssh.counter.begin() else {
      let limit = services.ssh.counter.limit
      throw .limitReached(
        "session_limit",
        limit,
        "too many SSH sessions: all \(limit) (--session-limit) are open"
      )
    }
    do throws(PoolFailure) {
      let pooled = try await services.ssh.pool.acquire(key, reusing: reuses)
      guard !session.isEnded else {
        services.ssh.pool.release(pooled)
        throw .closed
      }
      let opened = SSHSession(
        id: RandomToken.hexadecimal(byteCount: 12),
        key: key,
        isReusable: reuses,
        pooled: pooled,
        environment: services.ssh
      )
      session.add(opened)
      services.ssh.metrics.sshSessions.add(1, host, "success")
      services.ssh.metrics.activeSSHSessions.add(1, host)
      return result(opened, wasReused: pooled.wasReused)
    } catch {
      services.ssh.counter.end()
      services.ssh.metrics.sshSessions.add(1, host, "error")
      throw ToolError(error)
    }
  }

  private func destination(
    _ arguments: ToolArguments,
    _ host: String
  ) throws(ToolError) -> SSHDestination {
    let user = try arguments.string("user") ?? Self.ownUser
    let port = try arguments.integer("port", in: 1...65535) ?? 22
    do throws(InvalidDestination) {
      return try SSHDestination(user: user, host: host, port: port)
    } catch {
      throw .invalidArgument(error.part, error.valid)
    }
  }

  private func result(_ opened: SSHSession, wasReused: Bool) -> ToolResult {
    let id = JSONValue.Member("session_id", .string(opened.id))
    let destination = opened.key.destination
    return .structured(
      [
        id, .init("host", .string(destination.host)), .init("user", .string(destination.user)),
        .init("port", .number(String(destination.port))), .init("reused", .bool(wasReused)),
      ],
      extra: [id]
    )
  }

  private static let ownUser: String = {
    guard let entry = getpwuid(geteuid()), let name = entry.pointee.pw_name else { return "root" }
    return String(cString: name)
  }()
}
