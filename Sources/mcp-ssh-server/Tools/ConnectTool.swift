import EventIO
import Glibc

/// `ssh_connect`: opens an SSH session over a pooled connection.
struct ConnectTool: Tool {
  let environment: SSHSession.Environment

  /// Whether callers may do without the check of host keys.
  let allowsInsecure: Bool

  /// Where it may log in.
  let allowedHosts: AllowedHosts

  let names = ["ssh_connect"]

  let summary = "Logs in to a machine over SSH and returns a session_id for the other tools."
  let annotations = ToolAnnotations(title: "Log in over SSH")
  let arguments = [
    Self.host.schema, Self.user.schema, Self.port.schema, Self.password.schema,
    Self.insecure.schema,
    Self.reuse.schema,
  ]

  private static let host = ToolArgument.required("host", "Host name or address.")
  private static let user = ToolArgument.text("user", "Account; default: the server's own.")
  private static let port = ToolArgument.integer(
    "port",
    "Port of the SSH server.",
    1...65535,
    usual: 22
  )
  private static let password = ToolArgument.text(
    "password",
    "Password; without it the server's own key or agent is used."
  )
  private static let insecure = ToolArgument.flag(
    "insecure",
    "true: accept any host key; only if the operator allows it.",
    usual: false
  )
  private static let reuse = ToolArgument.flag(
    "reuse",
    "false: log in anew, and close the connection on ssh_disconnect.",
    usual: true
  )

  func call(_ call: ToolCall) async throws(ToolError) -> ToolResult {
    let key = try self.key(call)
    let host = key.destination.host
    let reuses = try call.value(Self.reuse)
    try call.audit.begin(.connect)
    let counter = environment.counter
    guard counter.begin() || environment.pool.takeBack() && counter.begin() else {
      let limit = counter.limit
      environment.metrics.sshSessions.add(1, host, "error")
      throw .limitReached(
        "session_limit",
        limit,
        "too many SSH sessions: all \(limit) (--session-limit) are open"
      )
    }
    do throws(PoolFailure) {
      let pooled = try await environment.pool.acquire(key, reusing: reuses)
      guard !call.session.isEnded, !call.cancellation.isRequested else {
        environment.pool.release(pooled)
        throw .cancelled
      }
      let opened = SSHSession(
        id: RandomToken.hexadecimal(byteCount: 12),
        key: key,
        isReusable: reuses,
        pooled: pooled,
        client: call.audit.client,
        environment: environment
      )
      call.session.add(opened)
      call.audit.sshSession = opened
      call.audit.wasReused = pooled.wasReused
      environment.metrics.sshSessions.add(1, host, "success")
      environment.metrics.activeSSHSessions.add(1, host)
      return result(opened, wasReused: pooled.wasReused)
    } catch {
      environment.counter.end()
      environment.metrics.sshSessions.add(1, host, "error")
      throw ToolError(error)
    }
  }

  private func key(_ call: ToolCall) throws(ToolError) -> PoolKey {
    let destination = try self.destination(call)
    do throws(AllowedHosts.Refusal) {
      call.audit.rule = try allowedHosts.rule(for: destination)
    } catch {
      throw ToolError(
        code: "host_not_allowed",
        message: "\(destination) is refused: the operator's --allow-host does not list it"
      )
    }
    let isInsecure = try call.value(Self.insecure)
    guard allowsInsecure || !isInsecure else {
      throw ToolError(
        code: "insecure_not_allowed",
        message: "insecure is refused: the operator has not set --allow-insecure"
      )
    }
    var credential = Credential.serverKey
    if let password = try call.value(Self.password), !password.isEmpty {
      guard password.utf8.count <= 1024, !password.utf8.contains(where: { $0 < 0x20 }) else {
        throw .invalidArgument("password", "at most 1024 bytes without control characters")
      }
      credential = .password(Array(password.utf8))
    }
    return PoolKey(
      destination: destination,
      credential: credential,
      verifiesHostKey: !isInsecure
    )
  }

  private func destination(_ call: ToolCall) throws(ToolError) -> SSHDestination {
    let host = try call.value(Self.host)
    call.audit.host = host
    let user = try call.value(Self.user) ?? Self.ownUser
    call.audit.user = user
    let port = try call.value(Self.port)
    call.audit.port = port
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
