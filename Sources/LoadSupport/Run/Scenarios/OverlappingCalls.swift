import EventIO

/// Several calls in flight in one MCP session, the first calls of new sessions at the same instant, and a
/// slow call beside quick ones.
///
/// Workers 0 to k - 1 share one session, so that each is a call in flight; those behind them have sessions
/// of their own, and the last one asks for the server's health. Workers of a step begin in one turn of their
/// loop, which is the barrier that first calls are held back by.
struct OverlappingCalls: DataScenario {
  let name = ScenarioName.overlappingCalls
  let overrides: Set<LoadOverride> = [.duration, .workers, .commands]
  let indivisible: String? = "its calls share one MCP session, which is of one process"

  /// New sessions whose first calls come at the same instant: with the SSH sessions of the shared one they fit
  /// in a pool of ten, and an sshd with its usual MaxStartups drops none of so many logins.
  private static let newSessions = 6

  /// SSH sessions of the shared session in the end.
  private static let sshSessions = 4

  /// Quick calls a second at each place: an open loop, or calls that wait would keep others from being counted.
  private static let quickRate = 20.0

  /// Within this time begins what is done once in a step, which lasts until all of it is answered.
  private static let onceLength = Duration.milliseconds(700)

  /// How often the slow call is made: after three, the interval of a delay is often too wide to tell.
  private static let rounds = 5

  /// Length of a step, and seconds of a slow call.
  private static func plan(
    _ settings: RunSettings,
    steps: Int
  ) -> (step: Duration, slowSeconds: Int) {
    var plan: (step: Duration, slowSeconds: Int) = settings.profile.choose(
      smoke: (.milliseconds(400), 1),
      quick: (.seconds(1), 2),
      standard: (.seconds(10), 2)
    )
    if let duration = settings.duration {
      let slices = (Self.aloneLength(plan.slowSeconds) + .seconds(plan.slowSeconds)) * rounds
      plan.step = max(.milliseconds(200), (duration - slices) / steps)
    }
    return plan
  }

  /// How long quick calls are made without a slow one: their latency differs less than beside it.
  private static func aloneLength(_ slowSeconds: Int) -> Duration { .seconds(slowSeconds) / 2 }

  func workload(_ settings: RunSettings) -> Workload {
    let hasSSHSessions = settings.toolProfile.connect != nil
    let most = max(1, settings.workers ?? 16)
    let counts = [1, 2, 4, 8].filter { $0 < most } + [most]
    let kinds = hasSSHSessions && most > 1 ? [false, true] : [false]
    let plan = Self.plan(settings, steps: kinds.count * counts.count)
    let quick = Self.quickCommands(settings)
    var operations = quick.operations
    operations[OperationName.list] = Workload.Operation(.method("tools/list", nil))
    operations[OperationName.health] = Workload.Operation(.health)
    operations[OperationName.slow] = .command("sleep \(plan.slowSeconds)")
    if hasSSHSessions { operations[OperationName.connect] = Workload.Operation(.connect) }
    let crew = Crew(lanes: most, quick: .inTurn(quick.names))
    var steps = [
      crew.first(StepName.firstRequest, [OperationName.list]),
      crew.first(
        StepName.firstCall,
        hasSSHSessions ? [OperationName.connect] : quick.names
      ),
    ]
    for isOverSeveral in kinds {
      if hasSSHSessions {
        let count = isOverSeveral ? min(Self.sshSessions, most) - 1 : 1
        steps.append(crew.opening(count))
      }
      steps += counts.map { crew.overlapping($0, isOverSeveral, plan.step) }
    }
    for _ in 0..<Self.rounds {
      for (isBesideSlow, length) in [
        (false, Self.aloneLength(plan.slowSeconds)), (true, .seconds(plan.slowSeconds)),
      ] {
        steps.append(crew.quickCalls(besideSlow: isBesideSlow, length, hasSSHSessions))
      }
    }
    return Workload(
      name.rawValue,
      workers: crew.workers,
      heldSessions: 0...(hasSSHSessions ? Self.sshSessions : 1),
      operations: operations,
      steps: steps
    )
  }

