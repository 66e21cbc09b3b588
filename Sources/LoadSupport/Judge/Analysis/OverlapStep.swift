/// A step of the overlapping calls test with so many calls in flight, and how its lanes were served.
struct OverlapStep {
  let name: String

  /// Calls in flight.
  let calls: Int

  /// Whether they go over several SSH sessions.
  let isOverSeveral: Bool

  /// Successes a second.
  let rate: Double

  let count: Int

  /// Successes of each lane.
  let served: [Int]

  /// All steps of a recording, those over one SSH session first, by calls in flight.
  static func all(_ analysis: RecordingAnalysis) -> [OverlapStep] {
    [false, true].flatMap { isOverSeveral in
      (analysis.scenario.stages ?? []).compactMap { stage in
        let name = StepName.overlapping(stage.workers, overSeveral: isOverSeveral)
        guard stage.name == name else { return nil }
        let aggregate = analysis.aggregate
        let served = (aggregate.successesByWorker[name] ?? []).prefix(stage.workers)
        let starved = [Int](repeating: 0, count: stage.workers - served.count)
        return OverlapStep(
          name: name,
          calls: stage.workers,
          isOverSeveral: isOverSeveral,
          rate: aggregate.averageRate(Aggregate.Filter(step: name)),
          count: aggregate.successes(Aggregate.Filter(step: name)),
          served: served + starved
        )
      }
    }
  }

  /// Successes of a lane on average.
  var mean: Double { Double(served.reduce(0, +)) / Double(max(1, served.count)) }

  /// What the lane had that was served least, over the average.
  var leastShare: Double { mean > 0 ? Double(served.min() ?? 0) / mean : 0 }

  /// 1 where all lanes are served alike, 1/k where one has everything (Jain, Chiu and Hawe, "A quantitative measure
  /// of fairness and discrimination", 1984).
  var jain: Double {
    let squares = served.map { Double($0) * Double($0) }.reduce(0, +)
    let sum = Double(served.reduce(0, +))
    return squares > 0 ? sum * sum / (Double(served.count) * squares) : 1
  }
}

/// How much longer quick calls at some place wait while a slow one is under way.
struct SlowCallDelay {
  /// Latencies from the planned instant, those without an answer as longer than any.
  let without: Histogram
  let beside: Histogram

  /// The median length of the slow call; nil where none succeeded.
  let slowNanoseconds: Double?

  init(_ place: QuickCallPlace, _ analysis: RecordingAnalysis) {
    let aggregate = analysis.aggregate
    func latency(_ besideSlow: Bool) -> Histogram {
      aggregate.latencyCountingUnanswered(
        Aggregate.Filter(step: StepName.quick(place, besideSlow: besideSlow))
      ).histogram
    }
    (without, beside) = (latency(false), latency(true))
    slowNanoseconds = aggregate.latency(
      Aggregate.Filter(operation: OperationName.slow, outcomes: [.success])
    ).value(atQuantile: 0.5).map(Double.init)
  }

  /// The difference of the medians over the slow call's length.
  var share: Double? {
    guard let slowNanoseconds, slowNanoseconds > 0, let before = without.value(atQuantile: 0.5),
      let after = beside.value(atQuantile: 0.5)
    else { return nil }
    return Double(after - before) / slowNanoseconds
  }

  /// Its interval: from those of the medians at √(1 − alpha) each, so that both hold with 95 %.
  var interval: ClosedRange<Double>? {
    let each = 1 - 0.95.squareRoot()
    guard let share, let slowNanoseconds,
      let before = without.interval(atQuantile: 0.5, alpha: each),
      let after = beside.interval(atQuantile: 0.5, alpha: each)
    else { return nil }
    let least = Double(after.lowerBound - before.upperBound) / slowNanoseconds
    let most = Double(after.upperBound - before.lowerBound) / slowNanoseconds
    return min(least, share)...max(most, share)
  }
}
