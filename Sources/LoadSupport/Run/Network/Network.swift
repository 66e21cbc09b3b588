import EventIO
import Glibc

/// The network under test, from the first packet to the last: embedded or live.
struct Network: Sendable {
  /// The MCP server.
  let endpoint: MCPClientEndpoint

  /// How it names its tools, without what it does not offer.
  let profile: ToolProfile

  /// Where its commands run.
  let target: SSHTarget

  /// What reports say of it.
  let description: NetworkDescription

  /// Commands that were answered with some text before the load: silence would be a wrong answer.
  let spokenCommands: Set<String>

  /// Commands whose answers told how they ended before the load: none without that is a right one.
  let statusCommands: Set<String>

  /// The rate limit that a live server tells of, and how quick it is; nil where it tells of none.
  let rateLimit: RateLimit?

  /// The page of the server's metrics, where a user named one; nil for the server's own.
  private(set) var metricsPage: MCPClientEndpoint?

  /// What readers must know of it, each in a sentence.
  var remarks: [String]

  /// What the server's processes hold; nil where they are not known.
  var serverResources: (@Sendable () -> ProcessResources?)?

  let embedded: EmbeddedNetwork?

  /// What starts the processes of a stdio server; nil for a server over HTTP.
  var programs: SupervisedProcesses?

  /// The process below which those run.
  var programsID: pid_t?

  /// Looks at a server's process and those below it, as long as it is the one that has this number now.
  private static func resources(of server: pid_t?) -> (@Sendable () -> ProcessResources?)? {
    guard let server, let start = ProcessTree().start(of: server) else { return nil }
    return { ProcessTree().resources(of: server, startedAt: start) }
  }

  /// Requests that an MCP session may make, as far as the server tells.
  struct RateLimit: Sendable, Equatable {
    /// So many in a window.
    let requests: Int

    /// The length of the window in seconds.
    let windowSeconds: Double

    /// How long the quickest command took before the load; nil if none was answered.
    let requestSeconds: Double?

    /// The limit that was found; nil where there is none.
    init?(_ found: NetworkCheck.Findings?) {
      guard let found, let requests = found.rateLimit, requests > 0 else { return nil }
      self.requests = requests
      windowSeconds = found.rateWindowSeconds ?? ServerLimits.standard.windowSeconds
      requestSeconds = found.requestSeconds
    }
  }

  /// That a server cannot be told not to check the target's host key.
  static func insecureRemark(_ profile: ToolProfile) -> String {
    "LOADTEST_INSECURE (--insecure) is not passed to the server, because the tool profile \"\(profile.name)\" "
      + "has no argument \"insecure\": name it there (docs/settings.md), or make the target's host key known "
      + "to the server"
  }

  /// That anybody could have been the server.
  private static let unverifiedRemark =
    "LOADTEST_TLS_INSECURE (--tls-insecure): the server's certificate was not checked, so that it may be "
    + "anybody who answered"

  private static func unusedProxyRemark(_ variable: String) -> String {
    "\(variable) names a proxy, which is not used: LOADTEST_PROXY (--proxy env) would have it used"
  }

  private static let loopbackProxyRemark =
    "LOADTEST_PROXY (--proxy) is not used: a server on loopback is reached without a proxy"

  /// What must be known of the way to a server.
  static func reachRemarks(_ endpoint: MCPClientEndpoint, _ settings: RunSettings) -> [String] {
    (endpoint.security?.settings.isInsecure == true ? [unverifiedRemark] : [])
      + (settings.proxies.unusedVariable(for: endpoint.url).map { [unusedProxyRemark($0)] } ?? [])
      + (settings.proxies.isNamedInVain(for: endpoint.url) ? [loopbackProxyRemark] : [])
  }

  /// The MCP server and the target's sshd, where they can be taken down and brought back.
  var server: EmbeddedProgram? { embedded?.server }
  var sshd: EmbeddedProgram? { embedded?.sshd }

  /// CPU time in seconds of everything that serves requests: server, sshd and all their children,
  /// those that have ended included; nil where that cannot be known.
  var servingCPUSeconds: (@Sendable () -> Double?)? {
    let supervisors = [embedded?.supervisorID, programsID].compactMap(\.self)
    // Without the target's side the server's alone would be half of it.
    guard embedded != nil, !supervisors.isEmpty else { return nil }
    return {
      let tree = ProcessTree()
      return supervisors.compactMap { tree.cpuSeconds(below: $0) }.reduce(0, +)
    }
  }

  /// What counts logins and processes on the target of a load that has one; nil where nobody may look.
  func targetWatch(_ settings: RunSettings, _ control: RunControl?) -> TargetWatch? {
    guard description.target != NetworkDescription.noTarget else { return nil }
    if let embedded, let id = embedded.supervisorID {
      return TargetWatch(pause: .milliseconds(100)) {
        TargetCount(below: id, home: embedded.directory)
      }
    }
    guard let command = settings.targetCheck else { return nil }
    return TargetWatch(pause: .seconds(1)) {
      try await NetworkCheck.count(by: command, on: self, settings.timeouts, control)
    }
  }

