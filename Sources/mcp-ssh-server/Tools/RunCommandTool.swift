import EventIO

/// `ssh_run_command`: runs a command in an SSH session and gives what it wrote.
struct RunCommandTool: Tool {
  let policy: CommandPolicy
  let metrics: ServerMetrics

  let names = ["ssh_run_command", "ssh_run"]

  private static let command = ToolArgument.required("command", "The command.")

  let arguments = [ToolArgument.sessionID.schema, Self.command.schema]

  /// A command counts as destructive whatever the rules are: what they let pass is the operator's
  /// choice, and clients do not know it.
  let annotations = ToolAnnotations(title: "Run a command", isDestructive: true)

  var summary: String {
    let what =
      policy.names.map {
        "Runs one program with its arguments in an SSH session, without pipes, redirection or"
          + " substitution. Allowed programs: \($0.joined(separator: ", "))."
      } ?? "Runs a shell command in an SSH session."
    return what + " It has no standard input, and no state of the shell is kept between commands."
  }

  func call(_ call: ToolCall) async throws(ToolError) -> ToolResult {
    let sshSession = try call.sshSession()
    let command = try call.value(Self.command)
    call.audit.command = command
    guard !command.utf8.contains(0) else {
      throw .invalidArgument("command", "a text without NUL characters")
    }
    let permit: CommandPolicy.Permit
    do throws(CommandPolicy.Refusal) {
      permit = try policy.check(command)
    } catch {
      metrics.blockedCommands.add()
      call.audit.rule = error.rule
      throw ToolError(code: "command_blocked", message: "command refused: \(error.reason)")
    }
    call.audit.command = permit.command
    call.audit.rule = permit.rule
    var remote = RemoteCommand(permit.command)
    remote.isUnlimited = !policy.isLimited
    return Self.result(try await call.run(remote, in: sshSession))
  }

  /// Output as text where it is text; bytes that are not come in base64 beside it.
  private static func result(_ outcome: CommandOutcome) -> ToolResult {
    let output = OutputText(outcome.standardOutput)
    let errors = OutputText(outcome.standardError)
    var texts = [output.text]
    if !errors.text.isEmpty { texts.append("stderr:\n\(errors.text)") }
    if outcome.exitStatus != 0 { texts.append("exit status \(outcome.exitStatus)") }
    if outcome.isTruncated {
      texts.append(outcome.wasStopped ? "output without end, command stopped" : "output truncated")
    }
    var structured: [JSONValue.Member] = [
      .init("stdout", .string(output.text)), .init("stderr", .string(errors.text)),
      .init("exit_code", .number(String(outcome.exitStatus))),
      .init("duration_ms", .number(outcome.duration.roundedMilliseconds.plainText)),
      .init("truncated", .bool(outcome.isTruncated)),
    ]
    if let bytes = output.base64 { structured.append(.init("stdout_base64", .string(bytes))) }
    if let bytes = errors.base64 { structured.append(.init("stderr_base64", .string(bytes))) }
    return ToolResult(texts: texts, structured: structured)
  }
}

extension Duration {
  /// The duration in milliseconds with three decimals.
  fileprivate var roundedMilliseconds: Double { (seconds * 1_000_000).rounded() / 1000 }
}
