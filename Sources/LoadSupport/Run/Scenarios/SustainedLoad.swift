/// Leaks and degradation over time: commands, connects and disconnects in a fixed proportion.
///
/// Each worker holds one to four sessions. As connects are twice as many as disconnects, a worker at
/// its cap first gives one back, so nothing grows by design; what keeps the number of sessions within
/// its bounds is recorded under other names than the mix.
struct SustainedLoad: DataScenario {
  let name = ScenarioName.sustainedLoad
  let overrides = Set(LoadOverride.allCases)

  func workload(_ settings: RunSettings) -> Workload {
    let (warmUp, length): (Duration, Duration) = settings.profile.choose(
      smoke: (.seconds(2), .seconds(8)),
      quick: (.seconds(5), .seconds(20)),
      standard: (.seconds(10), .seconds(600))
    )
    let commands = ScenarioCommands(settings)
    // Of a hundred requests seventy are commands, twenty connects and ten disconnects.
    let share = 70 / Double(commands.names.count)
    var operations = commands.operations
    var weights = operations.mapValues { _ in share }
    // At a server without sessions there is nothing to connect: its load is commands alone.
    if settings.toolProfile.connect != nil {
      operations[OperationName.connect] = Workload.Operation(.connect)
      operations[OperationName.disconnect] = Workload.Operation(.disconnect)
      weights[OperationName.connect] = 20
      weights[OperationName.disconnect] = 10
    }
    return Workload(
      name.rawValue,
      workers: settings.workers ?? 5,
      heldSessions: 1...4,
      operations: operations,
      steps: [
        Workload.Step(
          warmUp: warmUp,
          length: length,
          groups: [Workload.Group(mix: .weighted(weights))]
        )
      ]
    )
  }
}
