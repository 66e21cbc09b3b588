import EventIO

/// Does one login work at the target, and does a command run there?
extension NetworkCheck {
  func logInAndRun(on target: SSHTarget) async throws(NetworkError) {
    let values = try await logIn(on: target)
    let stage = values.isEmpty ? "the server answers" : "the server answers and logs in"
    let failure = await proveCommands(on: target, values)
    if failure == nil { await hearCommands(on: target, values) }
    if !isStopping, let disconnect = findings.profile.disconnectCall {
      _ = await session.perform(disconnect, with: values, plannedAt: now())
    }
    if let failure { throw NetworkError("\(stage), but \(failure)") }
  }

  /// Opens an SSH session and gives what names it in calls; nothing at a server without any.
  func logIn(on target: SSHTarget) async throws(NetworkError) -> [SlotValue] {
    guard let call = target.connectCall(findings.profile) else { return [] }
    let place = target.place(findings.profile)
    let attempt = await session.perform(call, plannedAt: now())
    if attempt.outcome == .wrongAnswer {
      throw NetworkError(
        "the server answers and says that it has logged in to \(place), but names no session: none of "
          + "\(findings.profile.sessionKeys.joined(separator: ", ")) is in its answer; name the key in "
          + "\"session_keys\" of a tool profile (docs/settings.md); "
          + attempt.reason(for: call.operation)
      )
    }
    guard attempt.outcome == .success, let id = session.lane.captured(.session) else {
      throw NetworkError(
        "the server answers, but cannot log in to \(place): "
          + attempt.reason(for: call.operation)
          + hints([attempt], target, [findings.profile.connect])
          + tryByHand(target)
      )
    }
    return [id]
  }

  // MARK: Commands

  /// Sees that commands really run on the target, by what only one that ran can answer; what is wrong
  /// if none does.
  ///
  /// A shell makes one blank of two between the words of `echo`: a server that only repeats the
  /// command in its refusal cannot give that answer. What is not allowed or not there is tried in
  /// another way: by what the profile names, else by `hostname`.
  private func proveCommands(on target: SSHTarget, _ values: [SlotValue]) async -> String? {
    var random = SystemRandomNumberGenerator()
    let words = (0..<2).map { _ in "lt" + String(UInt32.random(in: .min ... .max, using: &random)) }
    var proofs: [(command: String, isProof: (String) -> Bool)] = [
      (
        "echo \(words[0])  \(words[1])",
        { $0.utf8.firstRange(of: "\(words[0]) \(words[1])".utf8) != nil }
      )
    ]
    if let check = findings.profile.check {
      proofs.append((check.command, { $0.utf8.firstRange(of: check.answer.utf8) != nil }))
    } else {
      proofs.append(("hostname", Self.looksLikeHostName))
    }
    var tried: [String] = []
    var attempts: [Attempt] = []
    var answers: Set<[UInt8]> = []
    var last = ""
    for (command, isProof) in proofs where !isStopping {
      let attempt = await run(command, on: target, values)
      attempts.append(attempt)
      if attempt.outcome == .success {
        let text = session.lane.text ?? ""
        let all = session.lane.result.map { String(decoding: $0.encoded, as: UTF8.self) } ?? ""
        // What the server also answers to something else shows nothing.
        if isProof(text) || isProof(all), answers.insert(Array(text.utf8)).inserted { return nil }
        answers.insert(Array(text.utf8))
        let secrets = [target.password].compactMap(\.self) + endpoint.secrets
        let shown = ServerWords.shown(text, hiding: secrets)
        tried.append("\(command) was answered with \(shown.map { "\"\($0)\"" } ?? "no text")")
      } else {
        tried.append(attempt.reason(for: command))
      }
      last = command
    }
    return
      "cannot run a command on \(target.place(findings.profile)), or nothing shows that it ran: "
      + tried.joined(separator: "; ") + hints(attempts, target, [findings.profile.run])
      + "\(tryByHand(target, last)); where "
      + "it works, name a command and a part of its answer as \"check\" in a tool profile (docs/settings.md)"
  }

  /// Notes which commands of the load are answered with some text, so that silence is told from an
  /// answer later.
  private func hearCommands(on target: SSHTarget, _ values: [SlotValue]) async {
    var tellsExitStatus: Bool?
    for command in Set(commands).sorted() where !isStopping {
      var attempt = await run(command, on: target, values)
      // What fails now and then is for the load to count.
      for _ in 0..<2 where attempt.outcome != .success && !isStopping {
        attempt = await run(command, on: target, values)
      }
      guard attempt.outcome == .success else {
        findings.remarks.append(
          "a command of the load failed three times before any load: \(attempt.reason(for: command))"
        )
        continue
      }
      if session.lane.tellsExitStatus { findings.statusCommands.insert(command) }
      tellsExitStatus = session.lane.tellsExitStatus || tellsExitStatus == true
      if session.lane.text?.utf8.contains(where: { $0 > UInt8(ascii: " ") }) == true {
        findings.spokenCommands.insert(command)
      }
    }
    if tellsExitStatus == false {
      findings.remarks.append(
        "no answer tells how its command ended: one that failed counts as a success unless it is silent or "
          + "its text means failure; where the server tells an exit status, name the place as "
          + "\"exit_status\" in a tool profile (docs/settings.md)"
      )
    }
  }

  func run(
    _ command: String,
    on target: SSHTarget,
    _ values: [SlotValue]
  ) async -> Attempt {
    let call = target.runCall(command, operation: command, findings.profile)
    let attempt = await session.perform(call, with: values, plannedAt: now())
    if attempt.outcome == .success {
      let seconds = Double(attempt.latency) / 1e9
      findings.requestSeconds = min(findings.requestSeconds ?? seconds, seconds)
    }
    return attempt
  }

  /// Whether a text is one word of letters, digits, hyphens and dots (RFC 1123 §2.1).
  private static func looksLikeHostName(_ text: String) -> Bool {
    let lines = text.utf8.split { $0 <= UInt8(ascii: " ") }
    guard lines.count == 1, let name = lines.first, name.count <= 253 else { return false }
    return name.allSatisfy { byte in
      byte | 0x20 &- UInt8(ascii: "a") < 26 || byte &- 48 <= 9 || "-._".utf8.contains(byte)
    }
  }
}
