import EventIO

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
    let calls = groups.flatMap { plan.workload.actions(of: $0.mix) }
    let stages = groups.flatMap(\.stages)
    let open = stages.first { $0.rate != nil }
    let own = Self.stages(run.steps, plan)
    let hasOneRate =
      run.steps.allSatisfy { $0.groups.count <= 1 }
      && stages.allSatisfy {
        $0.isSteady && $0.rate == open?.rate && $0.arrivals == open?.arrivals
      }
    self.init(
      scenario: name.rawValue,
      title: name.title,
      profile: profile.rawValue,
      workers: run.ownWorkers,
      loops: run.loops,
      warmUpSeconds: run.steps.map { $0.warmUp / .seconds(1) }.reduce(0, +),
      durationSeconds: run.steps.map { $0.length.longest / .seconds(1) }.reduce(0, +),
      arrivalRate: hasOneRate ? own.lazy.compactMap(\.rate).first?.from : nil,
      arrivals: open?.arrivals.rawValue ?? "closed",
      seed: plan.seed,
      sessions: plan.heldSessions.lowerBound > 0 && plan.profile.connect != nil
        ? plan.sessions(ofWorkers: run.ownWorkers) * plan.heldSessions.lowerBound : nil,
      commands: Dictionary(
        calls.map { ($0.name, [$0.action.summary]) },
        uniquingKeysWith: { one, other in one + other.filter { !one.contains($0) } }
      ).mapValues { $0.joined(separator: ", ") },
      operations: Dictionary(
        calls.map { ($0.name, $0.action.kind) },
        uniquingKeysWith: { first, _ in first }
      ),
      stages: own,
      thresholds: plan.workload.thresholds.isEmpty
        ? nil : plan.workload.thresholds.map { RecordedLimit($0) },
      workloadDigest: plan.workloadDigest,
      trace: plan.profile.form.trace,
      connections: plan.endpoint.stdio == nil ? plan.connectionUse : nil,
      toolProfile: plan.profile.name,
      timeoutSeconds: plan.timeouts.wholeRequest / .seconds(1),
      network: network
    )
  }

  /// The stages of a load, in the order in which they begin for the first time.
  private static func stages(_ steps: [LoadStep], _ plan: WorkerPlan) -> [Stage] {
    let workload = plan.workload
    var stages: [Stage] = []
    for step in steps {
      for group in step.groups {
        let calls = workload.meanCalls(group.mix)
        for stage in group.stages where !stages.contains(where: { $0.name == stage.name }) {
          stages.append(
            Stage(
              name: stage.name,
              kind: step.kind(of: stage),
              workers: plan.share.own(group.workers.range).count,
              sharesSession: group.workers.range.count > 1
                && Set(group.workers.range.map(plan.sessionOwner)).count == 1 ? true : nil,
              connecting: workload.actions(of: group.mix).lazy.compactMap(\.action.kind.connecting)
                .first,
              rate: stage.rate.map { .init(plan.share.rate($0, of: group.workers.range)) },
              busyWorkers: stage.rate == nil
                ? stage.workers.map { .init(plan.share.busy($0, of: group.workers.range)) } : nil,
              thinkSeconds: stage.rate == nil && stage.thinkTime.mean > .zero
                ? stage.thinkTime.mean.seconds : nil,
              paceSeconds: stage.rate == nil ? stage.pace?.seconds : nil,
              arrivals: stage.rate.map { _ in stage.arrivals.rawValue },
              callsPerIteration: calls == 1 ? nil : calls,
              seconds: (stage.length ?? step.length.longest).seconds
            )
          )
        }
      }
    }
    return stages
  }
}

extension RunSettings {
  /// Sixteen hexadecimal digits of what all parts of a load must have in common; nil where there is one generator.
  func planDigest(_ plan: WorkerPlan) -> String? {
    guard share.count > 1 else { return nil }
    let common = [
      plan.workloadDigest, "\(plan.seed)", profile.rawValue, "\(share.count)", plan.profile.name,
      "\(plan.timeouts.wholeRequest.nanoseconds)", plan.connectionUse.rawValue, eraChoice.rawValue,
      "\(plan.jitters)",
    ]
    return common.joined(separator: "\n").utf8.stableHash.hexadecimal
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
    case .command, .disconnect, .listTools, .health, .leave, .tool, .request, .stream: nil
    }
  }
}
