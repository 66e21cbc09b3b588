import EventIO
import Foundation

/// What the pool exhaustion scenario is judged by.
struct PoolExhaustionJudge: ScenarioJudge {
  let rules = [
    Rule(.sessionsOffLimit, 0, sessions), Rule(.refusalMilliseconds, 1000, refusals),
    Rule(.holdersSlowdown, 3) { slowdown($0, $1.aggregate) },
    Rule(.freedSessionsRefused, 0) { freed($0, $1.aggregate) },
    Rule(.requestsOverLimit, 0, overLimit), Rule(.untrueRetryAfters, 0, retryAfters),
    Rule(.brokenAnswers, 0, broken), Rule(.healthFailures, 0, health),
    Rule(.unaccountedAttempts, 0),
  ]

  /// The work of those who got one of the pool's connections.
  func comparedPart(_ analysis: RecordingAnalysis) -> ComparedPart {
    ComparedPart(steps: [StepName.alone], isPaced: true, isRefusedElsewhere: true)
  }

  private static func requests(
    _ step: String,
    _ operation: String,
    _ aggregate: Aggregate
  ) -> [Outcome: Int] {
    aggregate.requests(Aggregate.Filter(step: step, operation: operation))
  }

  /// The limits that the server has, or is taken to have.
  static func limits(_ analysis: RecordingAnalysis) -> ServerLimits {
    analysis.scenario.network.limits ?? .standard
  }

  /// Whether a limit is only what servers usually have.
  static func isAssumed(_ limit: AssumedLimit, _ analysis: RecordingAnalysis) -> Bool {
    analysis.scenario.network.assumes(limit)
  }

  // MARK: Report

  func sections(_ analysis: RecordingAnalysis) throws -> [ReportSection] {
    let aggregate = analysis.aggregate
    let limits = Self.limits(analysis)
    var section = ReportSection(
      "Admitted and refused",
      columns: ["step", "granted", "refused", "429", "other", "p50", "p99"]
    )
    // In the order of all tables and pictures: that in which they began.
    let begun = aggregate.window.steps
    func place(_ step: String) -> Int {
      begun.firstIndex { $0.hasSameBytes(as: step) } ?? begun.count
    }
    // Those who hold a session run the commands that were asked for, whatever these are called.
    for (step, operation) in [
      (StepName.flood, OperationName.list), (StepName.recovered, OperationName.list),
      (StepName.applying, OperationName.connect),
      (StepName.alone, nil), (StepName.crowded, nil),
      (StepName.refused, OperationName.connect),
      (StepName.next, OperationName.connect), (StepName.health, OperationName.health),
    ].sorted(by: { place($0.0) < place($1.0) }) {
      let outcomes = aggregate.requests(Aggregate.Filter(step: step, operation: operation))
      let named = [Outcome.success, .rejected, .rateLimited].map { outcomes[$0] ?? 0 }
      let other = outcomes.values.reduce(0, +) - named.reduce(0, +)
      section.addRow(
        [.text(step)] + (named + [other]).map { .count($0) }
          + aggregate.percentiles(
            [0.5, 0.99],
            Aggregate.Filter(step: step, operation: operation, outcomes: Outcome.allCases)
          )
      )
    }
    let pool = limits.pool > 0 ? limits.pool.grouped : "any number of"
    let rate =
      limits.requestsPerWindow > 0
      ? "\(limits.requestsPerWindow.grouped) requests in \(NumberText.plain(limits.windowSeconds)) s"
      : "any rate"
    let assumed = analysis.scenario.network.assumedLimits ?? []
    section.addNote(
      "limits: \(pool) sessions, \(rate)"
        + (assumed.isEmpty
          ? "" : " (assumed, because not told: \(assumed.map(\.rawValue).joined(separator: ", ")))")
        + "; p50 and p99 in milliseconds, all outcomes, 95 % intervals below"
    )
    section.addNoteOnShortSteps(aggregate)
    if let p99 = aggregate.estimates([0.99], Self.refusals).first ?? nil {
      let cell = TableCell.percentile(0.99, p99)
      section.addNote(
        "time to refuse a request for its rate (429): p99 \(cell.shown) ms (\(cell.below ?? NumberText.tooFew)), "
          + "n = \(NumberText.grouped(p99.count))"
      )
    }
    if let seconds = try Flood(analysis).recoverySeconds {
      section.addNote(
        "time to recover: \(NumberText.oneDecimal(seconds)) s from the first refusal to the next success"
      )
    }
    return [section]
  }

  func figures(_ analysis: RecordingAnalysis) throws -> [String: Double] {
    var figures: [String: Double] = [:]
    figures["time_to_refuse_p99_ms"] = analysis.aggregate.latency(Self.refusals)
      .value(atQuantile: 0.99).map { Double($0) / 1e6 }
    figures["time_to_recover_s"] = try Flood(analysis).recoverySeconds
    return figures
  }

  /// Requests that were refused for their rate.
  private static let refusals = Aggregate.Filter(step: StepName.flood, outcomes: [.rateLimited])

  // MARK: Pool

