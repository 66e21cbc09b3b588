extension ScenarioName {
  /// The scenario of this name.
  package var scenario: any Scenario {
    switch self {
    case .connectionRate: ConnectionRate()
    case .commandThroughput: CommandThroughput()
    case .sustainedLoad: SustainedLoad()
    case .latencyTest: LatencySensitivity()
    case .exhaustionTest: PoolExhaustion()
    }
  }

  /// What the scenario measures, in a line for lists.
  package var purpose: String {
    switch self {
    case .connectionRate: "SSH connections a second, cold and pooled, with 1, 2, 5 and 10 workers"
    case .commandThroughput: "commands a second on established connections"
    case .sustainedLoad: "leaks and degradation over time"
    case .latencyTest: "what delay, jitter and loss between server and target do"
    case .exhaustionTest: "whether the server stays graceful beyond its limits"
    }
  }
}
