import EventIO

/// Does the server have the tools that the load calls, and do its schemas fit the calls?
///
/// Whoever does not list its tools may have them all the same, and a schema may be wrong: what a list does not settle
/// is a remark, and calling will tell.
extension NetworkCheck {
  /// So many names are shown of a list.
  private static let mostShown = 20

  /// Asks for a list, page by page, until the check is to stop.
  func list(_ method: String, _ key: String) async -> MCPClientSession.Listing {
    await session.list(method, key) { _ in !isStopping }
  }

  /// The tools that the server lists, without those that nobody may call.
  func listTools() async -> (tools: [OfferedTool], fault: String?) {
    var listing = await list("tools/list", "tools")
    takeMirrored(&listing.entries)
    return (listing.entries.compactMap { OfferedTool($0) }, listing.fault)
  }

  /// Sees that the tools are there, and which arguments they have.
  func lookForTools() async throws(NetworkError) {
    let (offered, fault) = await listTools()
    guard !offered.isEmpty else { return }
    for tool in offered where !tool.arguments.isEmpty {
      let arguments = tool.arguments.prefix(Self.mostShown).map {
        String($0.name.shown.cut(toBytes: 100)) + ($0.isRequired ? " (required)" : "")
      }
      toolArguments[tool.name] = arguments.joined(separator: ", ")
    }
    func missing(_ tool: String, _ named: String, _ rule: ToolRules.Tool?) throws(NetworkError) {
      if offered.contains(where: { $0.name.hasSameBytes(as: tool) }) { return }
      let words = safe(
        "it has no tool \(tool.shown), \(named)\(suggestion(for: tool, offered, rule))"
      )
      guard let fault else { throw NetworkError("the server answers, but \(words)") }
      findings.remarks.append("as far as the server lists its tools, \(words) (\(fault))")
    }
    for tool in self.tools.sorted() { try missing(tool, "which the workload calls", nil) }
    guard let target else { return }
    let profile = findings.profile
    let rules = [ToolRules.connect, ToolRules.run, ToolRules.disconnect]
    for (rule, tool) in zip(rules, [profile.connect, profile.run, profile.disconnect]) {
      guard let tool else { continue }
      let named = "which the tool profile \"\(profile.name)\" names as \"\(rule.key)\""
      try missing(tool.name, named, rule)
    }
    if let connect = profile.connect, let reuse = connect.arguments["reuse"],
      let tool = offered.first(where: { $0.name.hasSameBytes(as: connect.name) }),
      tool.argument(reuse) == nil
    {
      findings.profile.connect?.arguments["reuse"] = nil
    }
    noteSchemaFaults(offered, target)
  }

  /// A sentence with words of the server's, without what is secret.
  private func safe(_ words: String) -> String {
    session.secrets.reduce(words) { $1.redacted(from: $0) }
  }

  /// The tool that may be meant, some of those that are there, and how to see all.
  private func suggestion(
    for name: String,
    _ offered: [OfferedTool],
    _ rule: ToolRules.Tool?
  ) -> String {
    let names = offered.map { String($0.name.shown.cut(toBytes: 100)) }.sorted()
    var nearest = names.suggestion(for: name)
    if nearest.isEmpty, let rule, let best = ToolCandidate.all(of: rule, among: offered).first {
      nearest = "; \(best.tool.name.shown.cut(toBytes: 100)) looks like it"
    }
    let more = names.count - Self.mostShown
    let shown =
      names.prefix(Self.mostShown).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    let ways =
      rule == nil
      ? "`loadtest inspect` shows all with their arguments"
      : "`loadtest inspect` shows all with their arguments and writes a tool profile to start from; "
        + "`loadtest list --tool-profiles` has those that ship"
    return nearest + "; it has \(shown): \(ways)"
  }

  /// Notes where calls by the profile do not fit the schemas of the tools.
  private func noteSchemaFaults(_ offered: [OfferedTool], _ target: SSHTarget) {
    let profile = findings.profile
    let login = target.arguments.map(\.name)
    let session = profile.connect == nil ? [] : ToolProfile.sessionArguments
    let calls = [
      (ToolRules.connect.key, profile.connect, login),
      (ToolRules.run.key, profile.run, login + session + ["command"]),
      (ToolRules.disconnect.key, profile.disconnect, session),
    ]
    for (key, tool, given) in calls {
      guard let tool, let schema = offered.first(where: { $0.name.hasSameBytes(as: tool.name) })
      else { continue }
      schemaFaults += Self.faults(of: tool, as: key, giving: given, by: schema).map(safe)
    }
    findings.remarks += schemaFaults
  }

  /// What a call has too much or too little, each in a sentence.
  private static func faults(
    of tool: ToolProfile.Tool,
    as key: String,
    giving given: [String],
    by schema: OfferedTool
  ) -> [String] {
    let names = schema.arguments.map(\.name)
    let sent = given.compactMap { tool.arguments[$0] } + tool.fixed.map(\.key)
    func isSent(_ name: String) -> Bool { sent.contains { $0.hasSameBytes(as: name) } }
    var faults: [String] = []
    for name in sent where !schema.takesOthers && schema.argument(name) == nil {
      faults.append(
        "the tool \(tool.name.shown) has no argument \(name.shown) by its inputSchema, which the tool profile "
          + "sends (\"\(key)\")\(names.suggestion(for: name)); it has \(shown(names))"
      )
    }
    let lacking = schema.arguments.filter { $0.isRequired && !isSent($0.name) }.map(\.name)
    let settings = lacking.map { name in
      tool.arguments.first { $0.value.hasSameBytes(as: name) }.flatMap {
        ToolRules.settings[$0.key]
      }
    }
    var ways = settings.compactMap { $0.map { "set \($0)" } }
    if settings.contains(where: { $0 == nil }) {
      ways.append(
        "name it under \"arguments\" or \"fixed\" of \"\(key)\" in the tool profile (docs/settings.md)"
      )
    }
    if !lacking.isEmpty {
      faults.append(
        "the tool \(tool.name.shown) requires \(shown(lacking)) by its inputSchema, which nothing fills: "
          + ways.joined(separator: ", ")
      )
    }
    return faults
  }

  private static func shown(_ names: [String]) -> String {
    names.prefix(mostShown).map { String($0.shown.cut(toBytes: 100)) }.joined(separator: ", ")
  }

  /// A failure, with what the schemas have against the calls: that may be why.
  func explained(_ error: NetworkError) -> NetworkError {
    guard !schemaFaults.isEmpty else { return error }
    return NetworkError("\(error); note that \(schemaFaults.joined(separator: "; "))")
  }

  /// Notes which arguments header fields are to repeat; tools that say so against the rules are none (MCP
  /// 2026-07-28, Streamable HTTP, Schema Extension).
  private func takeMirrored(_ tools: inout [JSONValue]) {
    guard session.era == .modern else { return }
    tools.removeAll { tool in
      guard let name = tool["name"]?.string, let schema = tool["inputSchema"] else { return false }
      guard let mirrored = MirroredArgument.all(of: schema) else {
        findings.remarks.append(
          "the server's tool \(name.shown.cut(toBytes: 100)) has an x-mcp-header that breaks the rules of MCP "
            + "2026-07-28, so clients must not call it"
        )
        return true
      }
      if !mirrored.isEmpty { findings.profile.form.mirrored[name] = mirrored }
      return false
    }
  }
}
