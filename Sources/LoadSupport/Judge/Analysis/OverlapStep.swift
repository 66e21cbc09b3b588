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
