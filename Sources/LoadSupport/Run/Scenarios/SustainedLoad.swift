/// Leaks and degradation over time: commands, connects and disconnects in a fixed proportion.
///
/// Each worker holds one to four sessions. As connects are twice as many as disconnects, a worker at
/// its cap first gives one back, so nothing grows by design; what keeps the number of sessions within
/// its bounds is recorded under other names than the mix.
struct SustainedLoad: Scenario {
  let name = ScenarioName.sustainedLoad
  let overrides = Set(LoadOverride.allCases)

  private static let commands = CommandThroughput.commands.map {
    WeightedOperation($0, weight: 70.0 / 3)
  }

  private static let connects = [
    WeightedOperation(
      RemoteOperation(name: OperationName.connect, .connect(reusing: true)),
      weight: 20
    ),
    WeightedOperation(RemoteOperation(name: OperationName.disconnect, .disconnect), weight: 10),
  ]

  func run(_ context: ScenarioContext) async throws {
    let settings = context.settings
    let (warmUp, duration): (Duration, Duration) = settings.profile.choose(
      smoke: (.seconds(2), .seconds(8)),
      quick: (.seconds(5), .seconds(20)),
      standard: (.seconds(10), .seconds(600))
    )
    let workers = settings.workers ?? 5
    // At a server without sessions there is nothing to connect: its load is commands alone.
    let hasSessions = settings.toolProfile.connect != nil
    let step = LoadStep(
      warmUp: warmUp,
      length: .fixed(settings.duration ?? duration),
      groups: [
        WorkerGroup(
          workers: WorkerSelection(0..<workers),
          mix: .weighted(Self.commands + (hasSessions ? Self.connects : [])),
          stages: [settings.arrivals?.stage ?? Workload.Stage()]
        )
      ]
    )
    var limits = ServerLimits.loadTest
    limits.pool = max(limits.pool, workers * 4)
    try await context.withNetwork(
      Network.Wishes(limits: limits, commands: CommandThroughput.commandLines)
    ) { network in
      let run = context.makeRun(
        workers: workers,
        on: network,
        heldSessions: 1...4,
        steps: [step]
      )
      try await context.record(run, of: name, on: network)
    }
  }
}
