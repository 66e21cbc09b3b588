import Foundation

/// Latency over time: all of it, and its percentiles.
extension ReportPictures {
  private static let heatColumns = 150
  private static let heatLevels = 6

  /// The successes of so many neighbouring bins as a column, in the course's latency buckets, and its length.
  private func columns(of count: Int) -> (columns: [[Int]], nanoseconds: Int64) {
    // A column of fewer bins at the end would look like less load.
    let whole = max(1, time.bins.count / count)
    let columns = (0..<whole).map { column in
      time.bins[column * count..<min((column + 1) * count, time.bins.count)].reduce(
        into: [Int](repeating: 0, count: TimeSeries.bucketCount)
      ) { sums, bin in
        for index in sums.indices { sums[index] += bin.latencies[index] }
      }
    }
    return (columns, time.binNanoseconds * Int64(count))
  }

  /// The fewest bins of a column that a picture has room for.
  private var fewest: Int { max(1, (time.bins.count + Self.heatColumns - 1) / Self.heatColumns) }

  /// Successes by when they were over and how long they took.
  var heatMap: SVGChart? {
    let (columns, width) = columns(of: fewest)
    let used = (0..<TimeSeries.bucketCount).filter { row in columns.contains { $0[row] > 0 } }
    guard let lowest = used.first, let highest = used.last,
      let most = columns.lazy.flatMap(\.self).max()
    else { return nil }
    func bound(_ row: Int) -> Double { TimeSeries.lowerBound(ofBucket: row) / 1e6 }
    // Levels by equal ratios of counts; small counts leave some out.
    let bounds = (0...Self.heatLevels).map { level in
      Int(pow(Double(most), Double(level) / Double(Self.heatLevels)).rounded(.up))
    }
    func level(_ count: Int) -> Int? {
      count == 0 ? nil : bounds.dropLast().lastIndex { $0 <= count }
    }
    var boxes = [[SVGChart.Box]](repeating: [], count: Self.heatLevels)
    for row in lowest...highest {
      var first = 0
      while first < columns.count {
        let value = level(columns[first][row])
        var last = first
        while last + 1 < columns.count, level(columns[last + 1][row]) == value { last += 1 }
        if let value {
          let until = min(time.start + Int64(last + 1) * width, time.end)
          boxes[value].append(
            SVGChart.Box(
              x: time.seconds(time.start + Int64(first) * width)...time.seconds(until),
              y: bound(row)...bound(row + 1)
            )
          )
        }
        first = last + 1
      }
    }
    let levels = boxes.indices.filter { !boxes[$0].isEmpty }
    return time.chart(
      "Latency over time",
      "Successes by when they were over and how long they took, in columns of "
        + "\(NumberText.plain(Double(width) / 1e9)) s; up to \(NumberText.grouped(most)) in a cell.",
      .logarithmic("milliseconds", [bound(lowest), bound(highest + 1)]),
      levels.map { level in
        let upper = level == boxes.count - 1 ? most : max(bounds[level + 1] - 1, bounds[level])
        let range =
          upper == bounds[level]
          ? NumberText.grouped(upper)
          : "\(NumberText.grouped(bounds[level]))–\(NumberText.grouped(upper))"
        return SVGChart.Series(range, style: "h\(level)", .boxes(boxes[level]))
      }
    )
  }

  /// Percentiles by when successes were over, where a column has enough of them.
  var percentiles: SVGChart? {
    let successes = time.bins.reduce(0) { $0 + $1.successes }
    guard successes > 0 else { return nil }
    // As long as it takes for a 99th percentile, and no fewer than a dozen.
    let needed = (100 * time.bins.count + successes - 1) / successes
    let (columns, width) = columns(of: max(fewest, min(needed, time.bins.count / 12)))
    let estimates = columns.map { BucketEstimate(latencies: $0) }
    var series: [SVGChart.Series] = []
    for (index, (name, p)) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)].enumerated() {
      let points = estimates.enumerated().map { column, estimate -> (x: Double, y: Double)? in
        guard let estimate, estimate.count * (1 - p) >= 0.999 else { return nil }
        let middle = time.start + Int64(column) * width + width / 2
        return estimate.quantile(p).map { (x: time.seconds(middle), y: $0 / 1e6) }
      }
      // A line ends where too little succeeds.
      var stretches: [[(x: Double, y: Double)]] = [[]]
      for point in points {
        if let point { stretches[stretches.count - 1].append(point) } else { stretches.append([]) }
      }
      series += stretches.filter { !$0.isEmpty }.enumerated().map { place, stretch in
        let style = SVGChart.Series.style(index)
        return place == 0
          ? TimeChart.line(name, style, stretch, place: index)
          : SVGChart.Series("", style: style, .line(stretch, markers: []))
      }
    }
    let values = series.flatMap { series -> [Double] in
      if case .line(let points, _) = series.mark { points.map(\.y) } else { [] }
    }
    guard !values.isEmpty else { return nil }
    return time.chart(
      "Percentiles over time",
      "Successes by when they were over, in columns of \(NumberText.plain(Double(width) / 1e9)) s; estimates "
        + "from the rows beside, p90 from 10 and p99 from 100 successes on.",
      .logarithmic("milliseconds", values),
      series
    )
  }
}
