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

    /// The question for the modern era, where a session was opened after it.
    var probe: ProtocolProbe?

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
  let tools: Set<String>

  /// The era of the protocol that is asked for; nil for whichever the server speaks.
  let era: ProtocolEra?
  let timeouts: HTTPClientTimeouts
  private let control: RunControl?

  /// The page of metrics; nil for the server's own.
  let metrics: MCPClientEndpoint?
  var session: MCPClientSession
  var findings: Findings

  /// What calls by the profile have too much or too little, by the schemas of the tools.
  var schemaFaults: [String] = []

  /// The names of the arguments that the profile's tools have by the server's list, those that must be there
  /// marked, by the tools' names.
  var toolArguments: [String: String] = [:]

  /// How long a server may take to accept a connection where it has another address.
  static let connectTimeout = Duration.seconds(3)

  init(
    _ endpoint: MCPClientEndpoint,
    profile: ToolProfile,
    target: SSHTarget? = nil,
    commands: [String] = [],
    tools: Set<String> = [],
    era: ProtocolEra?,
    timeouts: HTTPClientTimeouts,
    metrics: MCPClientEndpoint? = nil,
    control: RunControl?,
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
    try await perform(control) { loop in
      NetworkCheck(
        endpoint,
        profile: profile,
        target: target,
        commands: commands,
        tools: tools,
        era: era,
        timeouts: timeouts,
        metrics: metrics,
        control: control,
        loop: loop
      )
    } _: {
      await $0.tryAll()
    }
  }

  /// Does something with a check on a loop of its own.
  static func perform<Found: Sendable>(
    _ control: RunControl?,
    _ make: (EventLoop) -> NetworkCheck,
    _ body: @escaping @Sendable (NetworkCheck) async -> Result<Found, NetworkError>
  ) async throws(NetworkError) -> Found {
    let result: Result<Found, NetworkError>
    do {
      let loop = try EventLoop(name: "check")
      control?.attach(loop, cuttingOffAt: .stop)
      defer {
        control?.detach(loop)
        loop.stop()
      }
      let check = make(loop)
      result = await Task(executorPreference: loop.actorTasks) { await body(check) }.value
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
        if endpoint.stdio != nil {
          findings.hasHealth = false
        } else {
          if !isStopping { _ = await readLimits() }
          if !isStopping { _ = await askForHealth() }
        }
      }
      result = .success(findings)
    } catch {
      let hint = session.isSharedByAll ? "; \(Self.sharedHint)" : ""
      result = .failure(NetworkError("\(explained(error))\(hint)"))
    }
    return await leave(with: result)
  }

  /// Ends the session, whatever came of it.
  func leave<Found>(
    with result: Result<Found, NetworkError>
  ) async -> Result<Found, NetworkError> {
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
  func askServer() async throws(NetworkError) {
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
      "the server \(endpoint.name) cannot be used as an MCP server: "
        + "\(failures.joined(separator: "; ")); try"
        + (endpoint.stdio == nil
          ? ": \(curl)"
          : " its command line by hand: a request of JSON-RPC on a line of its standard input has its answer "
            + "on a line of its standard output")
    )
  }

  /// Sees whether the server tells of its health where scenarios would ask for it.
  ///
  /// Without such a thing the path is not there (404, 405, 501). What answers beside a server below a
  /// path is somebody else, whatever it says, unless the path was named.
  func askForHealth() async -> Attempt {
    let attempt = await session.checkHealth(plannedAt: now())
    let isGuess =
      endpoint.healthPath == MCPClientEndpoint.usualHealthPath
      && !["/", "/mcp", "/mcp/"].contains(endpoint.url.pathWithoutQuery)
    if let status = attempt.httpStatus, status != 200 {
      findings.hasHealth = !([404, 405, 501].contains(status) || isGuess)
    }
    return attempt
  }

  // MARK: Limits

  /// Takes over the limits of the server's metrics; gives what these come to, nil where it has none.
  func readLimits() async -> [String: Double]? {
    let metrics = metrics ?? endpoint.only(at: findings.address).metricsPage
    var page: PrometheusText?
    var failure: String?
    for address in metrics.addresses where page == nil && !isStopping {
      let scraper = MetricsScraper(page: metrics.only(at: address), origin: .now(), loop: loop)
      page = await scraper.fetch()
      failure = await scraper.failure
      await scraper.close()
      if page != nil { findings.metricsAddress = address }
    }
    guard let page else {
      if let named = self.metrics {
        findings.remarks.append(
          "\(named.url.withoutQuery) (LOADTEST_METRICS_URL) does not answer with metrics"
            + (failure.map { ": \($0)" } ?? "")
        )
      }
      return nil
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
    return gauges
  }

  func now() -> Int64 { MonotonicInstant.now().nanoseconds }
}