  /// The target over one of the links that the network was opened with.
  func target(over link: LinkCondition) -> SSHTarget {
    if let embedded { return embedded.target(over: link) }
    var target = target
    target.port = link.port
    return target
  }

  /// What a scenario wants of the network.
  struct Wishes: Sendable {
    /// The limits of an embedded server, and those that a limited one is taken to have.
    var limits: ServerLimits

    /// The links to the target.
    var links: [LinkCondition]

    /// Whether the server is to have the standard limits, which are to be exceeded.
    var isLimited: Bool

    /// The commands of the load, which are tried before it.
    var commands: [String]

    /// The tools of the load, which the server must have.
    var tools: Set<String>

    /// Header fields of the first worker, by which the server is asked before the load.
    var headers: [String: Secret]

    /// Whether the load runs commands or opens SSH sessions.
    var needsTarget: Bool

    /// The longest that a command takes, where that is longer than usual.
    var commandTimeout: Duration?

    /// After what silence an MCP session is to end, or does at a server of the user's; nil where that is no matter.
    var sessionIdle: Duration?

    /// Wishes for a server with nothing in the way of a load, unless it says otherwise.
    init(
      limits: ServerLimits = .loadTest,
      links: [LinkCondition] = [],
      isLimited: Bool = false,
      commands: [String] = [],
      tools: Set<String> = [],
      headers: [String: Secret] = [:],
      needsTarget: Bool = true
    ) {
      self.tools = tools
      self.headers = headers
      self.needsTarget = needsTarget
      self.commands = commands
      self.limits = limits
      self.links = links
      self.isLimited = isLimited
    }
  }

  /// Starts the embedded network, or takes the server that the settings name.
  ///
  /// Nothing outside loopback is ever touched unless the settings name it. Throws a sentence that
  /// says what is missing or does not work.
  static func open(
    _ setup: RunSetup,
    wishes: Wishes,
    control: RunControl? = nil
  ) async throws -> Network {
    var setup = setup
    // A trace of its own for each load, since their requests are counted alike.
    if let place = setup.settings.toolProfile.form.trace?.place {
      setup.settings.toolProfile.form.trace = TraceContext(in: place)
    }
    let settings = setup.settings
    let profile = settings.toolProfile
    if wishes.needsTarget, profile.namesTarget, !profile.placesTarget, settings.target.name == nil {
      throw NetworkError(
        "the tool profile \"\(profile.name)\" is for a server that knows its targets by names: say which by "
          + "LOADTEST_TARGET_NAME (--target-name), with the server that LOADTEST_MCP_URL or LOADTEST_SERVER_STDIO names"
      )
    }
    if let command = settings.stdio { return try await stdio(command, setup, wishes, control) }
    if let url = settings.serverURL {
      return try await live(
        wishes.isLimited ? settings.limitedServerURL ?? url : url,
        settings,
        wishes,
        control
      )
    }
    return try await embedded(setup, wishes, control)
  }

  private static func embedded(
    _ setup: RunSetup,
    _ wishes: Wishes,
    _ control: RunControl?
  ) async throws -> Network {
    let settings = setup.settings
    let embedded = try await EmbeddedNetwork.start(
      setup,
      limits: wishes.limits,
      links: wishes.links,
      needsTarget: wishes.needsTarget,
      commandTimeout: wishes.commandTimeout,
      sessionIdle: wishes.sessionIdle
    )
    do {
      let endpoint = try endpoint(embedded.serverURL, settings, wishes)
      let page = try settings.server.flatMap { _ in try metricsPage(of: endpoint, settings) }
      func check(_ target: SSHTarget?) async throws -> NetworkCheck.Findings {
        try await Self.check(endpoint, target, page, settings, wishes, control)
      }
      // A server that its user names may have any fault; ours only those that were asked for.
      let target = wishes.needsTarget ? embedded.target : nil
      let found = settings.server == nil ? try? await check(nil) : try await check(target)
      var description = embedded.description
      description.sessionIdleSeconds = wishes.sessionIdle?.seconds
      var profile = settings.toolProfile
      profile.form.era = settings.era ?? .legacy
      profile = found?.profile ?? profile
      description.details["server"] = found?.server
      description.note(profile.form.era, found?.revision, after: found?.probe)
      description.details["metrics"] = page?.url.withoutQuery
      if settings.server != nil {
        let runtime = embedded.serverID.flatMap { ProcessTree().collector(below: $0) }
        description.details[NetworkDescription.runtime] = runtime
        description.serverName = found?.serverName
        description.lacks = found?.lacks
      }
      return Network(
        endpoint: endpoint,
        profile: profile,
        target: embedded.target,
        description: description,
        spokenCommands: found?.spokenCommands ?? [],
        statusCommands: found?.statusCommands ?? [],
        rateLimit: RateLimit(found),
        metricsPage: found?.metricsAddress.flatMap { page?.only(at: $0) } ?? page,
        remarks: found?.remarks ?? [],
        serverResources: resources(of: embedded.serverID),
        embedded: embedded
      )
    } catch {
      await embedded.stop()
      throw error
    }
  }

