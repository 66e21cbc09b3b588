/// Judges the recordings of one scenario and says what is special to it.
protocol ScenarioJudge: Sendable {
  /// What the scenario is judged by, in the order of its reports.
  var rules: [Rule] { get }

  /// The scenario's own part of the report, each table or list with its heading.
  ///
  /// - Throws: when the samples cannot be read again.
  func sections(_ analysis: RecordingAnalysis) throws -> [ReportSection]

  /// What is special to the scenario as a picture; nil where there is nothing for it.
  func picture(_ analysis: RecordingAnalysis) -> SVGChart?

  /// The scenario's own figures for machines, with units in their names.
  ///
  /// - Throws: when the samples cannot be read again.
  func figures(_ analysis: RecordingAnalysis) throws -> [String: Double]

  /// Which part of a run is compared with that of others; nil steps for all of it.
  func comparedPart(_ analysis: RecordingAnalysis) -> ComparedPart

  /// Whether becoming slower is itself what the scenario judges, and no fault of the run.
  var judgesDrift: Bool { get }
}

/// The part of a scenario's load by which versions of a server are compared.
///
/// Steps of a scenario differ on purpose, and their mixture is nobody's latency.
struct ComparedPart: Sendable {
  /// The names of its steps; nil for the whole load.
  var steps: [String]?

  /// Whether the load sets its rate, which is no figure of the server then.
  var isPaced = false

  /// Whether requests fail on purpose in the other steps.
  var isRefusedElsewhere = false
}

extension ScenarioJudge {
  /// The limits that are applied unless a user sets others, those on every server first.
  var thresholds: [Threshold] { (Rule.common + rules).map(\.threshold) }

  /// The verdict on each threshold.
  func verdicts(_ analysis: RecordingAnalysis, _ limits: [Threshold]) throws -> [Verdict] {
    try limits.compactMap { try self.judge($0, analysis) }
  }

  private func judge(_ threshold: Threshold, _ analysis: RecordingAnalysis) throws -> Verdict? {
    let rule = rules.first { $0.threshold.metric == threshold.metric && threshold.scope == nil }
    return try rule.map { try $0.judge(threshold, analysis) } ?? Rule.general(threshold, analysis)
  }

  /// The verdict on each threshold, as far as the run's validity lets it stand.
  func verdicts(
    _ analysis: RecordingAnalysis,
    _ limits: [Threshold],
    _ validity: Validity
  ) throws -> [Verdict] {
    var thirds: [RecordingAnalysis]?
    return try limits.compactMap { threshold in
      guard let verdict = try judge(threshold, analysis) else { return nil }
      return try validity.apply(to: verdict, in: threshold.scope?.step) {
        // A stretch of a stretch is another figure.
        guard threshold.scope?.window == nil else { return false }
        let parts = try thirds ?? analysis.thirds()
        thirds = parts
        return try !parts.isEmpty
          && parts.allSatisfy { try judge(threshold, $0)?.outcome == verdict.outcome }
      }
    }
  }

  /// Which part of a run is compared with that of others.
  func comparedPart(_ analysis: RecordingAnalysis) -> ComparedPart { ComparedPart() }

  var judgesDrift: Bool { false }

  func sections(_ analysis: RecordingAnalysis) -> [ReportSection] { [] }

  func picture(_ analysis: RecordingAnalysis) -> SVGChart? { nil }

  func figures(_ analysis: RecordingAnalysis) -> [String: Double] { [:] }
}

// MARK: Verdicts that several scenarios share

extension Verdict {
  /// What was limited, as a file of limits names it.
  package var key: String { metric.rawValue + (scope.map { " \($0)" } ?? "") }

  /// Whether the server alone kept the load from being what was asked for: it refused sessions, or ended.
  var isServersFault: Bool {
    outcome == .fail && [.sessionsMissing, .serverOutages].contains(metric)
  }

  /// Judges the share of attempts that succeeded.
  static func successRate(
    _ threshold: Threshold,
    _ aggregate: Aggregate,
    _ filter: Aggregate.Filter = .all,
    windows: Int = 1
  ) -> Verdict {
    let requests = aggregate.requests(filter)
    let n = requests.values.reduce(0, +)
    let bad = n - (requests[.success] ?? 0)
    let allowed = 1 - threshold.limit
    guard n > 0 else { return .nothingMeasured(threshold) }
    let dispersion = aggregate.dispersion(filter.failures)
    let interval = ProportionInterval.clopperPearson(
      n - bad,
      of: n,
      overdispersion: dispersion ?? 1
    )
    return Verdict(
      threshold,
      Judgement.share(
        bad: bad,
        of: n,
        allowed: allowed,
        overdispersion: dispersion ?? 1,
        windows: windows
      ),
      value: Double(n - bad) / Double(n),
      n: n,
      detail: "\(bad.grouped) of \(n.grouped) requests failed",
      interval: interval.flatMap { Interval($0.lowerBound, $0.upperBound) },
      dispersion: dispersion,
      needed: Judgement.samplesNeeded(allowed: allowed, overdispersion: dispersion ?? 1)
    )
  }

