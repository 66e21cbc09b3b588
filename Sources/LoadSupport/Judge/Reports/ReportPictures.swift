import Foundation

/// The pictures of a recording that every scenario has.
struct ReportPictures: Sendable {
  private let analysis: RecordingAnalysis
  let time: TimeChart

  private static let mostCurves = 12

  private var aggregate: Aggregate { analysis.aggregate }

  /// Prepares the pictures of a recording.
  init(_ analysis: RecordingAnalysis) {
    self.analysis = analysis
    time = TimeChart(analysis.aggregate)
  }

  // MARK: Latency

  /// Percentile curves: those of successes, by link where links differ, and those of everything else.
  var latency: [SVGChart] {
    var good: [Curve] = []
    var bad: [Curve] = []
    for operation in aggregate.operations {
      for outcome in Outcome.allCases {
        let filter = Aggregate.Filter(operation: operation, outcomes: [outcome])
        let histogram = aggregate.latency(filter)
        guard histogram.count > 0 else { continue }
        if outcome == .success {
          good.append((operation, histogram))
        } else {
          bad.append(("\(operation) \(outcome.rawValue)", histogram))
        }
      }
    }
    let links = (analysis.scenario.network.links ?? []).map { link -> Curve in
      let filter = LatencySensitivityJudge.commands(over: link, analysis, outcomes: [.success])
      let name = "\(link.name), \(NumberText.plain(link.delayMilliseconds)) ms"
      return (name, aggregate.latency(filter))
    }.filter { $0.histogram.count > 0 }
    return [
      Self.curves("Latency of successes", by: "operation", good),
      links.count > 1 ? Self.curves("Latency by link", by: "link and its delay", links) : nil,
      Self.curves("Time to fail", by: "operation", bad),
    ].compactMap(\.self)
  }

  private typealias Curve = (name: String, histogram: Histogram)

  private static func curves(
    _ title: String,
    by what: String,
    _ curves: [Curve]
  ) -> SVGChart? {
    let most = curves.sorted { $0.histogram.count > $1.histogram.count }.prefix(mostCurves)
    let shown = curves.filter { curve in most.contains { $0.name == curve.name } }
    guard !shown.isEmpty else { return nil }
    let points = shown.map { curve($0.histogram) }
    let omitted = curves.count - shown.count
    return SVGChart(
      title: title,
      words: "Percentiles by \(what); each curve ends at its slowest, the table has the values."
        + (omitted > 0 ? " \(omitted) more curves are in the table only." : ""),
      x: .percentiles,
      y: .logarithmic("milliseconds", points.flatMap { $0.map(\.y) }),
      series: zip(shown, points).enumerated().map { index, pair in
        let marks = [0.5, 0.9, 0.99, 0.999].compactMap { p in
          point(pair.0.histogram, SVGChart.Axis.place(ofPercentile: p))
        }
        return SVGChart.Series(
          "\(pair.0.name) (n = \(NumberText.grouped(pair.0.histogram.count)))",
          style: SVGChart.Series.style(index),
          .line(pair.1, markers: marks)
        )
      }
    )
  }

  /// The percentile at a place of the axis; nil beyond what so many samples tell of.
  private static func point(_ histogram: Histogram, _ place: Double) -> (x: Double, y: Double)? {
    guard place <= log10(Double(histogram.count)) else { return nil }
    return histogram.value(atQuantile: 1 - pow(10, -place)).map { (place, Double($0) / 1e6) }
  }

  private static func curve(_ histogram: Histogram) -> [(x: Double, y: Double)] {
    var points = stride(from: 0, through: 4, by: 1.0 / 24).compactMap { point(histogram, $0) }
    // The greatest of n stands in the middle of the last nth.
    let end = log10(2 * Double(histogram.count))
    if end <= 4, let maximum = histogram.maximum { points.append((end, Double(maximum) / 1e6)) }
    return points
  }

  // MARK: Over time

