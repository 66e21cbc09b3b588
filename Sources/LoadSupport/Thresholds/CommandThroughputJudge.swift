/// What the command throughput scenario is judged by.
package struct CommandThroughputJudge: ScenarioJudge {
  /// Loose limits: they tell a broken server from a working one on any machine.
  package let thresholds = [
    Threshold(.successRate, 0.99),
    Threshold(.p99Milliseconds, 500),
    Threshold(.throughputPerSecond, 20),
    Threshold(.unaccountedAttempts, 0),
    Threshold(.connectionsCreatedUnderLoad, 0),
  ]

  /// Makes the judge.
  package init() {}
}

/// Judges the recordings of one scenario.
package protocol ScenarioJudge: Sendable {
  /// The scenario's own limits.
  var thresholds: [Threshold] { get }
}

extension ScenarioJudge {
  /// The verdict on each threshold.
  package func verdicts(_ analysis: RecordingAnalysis, _ limits: [Threshold]) -> [Verdict] {
    limits.map { verdict($0, analysis) }
  }

  private func verdict(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict {
    switch threshold.metric {
    case .successRate: successRate(threshold, analysis.aggregate)
    case .p99Milliseconds: p99(threshold, analysis.aggregate)
    case .throughputPerSecond: throughput(threshold, analysis.aggregate)
    case .unaccountedAttempts: unaccounted(threshold, analysis)
    case .connectionsCreatedUnderLoad: created(threshold, analysis)
    }
  }

  private func successRate(_ threshold: Threshold, _ aggregate: Aggregate) -> Verdict {
    let n = aggregate.requests.values.reduce(0, +)
    let bad = n - (aggregate.requests[.success] ?? 0)
    let allowed = 1 - threshold.limit
    guard n > 0 else { return .nothingMeasured(threshold) }
    return Verdict(
      threshold,
      Judgement.share(bad: bad, of: n, allowed: allowed),
      value: Double(n - bad) / Double(n),
      n: n,
      detail: "\(bad) of \(n) requests failed",
      needed: Judgement.samplesNeeded(allowed: allowed)
    )
  }

  /// Timeouts and dropped arrivals have no latency; they are slower than any limit.
  private func p99(_ threshold: Threshold, _ aggregate: Aggregate) -> Verdict {
    let successes = aggregate.latency()
    let endless = (aggregate.requests[.timeout] ?? 0) + (aggregate.requests[.dropped] ?? 0)
    let n = successes.count + endless
    guard n > 0 else { return .nothingMeasured(threshold) }
    let slow = successes.count(above: Int64(threshold.limit * 1e6)) + endless
    let rank = Histogram.rank(ofQuantile: 0.99, count: n) ?? n
    let value = rank <= successes.count ? successes.value(atRank: rank) : nil
    return Verdict(
      threshold,
      Judgement.share(bad: slow, of: n, allowed: 0.01),
      value: value.map { Double($0) / 1e6 },
      n: n,
      detail: "\(slow) of \(n) requests were slower, timed out or were dropped",
      needed: Judgement.samplesNeeded(allowed: 0.01)
    )
  }

  private func throughput(_ threshold: Threshold, _ aggregate: Aggregate) -> Verdict {
    guard aggregate.window.seconds > 0 else { return .nothingMeasured(threshold) }
    let rate = aggregate.averageRate
    return Verdict(
      threshold,
      Judgement.value(rate, limit: threshold.limit, isFloor: true),
      value: rate,
      n: aggregate.successesDone,
      detail: "\(aggregate.successesDone) successes in the window"
    )
  }

  private func unaccounted(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict {
    let lines = analysis.aggregate.lines
    guard let made = analysis.attemptsMade else {
      return Verdict(
        threshold,
        .inconclusive,
        value: nil,
        n: lines,
        detail: "the recording breaks off before the generator's own count"
      )
    }
    let missing = abs(made - lines) + analysis.aggregate.unreadableLines
    return Verdict(
      threshold,
      Judgement.value(Double(missing), limit: threshold.limit, isFloor: false),
      value: Double(missing),
      n: made,
      detail: "the generator made \(made) attempts, the files hold \(lines)"
    )
  }

  private func created(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict {
    guard let change = analysis.metrics.difference(from: .loadStart, to: .loadEnd),
      let total = analysis.metrics.totals(.loadEnd)?["mcp_pool_creates_total"]
    else {
      return Verdict(
        threshold,
        .inconclusive,
        value: nil,
        n: 0,
        detail: "the server does not report mcp_pool_creates_total"
      )
    }
    let created = change["mcp_pool_creates_total"] ?? 0
    let commands = Int(change["mcp_ssh_commands_total"] ?? 0)
    return Verdict(
      threshold,
      Judgement.value(created, limit: threshold.limit, isFloor: false),
      value: created,
      n: commands,
      detail: "\(commands) commands ran on the \(Int(total)) connections opened before the load"
    )
  }
}

extension Verdict {
  /// A verdict with its sentence.
  init(
    _ threshold: Threshold,
    _ outcome: Outcome,
    value: Double?,
    n: Int,
    detail: String,
    needed: Int? = nil
  ) {
    let metric = threshold.metric
    let shown = value.map { Figures.plain($0) + metric.unit } ?? "unknown"
    var message =
      "\(metric.rawValue) \(shown), limit \(metric.isFloor ? "at least" : "at most") "
      + "\(Figures.plain(threshold.limit))\(metric.unit), n = \(Figures.grouped(n)): \(detail)"
    if outcome == .inconclusive, let needed, n < needed {
      message += "; at least \(Figures.grouped(needed)) requests would do"
    }
    self.init(
      metric: metric,
      outcome: outcome,
      value: value,
      limit: threshold.limit,
      n: n,
      message: message
    )
  }

  /// The verdict on a figure that has no samples.
  static func nothingMeasured(_ threshold: Threshold) -> Verdict {
    Verdict(
      threshold,
      .inconclusive,
      value: nil,
      n: 0,
      detail: "no request of the load was measured"
    )
  }
}
