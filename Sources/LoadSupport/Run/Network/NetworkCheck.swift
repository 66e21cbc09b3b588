import EventIO
import Glibc

/// Tries a live network before any load: does the server answer, and do one login and one command
/// work?
///
/// In an MCP session of its own, which it ends; nothing of it is recorded. It throws a sentence that
/// says which of the three failed and how to try that by hand.
actor NetworkCheck: LoopBound {
  /// What was found out on the way.
  struct Findings: Sendable {
    /// The profile without what this server does not offer.
    var profile: ToolProfile

    /// The server's name and version, as it tells them; nil where it does not.
    var server: String?

    /// The name alone.
    var serverName: String?

    /// The revision of the protocol that is spoken; nil where the server names none.
    var revision: String?

    /// The address of the server that answered.
    var address: SocketAddress

    /// The address at which the page of metrics was read; nil if it was not.
    var metricsAddress: SocketAddress?

    /// Whether the server tells of its health where it was asked for it.
    var hasHealth = true

    /// The commands of the load that were answered with some text.
    var spokenCommands: Set<String> = []

    /// Those whose answers told how they ended.
    var statusCommands: Set<String> = []

    /// What readers must know of its answers, each in a sentence.
    var remarks: [String] = []

    /// The limits that the server tells of in its metrics, 0 for none; nil where it does not.
    var poolLimit: Int?
    var rateLimit: Int?
    var rateWindowSeconds: Double?

    /// How long the quickest command took that was answered; nil if none was.
    var requestSeconds: Double?

    /// What the server cannot do that some scenarios want; nil for nothing.
    var lacks: [ServerFeature]? {
      var lacks: [ServerFeature] = []
      if profile.connect?.arguments["reuse"] == nil { lacks.append(.reuse) }
      if !hasHealth { lacks.append(.health) }
      return lacks.isEmpty ? nil : lacks
    }
  }

  nonisolated let loop: EventLoop

  let endpoint: MCPClientEndpoint
  let target: SSHTarget?
  let commands: [String]
  private let tools: Set<String>

  /// The era of the protocol that is asked for; nil for whichever the server speaks.
  let era: ProtocolEra?
  let timeouts: HTTPClientTimeouts
  private let control: RunControl?

  /// The page of metrics; nil for the server's own.
  private let metrics: MCPClientEndpoint?
  var session: MCPClientSession
  var findings: Findings

  /// The names of the arguments that the profile's tools have by the server's list, those that must be there
  /// marked, by the tools' names.
  var toolArguments: [String: String] = [:]

  /// How long a server may take to accept a connection where it has another address.
  static let connectTimeout = Duration.seconds(3)

  private init(
    _ endpoint: MCPClientEndpoint,
    _ profile: ToolProfile,
    _ target: SSHTarget?,
    _ commands: [String],
    _ tools: Set<String>,
    _ era: ProtocolEra?,
    _ timeouts: HTTPClientTimeouts,
    _ metrics: MCPClientEndpoint?,
    _ control: RunControl?,
    loop: EventLoop
  ) {
    self.metrics = metrics
    self.endpoint = endpoint
    self.target = target
    self.commands = commands
    self.tools = tools
    self.era = era
    self.timeouts = timeouts
    self.control = control
    self.loop = loop
    findings = Findings(profile: profile, address: endpoint.address)
    session = MCPClientSession(
      endpoint,
      profile: profile,
      timeouts: timeouts,
      hiding: target?.password,
      on: loop
    )
  }

  /// Tries a server, a target and the commands of the load there, and gives what was found out; without
  /// a target the server alone.
  ///
  /// Nothing is lost when it is given up half-way, so that the first request for an end is enough.
  static func run(
    _ endpoint: MCPClientEndpoint,
    profile: ToolProfile,
    target: SSHTarget?,
    commands: [String] = [],
    tools: Set<String> = [],
    era: ProtocolEra?,
    timeouts: HTTPClientTimeouts,
    metrics: MCPClientEndpoint? = nil,
    control: RunControl? = nil
  ) async throws(NetworkError) -> Findings {
    let result: Result<Findings, NetworkError>
    do {
      let loop = try EventLoop(name: "check")
      control?.attach(loop, cuttingOffAt: .stop)
      defer {
        control?.detach(loop)
        loop.stop()
      }
      let check = NetworkCheck(
        endpoint,
        profile,
        target,
        commands,
        tools,
        era,
        timeouts,
        metrics,
        control,
        loop: loop
      )
      result = await Task(executorPreference: loop.actorTasks) { await check.tryAll() }.value
    } catch {
      throw NetworkError("cannot check the network: \(error)")
    }
    return try result.get()
  }

  private func tryAll() async -> Result<Findings, NetworkError> {
    let result: Result<Findings, NetworkError>
    do throws(NetworkError) {
      try await askServer()
      if target != nil || !tools.isEmpty {
        try await lookForTools()
        if isStopping { throw Self.stopped }
        if let target { try await logInAndRun(on: target) }
        if !isStopping { await readLimits() }
        if !isStopping { await askForHealth() }
      }
      result = .success(findings)
    } catch {
      result = .failure(
        session.isSharedByAll ? NetworkError("\(error); \(Self.sharedHint)") : error
      )
    }
    if !isStopping { _ = await session.end(plannedAt: now()) }
    await session.close()
    return isStopping ? .failure(Self.stopped) : result
  }

  private static let sharedHint =
    "it had refused initialize, since that has been done: it serves one session, which somebody else may have "
    + "opened; end that, or start the server anew"

  private static let stopped = NetworkError("the run was stopped while the network was being tried")

  var isStopping: Bool { control?.isStopping ?? false }

  // MARK: The server

  /// Opens an MCP session at the first of the server's addresses that answers.
  private func askServer() async throws(NetworkError) {
    var failures: [String] = []
    for address in endpoint.addresses {
      if isStopping { throw Self.stopped }
      let isLast = failures.count == endpoint.addresses.count - 1
      guard let failure = await open(at: address, isLast: isLast) else {
        findings.address = address
        findings.server = session.server
        findings.serverName = session.serverName
        findings.revision = session.revision?.name
        return
      }
      failures.append(endpoint.addresses.count > 1 ? "at \(address) \(failure)" : failure)
    }
    throw NetworkError(
      "the server \(endpoint.url.withoutQuery) does not answer as an MCP server: "
        + "\(failures.joined(separator: "; ")); try: \(curl)"
    )
  }

  /// Sees whether the server tells of its health where scenarios would ask for it.
  ///
  /// Without such a thing the path is not there (404, 405, 501). What answers beside a server below a
  /// path is somebody else, whatever it says, unless the path was named.
  private func askForHealth() async {
    let attempt = await session.checkHealth(plannedAt: now())
    let isGuess =
      endpoint.healthPath == MCPClientEndpoint.usualHealthPath
      && !["/", "/mcp", "/mcp/"].contains(endpoint.url.pathWithoutQuery)
    if let status = attempt.httpStatus, status != 200 {
      findings.hasHealth = !([404, 405, 501].contains(status) || isGuess)
    }
  }

  /// What to type to see the same; values of extra header fields are left out.
  private var curl: String {
    var version: [UInt8] = []
    version.appendJSONString(findings.profile.protocolVersion)
    let message =
      #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"#
      + String(decoding: version, as: UTF8.self)
      + #","capabilities":{},"clientInfo":{"name":"curl","version":"1"}}}"#
    let fields =
      ["Content-Type: application/json", "Accept: application/json, text/event-stream"]
      + endpoint.headers.keys.sorted().map { "\($0): …" }
    let options = fields.flatMap { ["-H", ServerCommand.quoted($0)] } + ["-d"]
    let words =
      ["curl -i"] + connectionOptions + [ServerCommand.quoted(endpoint.url.withoutQuery)] + options
    return (words + [ServerCommand.quoted(message)]).joined(separator: " ")
  }

  /// Sees that the tools are there, and which arguments connecting has.
  private func lookForTools() async throws(NetworkError) {
    var tools: [JSONValue] = []
    var cursor: JSONValue?
    // A list may come in pages; one without an end is not worth a check.
    for _ in 0..<20 where !isStopping {
      let page = CallTemplate(
        "tools/list",
        parameters: cursor.map { ["cursor": $0] },
        in: session.profile.form
      )
      guard await session.perform(page, plannedAt: now()).outcome == .success,
        let result = session.lane.result
      else { break }
      tools += result["tools"]?.array ?? []
      cursor = result["nextCursor"]
      if cursor?.string == nil { break }
    }
    takeMirrored(&tools)
    let calls = [findings.profile.connect, findings.profile.run].compactMap(\.self)
    for tool in tools where calls.contains(where: { $0.name == tool["name"]?.string }) {
      guard let name = tool["name"]?.string,
        case .object(let properties)? = tool["inputSchema"]?["properties"]
      else { continue }
      let required = tool["inputSchema"]?["required"]?.array?.compactMap(\.string) ?? []
      let arguments = properties.prefix(20).map {
        String($0.key.shown.cut(toBytes: 40)) + (required.contains($0.key) ? " (required)" : "")
      }
      toolArguments[name] = arguments.joined(separator: ", ")
    }
    // Whoever does not list its tools may have them all the same: calling them will tell.
    let names = tools.compactMap { $0["name"]?.string }
    guard !names.isEmpty else { return }
    let shown = names.sorted().prefix(40).joined(separator: ", ")
    for tool in self.tools.sorted() where !names.contains(where: { $0.hasSameBytes(as: tool) }) {
      throw NetworkError(
        "the server answers, but it has no tool \(tool), which the workload calls; it has \(shown)"
      )
    }
    let profile = findings.profile
    guard target != nil else { return }
    for tool in [profile.connect, profile.run, profile.disconnect].compactMap(\.self)
    where !names.contains(tool.name) {
      throw NetworkError(
        "the server answers, but it has no tool \(tool.name), which the tool profile "
          + "\"\(profile.name)\" names; it has \(shown): "
          + "choose another profile (`loadtest list --tool-profiles`) or write one (docs/settings.md)"
      )
    }
    guard let reuse = profile.connect?.arguments["reuse"] else { return }
    let connecting = tools.first { $0["name"]?.string == profile.connect?.name }
    if connecting?["inputSchema"]?["properties"]?[reuse] == nil {
      findings.profile.connect?.arguments["reuse"] = nil
    }
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

  // MARK: Limits

  private func readLimits() async {
    let metrics = metrics ?? endpoint.only(at: findings.address).metricsPage
    var page: PrometheusText?
    for address in metrics.addresses where page == nil && !isStopping {
      let scraper = MetricsScraper(page: metrics.only(at: address), origin: .now(), loop: loop)
      page = await scraper.fetch()
      await scraper.close()
      if page != nil { findings.metricsAddress = address }
    }
    guard let page else {
      if let named = self.metrics {
        findings.remarks.append(
          "\(named.url.withoutQuery) (LOADTEST_METRICS_URL) does not answer with metrics"
        )
      }
      return
    }
    let gauges = ServerMetricsLine(at: 0, occasion: .before, scrape: page).totals
    // What a server tells of itself may be anything. A limit beyond what can be tried is none: its
    // exhaustion would take more sessions, requests or time than a run has.
    func limit(_ name: String, _ most: Double) -> Double? {
      gauges[name].map { (0...most).contains($0) ? $0 : 0 }
    }
    findings.poolLimit = limit(ServerMetricName.poolLimit, 1000).flatMap { Int(exactly: $0) }
    findings.rateLimit = limit(ServerMetricName.rateLimit, 100_000).flatMap { Int(exactly: $0) }
    findings.rateWindowSeconds = gauges[ServerMetricName.rateWindow]
      .flatMap { $0 > 0 && $0 <= 3600 ? $0 : nil }
  }

  func now() -> Int64 { MonotonicInstant.now().nanoseconds }
}
