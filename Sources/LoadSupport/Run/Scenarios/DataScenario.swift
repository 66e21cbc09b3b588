import EventIO

/// A scenario of the suite whose load is a workload like any user's.
protocol DataScenario: Scenario {
  /// What is run with some settings, whose duration, rate, think time and warm-up are applied to it as to any
  /// workload.
  ///
  /// - Throws: why that cannot be run against the network that they name.
  func workload(_ settings: RunSettings) throws -> Workload
}

extension DataScenario {
  func run(_ context: ScenarioContext) async throws {
    // The way of any user's file, so that no scenario can do what a file cannot say.
    let file = try workload(context.settings).json.encoded
    try await context.run(WorkloadFile(Workload(parsing: file), directory: "."), as: name)
  }
}
