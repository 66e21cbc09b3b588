/// A login that came to nothing, in one line that says why.
struct LoginFailure: Error, Equatable, Sendable {
  /// What went wrong, for programs to tell apart.
  enum Reason: String, Sendable {
    case refused = "login_refused"
    case hostKey = "host_key_rejected"
    case unreachable = "host_unreachable"
    case timedOut = "login_timed_out"
    case cannotStart = "ssh_not_started"
    case other = "login_failed"
  }

  /// The kind of failure.
  let reason: Reason

  /// What happened, for people.
  let text: String

  /// Reads what ssh left on its standard error.
  init(sshOutput: [UInt8], destination: SSHDestination) {
    let lines = String(decoding: sshOutput.prefix(16_384), as: UTF8.self)
      .split(whereSeparator: \.isNewline)
      .map { String($0[...].trimmed()) }
      .filter { !$0.isEmpty && !$0.hasPrefix("@@") }
    func line(having part: String) -> String? { lines.last { $0.contains(part) } }

    if let changed = line(having: "REMOTE HOST IDENTIFICATION HAS CHANGED") {
      reason = .hostKey
      text = "\(destination): the host key is not the known one (\(changed.trimmingDecoration()))"
    } else if line(having: "Host key verification failed") != nil {
      reason = .hostKey
      text = "\(destination): " + (line(having: "host key is known") ?? "host key not accepted")
    } else if let refused = line(having: "Permission denied") {
      reason = .refused
      text = "\(destination): login refused (\(refused))"
    } else if let timeout = line(having: "timed out") {
      reason = .timedOut
      text = "\(destination): \(timeout)"
    } else if let unreachable = Self.unreachableHints.lazy.compactMap(line(having:)).first {
      reason = .unreachable
      text = "\(destination): \(unreachable)"
    } else {
      reason = .other
      text = "\(destination): " + (lines.last ?? "ssh ended without a word")
    }
  }

  /// A login that the server gave up on.
  init(timedOutAfter timeout: String, destination: SSHDestination) {
    reason = .timedOut
    text = "\(destination): no shell within \(timeout)"
  }

  /// An ssh that could not be started.
  init(cannotStart error: String) {
    reason = .cannotStart
    text = error
  }

  private static let unreachableHints = [
    "Connection refused", "No route to host", "Network is unreachable", "Could not resolve",
    "Connection closed by", "Connection reset by",
  ]
}

extension String {
  /// The text without the signs that ssh draws around its warnings.
  fileprivate func trimmingDecoration() -> String {
    String(drop { $0 == "@" || $0 == " " }.reversed().drop { $0 == "@" || $0 == " " }.reversed())
  }
}
