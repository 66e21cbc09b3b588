import EventIO

/// What a server says of itself, without a tool being called: its name, its tools with their arguments, its health,
/// its metrics, and a tool profile to start from.
package struct ServerInspection: Sendable {
  /// The server's URL, or its program, without what may be a secret in it.
  let url: String

  /// The proxy that it was asked through; nil for none.
  let proxy: String?

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

  /// Where it was asked for its health, and the status of the answer, nil for none; nil for a stdio server.
  let health: (path: String, status: Int?)?

  /// Where it was asked for its metrics: a path of its own, or the URL that a user named; nil for a stdio server.
  let metricsPage: String?

  /// The metrics that it reports there, summed over their labels; nil for none.
  let metrics: [String: Double]?

  /// The profile that was guessed of its tools.
  package let draft: ToolProfileDraft

  /// What must not be shown of its words.
  let secrets: [Secret]

  /// Asks the server that the settings name, by its URL or a process that is started for it, and calls no tool; nil
  /// where they name none.
  ///
  /// - Throws: what kept it from answering, in a sentence.
  package static func ask(
    _ setup: RunSetup,
    control: RunControl
  ) async throws -> ServerInspection? {
    guard let command = setup.settings.stdio else {
      guard let url = setup.settings.serverURL else { return nil }
      return try await ask(url, setup.settings, control: control)
    }
    let network = try await Network.stdio(
      command,
      setup,
      Network.Wishes(needsTarget: false),
      control
    )
    let result: Result<ServerInspection, any Error>
    do {
      result = .success(try await ask(network.endpoint, setup.settings, control))
    } catch {
      result = .failure(error)
    }
    await network.close()
    return try result.get()
  }

  /// The same of a server over HTTP.
  static func ask(
    _ url: HTTPURL,
    _ settings: RunSettings,
    control: RunControl
  ) async throws -> ServerInspection {
    let endpoint = try Network.endpoint(url, settings)
    var inspection = try await ask(endpoint, settings, control)
    inspection.findings.remarks += Network.reachRemarks(endpoint, settings)
    return inspection
  }

  private static func ask(
    _ endpoint: MCPClientEndpoint,
    _ settings: RunSettings,
    _ control: RunControl
  ) async throws -> ServerInspection {
    let metrics = try Network.metricsPage(of: endpoint, settings)
    return try await NetworkCheck.perform(control) { loop in
      NetworkCheck(
        endpoint,
        profile: settings.toolProfile,
        era: settings.era,
        timeouts: settings.timeouts,
        metrics: metrics,
        control: control,
        loop: loop
      )
    } _: {
      await $0.inspect()
    }
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
    let isOverHTTP = endpoint.stdio == nil
    let health = isOverHTTP ? (endpoint.healthPath, await askForHealth().httpStatus) : nil
    let metrics = isOverHTTP ? await readLimits() : nil
    let page = self.metrics?.url.withoutQuery ?? endpoint.metricsPage.url.path
    let inspection = ServerInspection(
      url: endpoint.name,
      proxy: endpoint.proxy?.name,
      findings: findings,
      capabilities: Array(capabilities.prefix(20)),
      tools: tools,
      toolsFault: fault,
      counts: counts,
      health: health,
      metricsPage: isOverHTTP ? page : nil,
      metrics: metrics,
      draft: ToolProfileDraft(
        of: tools,
        lacking: fault,
        server: findings.server,
        named: findings.serverName
      ),
      secrets: session.secrets
    )
    return await leave(with: .success(inspection))
  }
}
