import EventIO

/// `capacity.html`: the answer, latency against rate, and a line a rate.
extension CapacityReport {
  var html: String {
    var section = ReportSection()
    section.add(.tiles([picture].compactMap { $0.map { .picture($0) } }))
    section.add(.table(rates))
    if let network { section.addNote(TestBed.line(network)) }
    section.addNote(TestBed.line(machine))
    return HTMLPage(
      Document(
        title: "Capacity",
        result: Badge(
          words: holdsPerSecond.map { "\(NumberText.oneDecimal($0))/s" } ?? "no rate",
          meaning: holdsPerSecond != nil ? .good : breaksPerSecond != nil ? .bad : .open
        ),
        summary: "\(quoted: answer)",
        sections: [section]
      )
    ).text
  }

  /// A percentile of latency that is shown, with what the objective lets it be.
  private struct Percentile {
    let metric: Threshold.Metric
    let limit: Double?

    var name: String { "p\(NumberText.plain((metric.quantile ?? 0) * 100))" }

    func value(_ trial: Trial) -> Double? {
      trial.latency.flatMap { latency in
        switch metric.quantile ?? 0 {
        case 0.5: latency.p50
        case 0.9: latency.p90
        case 0.95: latency.p95
        case 0.99: latency.p99
        case 0.999: latency.p999
        default: nil as Double?
        }
      }
    }

    func interval(_ trial: Trial) -> Verdict.Interval? {
      let key = name.replacing(byte: UInt8(ascii: "."), with: "_")
      return trial.latency?.intervals?[key]
    }
  }

  /// Those that the objective limits; p99 where it limits none.
  private var limited: [Percentile] {
    let limited = parts.compactMap { part -> Percentile? in
      guard case .quantile(let metric, let limit) = part else { return nil }
      return Percentile(metric: metric, limit: limit)
    }
    return limited.isEmpty ? [Percentile(metric: .p99Milliseconds, limit: nil)] : limited
  }

  /// The trials of each rate, the slowest first.
  private var byRate: [[Trial]] {
    Dictionary(grouping: trials, by: \.ratePerSecond).sorted { $0.key < $1.key }.map(\.value)
  }

  private static func median(_ trials: [Trial], _ value: (Trial) -> Double?) -> Double? {
    trials.compactMap(value).median
  }

  // MARK: Table

  private var rates: Table {
    let median = Percentile(metric: .p50Milliseconds, limit: nil)
    let shown = (limited.contains { $0.metric == median.metric } ? [] : [median]) + limited
    return Table(
      label: "Rates",
      columns: ["rate/s", "result", "reached/s", "n", "success"]
        + shown.map { .init("\($0.name) ms", isTrailing: true) } + [
          .init("why", isTrailing: false)
        ],
      rows: byRate.map { trials in
        // What was invalid tells of the generator.
        let valid = trials.filter { $0.result != .invalid }
        let counting = valid.isEmpty ? trials : valid
        let requests = counting.reduce(0) { $0 + $1.requests }
        return [
          .figure(NumberText.oneDecimal(trials[0].ratePerSecond)), .badge(result(trials)),
          .optional(Self.median(counting, { $0.reachedPerSecond })) { .rate($0) }, .count(requests),
          .share(counting.reduce(0) { $0 + $1.successful }, of: requests),
        ] + shown.map { Self.cell($0, counting) } + [
          .quoted(counting.last { $0.result != .holds }?.reason ?? "")
        ]
      }
    )
  }

  /// The median over trials, and below it what they lie between, or the interval of the only one.
  private static func cell(_ percentile: Percentile, _ trials: [Trial]) -> TableCell {
    let values = trials.compactMap(percentile.value)
    guard let median = values.median, let least = values.min(), let most = values.max() else {
      return .absent()
    }
    let interval =
      values.count > 1 ? least...most : trials.compactMap(percentile.interval).first?.range
    let text = NumberText.milliseconds(median, interval)
    return .figure(text.value, between: text.between)
  }

  /// What the trials of a rate came to, with the meaning of the last.
  private func result(_ trials: [Trial]) -> Badge {
    let results = [CapacitySearch.Result.holds, .breaks, .unclear, .invalid].compactMap { result in
      let count = trials.count { $0.result == result }
      return count > 0 ? result.rawValue + (count > 1 ? " ×\(count)" : "") : nil
    }
    let isAnswer = trials[0].ratePerSecond == holdsPerSecond
    return Badge(
      words: (isAnswer ? "answer: " : "") + results.joined(separator: ", "),
      meaning: trials.last?.result.meaning ?? .open
    )
  }

  // MARK: Picture

  /// Latency against rate, with what the objective allows and the answer; nil where no trial tells of any.
  private var picture: SVGChart? {
    let shown = trials.filter { $0.latency != nil && $0.result != .invalid }
    if shown.isEmpty { return nil }
    let values = limited.flatMap { shown.compactMap($0.value) }
    let medians = byRate.compactMap { trials in
      Self.median(trials.filter { $0.result != .invalid }) { $0.latency?.p50 }
        .map { (x: trials[0].ratePerSecond, y: $0) }
    }
    let x = SVGChart.Axis.logarithmic("requests per second asked for", shown.map(\.ratePerSecond))
    let y = SVGChart.Axis.logarithmic(
      "milliseconds",
      values + medians.map(\.y) + limited.compactMap(\.limit)
    )
    let limits = limited.compactMap { percentile in
      percentile.limit.map { limit in
        SVGChart.Series(
          "objective: \(percentile.name) below \(NumberText.plain(limit)) ms",
          style: "limit dash",
          .line([(x.least, limit), (x.greatest, limit)], markers: [])
        )
      }
    }
    let answers = holdsPerSecond.map { rate in
      SVGChart.Series(
        "answer: \(NumberText.oneDecimal(rate))/s",
        style: "answer dash2",
        .line([(rate, y.least), (rate, y.greatest)], markers: [])
      )
    }
    return SVGChart(
      title: "Latency by rate",
      words: "A marker is a trial; those that were invalid are left out.",
      x: x,
      y: y,
      series: limits + [answers].compactMap(\.self)
        + [SVGChart.Series("p50, median", style: "s5", .line(medians, markers: []))]
        + limited.flatMap { Self.points($0, shown) }
    )
  }

  private static func points(_ percentile: Percentile, _ trials: [Trial]) -> [SVGChart.Series] {
    let styles = [
      (CapacitySearch.Result.holds, "s0 pass"), (.breaks, "s1 fail"), (.unclear, "s3 open"),
    ]
    return styles.map { result, style in
      let points = trials.filter { $0.result == result }.compactMap { trial in
        percentile.value(trial).map { (x: trial.ratePerSecond, y: $0) }
      }
      return SVGChart.Series(
        "\(percentile.name), \(result.rawValue)",
        style: style,
        .line([], markers: points)
      )
    }.filter(\.hasMarks)
  }
}

extension CapacitySearch.Result {
  /// What it means for whoever is in a hurry.
  fileprivate var meaning: Badge.Meaning {
    switch self {
    case .holds: .good
    case .breaks: .bad
    case .unclear, .invalid: .open
    }
  }
}
