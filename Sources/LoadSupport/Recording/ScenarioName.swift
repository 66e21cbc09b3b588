/// The scenarios by their names in files, on the command line and in thresholds files.
package enum ScenarioName: String, Sendable, Codable, CaseIterable {
  case commandThroughput = "command_throughput"

  /// The heading of its section in reports.
  package var title: String {
    switch self {
    case .commandThroughput: "COMMAND THROUGHPUT TEST"
    }
  }
}