  /// What is run unless somebody says what may be: commands whose answers differ, so that one given to the wrong
  /// call is seen.
  private static func quickCommands(
    _ settings: RunSettings
  ) -> (names: [String], operations: [String: Workload.Operation]) {
    if settings.commands != nil || settings.toolProfile.commands != nil {
      let commands = ScenarioCommands(settings)
      return (commands.names, commands.operations)
    }
    var names: [String] = []
    var operations: [String: Workload.Operation] = [:]
    let words = (1...4).map { "answer-\($0)" }
    for (index, word) in words.enumerated() {
      var operation = Workload.Operation.command(
        "echo \(word)",
        expect: Workload.Expectation(text: [word], noText: words.filter { $0 != word })
      )
      operation.name = OperationName.echo
      names.append("\(OperationName.echo) \(word)")
      operations[names[index]] = operation
    }
    return (names, operations)
  }

  /// Who takes part: the lanes of the shared session, then the new sessions, then the one who asks for health.
  private struct Crew {
    let lanes: Int
    let quick: Workload.Mix

    var workers: Int { lanes + newSessions + 1 }

    /// The first of all new sessions, at the same instant.
    func first(_ name: String, _ mix: [String]) -> Workload.Step {
      Workload.Step(
        name,
        length: onceLength,
        groups: [
          Workload.Group(
            workers: newSessions,
            firstWorker: lanes,
            mix: .inTurn(mix),
            iterations: 1
          )
        ]
      )
    }

    /// SSH sessions for the shared session.
    func opening(_ count: Int) -> Workload.Step {
      Workload.Step(
        StepName.opening,
        length: onceLength,
        groups: [
          Workload.Group(
            workers: count,
            firstWorker: 0,
            mix: .inTurn([OperationName.connect]),
            iterations: 1
          )
        ]
      )
    }

    func overlapping(_ calls: Int, _ overSeveral: Bool, _ length: Duration) -> Workload.Step {
      Workload.Step(
        StepName.overlapping(calls, overSeveral: overSeveral),
        length: length,
        groups: [
          Workload.Group(
            workers: calls,
            firstWorker: 0,
            sharesSession: true,
            mix: quick
          )
        ]
      )
    }

    /// Quick calls at all places, beside a slow one or without.
    func quickCalls(
      besideSlow: Bool,
      _ length: Duration,
      _ hasSSHSessions: Bool
    ) -> Workload.Step {
      // The slow call is worker 0's, in the first SSH session of the shared one.
      var groups: [Workload.Group] = []
      func add(_ place: QuickCallPlace, _ workers: Range<Int>) {
        guard !workers.isEmpty else { return }
        groups.append(
          Workload.Group(
            workers: workers.count,
            firstWorker: workers.lowerBound,
            mix: place == .health ? .inTurn([OperationName.health]) : quick,
            stages: [
              Workload.Stage(
                StepName.quick(place, besideSlow: besideSlow),
                rate: .steady(quickRate),
                // Several places would else ask at the same instants, and wait for the generator.
                arrivals: .poisson
              )
            ]
          )
        )
      }
      add(.sameSession, 1..<max(1, min(lanes, sshSessions)))
      if hasSSHSessions, lanes > sshSessions { add(.sameSSHSession, sshSessions..<sshSessions + 1) }
      add(.otherSession, lanes..<lanes + newSessions)
      add(.health, workers - 1..<workers)
      if besideSlow {
        groups.append(
          Workload.Group(
            workers: 1,
            firstWorker: 0,
            mix: .inTurn([OperationName.slow]),
            stages: [Workload.Stage(StepName.slow)],
            iterations: 1
          )
        )
      }
      return Workload.Step(length: length, groups: groups)
    }
  }
}
