extension ScenarioName {
  package static let connectionRate = ScenarioName("connection_rate")
  package static let commandThroughput = ScenarioName("command_throughput")
  package static let sustainedLoad = ScenarioName("sustained_load")
  package static let latencyTest = ScenarioName("latency_test")
  package static let exhaustionTest = ScenarioName("exhaustion_test")

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
        purpose: "SSH connections a second, cold and pooled, with 1, 2, 5 and 10 workers",
        load: ConnectionRate(),
        judge: ConnectionRateJudge()
      )
    ),
    (
      commandThroughput,
      Entry(
        title: "COMMAND THROUGHPUT TEST",
        purpose: "commands a second on established connections",
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
  ]

  package static var allCases: [ScenarioName] { table.map(\.name) }

  /// What each scenario is judged by, by the scenario's name.
  static let judges = Dictionary(
    uniqueKeysWithValues: table.map { ($0.name.rawValue, $0.entry.judge) }
  )

  private var entry: Entry {
    guard let row = Self.table.first(where: { $0.name == self }) else {
      preconditionFailure("\(rawValue) is not in the table of scenarios")
    }
    return row.entry
  }

  /// The heading of its section in reports.
  package var title: String { entry.title }

  /// What it measures, in a line for lists.
  package var purpose: String { entry.purpose }

  /// How it loads a server.
  package var scenario: any Scenario { entry.load }
}
