import EventIO

/// What a user may do about a network that does not work.
extension NetworkCheck {
  /// What to do about attempts of these tools that failed for something that a user can set.
  func hints(
    _ attempts: [Attempt],
    _ target: SSHTarget,
    _ tools: [ToolProfile.Tool?]
  ) -> String {
    argumentHint(attempts, tools.compactMap(\.self))
      + Self.hostKeyHint(attempts, target, findings.profile)
  }

  /// What to do where the server did not accept the arguments; empty where it did.
  private func argumentHint(_ attempts: [Attempt], _ tools: [ToolProfile.Tool]) -> String {
    // Servers on some SDKs say the same as a tool's failure.
    let signs = ["-32602", "invalid arguments", "input validation"]
    let isRefused = attempts.contains { attempt in
      let words = attempt.error?.asciiLowercased() ?? ""
      return attempt.rpcCode == -32602
        || attempt.outcome != .success && signs.contains { words.containsBytes($0) }
    }
    guard isRefused else { return "" }
    let known = tools.compactMap { tool in
      toolArguments[tool.name].map { "\(tool.name) has \($0)" }
    }
    return
      "; compare the arguments of the tool profile \"\(findings.profile.name)\" with those of the server"
      + (known.isEmpty ? "" : " (\(known.joined(separator: ", ")))")
      + " (docs/settings.md, Tool profiles)"
  }

  /// What to do where attempts failed for the target's host key; empty where none did.
  static func hostKeyHint(
    _ attempts: [Attempt],
    _ target: SSHTarget,
    _ profile: ToolProfile
  ) -> String {
    let names = ["host key", "host-key", "hostkey", "host_key", "known_hosts", "known hosts"]
    let isKey = attempts.contains { attempt in
      let words = attempt.error?.asciiLowercased() ?? ""
      return attempt.outcome != .success && names.contains { words.containsBytes($0) }
    }
    guard isKey else { return "" }
    if !target.skipsHostKeyCheck {
      return "; make the target's host key known to the server, or let it go unchecked by "
        + "LOADTEST_INSECURE=1 (--insecure)"
    }
    return profile.mapsInsecure
      ? "; it was told not to check the target's host key (LOADTEST_INSECURE) and does: make the key known there"
      : "; " + Network.insecureRemark(profile)
  }

  /// What to type to see the answer to the question that was asked last; values of extra header fields are left
  /// out.
  var curl: String {
    let isModern = session.era == .modern
    let method = isModern ? OperationName.discover : OperationName.initialize
    let parameters: JSONValue? =
      isModern
      ? ["_meta": .object(RequestForm.modern.meta)]
      : [
        "protocolVersion": .string(findings.profile.protocolVersion), "capabilities": [:],
        "clientInfo": ["name": "curl", "version": "1"],
      ]
    let message: JSONValue = [
      "jsonrpc": "2.0", "id": 1, "method": .string(method), "params": parameters ?? .null,
    ]
    let own =
      isModern
      ? ["MCP-Protocol-Version: \(ProtocolRevision.withoutSessions.name)", "Mcp-Method: \(method)"]
      : []
    let fields =
      ["Content-Type: application/json", "Accept: application/json, text/event-stream"] + own
      + endpoint.headers.keys.sorted().map { "\($0): …" }
    let options = fields.flatMap { ["-H", ServerCommand.quoted($0)] } + ["-d"]
    let words =
      ["curl -i"] + endpoint.curlWords + options
    let text = String(decoding: message.encoded, as: UTF8.self)
    return (words + [ServerCommand.quoted(text)]).joined(separator: " ")
  }

  /// What to try on the server's machine.
  func tryByHand(_ target: SSHTarget, _ command: String? = nil) -> String {
    if session.stdio?.isBroken == true {
      return "; see why its process ends, or closes its output: start its command line by hand"
    }
    if let name = target.name { return "; see what the server knows as \(name.shown)" }
    return "; try on the server's machine: \(Self.ssh(target, command))"
  }

  /// What to type on the server's machine to try the same.
  private static func ssh(_ target: SSHTarget, _ command: String? = nil) -> String {
    let place = (target.user.map { "\($0)@" } ?? "") + target.host
    // Quotes only where they matter to a shell: it is for people.
    let isPlain = place.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "-")...UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    return "ssh -p \(target.port) \(isPlain ? place : ServerCommand.quoted(place))"
      + (command.map { " \($0)" } ?? "")
  }
}