  /// Throughput and failures.
  var course: [SVGChart] {
    guard !time.bins.isEmpty else { return [] }
    let length = Double(time.binNanoseconds) / 1e9
    func rate(_ value: (TimeSeries.Bin) -> Int) -> [(x: Double, y: Double)] {
      time.points { Double(value($0)) / length }
    }
    let successes = rate(\.successes)
    let average =
      "\(NumberText.oneDecimal(aggregate.averageRate())) successes/s on average over the window"
    let peak = aggregate.peakRate.map { ", \(NumberText.grouped($0)) in the best second" }
    // Of a ramp an average is no rate of anything.
    let words = aggregate.window.isSteady() ? "\(average)\(peak ?? "")." : "Ramps included."
    var charts = [
      time.chart(
        "Throughput",
        words,
        .linear("successes/s", [0] + successes.map(\.y)),
        [SVGChart.Series("successes", style: "s0", .steps(successes))]
      )
    ]
    let failed = Outcome.allCases.dropFirst().filter { outcome in
      time.bins.contains { $0.outcomes[outcome] != nil }
    }
    if !failed.isEmpty {
      let rates = failed.map { outcome in rate { $0.outcomes[outcome] ?? 0 } }
      let counts = failed.map { outcome in
        let count = time.bins.reduce(0) { $0 + ($1.outcomes[outcome] ?? 0) }
        return "\(NumberText.grouped(count)) \(outcome.rawValue)"
      }
      charts.append(
        time.chart(
          "Failures",
          "Load that did not succeed, warm-up included: \(counts.joined(separator: ", ")).",
          .linear("failures/s", [0] + rates.flatMap { $0.map(\.y) }),
          zip(failed, rates).enumerated().map { index, pair in
            SVGChart.Series(
              pair.0.rawValue,
              style: SVGChart.Series.style((index + 1) % 6) + " dash\(index % 3)",
              .steps(pair.1)
            )
          }
        )
      )
    }
    return charts
  }

  // MARK: Server

  /// What the server reports of itself, as far as it does.
  var server: [SVGChart] {
    guard time.end > time.start else { return [] }
    var charts: [SVGChart?] = [
      gauges("Memory", "MiB", [(ServerMetricName.memory, "resident")], unit: 1_048_576),
      gauges(
        "Descriptors and threads",
        "count",
        [
          (ServerMetricName.openDescriptors, "open descriptors"),
          (ServerMetricName.threads, "threads"),
        ]
      ),
      gauges(
        "Sessions and pool",
        "count",
        [
          (ServerMetricName.sessionsActive, "sessions"),
          (ServerMetricName.poolActive, "pool active"),
          (ServerMetricName.poolIdle, "pool idle"),
        ]
      ),
    ]
    charts.append(cpu)
    return charts.compactMap(\.self)
  }

  private func gauges(
    _ title: String,
    _ unit: String,
    _ names: [(metric: String, label: String)],
    unit scale: Double = 1
  ) -> SVGChart? {
    let values = names.compactMap { metric, label in
      let points = analysis.metrics.timeline(metric, from: time.start, until: time.end)
        .map { (x: time.seconds($0.at), y: $0.value / scale) }
      return points.isEmpty ? nil : (label: label, points: points)
    }
    guard !values.isEmpty else { return nil }
    let words = values.map { label, points in
      let ys = points.map(\.y)
      let show = scale == 1 ? NumberText.plain : NumberText.twoDecimals
      return
        "\(label) \(show(ys.min() ?? 0)) to \(show(ys.max() ?? 0)), at last \(show(ys.last ?? 0))"
    }
    return time.chart(
      title,
      (scale == 1 ? "" : "In \(unit): ") + words.joined(separator: "; ") + ".",
      .linear(unit, [0] + values.flatMap { $0.points.map(\.y) }),
      values.enumerated().map { index, value in
        // Each is thinner than the one before, so that none hides another.
        TimeChart.line(
          value.label,
          SVGChart.Series.style(index) + (values.count > 1 ? " w\(index)" : ""),
          value.points,
          place: index
        )
      }
    )
  }

  /// CPU time of everything that serves, between neighbouring scrapes.
  private var cpu: SVGChart? {
    let scrapes = analysis.metrics.timeline(
      ServerMetricsLine.servingCPU,
      from: time.start,
      until: time.end
    )
    let cores = analysis.scenario.network.serverCores
    guard var previous = scrapes.first else { return nil }
    var points: [(x: Double, y: Double)] = []
    for next in scrapes.dropFirst() {
      // Scrapes of two occasions can be so near that their difference is noise: it is a part of the next one.
      let passed = Double(next.at - previous.at) / 1e9
      guard passed > 0.2 else { continue }
      let used = (next.value - previous.value) / passed
      points.append((time.seconds(next.at), max(0, cores.map { used / Double($0) * 100 } ?? used)))
      previous = next
    }
    guard !points.isEmpty else { return nil }
    let most = points.map(\.y).max() ?? 0
    let unit = cores == nil ? "cores" : "%"
    return time.chart(
      "Serving CPU",
      "Server, ssh and sshd with their children"
        + (cores.map { ", as a share of \($0) cores" } ?? ", in cores")
        + "; at most \(NumberText.oneDecimal(most)) \(unit) between two scrapes.",
      .linear(
        cores == nil ? "cores" : "% of cores",
        [0, cores == nil ? 1 : 100] + points.map(\.y)
      ),
      [TimeChart.line("serving CPU", "s0", points)]
    )
  }
}
