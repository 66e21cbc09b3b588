import EventIO

/// Pictures of a recording over time, which share an axis: seconds since the measured window began.
struct TimeChart: Sendable {
  /// The most points of a metric in a picture; more are put together.
  static let mostPoints = 600

  /// The bins of the course, without those at its end that are not measured to theirs.
  let bins: [TimeSeries.Bin]

  /// Their length in nanoseconds.
  let binNanoseconds: Int64

  /// Where the first begins and the last ends.
  let start: Int64
  let end: Int64

  /// The steps by their numbers, where a picture has no room for all their names; nil where it has.
  let steps: String?

  private let bands: [[SVGChart.Band]]
  private let origin: Int64
  private let unmeasured: [ClosedRange<Double>]

  /// The axis of a recording.
  init(_ aggregate: Aggregate) {
    let window = aggregate.window
    let origin = window.start
    let start = aggregate.series.start
    binNanoseconds = aggregate.series.binNanoseconds
    let whole = window.slices.isEmpty ? .max : Int((window.end - start) / binNanoseconds)
    bins = Array(aggregate.series.bins.prefix(max(1, whole)))
    let end = start + Int64(bins.count) * binNanoseconds
    func seconds(_ instant: Int64) -> Double { Double(instant - origin) / 1e9 }
    // What no slice of the window covers.
    var gaps: [ClosedRange<Double>] = []
    var reached = start
    for slice in window.slices.sorted(by: { $0.start < $1.start }) {
      if slice.start > reached { gaps.append(seconds(reached)...seconds(slice.start)) }
      reached = max(reached, slice.end)
    }
    unmeasured = reached < end ? gaps + [seconds(reached)...seconds(end)] : gaps
    bands = Self.bands(window, from: start, until: end, seconds)
    let isNamed = bands.joined().allSatisfy { band in
      let share = (band.x.upperBound - band.x.lowerBound) / max(1e-9, Double(end - start) / 1e9)
      return SVGChart.fits(band.name, in: share * SVGChart.width * 0.8)
    }
    steps =
      isNamed
      ? nil : window.steps.enumerated().map { "\($0 + 1) \($1)" }.joined(separator: ", ")
    self.origin = origin
    self.start = start
    self.end = end
  }

  /// The steps, each by its name and the number of its row in a table; what runs at the same time in another row.
  private static func bands(
    _ window: MeasuredWindow,
    from start: Int64,
    until end: Int64,
    _ seconds: (Int64) -> Double
  ) -> [[SVGChart.Band]] {
    var reached: [Int64] = []
    var bands: [[SVGChart.Band]] = []
    for slice in window.slices where slice.start < end && slice.end > start {
      guard let step = slice.step else { continue }
      let row = reached.firstIndex { $0 <= slice.start } ?? reached.count
      if row == reached.count {
        reached.append(slice.end)
        bands.append([])
      }
      reached[row] = slice.end
      bands[row].append(
        SVGChart.Band(
          x: seconds(max(start, slice.start))...seconds(min(end, slice.end)),
          name: step,
          number: 1 + (window.steps.firstIndex { $0.hasSameBytes(as: step) } ?? 0)
        )
      )
    }
    return bands
  }

  /// Where an instant is on the axis.
  func seconds(_ instant: Int64) -> Double { Double(instant - origin) / 1e9 }

  /// A value of each bin from where it begins, and that of the last to its end.
  func points(_ value: (TimeSeries.Bin) -> Double) -> [(x: Double, y: Double)] {
    let points = bins.enumerated().map { index, bin in
      (x: seconds(start + Int64(index) * binNanoseconds), y: value(bin))
    }
    return points + (points.last.map { [(x: seconds(end), y: $0.y)] } ?? [])
  }

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
      tinted: unmeasured,
      bands: bands
    )
  }

  /// A line through points, of which so many are drawn as can be seen.
  static func line(
    _ name: String,
    _ style: String,
    _ points: [(x: Double, y: Double)],
    place: Int = 0
  ) -> SVGChart.Series {
    let drawn = thinned(points)
    let every = max(1, drawn.count / 8)
    // Those of lines that hide each other stand side by side.
    let first = (every / 2 + place * every / 3) % every
    let markers = drawn.indices.filter { $0 % every == first }.map { drawn[$0] }
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
