/// How much longer quick calls at some place wait while a slow one is under way.
struct SlowCallDelay {
  /// Latencies from the planned instant, those without an answer as longer than any.
  let without: Histogram
  let beside: Histogram

  /// The median length of the slow call; nil where none succeeded.
  let slowNanoseconds: Double?

  /// The share of each round by itself: of the slices beside a slow call, with those before them.
  let rounds: [Double]

  init(_ place: QuickCallPlace, _ analysis: RecordingAnalysis) throws {
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
    let medians = try [false, true].map {
      try Self.medians(StepName.quick(place, besideSlow: $0), analysis)
    }
    let length = slowNanoseconds ?? .infinity
    rounds = zip(medians[0], medians[1]).map { (Double($1) - Double($0)) / length }
  }

  /// The median latency of each slice of a step.
  private static func medians(_ step: String, _ analysis: RecordingAnalysis) throws -> [Int64] {
    let samples = try analysis.samples { $0.step == step && $0.phase == .measure }
    return analysis.aggregate.window.slices(of: [step]).compactMap { slice in
      let latencies = samples.filter { slice.contains($0.attempt.planned) }.map { sample in
        [.timeout, .dropped].contains(sample.attempt.outcome)
          ? Histogram.highestTrackable : sample.attempt.latency
      }.sorted()
      return latencies.isEmpty ? nil : latencies[(latencies.count - 1) / 2]
    }
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
