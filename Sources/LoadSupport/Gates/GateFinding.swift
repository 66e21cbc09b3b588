/// A metric of a scenario in the light of its history: how the latest night compares with the nights
/// before, and where the change began.
package struct GateFinding: Sendable, Equatable, Codable {
  /// The latest nights against a baseline.
  struct Comparison: Sendable, Equatable, Codable {
    /// What it came to.
    let outcome: GateOutcome

    /// Why, in a sentence.
    let reason: String

    /// Nights of the baseline.
    let nights: Int

    /// Their median; nil without any.
    let median: Double?

    /// The median of the latest nights to that of the baseline, or tonight's figure to it where that
    /// alone decided.
    let ratio: Double?

    /// The rank probability, where it was computed.
    let probability: Double?

    /// What three nights differ by here without a change; nil of too few nights.
    let noise: Double?

    private enum CodingKeys: String, CodingKey {
      case outcome
      case reason
      case nights
      case median
      case ratio
      case probability
      case noise = "noise_floor"
    }

    init(_ recent: [Double], _ baseline: [Double], _ metric: GateMetric) {
      let verdict = NightlyVerdict(
        recent: recent,
        baseline: baseline,
        isHigherBetter: metric.isHigherBetter
      )
      outcome = verdict.outcome
      reason = verdict.reason
      nights = baseline.count
      median = baseline.median
      ratio = verdict.ratio
      probability = verdict.probability
      noise = NightlyVerdict.noise(of: baseline.filter { $0 > 0 && $0.isFinite })
    }
  }

  /// Where a change began.
  package struct Suspect: Sendable, Equatable, Codable {
    /// The first night of the new level.
    package let night: Night

    /// The last of the old level.
    let lastBefore: Night

    /// The commits between, `good..bad`; nil where the history does not have both.
    package let commits: String?

    /// What else is not as it was the night before, such as `kernel: Linux 6.1 -> Linux 6.6`.
    let changes: [String]

    /// The medians on either side.
    package let before: Double
    package let after: Double

    private enum CodingKeys: String, CodingKey {
      case night
      case lastBefore = "last_before"
      case commits
      case changes
      case before
      case after
    }
  }

  /// A night of the course.
  struct Point: Sendable, Equatable, Codable {
    /// The date.
    let night: Night

    /// The metric's median.
    let value: Double
  }

  /// The latest nights that are compared as one.
  static let recentNights = 3

  /// The metric.
  package let metric: GateMetric

  /// What it all came to.
  let outcome: GateOutcome

  /// The figure of the latest night.
  let tonight: Double

  /// Against the nights just before.
  let rolling: Comparison

  /// Against those that were frozen; nil where there are none.
  let anchored: Comparison?

  /// Where the change began; nil without one, or where no night stands out.
  package let suspect: Suspect?

  /// The last nights, the latest at the end.
  let course: [Point]

  /// Judges a metric; nil if the latest night does not have it.
  ///
  /// Nights that failed are no measure for others. Where the latest is one, nothing of it is an
  /// improvement: failing is fast.
  package init?(_ metric: GateMetric, of series: NightSeries, anchor: Baseline.Anchor?) {
    guard let last = series.lines(since: anchor?.since).last else { return nil }
    let before = series.sound(since: anchor?.since).filter { $0.night < last.night }
    let nights = (before + [last]).filter { $0.metrics[metric.rawValue] != nil }
    guard nights.last?.night == last.night else { return nil }
    let hasFailed = !series.failures(anchor).isEmpty
    func values(_ lines: some Sequence<NightLine>) -> [Double] {
      lines.compactMap { $0.metrics[metric.rawValue]?.median }
    }
    let recent = nights.suffix(Self.recentNights)
    rolling = Comparison(
      values(recent),
      values(nights.dropLast(Self.recentNights).suffix(Baseline.mostNights)),
      metric
    )
    anchored = anchor.map { anchor in
      Comparison(
        values(recent),
        anchor.values(of: metric.rawValue, without: Set(recent.map(\.night))),
        metric
      )
    }
    self.metric = metric
    tonight = values([last])[0]
    let comparisons = [rolling, anchored].compactMap(\.self)
    let worst = GateOutcome.worst(comparisons.map(\.outcome))
    let outcome = hasFailed && worst == .improvement ? .inconclusive : worst
    self.outcome = outcome
    let shown = Array(nights.suffix(NightSeries.span))
    let course = zip(shown, values(shown)).map { Point(night: $0.night, value: $1) }
    self.course = course
    // What only one of the baselines shows is a change from that one.
    let level = comparisons.first { $0.outcome == outcome }?.median
    suspect =
      [.regression, .improvement].contains(outcome)
      ? level.flatMap { Self.suspect(shown, course.map(\.value), from: $0) } : nil
  }

  /// What a split of `count` nights must explain of their scatter for its night to be named: more than
  /// the best split of nights without any change does in 95 % of cases (0.29, 0.17 and 0.12 of 20, 40
  /// and 60, simulated).
  private static func leastExplained(_ count: Int) -> Double { 7 / Double(count) }

  private static func suspect(
    _ nights: [NightLine],
    _ values: [Double],
    from level: Double
  ) -> Suspect? {
    guard let tonight = values.last else { return nil }
    let start: (index: Int, before: Double, after: Double)
    // Where the level changed one or two nights ago, a split of two medians cannot tell.
    let run = values.reversed().prefix { abs($0 - tonight) < abs($0 - level) }.count
    if run < recentNights {
      let after = Array(values.suffix(run)).median ?? tonight
      start = (values.count - run, level, after)
    } else if let split = MedianSplit(values), split.explained >= leastExplained(values.count) {
      start = (split.index, split.before, split.after)
    } else {
      return nil
    }
    guard nights.indices.dropFirst().contains(start.index) else { return nil }
    let (good, bad) = (nights[start.index - 1], nights[start.index])
    let changed = Set(good.versions.keys).union(bad.versions.keys).sorted().filter {
      good.versions[$0] != bad.versions[$0]
    }
    return Suspect(
      night: bad.night,
      lastBefore: good.night,
      commits: good.commit.flatMap { good in bad.commit.map { "\(good)..\($0)" } },
      changes: changed.map {
        "\($0): \(good.versions[$0] ?? "unknown") -> \(bad.versions[$0] ?? "unknown")"
      },
      before: start.before,
      after: start.after
    )
  }
}

