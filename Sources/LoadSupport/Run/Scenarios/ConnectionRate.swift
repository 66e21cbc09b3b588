/// SSH connections a second: connect and disconnect, over and over, with ever more workers.
///
/// Cold cycles log in anew each time; pooled ones take an idle connection of the server's pool. They
/// are steps of their own, since one is a thousand times the other's cost.
struct ConnectionRate: Scenario {
  let name = ScenarioName.connectionRate

  /// How many workers connect in each step.
  private static let workerCounts = [1, 2, 5, 10]

  func run(_ context: ScenarioContext) async throws {
    let settings = context.settings
    let counts = settings.workers.map { [$0] } ?? Self.workerCounts
    let whole: Duration = settings.profile.choose(
      smoke: .seconds(10),
      quick: .seconds(24),
      standard: .seconds(60)
    )
    guard settings.toolProfile.connect != nil else {
      throw ScenarioSkip("the server has no sessions to connect and disconnect (tool profile)")
    }
    try await context.withNetwork { network in
      // Whether a login is new is then the server's own affair, and one kind of cycle is all there is.
      let canChoose = network.profile.connect?.arguments["reuse"] != nil
      let kinds = canChoose ? [false, true] : [false]
      let length = (settings.duration ?? whole) / (kinds.count * counts.count)
      let run = context.makeRun(
        workers: counts.max() ?? 1,
        on: network,
        heldSessions: 0...1,
        steps: kinds.flatMap { reusing in
          counts.map { Self.step(workers: $0, reusing: reusing, length: length) }
        }
      )
      try await context.record(run, of: name, on: network)
    }
  }

  private static func step(workers: Int, reusing: Bool, length: Duration) -> LoadStep {
    LoadStep(
      length: .fixed(length),
      groups: [
        WorkerGroup(
          StepName.connecting(workers: workers, pooled: reusing),
          workers: WorkerSelection(0..<workers),
          mix: .inOrder([
            RemoteOperation(name: OperationName.connect, .connect(reusing: reusing)),
            RemoteOperation(name: OperationName.disconnect, .disconnect),
          ])
        )
      ]
    )
  }
}
