extension NightLine {
  /// The load that was asked for, and the server that it was asked of: all that decides what is measured.
  ///
  /// What lines of format 1 do not tell is nil there.
  package struct Load: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The profile's name.
    package let profile: String

    /// Concurrent workers.
    package let workers: Int

    /// Event loops that carried them.
    package let loops: Int?

    /// Seconds of load before the measured window.
    let warmUpSeconds: Double?

    /// Seconds of the measured window.
    let durationSeconds: Double

    /// `closed`, `constant` or `poisson`.
    package let arrivals: String?

    /// Requests a second that were asked for; nil in a closed loop.
    let arrivalRate: Double?

    /// The mean pause of workers before each iteration in seconds, of a load of one stage; nil for none.
    let thinkSeconds: Double?

    /// The least time from a worker's iteration to its next in seconds, of a load of one stage; nil for none.
    let paceSeconds: Double?

    /// What tells workloads of users' own apart by what they do; nil in the suite's scenarios.
    let workloadDigest: String?

    /// The stages of a workload of a user's own; nil in the suite's scenarios, whose name tells.
    let stages: [Stage]?

    /// The longest that a request may take, in seconds.
    let timeoutSeconds: Double?

    /// SSH sessions that are to be open all the time; nil where they come and go.
    package let sessions: Int?

    /// The commands of the workload by their name in the recording.
    package let commands: [String: String]?

    /// `embedded`, or the URL of the server.
    package let server: String

    /// The server's own name; nil where it does not tell.
    let serverName: String?

    /// The digest of its command line; nil for a live server, and for the suite's own without arguments.
    let serverCommand: String?

    /// The era of the protocol; nil for the legacy one, which older lines do not tell.
    let era: ProtocolEra?

    /// How long connections were kept; nil for as long as they lasted.
    let connections: ConnectionUse?

    /// The tool profile's name.
    package let toolProfile: String?

    /// The SSH target of a live server.
    package let target: String?

    /// The limits that the server has, or is said to have.
    package let limits: ServerLimits?

    /// The links to the target, each as an argument of a program.
    package let links: [String]?

    /// How those links are made.
    let linkEmulation: String?

    private enum CodingKeys: String, CodingKey {
      case profile
      case workers
      case loops
      case warmUpSeconds = "warm_up_s"
      case durationSeconds = "duration_s"
      case arrivals
      case arrivalRate = "arrival_rate"
      case thinkSeconds = "think_s"
      case paceSeconds = "pace_s"
      case workloadDigest = "workload_digest"
      case stages
      case timeoutSeconds = "timeout_s"
      case sessions
      case commands
      case server
      case serverName = "server_name"
      case serverCommand = "server_command"
      case era = "protocol_era"
      case connections
      case toolProfile = "tool_profile"
      case target
      case limits
      case links
      case linkEmulation = "link_emulation"
    }

    /// The load of a recording.
    init(_ scenario: ScenarioHeader) {
      profile = scenario.profile
      workers = scenario.workers
      loops = scenario.loops
      warmUpSeconds = scenario.warmUpSeconds
      durationSeconds = scenario.durationSeconds
      arrivals = scenario.arrivals
      arrivalRate = scenario.arrivalRate
      thinkSeconds = scenario.onlyStage?.thinkSeconds
      paceSeconds = scenario.onlyStage?.paceSeconds
      workloadDigest = scenario.isOfOwn ? scenario.workloadDigest : nil
      stages = scenario.isOfOwn ? scenario.stages : nil
      timeoutSeconds = scenario.timeoutSeconds
      sessions = scenario.sessions
      commands = scenario.commands
      connections = scenario.connections == .kept ? nil : scenario.connections
      toolProfile = scenario.toolProfile
      let network = scenario.network
      // Ports of the embedded network are those that were free.
      let isEmbedded = network.kind == .embedded
      server = isEmbedded ? network.kind.rawValue : network.server
      target = isEmbedded ? nil : network.target
      serverName = network.serverName
      serverCommand = network.serverCommand
      era = network.era == .modern ? .modern : nil
      limits = network.limits
      links = network.links.map { $0.map(\.argument) }
      linkEmulation = network.linkEmulation
    }

    /// Whether it tells all that it must; lines of format 1 do not.
    var isComplete: Bool {
      loops != nil && arrivals != nil && timeoutSeconds != nil && toolProfile != nil
    }

    /// What it consists of, in words.
    private var parts: [String] {
      let limits = limits.map {
        "limits of \($0.pool) connections and \($0.requestsPerWindow) requests in \($0.windowSeconds) s"
      }
      let commands = commands.map { commands in
        "commands "
          + commands.sorted { $0.key < $1.key }.map { "\($0): \($1)" }.joined(separator: "; ")
      }
      let stages = stages.map { stages in
        "stages "
          + stages.map { "\($0.name ?? "all"): \($0.plan), \($0.kind.rawValue)" }.joined(
            separator: "; "
          )
      }
      return [
        profile, NumberText.counted(workers, "worker"),
        loops.map { NumberText.counted($0, "event loop") },
        warmUpSeconds.map { "\($0) s of warm-up" }, "\(durationSeconds) s",
        arrivals.map { "\($0) arrivals" }, arrivalRate.map { "\($0) requests per second" },
        thinkSeconds.map { "\($0) s of think time" }, paceSeconds.map { "a pace of \($0) s" },
        workloadDigest.map { "workload \($0)" }, timeoutSeconds.map { "a timeout of \($0) s" },
        sessions.map { NumberText.counted($0, "session") },
        "server \(server)", serverName.map { "its name \($0)" },
        serverCommand.map { "its command \($0)" }, era.map { "the \($0.rawValue) era" },
        connections.flatMap(\.words), toolProfile.map { "tool profile \($0)" },
        target.map { "target \($0)" }, limits, links.map { "links \($0.joined(separator: " "))" },
        linkEmulation, commands, stages,
      ].compactMap(\.self)
    }

    package var description: String { parts.joined(separator: ", ") }

    /// What it has and another has not, in words.
    func description(unlike other: Load) -> String {
      let others = Set(other.parts)
      let own = parts.filter { !others.contains($0) }
      return own.isEmpty ? "nothing of that" : own.joined(separator: ", ")
    }
  }
}
