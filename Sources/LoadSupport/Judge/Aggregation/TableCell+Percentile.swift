extension TableCell {
  /// A percentile in milliseconds and its 95 % interval; nothing where there are no values.
  static func percentile(_ p: Double, _ estimate: QuantileEstimate?) -> TableCell {
    .optional(estimate) { estimate in
      .percentile(
        p,
        Double(estimate.value) / 1e6,
        estimate.interval.map { Double($0.lowerBound) / 1e6...Double($0.upperBound) / 1e6 },
        n: estimate.count
      )
    }
  }

  /// The same of so many values: where not even one of them lies above it, it is only their greatest, and not shown.
  static func percentile(
    _ p: Double,
    _ value: Double,
    _ interval: ClosedRange<Double>?,
    n: Int
  ) -> TableCell {
    NumberText.isSupported(p, by: n) ? .estimate(value, interval) : .absent(NumberText.tooFew)
  }
}

extension Aggregate {
  /// The cells of several percentiles.
  func percentiles(_ quantiles: [Double], _ filter: Filter) -> [TableCell] {
    zip(quantiles, estimates(quantiles, filter)).map { .percentile($0, $1) }
  }
}

extension ReportSection {
  /// Says so where steps are too short for their intervals to allow for clusters of requests.
  mutating func addNoteOnShortSteps(_ aggregate: Aggregate) {
    let steps = Set(aggregate.window.slices.map(\.step))
    guard steps.contains(where: { aggregate.dispersion(Aggregate.Filter(step: $0)) == nil }) else {
      return
    }
    let seconds = Double(aggregate.windows.windowNanoseconds) / 1e9
    addNote(
      "intervals of steps under \(NumberText.plain(Double(Dispersion.leastWindows) * seconds)) s take requests to be "
        + "independent, and may be too narrow"
    )
  }
}
