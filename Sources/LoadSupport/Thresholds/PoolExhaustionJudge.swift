import Foundation

/// What the pool exhaustion scenario is judged by.
package struct PoolExhaustionJudge: ScenarioJudge {
  package let thresholds = [
    Threshold(.sessionsOffLimit, 0),
    Threshold(.refusalMilliseconds, 1000),
    Threshold(.holdersSlowdown, 3),
    Threshold(.freedSessionsRefused, 0),
    Threshold(.requestsOverLimit, 0),
    Threshold(.untrueRetryAfters, 0),
    Threshold(.brokenAnswers, 0),
    Threshold(.healthFailures, 0),
    Threshold(.unaccountedAttempts, 0),
  ]

  /// Makes the judge.
  package init() {}

  package func verdict(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict? {
    switch threshold.metric {
    case .sessionsOffLimit: sessions(threshold, analysis)
    case .refusalMilliseconds: refusals(threshold, analysis)
    case .holdersSlowdown: slowdown(threshold, analysis.aggregate)
    case .freedSessionsRefused: freed(threshold, analysis.aggregate)
    case .requestsOverLimit: overLimit(threshold, analysis)
    case .untrueRetryAfters: retryAfters(threshold, analysis)
    case .brokenAnswers: broken(threshold, analysis.aggregate)
    case .healthFailures: health(threshold, analysis.aggregate)
    case .unaccountedAttempts: .unaccounted(threshold, analysis)
    default: nil
    }
  }

  private static func requests(
    _ step: String,
    _ operation: String,
    _ aggregate: Aggregate
  ) -> [Outcome: Int] {
    aggregate.requests(Aggregate.Filter(step: step, operation: operation))
  }

  private static func limits(_ analysis: RecordingAnalysis) -> ServerLimits {
    analysis.scenario.network.limits ?? .standard
  }

  /// Whether a limit (`pool`, `rate`) is only what servers usually have.
  private static func isAssumed(_ limit: String, _ analysis: RecordingAnalysis) -> Bool {
    analysis.scenario.network.assumedLimits?.contains(limit) ?? false
  }

  // MARK: Report

  package func sections(_ analysis: RecordingAnalysis) -> [ReportSection] {
    let aggregate = analysis.aggregate
    let limits = Self.limits(analysis)
    var section = ReportSection(
      "ADMITTED AND REFUSED",
      columns: ["step", "granted", "refused", "429", "other", "p50", "p99"]
    )
    for (step, operation) in [
      (StepName.flood, "list"), (StepName.recovered, "list"), (StepName.applying, "connect"),
      (StepName.alone, "hostname"), (StepName.crowded, "hostname"), (StepName.refused, "connect"),
      (StepName.next, "connect"), (StepName.health, "health"),
    ] {
      let outcomes = Self.requests(step, operation, aggregate)
      let named = [Outcome.success, .rejected, .rateLimited].map { outcomes[$0] ?? 0 }
      let other = outcomes.values.reduce(0, +) - named.reduce(0, +)
      section.addRow(
        [step] + (named + [other]).map(Figures.grouped),
        percentiles: aggregate.estimates(
          [0.5, 0.99],
          Aggregate.Filter(step: step, operation: operation, outcomes: Outcome.allCases)
        )
      )
    }
    let pool = limits.pool > 0 ? "\(limits.pool)" : "any number of"
    let rate =
      limits.requestsPerWindow > 0
      ? "\(limits.requestsPerWindow) requests in \(Figures.plain(limits.windowSeconds)) s"
      : "any rate"
    let assumed = analysis.scenario.network.assumedLimits ?? []
    section.addNote(
      "limits: \(pool) sessions, \(rate)"
        + (assumed.isEmpty ? "" : " (assumed, nobody told: \(assumed.joined(separator: ", ")))")
        + "; p50 and p99 in milliseconds, all outcomes, 95 % intervals below"
    )
    section.addNoteOnShortSteps(aggregate)
    if let p99 = aggregate.estimates([0.99], Self.refusals).first ?? nil {
      let cell = ReportSection.Cell(p99)
      section.addNote(
        "time to refuse a request for its rate (429): p99 \(cell.value) ms (\(cell.below ?? "")), "
          + "n = \(Figures.grouped(p99.count))"
      )
    }
    if let seconds = Flood(analysis).recoverySeconds {
      section.addNote(
        "time to recover: \(Figures.oneDecimal(seconds)) s from the first refusal to the next success"
      )
    }
    return [section]
  }

  package func figures(_ analysis: RecordingAnalysis) -> [String: Double] {
    var figures: [String: Double] = [:]
    figures["time_to_refuse_p99_ms"] = analysis.aggregate.latency(Self.refusals)
      .value(atQuantile: 0.99).map { Double($0) / 1e6 }
    figures["time_to_recover_s"] = Flood(analysis).recoverySeconds
    return figures
  }

  /// Requests that were refused for their rate.
  private static let refusals = Aggregate.Filter(step: StepName.flood, outcomes: [.rateLimited])

  // MARK: Pool

  private func sessions(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict {
    let limit = Self.limits(analysis).pool
    guard limit > 0 else { return .unknown(threshold, "the server has no limit of sessions") }
    let outcomes = Self.requests(StepName.applying, "connect", analysis.aggregate)
    let n = outcomes.values.reduce(0, +)
    guard n > limit else {
      return .unknown(
        threshold,
        "\(n) asked for a session, which is no more than the limit of \(limit)"
      )
    }
    let granted = outcomes[.success] ?? 0
    if Self.isAssumed("pool", analysis), granted != limit {
      return .unknown(
        threshold,
        "\(granted) of \(n) who asked got a session, and nobody told what the limit is: set "
          + "LOADTEST_POOL_LIMIT (0 if there is none)"
      )
    }
    let sentence =
      granted == n
      ? "all \(n) who asked got a session: the server does not hold its pool to \(limit)"
      : "\(granted) of \(n) who asked got a session, the limit is \(limit)"
    return .count(threshold, Double(abs(granted - limit)), n: n, sentence)
  }

  /// Refusals must be quick, and say which limit they are about.
  private func refusals(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict {
    let steps = [StepName.applying, StepName.refused]
    let refused = analysis.samples { sample in
      sample.operation == "connect" && sample.attempt.outcome != .success
        && steps.contains { $0 == sample.step }
    }
    guard !refused.isEmpty else { return .unknown(threshold, "nobody was refused a session") }
    let limit = Self.limits(analysis).pool
    // Which number a refusal must name is not known then.
    let isAssumed = Self.isAssumed("pool", analysis)
    if let odd = refused.first(where: {
      $0.attempt.outcome != .rejected
        || !isAssumed && !Self.names(limit, in: $0.attempt.error ?? "")
    }) {
      return Verdict(
        threshold,
        .fail,
        value: nil,
        n: refused.count,
        detail: "a refusal does not name the limit of \(limit): \(odd.attempt.outcome.rawValue): "
          + (odd.attempt.error ?? "no words")
      )
    }
    let slowest = refused.map(\.attempt.latency).max() ?? 0
    return Verdict(
      threshold,
      Judgement.value(Double(slowest) / 1e6, limit: threshold.limit, isFloor: false),
      value: Double(slowest) / 1e6,
      n: refused.count,
      detail: "the slowest of \(refused.count) refusals"
        + (isAssumed ? "" : ", all of which name the limit")
    )
  }

  /// Whether a text has a number that is no part of an address, a name or another number.
  private static func names(_ number: Int, in text: String) -> Bool {
    let pattern = #"(?<![\w.-])(?<!\d:)\#(number)(?!\w|\.\d)"#
    return text.range(of: pattern, options: .regularExpression) != nil
  }

  private func slowdown(_ threshold: Threshold, _ aggregate: Aggregate) -> Verdict {
    let alone = aggregate.latency(Aggregate.Filter(step: StepName.alone, outcomes: [.success]))
    let crowded = aggregate.latency(
      Aggregate.Filter(step: StepName.crowded, outcomes: [.success])
    )
    guard let usual = alone.value(atQuantile: 0.5), let then = crowded.value(atQuantile: 0.5),
      usual > 0
    else { return .unknown(threshold, "those who hold a session had no success to compare") }
    return .ratio(
      threshold,
      Double(then) / Double(usual),
      Histogram.ratioInterval(crowded, over: alone, atQuantile: 0.5),
      n: alone.count + crowded.count,
      "p50 \(Figures.milliseconds(usual)) ms before and \(Figures.milliseconds(then)) ms while others "
        + "kept asking"
    )
  }

  private func freed(_ threshold: Threshold, _ aggregate: Aggregate) -> Verdict {
    let outcomes = Self.requests(StepName.next, "connect", aggregate)
    let n = outcomes.values.reduce(0, +)
    let freed = Self.requests(StepName.freeing, "disconnect", aggregate)[.success] ?? 0
    guard n > 0, freed > 0 else {
      return .unknown(threshold, "no session was given back that somebody was left to ask for")
    }
    let refused = n - (outcomes[.success] ?? 0)
    return .count(
      threshold,
      Double(refused),
      n: n,
      refused == 0
        ? "a session that was given back went to the next who asked"
        : "a session was given back, and the next who asked did not get it"
    )
  }

  // MARK: Rate

  /// What the flooding session was told, in order.
  private struct Flood {
    let samples: [Sample]
    let firstRefusal: Sample?

    init(_ analysis: RecordingAnalysis) {
      let steps = [StepName.flood, StepName.recovered]
      let worker = analysis.samples { $0.step == StepName.flood && $0.operation == "list" }
        .first?.worker
      samples = analysis.samples { sample in
        sample.worker == worker && (sample.phase == .setup || steps.contains { $0 == sample.step })
      }.sorted { $0.attempt.done < $1.attempt.done }
      firstRefusal = samples.first { $0.attempt.outcome == .rateLimited }
    }

    /// From the first refusal to the first success after it.
    var recoverySeconds: Double? {
      guard let firstRefusal,
        let success = samples.first(where: {
          $0.attempt.outcome == .success && $0.attempt.done > firstRefusal.attempt.done
        })
      else { return nil }
      return Double(success.attempt.done - firstRefusal.attempt.done) / 1e9
    }
  }

  private func overLimit(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict {
    let limits = Self.limits(analysis)
    guard limits.requestsPerWindow > 0 else {
      return .unknown(threshold, "the server has no limit of requests")
    }
    let flood = Flood(analysis)
    let asked = flood.samples.filter { $0.step == StepName.flood || $0.phase == .setup }
    guard asked.count > limits.requestsPerWindow else {
      return .unknown(
        threshold,
        "only \(asked.count) requests were made, the limit is \(limits.requestsPerWindow)"
      )
    }
    // The session's window began with its first request, when it was set up.
    let begin = asked.first?.attempt.planned ?? 0
    let through = asked.count {
      $0.attempt.outcome == .success
        && Double($0.attempt.done - begin) < limits.windowSeconds * 1e9
    }
    if Self.isAssumed("rate", analysis), through > limits.requestsPerWindow {
      return .unknown(
        threshold,
        "\(through) of \(asked.count) requests of one session were let through, and nobody told what "
          + "the limit is: set LOADTEST_RATE_LIMIT and LOADTEST_RATE_WINDOW (0 if there is none)"
      )
    }
    let sentence =
      flood.firstRefusal == nil
      ? "\(through) requests of one session were let through and none was refused: the server has no "
        + "rate limit of \(limits.requestsPerWindow)"
      : "\(through) of \(asked.count) requests of one session were let through, the limit is "
        + "\(limits.requestsPerWindow) in \(Figures.plain(limits.windowSeconds)) s"
    return .count(
      threshold,
      Double(max(0, through - limits.requestsPerWindow)),
      n: asked.count,
      sentence
    )
  }

  private func retryAfters(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict {
    let flood = Flood(analysis)
    guard flood.firstRefusal != nil else {
      return .unknown(threshold, "no request was refused for its rate")
    }
    let refused = flood.samples.filter { $0.attempt.outcome == .rateLimited }
    let silent = refused.count { $0.step == StepName.flood && $0.attempt.retryAfterSeconds == nil }
    let after = flood.samples.filter { $0.step == StepName.recovered && $0.phase == .measure }
    let failed = after.count { $0.attempt.outcome != .success }
    guard !after.isEmpty else {
      return .unknown(threshold, "no request was made after the refusals")
    }
    return .count(
      threshold,
      Double(silent + failed),
      n: refused.count + after.count,
      "\(silent) of \(refused.count) refusals had no Retry-After, \(failed) of \(after.count) requests "
        + "after its time did not succeed"
    )
  }

  // MARK: Staying up

  private func broken(_ threshold: Threshold, _ aggregate: Aggregate) -> Verdict {
    guard aggregate.lines > 0 else { return .nothingMeasured(threshold) }
    let kinds: [Outcome] = [
      .httpError, .wrongAnswer, .transportError, .protocolError, .timeout,
    ]
    let count = kinds.map { kind in
      aggregate.totals.values.map { $0[kind] ?? 0 }.reduce(0, +)
    }.reduce(0, +)
    let worst = aggregate.failures.filter { kinds.contains($0.key.outcome) }
      .max { $0.value.count < $1.value.count }
    return .count(
      threshold,
      Double(count),
      n: aggregate.lines,
      worst.map { "most often \($0.key.outcome.rawValue): \($0.value.example)" }
        ?? "no 5xx, no broken connection, no timeout"
    )
  }

  private func health(_ threshold: Threshold, _ aggregate: Aggregate) -> Verdict {
    let outcomes = Self.requests(StepName.health, "health", aggregate)
    let n = outcomes.values.reduce(0, +)
    guard n > 0 else { return .unknown(threshold, "the server was never asked for its health") }
    let failed = n - (outcomes[.success] ?? 0)
    return .count(threshold, Double(failed), n: n, "\(failed) of \(n) questions for /health failed")
  }
}
