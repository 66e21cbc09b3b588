import EventIO

/// A login that came to nothing, in one line that says why.
struct LoginFailure: Error, Equatable, Sendable {
  /// What went wrong, for programs to tell apart.
  enum Reason: String, Sendable {
    case refused = "login_refused"
    case hostKey = "host_key_rejected"
    case unreachable = "host_unreachable"
    case timedOut = "login_timed_out"
    case noShell = "no_shell"
    case cannotStart = "ssh_not_started"
    case other = "login_failed"
  }

  /// The kind of failure.
  let reason: Reason

  /// What happened, for people.
  let text: String

  /// Reads what ssh left on its standard error, and what came on its standard output in a shell's
  /// place: an account without one says there why.
  init(sshOutput: [UInt8], shellOutput: [UInt8] = [], destination: SSHDestination) {
    let lines = Self.lines(sshOutput.prefix(16_384)).filter { !$0.hasBytePrefix("@@") }
    func line(having part: String) -> String? {
      lines.last { $0.containsBytes(part) }.map { $0.bounded(to: Self.lineLimitBytes) }
    }
    let reason: Reason
    let text: String
    if let changed = line(having: "REMOTE HOST IDENTIFICATION HAS CHANGED") {
      reason = .hostKey
      text = "the host key is not the known one (\(changed.trimmingDecoration()))"
    } else if line(having: "Host key verification failed") != nil {
      reason = .hostKey
      text = line(having: "host key is known") ?? "host key not accepted"
    } else if let refused = line(having: "Permission denied") {
      reason = .refused
      text = "login refused (\(refused))"
    } else if let timeout = line(having: "timed out") {
      (reason, text) = (.timedOut, timeout)
    } else if let unreachable = Self.unreachableHints.lazy.compactMap(line(having:)).first {
      (reason, text) = (.unreachable, unreachable)
    } else {
      let said = Self.words(shellOutput)
      reason = said == nil ? .other : .noShell
      let words = [said.map { "no shell: \($0)" }, line(having: "")].compactMap { $0 }
      text = words.isEmpty ? "ssh ended without a word" : words.joined(separator: "; ")
    }
    self.reason = reason
    self.text = "\(destination): \(text)"
  }

  /// A login that the server gave up on, and what had come in a shell's place.
  init(
    timedOutAfter timeout: String,
    shellOutput: [UInt8] = [],
    destination: SSHDestination
  ) {
    reason = .timedOut
    let said = Self.words(shellOutput).map { " but \($0)" } ?? ""
    text = "\(destination): no shell within \(timeout)\(said)"
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

  private static let lineLimitBytes = 400

  /// The other side's own words, in quotes; nil if it said nothing.
  private static func words(_ output: [UInt8]) -> String? {
    let lines = lines(output.prefix(4096))
    guard !lines.isEmpty else { return nil }
    return "\"\(lines.joined(separator: " / ").bounded(to: 200))\""
  }

  private static func lines(_ bytes: ArraySlice<UInt8>) -> [Substring] {
    String(decoding: bytes, as: UTF8.self).lines().map { $0.trimmed() }.filter { !$0.isEmpty }
  }
}

extension String {
  /// The text without the signs that ssh draws around its warnings.
  fileprivate func trimmingDecoration() -> String {
    let isText = { (byte: UInt8) in byte != UInt8(ascii: "@") && byte != 0x20 }
    guard let first = utf8.firstIndex(where: isText), let last = utf8.lastIndex(where: isText)
    else { return "" }
    return String(self[first...last])
  }
}
