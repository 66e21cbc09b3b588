/// SSH connections a second: connect and disconnect, over and over, with ever more workers.
///
/// Cold cycles log in anew each time; pooled ones take an idle connection of the server's pool. They
/// are steps of their own, since one is a thousand times the other's cost.
struct ConnectionRate: DataScenario {
  let name = ScenarioName.connectionRate
  let overrides: Set<LoadOverride> = [.duration, .workers]

  /// How many workers connect in each step.
  private static let workerCounts = [1, 2, 5, 10]

  func workload(_ settings: RunSettings) throws -> Workload {
    let counts = settings.workers.map { [$0] } ?? Self.workerCounts
    let whole: Duration = settings.profile.choose(
      smoke: .seconds(10),
      quick: .seconds(24),
      standard: .seconds(60)
    )
    guard settings.toolProfile.connect != nil else {
      throw ScenarioSkip("the server has no sessions to connect and disconnect (tool profile)")
    }
    // Where a login is new or not is the server's own affair, one kind of cycle is all there is.
    let canChoose = settings.toolProfile.connect?.arguments["reuse"] != nil
    let kinds = canChoose ? [false, true] : [false]
    let length = whole / (kinds.count * counts.count)
    func step(workers: Int, pooled: Bool) -> Workload.Step {
      Workload.Step(
        StepName.connecting(workers: workers, pooled: pooled),
        length: length,
        groups: [
          Workload.Group(workers: workers, mix: .inTurn([pooled ? "pooled cycle" : "cold cycle"]))
        ]
      )
    }
    // Both kinds have one name in reports: their steps tell them apart.
    var operations = [
      OperationName.connect: Workload.Operation(.freshConnect),
      OperationName.disconnect: Workload.Operation(.disconnect),
    ]
    var sequences = ["cold cycle": cycle(OperationName.connect)]
    if canChoose {
      operations[Self.pooled] = Workload.Operation(.connect, name: OperationName.connect)
      sequences["pooled cycle"] = cycle(Self.pooled)
    }
    return Workload(
      name.rawValue,
      heldSessions: 0...1,
      operations: operations,
      sequences: sequences,
      steps: kinds.flatMap { pooled in counts.map { step(workers: $0, pooled: pooled) } }
    )
  }

  private static let pooled = "pooled connect"

  private func cycle(_ connect: String) -> [Workload.SequenceItem] {
    [.call(connect), .call(OperationName.disconnect)]
  }
}
