/// SSH connections a second: connect and disconnect, over and over, with ever more workers.
///
/// Cold cycles log in anew each time; pooled ones take an idle connection of the server's pool. They
/// are steps of their own, since one is a thousand times the other's cost.
package struct ConnectionRate: Scenario {
  package let name = ScenarioName.connectionRate

  /// Makes the scenario.
  package init() {}

  /// How many workers connect in each step.
  private static let workerCounts = [1, 2, 5, 10]

  package func run(_ context: ScenarioContext) async throws {
    let settings = context.settings
    let counts = settings.workers.map { [$0] } ?? Self.workerCounts
    let whole: Duration = settings.profile.choose(
      smoke: .seconds(10),
      quick: .seconds(24),
      standard: .seconds(60)
    )
    let half = (settings.duration ?? whole) / (2 * counts.count)
    let steps = [false, true].flatMap { reusing in
      counts.map { count in
        LoadStep(
          length: .fixed(half),
          groups: [
            WorkerGroup(
              StepName.connecting(workers: count, pooled: reusing),
              workers: WorkerSelection(0..<count),
              mix: .inOrder([
                RemoteOperation(name: "connect", .connect(reusing: reusing)),
                RemoteOperation(name: "disconnect", .disconnect),
              ])
            )
          ]
        )
      }
    }
    try await context.withNetwork(limits: .loadTest) { network in
      let run = try context.run(
        workers: counts.max() ?? 1,
        on: network,
        heldSessions: 0...1,
        steps: steps
      )
      try await context.record(run, of: name, on: network)
    }
  }
}
