import EventIO

/// What one tool call leaves in the audit trail; without a trail, nothing.
///
/// Tools say what they are about as soon as they know it, so that a refusal has it too.
@ServerLoop
final class AuditedCall {
  /// What is done on another machine.
  enum Kind: String, Sendable {
    case connect
    case command
    case fileRead = "file_read"
  }

  /// Who calls.
  let client: AuditedClient

  /// The SSH session that is used or was opened.
  var sshSession: SSHSession?

  /// Where a login is to lead, as the client wrote it.
  var user: String?
  var host: String?
  var port: Int?

  /// The command that is to run.
  var command: String?

  /// The file that is to be read.
  var path: String?

  /// What allowed or refused it.
  var rule: String?

  /// Whether a login was saved.
  var wasReused: Bool?

  private let trail: AuditTrail?
  private let tool: String
  private let start = MonotonicInstant.now()
  private var begun: (kind: Kind, number: Int)?
  private var outcome: CommandOutcome?

  init(_ trail: AuditTrail?, tool: String, client: AuditedClient) {
    self.trail = trail
    self.tool = tool
    self.client = client
  }

  /// Writes what is to be done now; what cannot be written must not be done.
  func begin(_ kind: Kind) throws(ToolError) {
    guard let trail else { return }
    let number = trail.nextCall()
    guard trail.write(line("\(kind.rawValue)_start", number)) else { throw .auditUnavailable }
    begun = (kind, number)
  }

  /// Remembers how a command ended, without its output.
  func ended(_ outcome: CommandOutcome) {
    guard trail != nil else { return }
    self.outcome = outcome
  }

  /// Writes what became of it, or that it was refused.
  func end(_ error: ToolError?) {
    guard let trail else { return }
    if let (kind, number) = begun {
      var line = line(kind.rawValue, number)
      line.add("result", error?.code ?? "ok")
      line.add("reason", error?.details.first { $0.key == "reason" }?.value.string)
      line.add("reused", wasReused)
      line.add("exit_status", outcome?.exitStatus)
      line.add("duration_ms", outcome?.duration ?? (.now() - start))
      if let outcome {
        line.add("bytes", outcome.standardOutput.count + outcome.standardError.count)
        if outcome.isTruncated { line.add("truncated", true) }
      }
      trail.write(line)
    } else if let error, error != .auditUnavailable {
      var line = line("refusal", nil)
      line.add("result", error.code)
      line.add("message", error.message)
      trail.write(line)
    }
  }

  private func line(_ event: String, _ number: Int?) -> AuditLine {
    var line = AuditLine(event)
    line.add("call", number)
    line.add("tool", tool)
    client.add(to: &line)
    line.add("ssh_session", sshSession.map { AuditTrail.shortened($0.id) })
    let destination = sshSession?.key.destination
    line.add("user", destination?.user ?? user)
    line.add("host", destination?.host ?? host)
    line.add("port", destination.map { Int($0.port) } ?? port)
    line.add("command", command, limit: AuditLine.longTextLimit)
    line.add("path", path, limit: AuditLine.longTextLimit)
    line.add("rule", rule)
    return line
  }
}

extension ToolError {
  /// What cannot be recorded is not done.
  static let auditUnavailable = ToolError(
    code: "audit_unavailable",
    message: "nothing was done: the server cannot write its audit trail"
  )
}
