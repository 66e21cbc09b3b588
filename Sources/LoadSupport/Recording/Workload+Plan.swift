import EventIO

/// A stage of a workload as it is planned: when it comes, for how long, and what its samples are called.
package struct PlannedStage: Sendable, Equatable {
  /// The name that its samples carry as their step; nil in a workload of one stage without a name.
  package let name: String?

  /// Its step and its group in that, from 0.
  package let step, group: Int

  /// When it begins in the measured window of its step.
  package let start: Duration

  package let length: Duration

  /// What is done in it.
  package let stage: Workload.Stage

  /// The workers that take part, from 0.
  package let workers: Range<Int>

  /// Whether it stays the same.
  package var kind: Stage.Kind {
    (stage.rate ?? stage.workers)?.isSteady ?? true ? .steady : .ramp
  }

  /// How many iterations arrive in it: the integral of its rate; nil in a closed loop.
  package var iterations: Double? {
    stage.rate.map { ($0.from + $0.to) / 2 * length.seconds }
  }
}

// What follows from a workload's parts is for valid ones: see `validate()`.
extension Workload {
  /// How many workers it has: as many as it says, as its steps name, or ten.
  package var effectiveWorkers: Int {
    workers ?? steps.compactMap { namedWorkers($0).compactMap { $0?.upperBound }.max() }.max() ?? 10
  }

  /// Whether the server must have SSH sessions.
  package var needsSession: Bool {
    needsSSHSessions
      ?? operations.values.contains {
        switch $0.action {
        case .command, .connect, .freshConnect, .disconnect: true
        case .tool, .method, .health, .leave, .stream: false
        }
      }
  }

  /// The longest time that one of its operations may take by itself; nil where none says.
  package var longestTimeout: Duration? { operations.values.compactMap(\.timeout).max() }

  /// Whether some of its MCP sessions are left without a word.
  var abandonsSessions: Bool {
    operations.values.contains {
      if case .leave(let manner) = $0.action { manner != .delete } else { false }
    }
  }

  /// The workers of each group of a step, from 0; empty where none is left.
  package func groupWorkers(_ step: Step) -> [Range<Int>] {
    let all = effectiveWorkers
    var next = 0
    return zip(step.groups, namedWorkers(step)).map { group, named in
      let start = group.firstWorker ?? next
      let range = named ?? start..<max(start, all)
      next = range.upperBound
      return range
    }
  }

  /// The first worker of the MCP session that each worker is in: itself where it shares none.
  package var sessionOwners: [Int] {
    var owners = Array(0..<effectiveWorkers)
    for step in steps {
      for (group, workers) in zip(step.groups, groupWorkers(step)) where group.sharesSession {
        for worker in workers where worker < owners.count {
          owners[worker] = min(owners[worker], workers.lowerBound)
        }
      }
    }
    return owners
  }

  /// The workers of each group that says how many it has, itself or by its stages.
  private func namedWorkers(_ step: Step) -> [Range<Int>?] {
    var next = 0
    return step.groups.map { group in
      let busiest = group.stages.compactMap { $0.workers.map { max($0.from, $0.to) } }.max()
      guard let count = group.workers ?? busiest.map({ Int($0.rounded(.up)) }) else { return nil }
      let start = group.firstWorker ?? next
      next = start + count
      return start..<next
    }
  }

  /// The length of a step's measured window; nil if neither it nor its stages have one.
  package func length(of step: Step) -> Duration? {
    step.length ?? step.groups.compactMap { Self.length(of: $0.stages) }.max()
  }

  /// The length of stages that all have one.
  static func length(of stages: [Stage]) -> Duration? {
    let lengths = stages.compactMap(\.length)
    return lengths.isEmpty || lengths.count < stages.count ? nil : lengths.reduce(.zero, +)
  }

  /// How many calls an iteration of a mix has in the mean.
  func meanCalls(_ mix: Mix) -> Double {
    let weights: [(name: String, weight: Double)] =
      switch mix {
      case .inTurn(let names): names.map { ($0, 1) }
      case .weighted(let weights): weights.map { ($0.key, $0.value) }
      }
    let calls = weights.map { name, weight in
      weight * Double(sequences[name]?.count { if case .call = $0 { true } else { false } } ?? 1)
    }
    return calls.reduce(0, +) / weights.map(\.weight).reduce(0, +)
  }

  /// All stages, by their steps and groups, in the order of time.
  package func plannedStages() -> [PlannedStage] {
    steps.enumerated().flatMap { stepIndex, step in
      let workers = groupWorkers(step)
      return step.groups.enumerated().flatMap { groupIndex, group in
        var start = Duration.zero
        return group.plannedStages.enumerated().map { index, stage in
          let length = stage.length ?? length(of: step) ?? .zero
          defer { start += length }
          return PlannedStage(
            name: stageName(stepIndex, groupIndex, index),
            step: stepIndex,
            group: groupIndex,
            start: start,
            length: length,
            stage: stage,
            workers: workers[groupIndex]
          )
        }
      }
    }
  }

  /// The name that samples of a stage carry: its own, or those of its step and group, with numbers where
  /// there are several.
  private func stageName(_ stepIndex: Int, _ groupIndex: Int, _ stageIndex: Int) -> String? {
    let step = steps[stepIndex]
    let group = step.groups[groupIndex]
    let stages = group.plannedStages
    func number(_ word: String, _ index: Int, of count: Int) -> String? {
      count > 1 ? "\(word) \(index + 1)" : nil
    }
    if let name = stages[stageIndex].name { return name }
    let words = [
      step.name ?? number("step", stepIndex, of: steps.count),
      group.name ?? number("group", groupIndex, of: step.groups.count),
      number("stage", stageIndex, of: stages.count),
    ].compactMap(\.self)
    return words.isEmpty ? nil : words.joined(separator: " ")
  }
}

extension Workload.Group {
  /// Its stages; one without a pause if it has none.
  package var plannedStages: [Workload.Stage] { stages.isEmpty ? [Workload.Stage()] : stages }
}
