import EventIO

/// What limits can be about: the operations, stages and times of a load, known before it begins.
struct LimitedLoad: Sendable {
  /// A stage by the name that its samples carry, and its length in seconds as far as it is planned.
  typealias Stage = (name: String?, seconds: Double?)

  /// Its name in files.
  let scenario: String

  let operations: [String]
  let stages: [Stage]

  /// All that is measured.
  let seconds: Double

  /// The limits that it brings along.
  let thresholds: [RecordedLimit]

  /// The limits that it brings along, where the usual ones are known.
  ///
  /// - Throws: a sentence that names the limit and what is valid.
  @inline(never)
  func ownLimits(_ usual: [Threshold]) throws(ThresholdError) -> [Threshold] {
    var limits: [Threshold] = []
    for limit in thresholds { limits.append(try Threshold(limit, of: scenario, usual)) }
    return limits
  }

  /// Holds that the load has all that a limit names.
  ///
  /// - Throws: a sentence that names the limit and what there is.
  func check(_ threshold: Threshold) throws(ThresholdError) {
    let limit = "\(scenario) has \"\(threshold.key)\""
    guard let scope = threshold.scope else { return }
    if let operation = scope.operation, !operations.contains(where: { $0 == operation }) {
      throw ThresholdError(
        "\(limit), and this run has no operation \"\(operation)\"; it has "
          + ThresholdError.list(operations)
      )
    }
    var measured = ("this run is", seconds)
    if let step = scope.step {
      let names = stages.compactMap(\.name)
      guard names.contains(where: { $0 == step }) else {
        throw ThresholdError(
          "\(limit), and this run has no step \"\(step)\"; it has "
            + (names.isEmpty ? "only one, which has no name" : ThresholdError.list(names))
        )
      }
      let lengths = stages.filter { $0.name == step }.compactMap(\.seconds)
      if let longest = lengths.max() { measured = ("that step is", longest) }
    }
    guard scope.window?.seconds ?? 0 <= measured.1 else {
      throw ThresholdError(
        "\(limit), and \(measured.0) measured for \(NumberText.plain(measured.1)) s; valid are so many "
          + "seconds or fewer"
      )
    }
  }
}

extension LimitedLoad {
  /// A load by its header.
  init(_ header: ScenarioHeader) {
    self.init(
      scenario: header.scenario,
      operations: Array(header.commands.keys),
      stages: (header.stages ?? []).map { ($0.name, $0.seconds) },
      seconds: header.durationSeconds,
      thresholds: header.thresholds ?? []
    )
  }

  /// That of a valid workload.
  init(_ workload: Workload) {
    let mixed = workload.steps.flatMap(\.groups).flatMap { group in
      switch group.mix {
      case .inTurn(let names): names
      case .weighted(let weights): Array(weights.keys)
      }
    }
    let called = mixed.flatMap { name in
      workload.sequences[name]?.compactMap { item in
        if case .call(let operation) = item { operation } else { nil }
      } ?? [name]
    }
    self.init(
      scenario: workload.name,
      operations: Array(Set(called.map { workload.operations[$0]?.name ?? $0 })),
      stages: workload.plannedStages().map { ($0.name, $0.length / .seconds(1)) },
      seconds: workload.steps.compactMap { workload.length(of: $0) }.reduce(.zero, +) / .seconds(1),
      thresholds: workload.thresholds.map { RecordedLimit($0) }
    )
  }
}

extension Threshold {
  /// A limit on a figure by its name, as `key` of a scenario's limits, of which the usual ones are known.
  ///
  /// - Throws: a sentence that names the key and what is valid.
  init(
    named name: String,
    _ limit: Double,
    scope: ThresholdScope?,
    key: String,
    of scenario: String,
    _ known: [Threshold]
  ) throws(ThresholdError) {
    let general = Metric.allCases.filter(\.isGeneral)
    guard let metric = Metric(rawValue: name),
      metric.isGeneral || known.contains(where: { $0.metric == metric })
    else {
      throw ThresholdError(
        "\(scenario) has no threshold \"\(key)\"; valid are "
          + ThresholdError.list(Set(known.map(\.metric) + general).map(\.rawValue))
      )
    }
    guard metric.validLimits.contains(limit) else {
      throw ThresholdError(
        "\(scenario) has \"\(key)\" limited to \(limit); valid are limits from "
          + "\(NumberText.plain(metric.validLimits.lowerBound)) to "
          + NumberText.plain(metric.validLimits.upperBound)
      )
    }
    guard scope == nil || metric.isGeneral else {
      throw .noPart(key, of: scenario)
    }
    guard scope?.outcome == nil || metric.quantile != nil else {
      throw ThresholdError(
        "\(scenario) has \"\(key)\"; `as OUTCOME` is valid with percentiles: a share or a rate of "
          + "one outcome is no success"
      )
    }
    self.init(metric, limit, scope: scope)
  }

  /// A limit that a workload brings along.
  ///
  /// - Throws: a sentence that names it and what is valid.
  init(
    _ limit: RecordedLimit,
    of scenario: String,
    _ known: [Threshold]
  ) throws(ThresholdError) {
    var outcome: Outcome?
    if let name = limit.outcome {
      outcome = Outcome(rawValue: name)
      guard outcome != nil else {
        throw ThresholdError(
          "\(scenario) has \"\(limit.metric) as \(name)\"; valid outcomes are "
            + ThresholdError.list(Outcome.allCases.map(\.rawValue))
        )
      }
    }
    let windows =
      [limit.lastSeconds.map(ThresholdScope.Window.last)]
      + [limit.eachSeconds.map(ThresholdScope.Window.each)]
    let scope = ThresholdScope(
      operation: limit.operation,
      outcome: outcome,
      step: limit.step,
      window: windows.compactMap(\.self).first
    )
    let key = limit.metric + (scope.text.isEmpty ? "" : " \(scope.text)")
    guard ThresholdScope.validSeconds.contains(scope.window?.seconds ?? 1) else {
      throw ThresholdError("\(scenario) has \"\(key)\"; valid are stretches from 1 s to 1 day")
    }
    try self.init(
      named: limit.metric,
      limit.limit,
      scope: scope.text.isEmpty ? nil : scope,
      key: key,
      of: scenario,
      known
    )
    aborts = limit.abort == true
    guard !aborts || metric.quantile != nil || metric == .successRate else {
      throw ThresholdError(
        "\(scenario) has \"\(key)\" with \"abort\"; only percentiles and success_rate can end a run "
          + "early, because how much the others vary by chance is not known before the end"
      )
    }
  }
}