  private static func live(
    _ url: HTTPURL,
    _ settings: RunSettings,
    _ wishes: Wishes,
    _ control: RunControl?
  ) async throws -> Network {
    let endpoint = try endpoint(url, settings, wishes)
    let target = wishes.needsTarget ? settings.target : nil
    // A page that a user names is that of the server which he names first.
    let isFirst = url.isOfSameServer(as: settings.serverURL ?? url)
    let page = isFirst ? try metricsPage(of: endpoint, settings) : nil
    let found = try await check(endpoint, target, page, settings, wishes, control)
    let (limits, assumed) = limits(of: url, found, settings, wishes)
    var details: [String: String] = [:]
    details["server"] = found.server
    details[NetworkDescription.runtime] = settings.serverPID
      .flatMap { ProcessTree().collector(below: $0) }
    details["proxy"] = endpoint.proxy?.name
    details["metrics"] = page?.url.withoutQuery
    details["tls"] = endpoint.security?.suite
    if endpoint.addresses.count > 1 { details["address"] = "\(found.address)" }
    var description = NetworkDescription(
      kind: .live,
      server: url.withoutQuery,
      serverName: found.serverName,
      target: wishes.needsTarget
        ? settings.target.place(found.profile) : NetworkDescription.noTarget,
      limits: limits,
      assumedLimits: assumed.isEmpty ? nil : assumed,
      lacks: found.lacks,
      links: wishes.links.isEmpty ? nil : wishes.links,
      linkEmulation: wishes.links.isEmpty ? nil : settings.linkEmulation,
      details: details
    )
    description.sessionIdleSeconds = wishes.sessionIdle?.seconds
    description.note(found.profile.form.era, found.revision, after: found.probe)
    return Network(
      endpoint: endpoint.only(at: found.address),
      profile: found.profile,
      target: settings.target,
      description: description,
      spokenCommands: found.spokenCommands,
      statusCommands: found.statusCommands,
      rateLimit: RateLimit(found),
      metricsPage: found.metricsAddress.flatMap { page?.only(at: $0) } ?? page,
      remarks: found.remarks
        + (settings.target.skipsHostKeyCheck && !found.profile.mapsInsecure
          ? [insecureRemark(found.profile)] : [])
        + reachRemarks(endpoint, settings),
      serverResources: resources(of: settings.serverPID),
      embedded: nil
    )
  }

  /// Tries what the load needs of a server, before the load.
  static func check(
    _ endpoint: MCPClientEndpoint,
    _ target: SSHTarget?,
    _ metrics: MCPClientEndpoint?,
    _ settings: RunSettings,
    _ wishes: Wishes,
    _ control: RunControl?
  ) async throws -> NetworkCheck.Findings {
    try await NetworkCheck.run(
      endpoint,
      profile: settings.toolProfile,
      target: target,
      commands: wishes.commands,
      tools: wishes.tools,
      era: settings.era,
      timeouts: settings.timeouts,
      metrics: metrics,
      control: control
    )
  }

  /// The page of metrics that the settings name; nil where they name none.
  static func metricsPage(
    of server: MCPClientEndpoint,
    _ settings: RunSettings
  ) throws -> MCPClientEndpoint? {
    try settings.metricsURL.flatMap { _ in try settings.metricsPage(of: server) }
  }

  /// The server as the first worker asks it: without its token or header fields it may answer nobody.
  static func endpoint(
    _ url: HTTPURL,
    _ settings: RunSettings,
    _ wishes: Wishes = Wishes()
  ) throws -> MCPClientEndpoint {
    let endpoint = try settings.endpoint(url).adding(wishes.headers)
    guard let token = settings.tokens?.token(ofWorker: 0) else { return endpoint }
    return endpoint.authorized(by: token)
  }

  /// The limits that the server has, or is taken to have, and those that nobody told; none where the load
  /// wants none.
  private static func limits(
    of url: HTTPURL,
    _ found: NetworkCheck.Findings,
    _ settings: RunSettings,
    _ wishes: Wishes
  ) -> (ServerLimits?, assumed: [AssumedLimit]) {
    guard wishes.isLimited else { return (nil, []) }
    let pool = settings.poolLimit ?? found.poolLimit
    let rate = settings.rateLimit ?? found.rateLimit
    var assumed: [AssumedLimit] = []
    // Of the test network's second server the limits are known; of another one they are a guess.
    if url.host != TestNetwork.standard.hosts.mcp.address {
      if pool == nil { assumed.append(.pool) }
      if rate == nil { assumed.append(.rate) }
    }
    let limits = ServerLimits(
      pool: pool ?? wishes.limits.pool,
      requestsPerWindow: rate ?? wishes.limits.requestsPerWindow,
      windowSeconds: settings.rateWindow?.seconds ?? found.rateWindowSeconds
        ?? ServerLimits.standard.windowSeconds
    )
    return (limits, assumed)
  }

  /// Takes down what was started.
  func close() async {
    await programs?.stop()
    await embedded?.stop()
  }
}
