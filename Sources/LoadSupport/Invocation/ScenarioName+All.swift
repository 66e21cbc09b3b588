import EventIO

extension ScenarioName {
  package static let connectionRate = ScenarioName("connection_rate")
  package static let commandThroughput = ScenarioName("command_throughput")
  package static let sustainedLoad = ScenarioName("sustained_load")
  package static let latencyTest = ScenarioName("latency_test")
  package static let exhaustionTest = ScenarioName("exhaustion_test")
  package static let overlappingCalls = ScenarioName("overlapping_calls")
  package static let restartRecovery = ScenarioName("restart_recovery")
  package static let longCalls = ScenarioName("long_calls")
  package static let heldStreams = ScenarioName("held_streams")
  package static let sessionChurn = ScenarioName("session_churn")

  /// What belongs to a name: the one place where a scenario's load and its judge are named together.
  private struct Entry: Sendable {
    /// The heading of its section in reports.
    let title: String

    /// What it measures, in a line for lists.
    let purpose: String

    let load: any Scenario
    let judge: any ScenarioJudge
  }

  /// All scenarios, in the order of lists.
  private static let table: [(name: ScenarioName, entry: Entry)] = [
    (
      connectionRate,
      Entry(
        title: "CONNECTION RATE TEST",
        purpose: "SSH connections per second, cold and pooled, with 1, 2, 5 and 10 workers",
        load: ConnectionRate(),
        judge: ConnectionRateJudge()
      )
    ),
    (
      commandThroughput,
      Entry(
        title: "COMMAND THROUGHPUT TEST",
        purpose: "commands per second on established connections",
        load: CommandThroughput(),
        judge: CommandThroughputJudge()
      )
    ),
    (
      sustainedLoad,
      Entry(
        title: "SUSTAINED LOAD TEST",
        purpose: "leaks and degradation over time",
        load: SustainedLoad(),
        judge: SustainedLoadJudge()
      )
    ),
    (
      latencyTest,
      Entry(
        title: "LATENCY SENSITIVITY TEST",
        purpose: "what delay, jitter and loss between server and target do",
        load: LatencySensitivity(),
        judge: LatencySensitivityJudge()
      )
    ),
    (
      exhaustionTest,
      Entry(
        title: "POOL EXHAUSTION TEST",
        purpose: "whether the server stays graceful beyond its limits",
        load: PoolExhaustion(),
        judge: PoolExhaustionJudge()
      )
    ),
    (
      overlappingCalls,
      Entry(
        title: "OVERLAPPING CALLS TEST",
        purpose:
          "calls in flight in one MCP session, first calls at once, a slow call beside quick ones",
        load: OverlappingCalls(),
        judge: OverlappingCallsJudge()
      )
    ),
    (
      restartRecovery,
      Entry(
        title: "RESTART RECOVERY TEST",
        purpose: "whether all clients are served again after a restart",
        load: RestartRecovery(),
        judge: RestartRecoveryJudge()
      )
    ),
    (
      longCalls,
      Entry(
        title: "LONG CALLS TEST",
        purpose:
          "when long calls are cut off, whether progress comes in time, what cancelled calls leave",
        load: LongCalls(),
        judge: LongCallsJudge()
      )
    ),
    (
      heldStreams,
      Entry(
        title: "HELD STREAMS TEST",
        purpose: "what idle event streams cost, and what broken ones leave behind",
        load: HeldStreams(),
        judge: HeldStreamsJudge()
      )
    ),
    (
      sessionChurn,
      Entry(
        title: "SESSION CHURN TEST",
        purpose: "what sessions leave behind at the server, ended or left in any way",
        load: SessionChurn(),
        judge: SessionChurnJudge()
      )
    ),
  ]

  package static var allCases: [ScenarioName] { table.map(\.name) }

  /// What each scenario is judged by, by the scenario's name.
  static let judges = Dictionary(
    uniqueKeysWithValues: table.map { ($0.name.rawValue, $0.entry.judge) }
  )

  /// The figures that a scenario is judged by in its own way.
  package static func ruledMetrics(of scenario: String) -> [Threshold.Metric] {
    judges[scenario]?.rules.map(\.threshold.metric) ?? []
  }

  /// What the table says of it; nil for a workload of a user's own.
  private var entry: Entry? {
    own == nil ? Self.table.first { $0.name == self }?.entry : nil
  }

  /// The heading of its section in reports.
  package var title: String {
    entry?.title ?? own?.workload.title ?? rawValue.asciiUppercased()
  }

  /// What it measures, in a line for lists.
  package var purpose: String { entry?.purpose ?? "a workload of one's own" }

  /// How it loads a server; nil for a name out of a recording whose workload is not at hand.
  var scenario: (any Scenario)? {
    own.map { WorkloadScenario($0) } ?? entry?.load
  }

  /// The same for whoever runs it; throws where there is nothing to run.
  var loaded: any Scenario {
    get throws {
      if let scenario { return scenario }
      throw RunError("\(rawValue) is a name out of a recording: name the workload by its file")
    }
  }

  /// Whether its load is a workload, that is, known before it begins.
  package var isWorkload: Bool { scenario is any DataScenario }

  /// Its workload as settings make it; nil where the load depends on what the server answers.
  ///
  /// - Throws: why it cannot be run against the network that they name.
  package func workload(_ settings: RunSettings) throws -> Workload? {
    try (scenario as? any DataScenario)?.workload(settings).adjusted(to: settings)
  }

  /// Whether a user may set something of its load.
  func allows(_ override: LoadOverride) -> Bool { scenario?.overrides.contains(override) ?? false }
}