  /// Judges a percentile of latency, in units of so many nanoseconds.
  ///
  /// Timeouts and dropped arrivals have no latency; they are slower than any limit.
  static func quantile(
    _ p: Double,
    _ threshold: Threshold,
    _ aggregate: Aggregate,
    _ filter: Aggregate.Filter = .all,
    unit: Double = 1e6,
    windows: Int = 1
  ) -> Verdict {
    // Other outcomes are judged by themselves where a limit is about them.
    let isAboutOthers = filter.outcomes.map { $0 != [.success] } ?? false
    var judged = filter
    judged.outcomes = isAboutOthers ? filter.outcomes : [.success]
    let answered = aggregate.latency(judged)
    var unlimited = filter
    unlimited.outcomes = nil
    let (latencies, unanswered) =
      isAboutOthers ? (answered, 0) : aggregate.latencyCountingUnanswered(unlimited)
    let limit = Int64(min(threshold.limit * unit, Double(Histogram.highestTrackable)))
    let slow = answered.count(above: limit) + unanswered
    if !isAboutOthers { judged.outcomes = [.success, .timeout, .dropped] }
    guard let estimate = aggregate.estimate(p, judged, of: latencies) else {
      return .nothingMeasured(threshold)
    }
    // Those beyond the limit decide, and so it is their clusters that count: those beyond the run's
    // own percentile are as many in every run, and say too little of the bad ones.
    let dispersion = aggregate.dispersion(above: limit, judged, of: latencies)
    let n = estimate.count
    func shown(_ nanoseconds: Int64) -> Double? {
      nanoseconds < Histogram.highestTrackable ? Double(nanoseconds) / unit : nil
    }
    // Reports show the percentile of successes: where it differs, it is told beside this one.
    let alone = unanswered > 0 ? answered.value(atQuantile: p).flatMap(shown) : nil
    var verdict = Verdict(
      threshold,
      Judgement.share(
        bad: slow,
        of: n,
        allowed: 1 - p,
        overdispersion: dispersion ?? 1,
        windows: windows
      ),
      value: shown(estimate.value),
      n: n,
      detail: "\(slow.grouped) of \(n.grouped) requests were slower, timed out or were dropped"
        + (alone.map {
          "; of successes alone it is \(threshold.metric.shown($0).value)"
        }
          ?? ""),
      interval: estimate.interval.flatMap {
        Interval(Double($0.lowerBound) / unit, shown($0.upperBound))
      },
      dispersion: dispersion,
      needed: Judgement.samplesNeeded(allowed: 1 - p, overdispersion: dispersion ?? 1)
    )
    verdict.intervalDispersion = estimate.interval == nil ? nil : estimate.dispersion
    return verdict
  }

  /// Judges successes a second, by the interval of their mean.
  static func throughput(
    _ threshold: Threshold,
    _ aggregate: Aggregate,
    _ filter: Aggregate.Filter = .all
  ) -> Verdict {
    guard aggregate.window.seconds(of: filter.steps) > 0 else { return .nothingMeasured(threshold) }
    let successes = aggregate.successes(filter)
    let interval = aggregate.rateInterval(filter) ?? aggregate.rateIntervalOverSteps(filter)
    return .ratio(
      threshold,
      aggregate.averageRate(filter),
      interval,
      n: successes,
      "\(successes.grouped) successes in the window"
        + (!aggregate.window.isSteady(filter.steps)
          ? "; the load varies, so its average says nothing of the server's rate"
          : interval == nil ? "; the window, or a step of it, is too short for an interval" : "")
    )
  }

