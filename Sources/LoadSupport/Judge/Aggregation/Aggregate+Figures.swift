/// What the counts and histograms come to.
extension Aggregate {
  /// The names of the load's operations that occur, in order.
  package var operations: [String] {
    Set(latencies.keys.map(\.operation)).intersection(workload).sorted()
  }

  /// The latencies of some attempts.
  func latency(_ filter: Filter = .successes) -> Histogram {
    var merged = Histogram()
    for (key, histogram) in latencies where matches(key, filter) { merged.merge(histogram) }
    return merged
  }

  /// The service times of some attempts.
  func serviceTime(_ filter: Filter = .successes) -> Histogram {
    var merged = Histogram()
    for (key, histogram) in serviceTimes where matches(key, filter) { merged.merge(histogram) }
    return merged
  }

  /// Attempts that were planned in the window, by outcome.
  func requests(_ filter: Filter = .all) -> [Outcome: Int] {
    var counts: [Outcome: Int] = [:]
    for (key, histogram) in latencies where matches(key, filter) {
      counts[key.outcome, default: 0] += histogram.count
    }
    return counts
  }

  /// Successes that were done in the window.
  func successes(_ filter: Filter = .all) -> Int {
    successesDone.filter { matches($0.key, filter) }.values.reduce(0, +)
  }

  /// The same, or nil where what was planned in the window succeeded only after its end: that has no rate.
  func rateInWindow(_ filter: Filter) -> Double? {
    successes(filter) == 0 && requests(filter)[.success] ?? 0 > 0 ? nil : averageRate(filter)
  }

  /// Successes a second over the whole window, or over the slices of a step.
  package func averageRate(_ filter: Filter = .all) -> Double {
    let seconds = window.seconds(of: filter.steps)
    return seconds > 0 ? Double(successes(filter)) / seconds : 0
  }

  /// Successes in the best whole second; nil if the window has none.
  var peakRate: Int? {
    successesBySecond.prefix(Int((window.end - window.start) / 1_000_000_000)).max()
  }

  /// The failure of some attempts that occurred most often, in all phases.
  func mostFrequentFailure(
    _ filter: Filter = .all
  ) -> (operation: String, outcome: Outcome, failure: Failure)? {
    failures.filter { matches($0.key, filter) }
      .max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }
      .map { ($0.key.operation, $0.key.outcome, $0.value) }
  }

  /// The same as the end of a sentence; nil where nothing failed.
  func mostOften(_ filter: Filter = .all) -> String? {
    mostFrequentFailure(filter).map {
      "most often \($0.outcome.rawValue): \($0.failure.example)"
    }
  }

  func matches(_ key: Key, _ filter: Filter) -> Bool {
    (filter.operations?.contains(key.operation) ?? workload.contains(key.operation))
      && filter.steps?.contains(where: { $0 == key.step }) ?? true
      && filter.outcomes?.contains(key.outcome) ?? true
  }
}
