/// Limits of a server, beyond which it refuses.
package struct ServerLimits: Sendable, Hashable, Codable {
  /// SSH connections in its pool; 0 for no limit.
  package var pool: Int

  /// Requests a window and MCP session; 0 for no limit.
  package var requestsPerWindow: Int

  /// The length of that window in seconds.
  package var windowSeconds: Double

  private enum CodingKeys: String, CodingKey {
    case pool
    case requestsPerWindow = "requests_per_window"
    case windowSeconds = "window_s"
  }

  /// Makes limits.
  package init(pool: Int, requestsPerWindow: Int, windowSeconds: Double = 60) {
    self.pool = pool
    self.requestsPerWindow = requestsPerWindow
    self.windowSeconds = windowSeconds
  }

  /// What every scenario but the exhaustion needs: nothing in the way of the load.
  package static let loadTest = TestNetwork.standard.limits.loadTest

  /// What a server has unless its operator says otherwise.
  package static let standard = TestNetwork.standard.limits.standard
}

/// Where the server under test comes from.
package enum NetworkKind: String, Sendable, Codable, CaseIterable {
  /// Started for the run, with an sshd of its own.
  case embedded

  /// There before.
  case live
}

/// What not every server can do, and scenarios would like to.
enum ServerFeature: String, Sendable, Codable, CaseIterable {
  /// A caller's choice between a pooled connection and a new login.
  case reuse

  /// Telling of its health.
  case health
}

/// The limits of a server that are assumed where nobody tells them.
enum AssumedLimit: String, Sendable, Codable, CaseIterable {
  case pool
  case rate
}

/// Which network was under test, without secrets.
struct NetworkDescription: Sendable, Equatable, Codable {
  let kind: NetworkKind

  /// The server's URL.
  let server: String

  /// The server's own name, without its version; nil where it does not tell.
  var serverName: String?

  /// A digest of the command line and the arguments that the embedded network started the server with, for
  /// both may hold secrets; nil where it is the suite's own server without arguments, or a live one.
  let serverCommand: String?

  /// The SSH target as host:port; "none" where the load has to do with none.
  let target: String

  /// What stands for a target where the load has to do with none.
  static let noTarget = "none"

  /// The limits that the server has, or is said to have.
  let limits: ServerLimits?

  /// After how many seconds of silence the server ends an MCP session; nil where nobody has told.
  var sessionIdleSeconds: Double?

  /// Those of the limits that nobody has told us: the usual ones are assumed.
  let assumedLimits: [AssumedLimit]?

  /// What the server cannot do; nil or empty if it lacks nothing.
  var lacks: [ServerFeature]?

  /// The era of the protocol that was spoken; nil, for the legacy one, in recordings made before headers told.
  var era: ProtocolEra?

  /// The question for the modern era that came to nothing; nil where it was not asked, or answered well.
  var probe: ProtocolProbe?

  /// The cores that server and sshd may use; nil where that is not known.
  let serverCores: Int?

  /// The links to the target, where there are several.
  let links: [LinkCondition]?

  /// How those links are made; nil where there is only the plain one or it is not known.
  let linkEmulation: String?

  /// What else the server's side is made of, as far as it is known: programs and versions.
  var details: [String: String]

  /// The detail that names what runs the server, where that collects memory at its own times.
  static let runtime = "runtime"

  private enum CodingKeys: String, CodingKey {
    case kind
    case server
    case serverName = "server_name"
    case serverCommand = "server_command"
    case target
    case limits
    case sessionIdleSeconds = "session_idle_s"
    case assumedLimits = "assumed_limits"
    case lacks
    case era = "protocol_era"
    case probe = "protocol_probe"
    case serverCores = "server_cores"
    case links
    case linkEmulation = "link_emulation"
    case details
  }

  /// Describes a network.
  init(
    kind: NetworkKind,
    server: String,
    serverName: String? = nil,
    serverCommand: String? = nil,
    target: String,
    limits: ServerLimits? = nil,
    assumedLimits: [AssumedLimit]? = nil,
    lacks: [ServerFeature]? = nil,
    serverCores: Int? = nil,
    links: [LinkCondition]? = nil,
    linkEmulation: String? = nil,
    details: [String: String] = [:]
  ) {
    self.kind = kind
    self.server = server
    self.serverName = serverName
    self.serverCommand = serverCommand
    self.target = target
    self.limits = limits
    self.assumedLimits = assumedLimits
    self.lacks = lacks
    self.serverCores = serverCores
    self.links = links
    self.linkEmulation = linkEmulation
    self.details = details
  }

  /// Notes what is spoken with the server, and the question that it was settled after.
  mutating func note(_ era: ProtocolEra, _ revision: String?, after probe: ProtocolProbe? = nil) {
    self.era = era
    self.probe = probe
    let manner = era == .legacy ? "sessions" : "each request by itself"
    details["protocol"] =
      "MCP" + (revision.map { " \($0)" } ?? "") + ", \(manner) (\(era.rawValue))"
  }

  /// Whether the server cannot do something.
  func isLacking(_ feature: ServerFeature) -> Bool { (lacks ?? []).contains { $0 == feature } }

  /// Whether a limit is only what servers usually have.
  func assumes(_ limit: AssumedLimit) -> Bool { (assumedLimits ?? []).contains { $0 == limit } }
}
