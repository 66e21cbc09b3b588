import EventIO

/// A workload as the engine runs it.
extension Workload {
  /// Its steps, each group with its workers and the names of its stages.
  var loadSteps: [LoadStep] {
    let stages = plannedStages()
    return steps.enumerated().map { index, step in
      let workers = groupWorkers(step)
      return LoadStep(
        warmUp: step.warmUp,
        length: .fixed(length(of: step) ?? .zero),
        groups: step.groups.enumerated().map { position, group in
          WorkerGroup(
            workers: WorkerSelection(workers[position]),
            mix: group.mix,
            stages: stages.filter { $0.step == index && $0.group == position }.map { planned in
              var stage = planned.stage
              stage.name = planned.name
              return stage
            },
            iterationLimit: group.iterations
          )
        }
      )
    }
  }

  /// The port of the link of each worker; nil for the target's own.
  var links: [UInt16?] {
    var links = [UInt16?](repeating: nil, count: effectiveWorkers)
    for step in steps {
      for (group, workers) in zip(step.groups, groupWorkers(step)) where group.link != nil {
        for worker in workers where worker < links.count { links[worker] = group.link }
      }
    }
    return links
  }

  /// The operations that one entry of a mix is, in order.
  func calls(of entry: String) -> [String] {
    sequences[entry]?.compactMap { if case .call(let name) = $0 { name } else { nil } } ?? [entry]
  }

  /// What is done in a mix, each with its name in reports.
  func actions(of mix: Mix) -> [(name: String, action: Action)] {
    mix.entries.flatMap(calls(of:)).compactMap { name in
      operations[name].map { ($0.name ?? name, $0.action) }
    }
  }

  /// The commands without placeholders, which can be tried before the load.
  var fixedCommands: [String] {
    operations.values.compactMap { operation in
      guard case .command(let line) = operation.action, Placeholder.isAbsent(in: line) else {
        return nil
      }
      return line
    }.sorted()
  }

  /// The tools that it calls by their names.
  var tools: Set<String> {
    Set(
      operations.values.compactMap { if case .tool(let name, _) = $0.action { name } else { nil } }
    )
  }

  /// The workload for a server that tells nothing of its health: without those who ask for nothing else, and with
  /// the same workers in the other groups.
  func withoutHealth() -> Workload {
    let asked = Set(operations.filter { $0.value.action == .health }.keys)
    var workload = self
    for (index, step) in steps.enumerated() {
      let workers = groupWorkers(step)
      let kept = step.groups.indices.filter { group in
        !step.groups[group].mix.entries.flatMap(calls(of:)).allSatisfy(asked.contains)
      }
      guard !kept.isEmpty, kept.count < step.groups.count else { continue }
      workload.steps[index].groups = kept.map { number in
        var group = step.groups[number]
        (group.workers, group.firstWorker) = (workers[number].count, workers[number].lowerBound)
        return group
      }
    }
    return workload
  }

  /// The workload for a server that opens no session anew or by its pool as it is told: one kind of connects is
  /// all there is, and the time of the other is that kind's.
  func withoutPooledConnects() -> Workload {
    let pooled = Set(operations.filter { $0.value.action == .connect }.keys)
    let kinds = Set(operations.values.map(\.action.kind))
    guard kinds.contains(.connect), kinds.contains(.freshConnect) else { return self }
    var workload = self
    workload.steps.removeAll { step in
      step.groups.contains { $0.mix.entries.flatMap(calls(of:)).contains(where: pooled.contains) }
    }
    guard !workload.steps.isEmpty, workload.steps.count < steps.count else { return self }
    workload.take(duration: steps.filter(\.isTimed).map(\.longest).reduce(.zero, +))
    return workload
  }
}

extension Workload.Action {
  /// Its kind, for readers of the recording.
  var kind: OperationKind {
    switch self {
    case .tool: .tool
    case .method("tools/list", _): .listTools
    case .method: .request
    case .command: .command
    case .connect: .connect
    case .freshConnect: .freshConnect
    case .disconnect: .disconnect
    case .health: .health
    case .leave: .leave
    case .stream: .stream
    }
  }

  /// What is done, for people.
  var summary: String {
    switch self {
    case .tool(let name, _): "tools/call \(name)"
    case .method(let name, _): name
    case .command(let line): line
    case .connect, .freshConnect, .disconnect, .health: kind.summary
    case .stream: kind.summary
    case .leave(.delete): "DELETE of the session"
    case .leave(.abandon): "tools/list, and the connection is closed"
    case .leave(.reset): "tools/list, and the connection is reset as the answer begins"
    case .leave(.halfClose): "tools/list over a connection that is half closed then"
    }
  }
}
