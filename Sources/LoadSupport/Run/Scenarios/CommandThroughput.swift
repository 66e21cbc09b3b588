/// Commands a second on established connections: workers on warm sessions, one command after the
/// other.
struct CommandThroughput: DataScenario {
  let name = ScenarioName.commandThroughput
  let overrides = Set(LoadOverride.allCases)

  func workload(_ settings: RunSettings) -> Workload {
    let (warmUp, length): (Duration, Duration) = settings.profile.choose(
      smoke: (.seconds(1), .seconds(8)),
      quick: (.seconds(3), .seconds(25)),
      standard: (.seconds(10), .seconds(120))
    )
    let commands = ScenarioCommands(settings)
    return Workload(
      name.rawValue,
      workers: settings.workers ?? 10,
      operations: commands.operations,
      steps: [
        Workload.Step(
          warmUp: warmUp,
          length: length,
          groups: [Workload.Group(mix: .inTurn(commands.names))]
        )
      ]
    )
  }
}