  /// What those came to who asked for a session.
  ///
  /// Only those who were answered by the limit say something about it: a login that failed for a
  /// reason of its own was neither granted nor refused.
  private struct Applicants {
    let granted: Int
    let refused: Int

    /// Those who failed for another reason, and what that was most often.
    let failed: Int
    let reason: String?

    var all: Int { granted + refused + failed }

    init(_ analysis: RecordingAnalysis) {
      let outcomes = PoolExhaustionJudge.requests(
        StepName.applying,
        OperationName.connect,
        analysis.aggregate
      )
      granted = outcomes[.success] ?? 0
      // One who asks for the first time has not asked too often: where the pool is full, that is what a
      // refusal for the rate is about.
      let limit = PoolExhaustionJudge.limits(analysis).pool
      let isFull = limit > 0 && granted >= limit
      refused = (outcomes[.rejected] ?? 0) + (isFull ? outcomes[.rateLimited] ?? 0 : 0)
      failed = outcomes.values.reduce(0, +) - granted - refused
      let others = Outcome.allCases.filter { $0 != .success && $0 != .rejected }
      reason = analysis.aggregate.mostFrequentFailure(
        Aggregate.Filter(
          step: StepName.applying,
          operation: OperationName.connect,
          outcomes: others
        )
      ).map { "\($0.outcome.rawValue): \($0.failure.example)" }
    }

    var remark: String { PoolExhaustionJudge.remark(onFailed: failed, mostOften: reason) }
  }

  /// What is added to a sentence where some failed for another reason than the limit.
  private static func remark(onFailed count: Int, mostOften reason: String?) -> String {
    guard count > 0, let reason else { return "" }
    return "; \(count.grouped) failed for another reason, most often \(reason)"
  }

