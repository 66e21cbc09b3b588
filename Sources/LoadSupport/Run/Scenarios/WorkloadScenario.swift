/// A workload of a user's own.
struct WorkloadScenario: Scenario {
  let file: WorkloadFile

  init(_ file: WorkloadFile) {
    self.file = file
  }

  var name: ScenarioName { ScenarioName(file) }

  func run(_ context: ScenarioContext) async throws {}
}
