/// How the figures of a summary come out of what was counted.
extension ScenarioSummary {
  /// The server's histograms that observed anything under load.
  static func bucketEstimates(_ metrics: ServerMetrics) -> [String: BucketEstimates] {
    var estimates: [String: BucketEstimates] = [:]
    for name in metrics.histograms {
      guard let estimate = metrics.histogram(name, from: .loadStart, to: .loadEnd),
        estimate.count > 0
      else { continue }
      estimates[name] = BucketEstimates(estimate)
    }
    return estimates
  }

  /// The result as people read it; of a run that was ended early also what its verdicts come to so far, and how much of
  /// it was measured.
  var resultWords: String {
    guard result == .interrupted || ending == .stopped else { return result.words }
    guard ending != .neverBegan else { return "\(result.words) before the load" }
    let measured =
      "\(NumberText.oneDecimal(throughput.windowSeconds)) of "
      + "\(NumberText.plain(configuration.durationSeconds)) s"
    return result == .interrupted
      ? "\(result.words): \(verdict.rawValue) so far, \(measured)"
      : "\(result.words), ended early: \(measured)"
  }

  /// One failure fails all; nothing passes while something is inconclusive.
  static func overall(_ verdicts: [Verdict]) -> Verdict.Outcome {
    if verdicts.contains(where: { $0.outcome == .fail }) { return .fail }
    return verdicts.contains { $0.outcome == .inconclusive } || verdicts.isEmpty
      ? .inconclusive : .pass
  }

  static func latency(
    _ aggregate: Aggregate,
    step: String?
  ) -> [String: [String: Latency]] {
    var merged: [String: [Outcome: Histogram]] = [:]
    for (key, histogram) in aggregate.latencies where step == nil || key.step == step {
      merged[key.operation, default: [:]][key.outcome, default: Histogram()].merge(histogram)
    }
    var named: [String: [String: Latency]] = [:]
    for (operation, outcomes) in merged {
      for (outcome, histogram) in outcomes {
        let filter = Aggregate.Filter(step: step, operation: operation, outcomes: [outcome])
        named[operation, default: [:]][outcome.rawValue] = Latency(histogram) {
          aggregate.estimate($0, filter, of: histogram)
        }
      }
    }
    return named
  }

  static func named(_ outcomes: [Outcome: Int]) -> [String: Int] {
    Dictionary(uniqueKeysWithValues: outcomes.map { ($0.key.rawValue, $0.value) })
  }

  /// What failed, most often first.
  static func failures(_ aggregate: Aggregate) -> [Failure] {
    aggregate.failures
      .sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
      .map {
        Failure(
          operation: $0.key.operation,
          outcome: $0.key.outcome.rawValue,
          count: $0.value.count,
          example: $0.value.example
        )
      }
  }
}

extension ScenarioSummary.Requests {
  init(_ aggregate: Aggregate) {
    let total = aggregate.requests().values.reduce(0, +)
    let successful = aggregate.requests()[.success] ?? 0
    let dispersion = aggregate.dispersion(Aggregate.Filter.all.failures)
    self.init(
      total: total,
      successful: successful,
      failed: total - successful,
      outcomes: ScenarioSummary.named(aggregate.requests()),
      successInterval: ProportionInterval.clopperPearson(
        successful,
        of: total,
        overdispersion: dispersion ?? 1
      ).flatMap { Verdict.Interval($0.lowerBound, $0.upperBound) },
      dispersion: dispersion
    )
  }
}

extension ScenarioSummary.Throughput {
  init(_ aggregate: Aggregate) {
    let hasSteps = aggregate.window.hasSteps
    self.init(
      successes: aggregate.successes(),
      windowSeconds: aggregate.window.seconds(),
      averagePerSecond: hasSteps ? nil : aggregate.averageRate(),
      peakPerSecond: hasSteps ? nil : aggregate.peakRate,
      interval: aggregate.rateInterval().flatMap(Verdict.Interval.init)
    )
  }
}

extension ScenarioSummary.Step {
  init(_ step: String, _ aggregate: Aggregate) {
    let filter = Aggregate.Filter(step: step)
    self.init(
      step: step,
      seconds: aggregate.window.seconds(of: [step]),
      successesPerSecond: aggregate.rateInWindow(filter),
      interval: aggregate.rateInterval(filter).flatMap(Verdict.Interval.init),
      outcomes: ScenarioSummary.named(aggregate.requests(filter)),
      latency: ScenarioSummary.latency(aggregate, step: step)
    )
  }
}

extension ScenarioSummary.Metrics {
  init(_ metrics: ServerMetrics) {
    self.init(
      poolHitRate: metrics.hitRate(from: .before, to: .after),
      poolPeakActive: metrics.peak(ServerMetricName.poolActive),
      resets: metrics.resets,
      bucketEstimates: ScenarioSummary.bucketEstimates(metrics),
      before: metrics.totals(.before),
      after: metrics.totals(.after),
      difference: metrics.difference(from: .before, to: .after),
      differenceUnderLoad: metrics.difference(from: .loadStart, to: .loadEnd)
    )
  }
}
