import EventIO

/// `ssh_run_command`: runs a command in an SSH session and gives what it wrote.
struct RunCommandTool: Tool {
  let services: ToolServices

  let names = ["ssh_run_command", "ssh_run"]

  let definition = ToolSchema.tool(
    "ssh_run_command",
    "Runs a shell command in an SSH session; it has no standard input, and no state of the shell is"
      + " kept between commands.",
    [ToolSchema.sessionID, ToolSchema.property("command", "string", "The command.")],
    required: ["session_id", "command"]
  )

  func call(
    _ arguments: ToolArguments,
    for session: MCPSession
  ) async throws(ToolError) -> ToolResult {
    let sshSession = try services.sshSession(arguments, of: session)
    let command = try arguments.required("command")
    guard !command.utf8.contains(0) else {
      throw .invalidArgument("command", "a text without NUL characters")
    }
    do throws(SSHSessionFailure) {
      return Self.result(try await sshSession.run(command))
    } catch {
      throw ToolError(error, timeout: services.configuration.commandTimeout)
    }
  }

  /// Output as text where it is text; bytes that are not come in base64 beside it.
  private static func result(_ outcome: CommandOutcome) -> ToolResult {
    let output = CommandText(outcome.standardOutput)
    let errors = CommandText(outcome.standardError)
    var texts = [output.text]
    if !errors.text.isEmpty { texts.append("stderr:\n\(errors.text)") }
    if outcome.exitStatus != 0 { texts.append("exit status \(outcome.exitStatus)") }
    if outcome.isTruncated { texts.append("output truncated") }
    var structured: [JSONValue.Member] = [
      .init("stdout", .string(output.text)), .init("stderr", .string(errors.text)),
      .init("exit_code", .number(String(outcome.exitStatus))),
      .init("duration_ms", .number(MetricsText.number(outcome.duration.roundedMilliseconds))),
      .init("truncated", .bool(outcome.isTruncated)),
    ]
    if let bytes = output.base64 { structured.append(.init("stdout_base64", .string(bytes))) }
    if let bytes = errors.base64 { structured.append(.init("stderr_base64", .string(bytes))) }
    return ToolResult(texts: texts, structured: structured)
  }
}

/// Output of a command in the forms that JSON can carry.
private struct CommandText {
  /// The output as text; what is not UTF-8 became U+FFFD.
  let text: String

  /// The exact bytes, if the text is not all of them.
  let base64: String?

  init(_ bytes: [UInt8]) {
    if let exact = String(validating: bytes, as: UTF8.self) {
      text = exact
      base64 = nil
    } else {
      text = String(decoding: bytes, as: UTF8.self)
      base64 = Base64.encode(bytes)
    }
  }
}

extension Duration {
  /// The duration in milliseconds with three decimals.
  var roundedMilliseconds: Double { (seconds * 1_000_000).rounded() / 1000 }
}