  private static func sessions(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict {
    let limit = Self.limits(analysis).pool
    guard limit > 0 else { return .unknown(threshold, "the server has no limit of sessions") }
    let applicants = Applicants(analysis)
    let granted = applicants.granted
    let n = applicants.granted + applicants.refused
    guard applicants.all > limit else {
      return .unknown(
        threshold,
        "\(applicants.all.grouped) asked for a session, which is no more than the limit of \(limit.grouped)"
      )
    }
    // With no refusal nobody met the limit; with some, those who failed may have held its last places.
    if granted <= limit, applicants.failed > 0,
      applicants.refused == 0 || granted < limit && granted + applicants.failed >= limit
    {
      return .unknown(
        threshold,
        "\(granted.grouped) of \(applicants.all.grouped) who asked got a session and "
          + "\(applicants.refused.grouped) were refused one, the limit is \(limit.grouped)"
          + applicants.remark
      )
    }
    if Self.isAssumed(.pool, analysis), granted != limit {
      return .unknown(
        threshold,
        "\(granted.grouped) of \(n.grouped) who asked got a session, and the limit is not known: set "
          + "LOADTEST_POOL_LIMIT (0 if there is none)" + applicants.remark
      )
    }
    let sentence =
      granted == applicants.all
      ? "all \(n.grouped) who asked got a session: the server does not enforce its pool limit of \(limit.grouped)"
      : "\(granted.grouped) of \(n.grouped) who asked got a session, the limit is \(limit.grouped)"
    return .count(
      threshold,
      Double(abs(granted - limit)),
      n: n,
      sentence + applicants.remark
    )
  }

  /// Refusals must be quick, and say which limit they are about.
  private static func refusals(
    _ threshold: Threshold,
    _ analysis: RecordingAnalysis
  ) throws -> Verdict {
    let limit = Self.limits(analysis).pool
    // Where all places are taken, an answer that does not come is a refusal that says nothing.
    let isFull = Applicants(analysis).granted >= limit
    let kinds = isFull ? Self.brokenKinds : []
    let asked = try analysis.samples { sample in
      sample.operation == OperationName.connect && sample.attempt.outcome != .success
        && [StepName.applying, StepName.refused].contains { $0 == sample.step }
    }
    func isRefused(_ sample: Sample) -> Bool {
      sample.attempt.outcome == .rejected
        || sample.step == StepName.refused && kinds.contains(sample.attempt.outcome)
        || isFull && sample.attempt.outcome == .rateLimited
    }
    let refused = asked.filter(isRefused)
    let failures = Dictionary(
      grouping: asked.filter { !isRefused($0) },
      by: \.attempt.outcome
    ).max { ($0.value.count, $1.key.rawValue) < ($1.value.count, $0.key.rawValue) }
    let remark = Self.remark(
      onFailed: asked.count - refused.count,
      mostOften: failures.map {
        "\($0.key.rawValue): \($0.value[0].attempt.error ?? "no reason was recorded")"
      }
    )
    guard !refused.isEmpty else {
      return .unknown(threshold, "nobody was refused a session" + remark)
    }
    // Which number a refusal must name is not known then.
    let isAssumed = Self.isAssumed(.pool, analysis)
    if let odd = refused.first(where: {
      $0.attempt.outcome != .rejected
        || !isAssumed && !Self.names(limit, in: $0.attempt.error ?? "")
    }) {
      return Verdict(
        threshold,
        .fail,
        value: nil,
        n: refused.count,
        detail:
          "a refusal does not name the limit of \(limit.grouped): \(odd.attempt.outcome.rawValue): "
          + (odd.attempt.error ?? "no reason was recorded")
      )
    }
    let slowest = refused.map(\.attempt.latency).max() ?? 0
    return Verdict(
      threshold,
      Judgement.value(Double(slowest) / 1e6, limit: threshold.limit, isFloor: false),
      value: Double(slowest) / 1e6,
      n: refused.count,
      detail: "the slowest of \(refused.count.grouped) refusals"
        + (isAssumed ? "" : ", all of which name the limit") + remark
    )
  }

  /// Whether a text has a number that is no part of an address, a name or another number.
  private static func names(_ number: Int, in text: String) -> Bool {
    let pattern = #"(?<![\w.-])(?<!\d:)\#(number)(?!\w|\.\d)"#
    return text.range(of: pattern, options: .regularExpression) != nil
  }

  private static func slowdown(_ threshold: Threshold, _ aggregate: Aggregate) -> Verdict {
    let alone = aggregate.latency(Aggregate.Filter(step: StepName.alone, outcomes: [.success]))
    let crowded = aggregate.latency(
      Aggregate.Filter(step: StepName.crowded, outcomes: [.success])
    )
    guard let usual = alone.value(atQuantile: 0.5), let then = crowded.value(atQuantile: 0.5),
      usual > 0
    else { return .unknown(threshold, "those with a session had no success to compare") }
    return .ratio(
      threshold,
      Double(then) / Double(usual),
      Histogram.ratioInterval(crowded, over: alone, atQuantile: 0.5),
      n: alone.count + crowded.count,
      "p50 \(NumberText.time(usual)) before and \(NumberText.time(then)) while others "
        + "kept asking"
    )
  }

  private static func freed(_ threshold: Threshold, _ aggregate: Aggregate) -> Verdict {
    let outcomes = Self.requests(StepName.next, OperationName.connect, aggregate)
    let n = outcomes.values.reduce(0, +)
    let freed = Self.requests(StepName.freeing, OperationName.disconnect, aggregate)[.success] ?? 0
    guard n > 0, freed > 0 else {
      return .unknown(threshold, "no session was given back while somebody wanted one")
    }
    let granted = outcomes[.success] ?? 0
    let refused = outcomes[.rejected] ?? 0
    guard granted + refused > 0 else {
      return .unknown(
        threshold,
        "the next who asked failed for another reason than the limit: "
          + outcomes.keys.map(\.rawValue).sorted().joined(separator: ", ")
      )
    }
    return .count(
      threshold,
      Double(refused),
      n: n,
      refused == 0
        ? "a session that was given back went to the next who asked"
        : "a session was given back, and the next who asked did not get it"
    )
  }

  // MARK: Staying up

  /// What no server says that stays up.
  private static let brokenKinds: [Outcome] = [
    .httpError, .wrongAnswer, .transportError, .protocolError, .timeout,
  ]

  /// What is graceful for those who ask for more, and not for those who hold a session.
  private static let refusedKinds: [Outcome] = [.toolError, .rpcError, .rejected]

  private static func broken(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict {
    let aggregate = analysis.aggregate
    guard aggregate.lines > 0 else { return .nothingMeasured(threshold) }
    let count = Self.brokenKinds.map { kind in
      aggregate.totals.values.map { $0[kind] ?? 0 }.reduce(0, +)
    }.reduce(0, +)
    // Whoever holds a session is refused nothing, and loses nothing while others ask.
    let holding = Aggregate.Filter(
      steps: [StepName.alone, StepName.crowded],
      operations: [OperationName.openSession, OperationName.initialize]
        + analysis.scenario.commandNames,
      outcomes: Self.refusedKinds
    )
    let holders = aggregate.requests(holding).values.reduce(0, +)
    let worst = aggregate.failures.filter { Self.brokenKinds.contains($0.key.outcome) }
      .max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }
    var words = worst.map { "most often \($0.key.outcome.rawValue): \($0.value.example)" }
    if holders > 0 {
      let most = aggregate.mostOften(holding)
      words =
        "those with a session were refused or failed \(NumberText.counted(holders, "time"))"
        + (most.map { ", \($0)" } ?? "")
        + (words.map { "; of the others \($0)" } ?? "")
    }
    return .count(
      threshold,
      Double(count + holders),
      n: aggregate.lines,
      words
        ?? "no 5xx, no broken connection, no timeout, and nothing refused to those with a session"
    )
  }

  private static func health(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict {
    let outcomes = Self.requests(StepName.health, OperationName.health, analysis.aggregate)
    let n = outcomes.values.reduce(0, +)
    guard !analysis.scenario.network.isLacking(.health) else {
      return .unknown(
        threshold,
        "the server has no health check at the path that was tried: set LOADTEST_HEALTH_PATH"
      )
    }
    guard n > 0 else { return .unknown(threshold, "no health check was made") }
    let failed = n - (outcomes[.success] ?? 0)
    return .count(
      threshold,
      Double(failed),
      n: n,
      "\(failed.grouped) of \(n.grouped) health checks failed"
    )
  }
}
