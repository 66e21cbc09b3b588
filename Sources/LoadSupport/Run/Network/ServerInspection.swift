import EventIO

/// What a server says of itself, without a tool being called: its name, its tools with their arguments, its health,
/// its metrics, and a tool profile to start from.
package struct ServerInspection: Sendable {
  /// The server's URL, without what may be a secret in it.
  let url: String

  /// What the check before a load finds out as well: name, revision, era, limits, and what is odd.
  private(set) var findings: NetworkCheck.Findings

  /// What it says that it has, by the protocol's names, in their order.
  let capabilities: [String]

  /// Its tools.
  let tools: [OfferedTool]

  /// Why there may be more of them; nil where these are all.
  let toolsFault: String?

  /// How many prompts and resources it lists, where it says that it has any.
  let counts: [(kind: String, count: Int, fault: String?)]

  /// Where it was asked for its health, and the status of the answer; nil for none.
  let health: (path: String, status: Int?)

  /// The metrics that it reports, summed over their labels; nil where it has no `/metrics`.
  let metrics: [String: Double]?

  /// The profile that was guessed of its tools.
  package let draft: ToolProfileDraft

  /// What must not be shown of its words.
  let secrets: [Secret]

  /// Asks a server that the settings name, and calls no tool.
  ///
  /// - Throws: what kept it from answering, in a sentence.
  package static func ask(
    _ url: HTTPURL,
    _ settings: RunSettings,
    control: RunControl
  ) async throws -> ServerInspection {
    let endpoint = try Network.endpoint(url, settings)
    var inspection = try await NetworkCheck.perform(
      endpoint,
      settings.toolProfile,
      nil,
      [],
      [],
      settings.era,
      settings.timeouts,
      Network.metricsPage(of: endpoint, settings),
      control
    ) { await $0.inspect() }
    inspection.findings.remarks += Network.reachRemarks(endpoint, settings)
    return inspection
  }

  /// A text that is for people or files, without what is secret.
  package func redacted(_ text: String) -> String { secrets.reduce(text) { $1.redacted(from: $0) } }
}

extension NetworkCheck {
  /// Asks the server for all that it tells by itself.
  fileprivate func inspect() async -> Result<ServerInspection, NetworkError> {
    do throws(NetworkError) { try await askServer() } catch {
      return await leave(with: .failure(error))
    }
    let (tools, fault) = await listTools()
    var capabilities: [String] = []
    if case .object(let members) = session.capabilities {
      capabilities = members.map { String($0.key.shown.cut(toBytes: 50)) }
    }
    var counts: [(String, Int, String?)] = []
    for kind in ["prompts", "resources"] where session.capabilities[kind] != nil {
      let listing = await list("\(kind)/list", kind)
      counts.append((kind, listing.entries.count, listing.fault))
    }
    let health = await askForHealth()
    let metrics = await readLimits()
    let inspection = ServerInspection(
      url: endpoint.url.withoutQuery,
      findings: findings,
      capabilities: Array(capabilities.prefix(20)),
      tools: tools,
      toolsFault: fault,
      counts: counts,
      health: (endpoint.healthPath, health.httpStatus),
      metrics: metrics,
      draft: ToolProfileDraft(of: tools, server: findings.server, named: findings.serverName),
      secrets: session.secrets
    )
    return await leave(with: .success(inspection))
  }
}
