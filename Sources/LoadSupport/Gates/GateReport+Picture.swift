import EventIO

extension GateReport {
  /// The course of a figure over the nights, with the levels that it is compared with.
  static func chart(_ scenario: String, _ finding: GateFinding) -> SVGChart {
    let points = finding.course.map { (x: Double($0.night.day), y: $0.value) }
    let (first, last) = (points.first?.x ?? 0, points.last?.x ?? 1)
    func level(_ name: String, _ style: String, _ median: Double?) -> SVGChart.Series? {
      median.map {
        SVGChart.Series(name, style: style, .line([(first, $0), (last, $0)], markers: []))
      }
    }
    let suspect = finding.suspect.flatMap { suspect in
      points.first { $0.x == Double(suspect.night.day) }
    }
    let series = [
      SVGChart.Series("nights", style: "s0", .line(points, markers: points)),
      level("rolling median", "s1 dash", finding.rolling.median),
      level("anchored median", "s2 dash2", finding.anchored?.median),
      suspect.map { SVGChart.Series("change begins", style: "s3", .line([$0], markers: [$0])) },
    ].compactMap(\.self)
    let levels = [finding.rolling.median, finding.anchored?.median].compactMap(\.self)
    // At least a tenth around the levels, so that noise does not look like a change.
    let values = points.map(\.y) + levels.flatMap { [$0 * 0.9, $0 * 1.1] }
    return SVGChart(
      title: "\(scenario) \(finding.metric.rawValue)",
      words:
        "\(finding.outcome.words.asciiUppercased()): \(shown(finding.tonight)) in the latest of "
        + "\(points.count) nights",
      x: nights(finding.course.map(\.night)),
      y: .linear(finding.metric.rawValue, values),
      series: series
    )
  }

  /// An axis of dates, of which at most five are named.
  private static func nights(_ nights: [Night]) -> SVGChart.Axis {
    let days = (nights.first?.day ?? 0)...(nights.last?.day ?? 0)
    let step = max(1, (days.count + 3) / 5)
    let ticks = stride(from: days.lowerBound, through: days.upperBound, by: step).map { day in
      (Double(day), nights[0].advanced(by: day - nights[0].day).description.suffix(5))
    }
    return SVGChart.Axis(
      label: "night",
      low: Double(days.lowerBound) - 0.5,
      high: Double(days.upperBound) + 0.5,
      isLogarithmic: false,
      ticks: ticks.map { ($0, String($1)) }
    )
  }
}
