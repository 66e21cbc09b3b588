import EventIO

/// `ssh_hostname`: what the other machine calls itself.
struct HostnameTool: Tool {
  let names = ["ssh_hostname"]

  let summary = "Returns the host name of the machine behind an SSH session."
  let arguments = [ToolArgument.sessionID.schema]
  let annotations = ToolAnnotations(title: "Ask for the name", isReadOnly: true, isIdempotent: true)

  func call(_ call: ToolCall) async throws(ToolError) -> ToolResult {
    // uname is part of POSIX, hostname is not.
    let outcome = try await call.run("uname -n", in: try call.sshSession())
    let name = String(decoding: outcome.standardOutput, as: UTF8.self)[...].trimmedLines()
    guard outcome.exitStatus == 0, !name.isEmpty else {
      throw ToolError(code: "command_failed", message: "uname -n gave no name")
    }
    return ToolResult(texts: [name], structured: [.init("hostname", .string(name))])
  }
}

extension Substring {
  /// The text without line ends around it.
  func trimmedLines() -> String {
    let isText = { (byte: UInt8) in byte != 0x0A && byte != 0x0D }
    guard let first = utf8.firstIndex(where: isText), let last = utf8.lastIndex(where: isText)
    else { return "" }
    return String(self[first..<utf8.index(after: last)])
  }
}
