import EventIO
import Foundation

/// A setting that cannot be used: which one, what it was, and what would be valid.
package struct SettingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The variable's or flag's name.
  package let name: String

  /// What it was set to.
  package let value: String

  /// What it may be.
  package let valid: String

  package var description: String { "\(name)=\"\(value)\" is not valid: it must be \(valid)" }
}

/// What a user can set for a run; each has a `LOADTEST_…` variable.
package struct RunSettings: Sendable, Equatable {
  /// LOADTEST_PROFILE.
  var profile = RunProfile.smoke

  /// LOADTEST_DURATION: length of the measured window; nil leaves it to the scenario.
  package var duration: Duration?

  /// LOADTEST_WORKERS: concurrent workers; nil leaves it to the scenario.
  package var workers: Int?

  /// LOADTEST_RATE: requests a second in open loop; nil for a closed loop.
  package var ratePerSecond: Double?

  /// LOADTEST_ARRIVALS: whether those come at random (poisson) or evenly.
  var arrivesAtRandom = false

  /// LOADTEST_TIMEOUT: the longest that a request may take.
  package var timeout: Duration = .seconds(30)

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

  /// LOADTEST_MCP_HEADERS and _FILE: header fields that go with every request.
  package var headers: [String: Secret] = [:]

  /// LOADTEST_HEALTH_PATH: where the server tells of its health.
  var healthPath = MCPEndpoint.usualHealthPath

  /// LOADTEST_POOL_LIMIT: SSH sessions that the limited server allows, 0 for any number.
  var poolLimit: Int?

  /// LOADTEST_RATE_LIMIT: requests a window that the limited server allows, 0 for any number.
  var rateLimit: Int?

  /// LOADTEST_RATE_WINDOW: the length of that window in seconds.
  var rateWindowSeconds: Double?

  var networkKind: NetworkKind?
  var serverHost: String?
  var serverPort = TestNetwork.standard.server.port

  /// LOADTEST_TOOL_PROFILE: the name of a profile that ships, or a JSON file.
  var toolProfileName: String?

  /// LOADTEST_TARGET_HOST, _PORT, _USER and LOADTEST_PASSWORD: where commands run.
  package var target = SSHTarget(host: "127.0.0.1", port: 22)

  /// LOADTEST_LINKS: ports of the target behind worse links, without the undisturbed one.
  package var links: [LinkCondition]?

  /// LOADTEST_LINK_EMULATION: what makes those links, for reports; nil if nobody told.
  var linkEmulation: String?

  /// LOADTEST_SERVER: what the embedded network runs in the place of its own server.
  package var server: ServerCommand?

  /// LOADTEST_SERVER_ARGUMENTS: more arguments for the embedded server, such as `--inject-leak 64`.
  package var serverArguments: [String] = []

  /// LOADTEST_SERVER_START: how long the embedded network's server may take until it listens.
  package var serverStart: Duration = .seconds(15)

  /// LOADTEST_BASE_SERVER and LOADTEST_HEAD_SERVER: two servers to compare.
  package var baseServer: ServerCommand?
  package var headServer: ServerCommand?

  /// LOADTEST_SCENARIO: what they are compared in.
  package var scenario = ScenarioName.commandThroughput

  /// LOADTEST_PAIRS: pairs of runs before the first look; as many again if that leaves it open.
  package var pairs = 8

  /// LOADTEST_TOLERANCE: the change that is none yet, as a share: 0.05 for 5 %.
  package var tolerance = 0.05

  /// LOADTEST_STRICT: whether an inconclusive verdict fails.
  package var isStrict = false

  /// When requests are made, if that was set.
  var arrivals: ArrivalProcess? {
    guard let rate = ratePerSecond else { return nil }
    return arrivesAtRandom ? .poisson(ratePerSecond: rate) : .constant(ratePerSecond: rate)
  }

  /// The timeouts of requests.
  var timeouts: HTTPTimeouts {
    var timeouts = HTTPTimeouts()
    timeouts.connect = min(timeouts.connect, timeout)
    timeouts.firstByte = timeout
    timeouts.wholeRequest = timeout
    return timeouts
  }

  /// Whether the target is that of the test network, whose links are known.
  var targetsTestNetwork: Bool {
    serverURL == nil || target.host == TestNetwork.standard.hosts.target.address
  }

  /// How the server names its tools: a description that ships, or that of the file.
  ///
  /// `names` has what an error calls the variable if it came as a flag.
  package func toolProfile(names: [String: String] = [:]) throws(SettingError) -> ToolProfile {
    guard let name = toolProfileName else { return .standard }
    if let profile = ToolProfile.shipped.first(where: { $0.name == name }) { return profile }
    let shipped = ToolProfile.shipped.map(\.name).joined(separator: ", ")
    func invalid(_ reason: String) -> SettingError {
      SettingError(
        name: names["LOADTEST_TOOL_PROFILE"] ?? "LOADTEST_TOOL_PROFILE",
        value: name,
        valid: "\(shipped), or a JSON file as in docs/settings.md, \"Tool profiles\"; \(reason)"
      )
    }
    guard let text = FileManager.default.contents(atPath: name) else {
      throw invalid("there is no such file that can be read")
    }
    do throws(ToolProfileError) {
      return try ToolProfile(parsing: text)
    } catch {
      throw invalid("\(error)")
    }
  }

  /// The settings without any variable.
  package init() {}

  /// Reads the variables; those that are missing or empty keep the defaults.
  ///
  /// `names` has what an error calls a variable that came as a flag. A misspelt variable would
  /// silently do nothing, so that is an error too.
  package init(
    environment: [String: String],
    names: [String: String] = [:]
  ) throws(SettingError) {
    for option in RunOption.all {
      guard let text = environment[option.variable], !text.isEmpty else { continue }
      do throws(RunOption.InvalidValue) {
        try option.apply(&self, text)
      } catch {
        throw SettingError(
          name: names[option.variable] ?? option.variable,
          value: error.shown ?? text,
          valid: error.valid
        )
      }
    }
    try resolveNetwork { environment["LOADTEST_" + $0]?.isEmpty == false }
    // What only the build reads.
    let known = Set(
      RunOption.all.map(\.variable) + ["LOADTEST_CI", "LOADTEST_FUZZ", "LOADTEST_UNOPTIMISED"]
    )
    for name in environment.keys.sorted()
    where name.hasBytePrefix("LOADTEST_") && !known.contains(name) {
      throw SettingError(
        name: name,
        // It may be the password under a misspelt name.
        value: "(not shown)",
        valid: "one of the variables in docs/settings.md; there is none of that name"
      )
    }
  }

  /// Fills in what naming a host of the test network says by itself.
  private mutating func resolveNetwork(isSet: (String) -> Bool) throws(SettingError) {
    let test = TestNetwork.standard
    let namesServer = serverURL != nil || serverHost != nil || limitedServerURL != nil
    for name in ["SERVER", "BASE_SERVER", "HEAD_SERVER"] where isSet(name) {
      guard namesServer || networkKind == .live else { continue }
      throw SettingError(
        name: "LOADTEST_\(name)",
        value: "(a command line)",
        valid: "left out where a live server is named: it is what the embedded network runs"
      )
    }
    if networkKind == .embedded, namesServer {
      throw SettingError(
        name: "LOADTEST_NETWORK",
        value: NetworkKind.embedded.rawValue,
        valid: "live where LOADTEST_MCP_URL, _MCP_HOST or _LIMITED_MCP_URL name a server"
      )
    }
    if networkKind == .live, !namesServer { serverHost = test.hosts.mcp.address }
    if let serverHost, serverURL == nil {
      serverURL = try? HTTPURL(parsing: "http://\(serverHost):\(serverPort)\(test.server.path)")
    }
    // Where there is only the limited one, that one.
    serverURL = serverURL ?? limitedServerURL
    (networkKind, serverHost, serverPort) = (nil, nil, test.server.port)
    guard let server = serverURL else { return }
    if server.host == test.hosts.mcp.address {
      if !isSet("TARGET_HOST") { target.host = test.hosts.target.address }
      if !isSet("LIMITED_MCP_URL"), server.port == test.server.port {
        limitedServerURL = HTTPURL(
          host: server.host,
          port: test.server.limitedPort,
          path: test.server.path
        )
      }
    }
    if targetsTestNetwork {
      if !isSet("TARGET_PORT") { target.port = test.links[0].port }
      if !isSet("TARGET_USER") { target.user = test.login.user }
    }
  }
}

/// A header field that a user adds to every request.
struct HeaderField {
  /// Its name.
  let name: String

  /// Its value, which may be a token.
  let value: Secret

  /// Names of the fields that the suite sends by itself, in lower case.
  static let own: Set = [
    "host", "accept", "accept-encoding", "content-type", "content-length", "transfer-encoding",
    "connection",
    "mcp-session-id", "mcp-protocol-version",
  ]

  /// Reads `Name: value` (RFC 9110 §5.1, §5.5); nil for what is no field or one of our own.
  init?(_ line: Substring) {
    guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let name = line[..<colon]
    let value = line[line.utf8.index(after: colon)...].trimmed()
    guard !name.isEmpty, name.utf8.allSatisfy(Self.isToken), !value.isEmpty,
      value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }),
      !Self.own.contains(name.asciiLowercased())
    else { return nil }
    self.name = String(name)
    self.value = Secret(String(value))
  }

  private static func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