  /// Judges that the server granted all sessions that were asked for before the load; nil in scenarios
  /// that ask for none.
  static func sessionsMissing(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict? {
    guard let (sessions, asked, isCounted) = Validity.granted(analysis) else { return nil }
    if sessions < asked, let lost = analysis.lostLines { return .unknown(threshold, lost) }
    let failure = analysis.aggregate.mostFrequentFailure(
      Aggregate.Filter(operations: OperationName.opening)
    )
    let reason = failure.map {
      ", most often because \($0.operation) failed: \($0.failure.example)"
    }
    return .count(
      threshold,
      Double(max(0, asked - sessions)),
      n: asked,
      sessions >= asked
        ? "all \(asked.grouped) sessions were granted"
        : "\(sessions.grouped) of \(asked.grouped) sessions were there when the load began"
          + (isCounted ? ", by the server's own count" : "") + (reason ?? "")
    )
  }

  /// Judges that every worker could begin.
  static func workersMissing(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict {
    .count(
      threshold,
      Double(analysis.missingWorkers),
      n: analysis.scenario.workers,
      analysis.missingWorkers == 0
        ? "all \(analysis.scenario.workers.grouped) workers could begin"
        : "\(analysis.missingWorkers.grouped) of \(analysis.scenario.workers.grouped) workers could not begin, "
          + "and only the others loaded the server"
    )
  }

  /// Judges that the server stayed up; nil where it was not seen to end and does not tell since when it
  /// has been there.
  static func serverOutages(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict? {
    guard analysis.outage != nil || analysis.metrics.tellsRestarts else { return nil }
    if analysis.outage != nil, analysis.mayLackOutages {
      return .unknown(
        threshold,
        "events.jsonl is not whole, which tells when the server was ended on purpose"
      )
    }
    return .count(
      threshold,
      Double(analysis.outage?.count ?? 0),
      n: analysis.aggregate.lines,
      analysis.outage?.text
        ?? (analysis.aggregate.window.outages.isEmpty
          ? "the server was the same process all the time"
          : "the server ended only where it was ended on purpose")
    )
  }

  /// Judges that every attempt has its line.
  static func unaccounted(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict {
    let lines = analysis.aggregate.lines
    guard let made = analysis.attemptsMade else {
      return .unknown(threshold, "the recording ends before the generator's own count")
    }
    // A line that cannot be read is the one that is missing.
    let missing = max(abs(made - lines), analysis.aggregate.unreadableLines)
    return .count(
      threshold,
      Double(missing),
      n: made,
      "the generator made \(NumberText.counted(made, "attempt")), the files hold \(lines.grouped)"
    )
  }

  /// Judges that a gauge of the server is after the load what it was before.
  static func leftBehind(
    _ threshold: Threshold,
    _ gauge: String,
    _ analysis: RecordingAnalysis
  ) -> Verdict {
    guard let before = analysis.metrics.totals(.before), !before.isEmpty,
      let after = analysis.metrics.totals(.after)?[gauge]
    else { return .unknown(threshold, "the server does not report \(gauge)") }
    let begun = before[gauge] ?? 0
    return .count(
      threshold,
      max(0, after - begun),
      n: analysis.aggregate.lines,
      "\(gauge) was \(NumberText.plain(begun)) before and \(NumberText.plain(after)) after the load"
    )
  }

  /// Judges a number of things that went wrong, which chance has no part in.
  static func count(
    _ threshold: Threshold,
    _ value: Double,
    n: Int,
    _ detail: String
  ) -> Verdict {
    Verdict(
      threshold,
      Judgement.value(value, limit: threshold.limit, isFloor: false),
      value: value,
      n: n,
      detail: detail
    )
  }

  /// Judges a ratio by its interval: as a whole beyond the limit or as a whole within it.
  static func ratio(
    _ threshold: Threshold,
    _ value: Double,
    _ interval: ClosedRange<Double>?,
    n: Int,
    _ detail: String
  ) -> Verdict {
    var outcome = Outcome.inconclusive
    if let interval {
      let isFloor = threshold.metric.isFloor
      if isFloor ? interval.upperBound < threshold.limit : interval.lowerBound > threshold.limit {
        outcome = .fail
      } else if isFloor
        ? interval.lowerBound >= threshold.limit : interval.upperBound <= threshold.limit
      {
        outcome = .pass
      }
    }
    return Verdict(
      threshold,
      outcome,
      value: value,
      n: n,
      detail: detail,
      interval: interval.flatMap { Interval($0.lowerBound, $0.upperBound) }
    )
  }

  /// A verdict with its sentence.
  init(
    _ threshold: Threshold,
    _ outcome: Outcome,
    value: Double?,
    n: Int,
    detail: String,
    interval: Interval? = nil,
    dispersion: Double? = nil,
    needed: Int? = nil
  ) {
    let metric = threshold.metric
    // Sums of what a server reports may leave the range of numbers, and JSON has no infinity.
    let value = value.flatMap { $0.isFinite ? $0 : nil }
    let shown = value.map { metric.shown($0, interval) }
    let range = shown?.between.map { " (\($0))" } ?? ""
    let figures =
      "\(metric.rawValue) \(shown?.value ?? "unknown")\(range), limit \(threshold.limitText), "
      + "n = \(n.grouped): "
    var reason = detail
    // Clusters of a few are chance.
    if let dispersion, dispersion >= 1.5 {
      let worth = Dispersion.worth(of: n, overdispersion: dispersion)
      reason +=
        "; clustered (D = \(NumberText.oneDecimal(dispersion))), worth "
        + "\(NumberText.grouped(worth)) independent requests"
    }
    if outcome == .inconclusive, let needed, n < needed {
      reason += "; at least \(NumberText.grouped(needed)) requests needed"
    }
    self.init(
      metric: metric,
      outcome: outcome,
      value: value,
      limit: threshold.limit,
      n: n,
      message: figures + reason,
      reason: reason,
      interval: interval,
      dispersion: dispersion
    )
  }

  /// The verdict on a figure that cannot be known from the recording.
  static func unknown(_ threshold: Threshold, _ reason: String) -> Verdict {
    Verdict(threshold, .inconclusive, value: nil, n: 0, detail: reason)
  }

  /// The verdict on a figure that has no samples.
  static func nothingMeasured(_ threshold: Threshold) -> Verdict {
    .unknown(threshold, "no request that counts for this was measured")
  }
}
