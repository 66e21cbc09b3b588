extension ReportSection.Cell {
  /// A percentile in milliseconds and its 95 % interval; a dash where there are no values.
  init(_ estimate: QuantileEstimate?) {
    self.init(
      estimate.map { NumberText.milliseconds($0.value) } ?? "-",
      below: estimate.map { estimate in
        estimate.interval.map {
          "\(NumberText.milliseconds($0.lowerBound)) to \(NumberText.milliseconds($0.upperBound))"
        } ?? "too few"
      }
    )
  }
}

extension ReportSection {
  /// Adds a row to the table: plain text, percentiles behind it, and plain text again.
  mutating func addRow(
    _ cells: [String],
    percentiles: [QuantileEstimate?] = [],
    _ others: [String] = []
  ) {
    addRow(cells.map { Cell($0) } + percentiles.map { Cell($0) } + others.map { Cell($0) })
  }

  /// Says so where steps are too short for their intervals to allow for clusters of requests.
  mutating func addNoteOnShortSteps(_ aggregate: Aggregate) {
    let steps = Set(aggregate.window.slices.map(\.step))
    guard steps.contains(where: { aggregate.dispersion(Aggregate.Filter(step: $0)) == nil }) else {
      return
    }
    let seconds = Double(aggregate.windows.windowNanoseconds) / 1e9
    addNote(
      "intervals of steps with fewer than \(Dispersion.leastWindows) windows of "
        + "\(NumberText.plain(seconds)) s take requests to be independent"
    )
  }
}
