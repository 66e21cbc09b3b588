import EventIO

/// The pictures of a comparison: of each figure how it changed from pair to pair, and what the runs of both
/// servers came to.
extension ComparisonReport {
  /// Two of each figure.
  var pictures: [SVGChart] {
    let counting = Set(Self.plan(pairs, firstLook: firstLook).counting)
    return rows.flatMap { row in [changes(row, counting), runs(row, counting)] }
  }

  private func changes(_ row: Row, _ counting: Set<Int>) -> SVGChart {
    func percent(_ ratio: Double) -> Double { (ratio - 1) * 100 }
    let changes = pairs.enumerated().compactMap { index, pair -> (pair: Int, y: Double)? in
      guard let base = pair.base.metrics[row.metric], let head = pair.head.metrics[row.metric],
        base > 0
      else { return nil }
      return (index, percent(head / base))
    }
    func markers(_ isCounting: Bool) -> [(x: Double, y: Double)] {
      changes.filter { counting.contains($0.pair) == isCounting }
        .map { (x: Double($0.pair + 1), y: $0.y) }
    }
    let ends = (0.5, Double(pairs.count) + 0.5)
    func level(_ name: String, _ style: String, _ y: Double) -> SVGChart.Series {
      SVGChart.Series(name, style: style, .line([(ends.0, y), (ends.1, y)], markers: []))
    }
    let interval = row.interval.map {
      percent($0.lower)...percent(max($0.lower, $0.upper ?? $0.lower))
    }
    // What is as far from none in either direction, as `PairedVerdict` has it.
    let limits = [percent(1 + tolerance), percent(1 / (1 + tolerance))]
    let series = [
      SVGChart.Series(
        "95 % interval of the mean",
        style: "h0",
        .boxes(interval.map { [SVGChart.Box(x: ends.0...ends.1, y: $0)] } ?? [])
      ), level("mean", "s0", percent(row.ratio)),
      level("smallest change that counts", "s5 dash2", limits[0]), level("", "s5 dash2", limits[1]),
      SVGChart.Series("pair", style: "s0", .line([], markers: markers(true))),
      SVGChart.Series(
        "pair that does not count (beyond: at the edge)",
        style: "s1",
        .line([], markers: markers(false))
      ),
    ]
    return SVGChart(
      title: "\(row.metric.rawValue): change by pair",
      words: "\(row.words(tolerance).asciiUppercased()): \(NumberText.change(row.ratio))"
        + (row.changes.map { " (\($0))" } ?? "") + " from base to head in "
        + NumberText.counted(row.pairs, "pair") + ".",
      x: SVGChart.Axis(
        label: "pair",
        low: ends.0,
        high: ends.1,
        isLogarithmic: false,
        ticks: pairs.indices.filter { pairs.count < 13 || $0.isMultiple(of: 2) }
          .map { (Double($0 + 1), String($0 + 1)) }
      ),
      y: .linear(
        "% from base to head",
        markers(true).map(\.y) + limits + (interval.map { [$0.lowerBound, $0.upperBound] } ?? [])
      ),
      series: series.filter(\.hasMarks)
    )
  }

  private func runs(_ row: Row, _ counting: Set<Int>) -> SVGChart {
    let sides = [("base", \Pair.base, row.base), ("head", \Pair.head, row.head)]
    let values = sides.map { _, side, _ in
      counting.sorted().compactMap { pairs[$0][keyPath: side].metrics[row.metric] }
    }
    let series = zip(sides, values).enumerated().flatMap { index, side -> [SVGChart.Series] in
      let middle = Double(index) + 0.5
      let mean = side.0.2
      // Neighbours stand at different heights, so that none hides another.
      let markers = side.1.enumerated().map { place, value in
        (x: value, y: middle + Double(place * 3 % 7 - 3) * 0.09)
      }
      return [
        SVGChart.Series(side.0.0, style: "s\(index)", .line([], markers: markers)),
        SVGChart.Series(
          index == 0 ? "mean" : "",
          style: "s5",
          .line([(mean, middle - 0.4), (mean, middle + 0.4)], markers: [])
        ),
      ]
    }
    return SVGChart(
      title: "\(row.metric.rawValue): runs of base and head",
      words:
        "A marker is a run; means \(NumberText.graded(row.base)) and \(NumberText.graded(row.head)).",
      x: .linear(row.metric.rawValue, values.flatMap(\.self)),
      y: .names("", sides.map(\.0)),
      series: series.filter(\.hasMarks)
    )
  }
}