extension NightSeries {
  /// Why the latest night is a regression whatever its speed, each in a sentence: thresholds that it
  /// failed, and clearly more failed requests than in what it is compared with.
  package func failures(_ anchor: Baseline.Anchor?) -> [String] {
    guard let tonight = lines(since: anchor?.since).last else { return [] }
    let before = sound(since: anchor?.since).filter { $0.night < tonight.night }
    let baselines = [
      ("the nights before", FailedRequests.sum(before.suffix(Baseline.mostNights).map(\.failed))),
      ("the anchored ones", anchor?.failed ?? FailedRequests()),
    ]
    let shares = baselines.compactMap { name, baseline in
      baseline.requests > 0 && tonight.failed.exceeds(baseline)
        ? "\(tonight.failed.text) requests failed, of \(name) \(baseline.text)" : nil
    }
    let thresholds = (tonight.failures ?? [:]).sorted { $0.key < $1.key }
    return thresholds.map { "FAIL: \($0.value)" } + shares
  }
}

extension FailedRequests {
  /// The numbers as people read them.
  var text: String { "\(NumberText.grouped(failed)) of \(NumberText.grouped(requests))" }
}

extension GateOutcome {
  /// What several comparisons come to: what is worst of them, and a change before none.
  static func worst(_ outcomes: [GateOutcome]) -> GateOutcome {
    [.regression, .improvement, .inconclusive].first { outcomes.contains($0) }
      ?? (outcomes.isEmpty ? .inconclusive : .noChange)
  }
}
