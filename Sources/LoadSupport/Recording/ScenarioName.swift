/// The scenarios by their names in files, on the command line and in thresholds files.
package enum ScenarioName: String, Sendable, Codable, CaseIterable {
  case connectionRate = "connection_rate"
  case commandThroughput = "command_throughput"
  case sustainedLoad = "sustained_load"
  case latencyTest = "latency_test"
  case exhaustionTest = "exhaustion_test"

  /// The heading of its section in reports.
  package var title: String {
    switch self {
    case .connectionRate: "CONNECTION RATE TEST"
    case .commandThroughput: "COMMAND THROUGHPUT TEST"
    case .sustainedLoad: "SUSTAINED LOAD TEST"
    case .latencyTest: "LATENCY SENSITIVITY TEST"
    case .exhaustionTest: "POOL EXHAUSTION TEST"
    }
  }
}
