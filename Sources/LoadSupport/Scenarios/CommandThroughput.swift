/// Commands a second on established connections: workers on warm sessions, one command after the
/// other.
package struct CommandThroughput: Scenario {
  package let name = ScenarioName.commandThroughput

  /// Makes the scenario.
  package init() {}

  private static let commands = [
    RemoteOperation(name: "hostname", command: "hostname"),
    RemoteOperation(name: "whoami", command: "whoami"),
    RemoteOperation(name: "cat", command: "cat /etc/hostname"),
  ]

  private static func lengths(_ profile: RunProfile) -> (warmUp: Duration, duration: Duration) {
    switch profile {
    case .smoke: (.seconds(1), .seconds(8))
    case .quick: (.seconds(3), .seconds(30))
    case .standard: (.seconds(10), .seconds(120))
    }
  }

  package func run(_ context: ScenarioContext) async throws {
    let settings = context.settings
    let lengths = Self.lengths(settings.profile)
    try await context.withNetwork(limits: .loadTest) { network in
      let run = LoadRun(
        workers: settings.workers ?? 10,
        loops: settings.loops,
        warmUp: lengths.warmUp,
        duration: settings.duration ?? lengths.duration,
        plan: WorkerPlan(
          endpoint: network.endpoint,
          profile: try settings.toolProfile(),
          target: network.target,
          mix: .inTurn(Self.commands),
          arrivals: settings.arrivals ?? .closed(thinkTime: .zero),
          timeouts: settings.timeouts,
          seed: settings.seed
        )
      )
      try await context.record(run, of: name, on: network)
    }
  }
}
