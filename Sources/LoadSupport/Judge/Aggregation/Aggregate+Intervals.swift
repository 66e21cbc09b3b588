import Foundation

/// How sure the figures of an aggregate are.
extension Aggregate {
  /// The factor by which the attempts that match come in clusters: 1 where they do not, nil where the
  /// run has too few windows to tell.
  func dispersion(_ filter: Filter) -> Double? {
    Dispersion.factor(of: windows.counts(steps: filter.steps) { matches($0, filter) ? 0 : nil })
  }

  /// The same of those that are slower than a latency, as the histogram of all that match counts them.
  ///
  /// Among successes, timeouts and dropped arrivals are slower than any latency.
  func dispersion(
    above latency: Int64,
    _ filter: Filter,
    of histogram: Histogram
  ) -> Double? {
    let first = histogram.firstBucket(above: latency)
    let hasSuccesses = filter.outcomes?.contains(.success) ?? true
    return Dispersion.factor(
      of: windows.counts(steps: filter.steps) { key in
        guard matches(key, filter) else { return nil }
        return hasSuccesses && (key.outcome == .timeout || key.outcome == .dropped) ? 0 : first
      }
    )
  }

  /// The latencies of successes, and with them timeouts and dropped arrivals as slower than any.
  ///
  /// That is what a ceiling is judged by. Beside it how many those are.
  func latencyCountingUnanswered(
    _ filter: Filter = .all
  ) -> (histogram: Histogram, unanswered: Int) {
    var answered = filter
    answered.outcomes = [.success]
    var histogram = latency(answered)
    let requests = requests(filter)
    let unanswered = (requests[.timeout] ?? 0) + (requests[.dropped] ?? 0)
    for _ in 0..<unanswered { histogram.record(Histogram.highestTrackable) }
    return (histogram, unanswered)
  }

  /// Percentiles of the attempts that match, each with how sure it is; nil where there are none.
  func estimates(_ quantiles: [Double], _ filter: Filter) -> [QuantileEstimate?] {
    let histogram = latency(filter)
    return quantiles.map { estimate($0, filter, of: histogram) }
  }

  /// A percentile of the attempts that match, of which there is a histogram.
  func estimate(
    _ p: Double,
    _ filter: Filter,
    of histogram: Histogram
  ) -> QuantileEstimate? {
    guard let value = histogram.value(atQuantile: p) else { return nil }
    let dispersion = dispersion(above: value, filter, of: histogram)
    return QuantileEstimate(
      value: value,
      interval: histogram.interval(atQuantile: p, overdispersion: dispersion ?? 1),
      dispersion: dispersion,
      count: histogram.count
    )
  }

  /// The 95 % confidence interval of `averageRate`, which lies in it; nil where the window is too short
  /// for any, where the load does not stay the same, and over several steps, which differ on purpose.
  ///
  /// Of fewer than 30 the number itself is known no better than by chance (Garwood, "Fiducial limits for
  /// the Poisson distribution", 1936), and it matters whether those under way at the window's ends are
  /// counted: the interval then holds both counts with theirs.
  func rateInterval(_ filter: Filter = .all) -> ClosedRange<Double>? {
    guard !window.hasSteps || filter.steps?.count == 1, window.isSteady(filter.steps) else {
      return nil
    }
    let seconds = window.seconds(of: filter.steps)
    let counts = windows.completions(steps: filter.steps) { matches($0, filter) }
    guard
      let batches = BatchMeans.interval(
        of: counts,
        windowSeconds: Double(windows.windowNanoseconds) / 1e9,
        around: averageRate(filter)
      )
    else { return nil }
    let done = successes(filter)
    guard done < PoissonInterval.largestCount else { return batches }
    let planned = requests(filter)[.success] ?? 0
    let exact = PoissonInterval.garwood(min(done, planned), max(done, planned))
    return min(
      batches.lowerBound,
      exact.lowerBound / seconds
    )...max(batches.upperBound, exact.upperBound / seconds)
  }

  /// The same over several steps that each stay the same; nil where a step has none.
  ///
  /// Steps are independent of each other: their deviations add by their squares, each weighed by the step's
  /// share of the time.
  func rateIntervalOverSteps(_ filter: Filter) -> ClosedRange<Double>? {
    let steps = filter.steps ?? window.steps
    let seconds = window.seconds(of: filter.steps)
    guard steps.count > 1, seconds > 0 else { return nil }
    let average = averageRate(filter)
    var (below, above) = (0.0, 0.0)
    for step in steps {
      var part = filter
      part.steps = [step]
      guard let interval = rateInterval(part) else { return nil }
      let (rate, weight) = (averageRate(part), window.seconds(of: [step]) / seconds)
      below += pow(weight * (rate - interval.lowerBound), 2)
      above += pow(weight * (interval.upperBound - rate), 2)
    }
    return average - below.squareRoot()...average + above.squareRoot()
  }
}

/// A percentile of one run with its 95 % confidence interval, in nanoseconds.
struct QuantileEstimate: Sendable, Equatable {
  /// The percentile.
  let value: Int64

  /// Its interval; nil where there are too few values for any.
  let interval: ClosedRange<Int64>?

  /// The factor by which slow requests came in clusters: n values are worth n ÷ D independent ones;
  /// nil where the run is too short to tell.
  let dispersion: Double?

  /// The number of values.
  let count: Int
}
