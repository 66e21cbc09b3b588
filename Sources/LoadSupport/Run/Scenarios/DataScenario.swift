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
    let file = WorkloadFile(try workload(context.settings), directory: ".")
    try await context.run(file, as: name)
  }
}
