extension ScenarioHeader {
  /// Says what a load is asked to do.
  init(
    _ run: LoadRun,
    of name: ScenarioName,
    _ profile: RunProfile,
    on network: NetworkDescription
  ) {
    let plan = run.plan
    let groups = run.steps.flatMap(\.groups)
    let stages = groups.flatMap(\.stages)
    let open = stages.first { $0.rate != nil }
    let hasOneRate =
      run.steps.allSatisfy { $0.groups.count <= 1 }
      && stages.allSatisfy {
        $0.isSteady && $0.rate == open?.rate && $0.arrivals == open?.arrivals
      }
    var named: [RemoteOperation] = []
    for operation in groups.flatMap(\.mix.operations) where !named.contains(operation) {
      named.append(operation)
    }
    self.init(
      scenario: name.rawValue,
      title: name.title,
      profile: profile.rawValue,
      workers: run.workers,
      loops: run.loops,
      warmUpSeconds: run.steps.map { $0.warmUp / .seconds(1) }.reduce(0, +),
      durationSeconds: run.steps.map { $0.length.longest / .seconds(1) }.reduce(0, +),
      arrivalRate: hasOneRate ? open?.rate?.from : nil,
      arrivals: open?.arrivals.rawValue ?? "closed",
      seed: plan.seed,
      sessions: plan.heldSessions.lowerBound > 0 && plan.profile.connect != nil
        ? run.workers * plan.heldSessions.lowerBound : nil,
      commands: Dictionary(
        named.map { ($0.name, $0.summary) },
        uniquingKeysWith: { $0 == $1 ? $0 : "\($0), \($1)" }
      ),
      operations: Dictionary(
        named.map { ($0.name, $0.kind) },
        uniquingKeysWith: { first, _ in first }
      ),
      stages: Self.stages(run.steps),
      toolProfile: plan.profile.name,
      timeoutSeconds: plan.timeouts.wholeRequest / .seconds(1),
      network: network
    )
  }

  /// The stages of a load, in the order in which they begin for the first time.
  private static func stages(_ steps: [LoadStep]) -> [Stage] {
    var stages: [Stage] = []
    for step in steps {
      for group in step.groups {
        for stage in group.stages where !stages.contains(where: { $0.name == stage.name }) {
          stages.append(
            Stage(
              name: stage.name,
              kind: step.kind(of: stage),
              workers: group.workers.range.count,
              connecting: group.mix.operations.lazy.compactMap(\.kind.connecting).first,
              rate: stage.rate.map(Stage.Course.init),
              busyWorkers: stage.rate == nil ? stage.workers.map(Stage.Course.init) : nil
            )
          )
        }
      }
    }
    return stages
  }
}

extension Stage.Course {
  fileprivate init(_ ramp: Workload.Ramp) { self.init(from: ramp.from, to: ramp.to) }
}

extension OperationKind {
  fileprivate var connecting: Stage.Connecting? {
    switch self {
    case .connect: .pooled
    case .freshConnect: .cold
    case .command, .disconnect, .listTools, .health: nil
    }
  }
}
