import EventIO

/// What a user sets of a workload without changing it.
extension Workload {
  /// The only stage's group, where the workload has just one of each: what a rate or a think time is set of.
  private var only: (step: Step, group: Group, stage: Stage)? {
    guard steps.count == 1, steps[0].groups.count == 1, steps[0].groups[0].stages.count <= 1 else {
      return nil
    }
    let group = steps[0].groups[0]
    return (steps[0], group, group.stages.first ?? Stage())
  }

  /// What may be set of it.
  var overrides: Set<LoadOverride> {
    var overrides: Set<LoadOverride> = []
    if steps.contains(where: \.isTimed) { overrides.insert(.duration) }
    guard steps.count == 1 else { return overrides }
    overrides.insert(.warmUp)
    guard let only else { return overrides }
    if only.stage.workers == nil { overrides.insert(.workers) }
    if only.stage.workers == nil, only.group.iterations == nil { overrides.insert(.rate) }
    overrides.insert(.thinkTime)
    return overrides
  }

  /// The workload with what settings say of its load, as far as that may be set.
  func adjusted(to settings: RunSettings) -> Workload {
    var workload = self
    let overrides = overrides
    if let duration = settings.duration { workload.take(duration: duration) }
    if overrides.contains(.warmUp), let warmUp = settings.warmUp {
      workload.steps[0].warmUp = warmUp
    }
    guard var stage = only?.stage else { return workload }
    if overrides.contains(.rate), let arrivals = settings.arrivals {
      (stage.rate, stage.thinkTime, stage.pace) = (arrivals.rate, .constant(.zero), nil)
      stage.arrivals = arrivals.kind
    }
    if overrides.contains(.thinkTime), let thinkTime = settings.thinkTime {
      (stage.rate, stage.arrivals, stage.thinkTime) = (nil, .constant, .constant(thinkTime))
    }
    workload.steps[0].groups[0].stages = stage == Stage() ? [] : [stage]
    return workload
  }

  /// The workload with another number of workers, where it has one.
  func withWorkers(_ workers: Int?) -> Workload {
    guard let workers, overrides.contains(.workers) else { return self }
    var workload = self
    workload.workers = workers
    workload.steps[0].groups[0].workers = nil
    return workload
  }

  /// Makes the measured time of all steps that have a length of their own so long together.
  mutating func take(duration: Duration) {
    let whole = steps.filter(\.isTimed).map(\.longest).reduce(.zero, +)
    guard whole > .zero else { return }
    let factor = duration / whole
    for index in steps.indices where steps[index].isTimed { steps[index].scale(by: factor) }
  }
}

extension Workload.Step {
  /// Whether it takes its time, whatever is done in it.
  var isTimed: Bool { !groups.allSatisfy { $0.iterations != nil } }

  /// How long it is at most.
  var longest: Duration {
    length ?? groups.map { $0.stages.compactMap(\.length).reduce(.zero, +) }.max() ?? .zero
  }

  /// Makes all that has a length longer or shorter.
  ///
  /// What is rounded is where a stage ends, not how long it is: so stages stay as long together as their step.
  mutating func scale(by factor: Double) {
    func scaled(_ time: Duration) -> Duration {
      .nanoseconds(Int64((Double(time.nanoseconds) * factor).rounded()))
    }
    length = length.map(scaled)
    for group in groups.indices {
      var end = Duration.zero
      for stage in groups[group].stages.indices {
        guard let length = groups[group].stages[stage].length else { continue }
        groups[group].stages[stage].length = scaled(end + length) - scaled(end)
        end += length
      }
    }
  }
}
