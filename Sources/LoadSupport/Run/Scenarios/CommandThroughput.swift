/// Commands a second on established connections: workers on warm sessions, one command after the
/// other.
struct CommandThroughput: Scenario {
  let name = ScenarioName.commandThroughput
  let overrides = Set(LoadOverride.allCases)

  /// The commands of the workload, which any Linux machine answers at once.
  static let commands = [
    RemoteOperation(name: OperationName.hostname, command: commandLines[0]),
    RemoteOperation(name: OperationName.whoami, command: commandLines[1]),
    RemoteOperation(name: OperationName.cat, command: commandLines[2]),
  ]

  /// Those commands as they are typed.
  static let commandLines = ["hostname", "whoami", "cat /etc/hostname"]

  func run(_ context: ScenarioContext) async throws {
    let settings = context.settings
    let (warmUp, duration): (Duration, Duration) = settings.profile.choose(
      smoke: (.seconds(1), .seconds(8)),
      quick: (.seconds(3), .seconds(25)),
      standard: (.seconds(10), .seconds(120))
    )
    let workers = settings.workers ?? 10
    try await context.withNetwork(Network.Wishes(commands: Self.commandLines)) { network in
      let step = LoadStep(
        warmUp: warmUp,
        length: .fixed(settings.duration ?? duration),
        groups: [
          WorkerGroup(
            workers: WorkerSelection(0..<workers),
            mix: .inTurn(Self.commands),
            stages: [settings.arrivals?.stage ?? Workload.Stage()]
          )
        ]
      )
      let run = context.makeRun(workers: workers, on: network, steps: [step])
      try await context.record(run, of: name, on: network)
    }
  }
}
