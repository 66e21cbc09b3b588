/// Pictures of a recording over time, which share an axis: seconds since the measured window began.
struct TimeChart: Sendable {
  /// The most points of a metric in a picture; more are put together.
  static let mostPoints = 600

  /// From the first attempt's end to the last's, in whole bins.
  let start: Int64
  let end: Int64

  private let origin: Int64
  private let unmeasured: [ClosedRange<Double>]

  /// The axis of a recording.
  init(_ aggregate: Aggregate) {
    let window = aggregate.window
    let origin = window.start
    let start = aggregate.series.start
    let end = start + Int64(aggregate.series.bins.count) * aggregate.series.binNanoseconds
    func seconds(_ instant: Int64) -> Double { Double(instant - origin) / 1e9 }
    // What no slice of the window covers.
    var gaps: [ClosedRange<Double>] = []
    var reached = start
    for slice in window.slices.sorted(by: { $0.start < $1.start }) {
      if slice.start > reached { gaps.append(seconds(reached)...seconds(slice.start)) }
      reached = max(reached, slice.end)
    }
    unmeasured = reached < end ? gaps + [seconds(reached)...seconds(end)] : gaps
    self.origin = origin
    self.start = start
    self.end = end
  }

  /// Where an instant is on the axis.
  func seconds(_ instant: Int64) -> Double { Double(instant - origin) / 1e9 }

  /// A picture with this axis.
  func chart(
    _ title: String,
    _ words: String,
    _ y: SVGChart.Axis,
    _ series: [SVGChart.Series]
  ) -> SVGChart {
    SVGChart(
      title: title,
      words: words,
      x: .linear("seconds", [seconds(start), seconds(end)], count: 6, isTight: true),
      y: y,
      series: series,
      tinted: unmeasured
    )
  }

  /// A line through points, of which so many are drawn as can be seen.
  static func line(
    _ name: String,
    _ style: String,
    _ points: [(x: Double, y: Double)]
  ) -> SVGChart.Series {
    let drawn = thinned(points)
    let every = max(1, drawn.count / 8)
    let markers = drawn.indices.filter { $0 % every == every / 2 }.map { drawn[$0] }
    return SVGChart.Series(name, style: style, .line(drawn, markers: markers))
  }

  /// At most `mostPoints` of them: the least and the greatest of each of equally many neighbours.
  static func thinned(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
    guard points.count > mostPoints else { return points }
    let bins = mostPoints / 2
    return (0..<bins).flatMap { bin in
      let part = points[bin * points.count / bins..<(bin + 1) * points.count / bins]
      let ends = [part.min { $0.y < $1.y }, part.max { $0.y < $1.y }].compactMap(\.self)
      return ends.sorted { $0.x < $1.x }
    }
  }
}
