import EventIO
import Glibc

/// What a user can set for a run; each has a `LOADTEST_…` variable.
package struct RunSettings: Sendable, Equatable {
  /// LOADTEST_PROFILE.
  package var profile = RunProfile.smoke

  /// LOADTEST_DURATION: length of the measured window; nil leaves it to the scenario.
  package var duration: Duration?

  /// LOADTEST_WORKERS: concurrent workers; nil leaves it to the scenario.
  package var workers: Int?

  /// LOADTEST_RATE: requests a second in open loop; nil for a closed loop.
  package var ratePerSecond: Double?

  /// LOADTEST_ARRIVALS: how those come.
  var arrivalKind = Workload.Arrivals.constant

  /// LOADTEST_THINK_TIME: a worker's pause before each request in closed loop; nil leaves it to the load.
  package var thinkTime: Duration?

  /// LOADTEST_WARM_UP: load before the measured window; nil leaves it to the load.
  package var warmUp: Duration?

  /// LOADTEST_COMMANDS: what the suite's scenarios run on the target; nil leaves it to the tool profile.
  package var commands: [String]?

  /// LOADTEST_TIMEOUT: the longest that a request may take.
  package var timeout: Duration = .seconds(30)

  /// LOADTEST_JITTER: whether pauses of clients after failures are random.
  package var jitters = true

  /// LOADTEST_RESTART_COMMAND: what restarts a live server; nil where nothing does.
  package var restartCommand: Secret?

  /// LOADTEST_LOOPS: event loop threads.
  package var loops = 1

  /// LOADTEST_SEED: the seed of everything random.
  package var seed: UInt64 = 20_260_212

  /// LOADTEST_RESULTS_DIR: where recordings go.
  package var resultsDirectory = "results"

  /// LOADTEST_THRESHOLDS: a JSON file of limits that replace the scenario's own.
  package var thresholdsFile: String?

  /// LOADTEST_MCP_URL, or LOADTEST_MCP_HOST and _PORT: a server to test instead of the embedded one.
  package var serverURL: HTTPURL?

  /// LOADTEST_LIMITED_MCP_URL: one with standard limits; nil if the server is to be driven beyond its
  /// own.
  var limitedServerURL: HTTPURL?

  /// LOADTEST_SERVER_STDIO: a server that each worker starts a process of, instead of the embedded one.
  package var stdio: StdioCommand?

  /// LOADTEST_STDIO_ENV: variables that those processes get besides the usual ones.
  var stdioVariables: [String] = []

  /// With a stdio server, whether the target is named, and not the embedded network's sshd.
  var namesTarget = false

  /// LOADTEST_TLS_CA, _CERT, _KEY, _INSECURE and _RESUME: how an `https://` server is spoken to.
  var tls = TLSSettings()

  /// LOADTEST_PROXY and _CREDENTIALS_FILE, as they were given, and what becomes of them.
  var proxyChoice: ProxySettings.Choice?
  var proxyCredentials: Secret?
  var proxies = ProxySettings()

  /// LOADTEST_MCP_HEADERS and _FILE: header fields that go with every request.
  package var headers: [String: Secret] = [:]

  /// LOADTEST_TOKEN_FILE: bearer tokens of the workers.
  package var tokens: TokenFile?

  /// LOADTEST_CONNECTION: how long workers keep their connections.
  package var connectionUse = ConnectionUse.kept

  /// LOADTEST_METRICS_URL: the page of the server's metrics, where that is not /metrics of the server's URL.
  package var metricsURL: HTTPURL?

  /// LOADTEST_TRACEPARENT: where requests say which line of the recording they are.
  var traceChoice = TraceChoice.off

  /// The choices of that.
  enum TraceChoice: String, Sendable, CaseIterable {
    case off
    case header
    case meta
  }

  /// LOADTEST_HEALTH_PATH: where the server tells of its health.
  var healthPath = MCPClientEndpoint.usualHealthPath

  /// LOADTEST_POOL_LIMIT: SSH sessions that the limited server allows, 0 for any number.
  var poolLimit: Int?

  /// LOADTEST_RATE_LIMIT: requests a window that the limited server allows, 0 for any number.
  var rateLimit: Int?

  /// LOADTEST_RATE_WINDOW: the length of that window.
  var rateWindow: Duration?

  var networkKind: NetworkKind?

  /// The host by which the server is named; nil where a URL does.
  var serverHost: String?
  var serverPort = TestNetwork.standard.server.port

  /// LOADTEST_TOOL_PROFILE: how the server names its tools.
  var toolProfile = ToolProfile.standard

  /// LOADTEST_MCP_ERA: the era of the protocol; auto asks the server.
  package var eraChoice = EraChoice.auto

  /// The choices of an era.
  package enum EraChoice: String, Sendable, CaseIterable {
    case auto
    case modern
    case legacy
  }

  /// The era that is spoken; nil for whichever the server speaks.
  ///
  /// The embedded server and other builds of it may speak both, so there it is the legacy one unless the other is
  /// asked for: what is the same from run to run compares.
  var era: ProtocolEra? {
    ProtocolEra(rawValue: eraChoice.rawValue) ?? (startsOurServer ? .legacy : nil)
  }

  /// After what silence a server ends an MCP session, as far as it was told or is told.
  var knownSessionIdle: Duration? {
    sessionIdleTimeout ?? (startsOurServer ? .seconds(2) : nil)
  }

  /// Whether the embedded network runs an `mcp-ssh-server`, which takes its arguments.
  var startsOurServer: Bool { serverURL == nil && stdio == nil && server?.namesItsPort != true }

  /// LOADTEST_TARGET_HOST, _PORT, _USER and LOADTEST_PASSWORD, or LOADTEST_TARGET_NAME: where commands run.
  package var target = SSHTarget(host: "127.0.0.1", port: 22)

  /// LOADTEST_TARGET_CHECK: a command that prints how many logins or processes there are on the target.
  var targetCheck: String?

  /// LOADTEST_LINKS: ports of the target behind worse links, without the undisturbed one.
  package var links: [LinkCondition]?

  /// LOADTEST_LINK_EMULATION: what makes those links, for reports; nil if nobody told.
  var linkEmulation: String?

  /// LOADTEST_SERVER: what the embedded network runs in the place of its own server.
  package var server: ServerCommand?

  /// LOADTEST_SERVER_ARGUMENTS: more arguments for the embedded server, such as `--inject-leak 64`.
  package var serverArguments: [String] = []

  /// LOADTEST_SESSION_IDLE_TIMEOUT: after what silence the server ends an MCP session; nil where nobody has told.
  package var sessionIdleTimeout: Duration?

  /// LOADTEST_SERVER_PID: the process of a server on this machine; nil where it is not known.
  package var serverPID: pid_t?

  /// LOADTEST_SERVER_START: how long the embedded network's server may take until it listens.
  var serverStart: Duration = .seconds(15)

  /// LOADTEST_SSHD: the sshd of the embedded network; nil for the one that is found.
  package var sshd: String?

  /// LOADTEST_BASE_SERVER and LOADTEST_HEAD_SERVER: two servers to compare.
  package var baseServer: ServerCommand?
  package var headServer: ServerCommand?

  /// LOADTEST_SCENARIO: what they are compared in.
  package var scenario = ScenarioName.commandThroughput

  /// LOADTEST_WORKLOAD: a workload of a user's own, in the place of a scenario.
  package var workload: ScenarioName?

  /// LOADTEST_PAIRS: pairs of runs before the first look; as many again if that leaves it open.
  package var pairs = 8

  /// LOADTEST_TOLERANCE: the smallest change that counts, as a share: 0.05 for 5 %.
  var tolerance = 0.05

  /// LOADTEST_RUN_ID: the load of several generators that this one has a part of; nil for a load of its own.
  var runID: String?

  /// LOADTEST_INDEX and LOADTEST_OF: which part that is, and of how many.
  var partIndex: Int?
  var partCount: Int?

  /// LOADTEST_START_AT: how the parts come by their common begin.
  var startPoint: StartPoint?

  /// What those come to, once it is known that what is run can be a part; nil for a load of its own.
  var part: RecordingPart?

  /// LOADTEST_PROGRESS: how a run is shown.
  package var progressFormat = ProgressFormat.auto

  /// The ways to show a run.
  package enum ProgressFormat: String, Sendable, CaseIterable {
    case auto
    case json
  }

  /// LOADTEST_STRICT: whether an inconclusive verdict fails.
  package var isStrict = false

  /// The arrivals of an open loop, if a rate was set.
  var arrivals: (rate: Workload.Ramp, kind: Workload.Arrivals)? {
    ratePerSecond.map { (.steady($0), arrivalKind) }
  }

  /// Whether other generators have parts of its load.
  package var isPart: Bool { share != .whole }

  /// How this generator begins with the others that have parts of a scenario's load; nil where it begins by itself.
  func commonStart(of scenario: ScenarioName) -> CommonStart? {
    guard let startPoint, let part else { return nil }
    return CommonStart(point: startPoint, part: part, scenario: scenario.rawValue)
  }

  /// This generator's share of the load.
  var share: LoadShare { part.map { LoadShare(index: $0.index, count: $0.of) } ?? .whole }

  /// The links that are known: the target's own port first, then those behind it.
  var knownLinks: [LinkCondition] {
    guard let links else { return LinkCondition.all }
    let port = usesEmbeddedTarget ? LinkCondition.all[0].port : target.port
    return [LinkCondition(port: port, name: LinkCondition.all[0].name)] + links
  }

  /// The timeouts of requests.
  var timeouts: HTTPClientTimeouts {
    var timeouts = HTTPClientTimeouts()
    timeouts.connect = min(timeouts.connect, timeout)
    timeouts.firstByte = timeout
    timeouts.wholeRequest = timeout
    return timeouts
  }

  /// The page of a server's metrics: that of the server itself, unless the settings name another.
  ///
  /// What only the server is to know, header fields and a client certificate, is not sent to another one. Nil
  /// where neither is named. Blocks.
  ///
  /// - Throws: as `endpoint`.
  package func metricsPage(of server: MCPClientEndpoint?) throws -> MCPClientEndpoint? {
    guard let url = metricsURL else { return server?.metricsPage }
    if let server, url.isOfSameServer(as: server.url) { return server.at(url.path) }
    var anonymous = self
    (anonymous.headers, anonymous.tls.certificate, anonymous.tls.key) = ([:], nil, nil)
    do {
      return try anonymous.endpoint(url)
    } catch let error as AddressError {
      let place = " (on the way to the page that LOADTEST_METRICS_URL, --metrics-url, names)"
      throw AddressError(host: error.host, reason: error.reason + place)
    }
  }

  /// A server, as it is to be reached.
  ///
  /// Blocks.
  ///
  /// - Throws: `AddressError`, or for an `https://` URL a `TLSError`.
  package func endpoint(_ url: HTTPURL) throws -> MCPClientEndpoint {
    try MCPClientEndpoint(
      url,
      security: url.isSecure ? TLSContext(tls) : nil,
      proxy: proxies.proxy(for: url),
      headers: headers,
      healthPath: healthPath
    )
  }

  /// Whether the target is that of the test network, whose links are known.
  var targetsTestNetwork: Bool {
    usesEmbeddedTarget
      || target.name == nil && target.host == TestNetwork.standard.hosts.target.address
  }

  /// Whether commands run on an sshd that is started for the run.
  var usesEmbeddedTarget: Bool { serverURL == nil && !(stdio != nil && namesTarget) }

  /// The settings without any variable.
  package init() {}
}
