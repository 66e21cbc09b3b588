import EventIO

/// What MCP sessions leave behind at a server: memory, descriptors, processes, threads, sessions.
///
/// Sessions are opened, asked something, and ended by DELETE; then, in two equal waves, they are left in the
/// ways in which clients vanish. Steps are counts of sessions, not times, so that stretches are equal at any
/// speed; between them the server is at rest, and what it holds is read.
struct SessionChurn: DataScenario {
  let name = ScenarioName.sessionChurn
  let overrides: Set<LoadOverride> = [.workers]
  let indivisible: String? =
    "what the server holds between stretches is of the sessions of all generators"

  /// The ways of a wave, in the order of its steps.
  static let manners: [Workload.Leaving] = [.abandon, .reset, .halfClose]

  /// How many stretches sessions are deleted in, sessions of each, and sessions left in each way of a wave.
  private static func plan(_ profile: RunProfile) -> (stretches: Int, deleted: Int, left: Int) {
    profile.choose(smoke: (12, 40, 150), quick: (12, 100, 200), standard: (20, 250, 1_000))
  }

  func workload(_ settings: RunSettings) -> Workload {
    let plan = Self.plan(settings.profile)
    let workers = settings.workers ?? 4
    func churn(_ step: String, _ manner: Workload.Leaving, _ sessions: Int) -> Workload.Step {
      Workload.Step(
        step,
        // A bound for a server that is too slow; one that is not is done long before.
        length: max(.seconds(5), .milliseconds(40 * sessions)),
        groups: [
          Workload.Group(
            workers: workers,
            mix: .inTurn([Self.sequence(manner)]),
            iterations: max(1, (sessions + workers - 1) / workers)
          )
        ]
      )
    }
    let idle = settings.knownSessionIdle
    // The server's sweep for silent sessions comes now and then.
    let patience = idle.map { $0 + max(.milliseconds(1_500), $0 / 4) } ?? .seconds(1)
    let stretch = churn(StepName.deleting, .delete, plan.deleted)
    let waves = (1...2).flatMap { wave in
      Self.manners.map { churn(StepName.leaving($0, wave), $0, plan.left) }
        + [.rest(wave + 1, patience)]
    }
    return Workload(
      name.rawValue,
      workers: workers,
      operations: Dictionary(
        uniqueKeysWithValues: Workload.Leaving.allCases.map {
          ($0.rawValue, Workload.Operation(.leave($0)))
        } + [(OperationName.list, Workload.Operation(.method("tools/list", nil)))]
      ),
      sequences: Dictionary(
        uniqueKeysWithValues: Workload.Leaving.allCases.map {
          (Self.sequence($0), [.call(OperationName.list), .call($0.rawValue)])
        }
      ),
      steps: [
        churn(StepName.warming, .delete, plan.deleted * plan.stretches / 2),
        .rest(0, .milliseconds(400)),
      ] + Array(repeating: stretch, count: plan.stretches) + [.rest(1, .milliseconds(400))] + waves
    )
  }

  private static func sequence(_ manner: Workload.Leaving) -> String { "\(manner.rawValue) cycle" }
}

extension Workload.Step {
  /// A step in which nobody asks for anything, before and after which is read what the server holds.
  static func rest(_ number: Int, _ length: Duration) -> Workload.Step {
    Workload.Step(
      StepName.rest(number),
      length: length,
      groups: [
        Workload.Group(
          workers: 1,
          mix: .inTurn([OperationName.list]),
          stages: [Workload.Stage(thinkTime: .constant(length * 2))],
          iterations: 1
        )
      ]
    )
  }
}
