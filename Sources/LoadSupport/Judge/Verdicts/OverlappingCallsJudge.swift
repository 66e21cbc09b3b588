import Foundation

/// What the overlapping calls scenario is judged by.
///
/// How much calls in flight gain is told and not judged: a server may do the calls of a session one after the
/// other, as long as it answers all of them.
struct OverlappingCallsJudge: ScenarioJudge {
  let rules = [
    Rule(.unansweredCalls, 0, unanswered), Rule(.foreignAnswers, 0, foreign),
    Rule(.failedFirstCalls, 0) { failedFirst($0, $1.aggregate) },
    Rule(.failedCallShare, 0.05) { failed($0, $1) },
    Rule(.leastServedLane, 0.1, leastServed),
    Rule(.slowCallDelay, 0.25) { try delay($0, at: .otherSession, $1) },
    Rule(.slowCallHealthDelay, 0.25) { try delay($0, at: .health, $1) },
    Rule(.unaccountedAttempts, 0),
  ]

  /// The most calls in flight.
  func comparedPart(_ analysis: RecordingAnalysis) -> ComparedPart {
    ComparedPart(steps: OverlapStep.all(analysis).last.map { [$0.name] })
  }

  // MARK: Answers

  /// Calls that failed in any way, on whatever machine, in all steps or in one; the slow one is forbidden by some
  /// servers.
  private static func failed(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict {
    let operations = analysis.scenario.commands.keys.filter { $0 != OperationName.slow }.sorted()
    let steps = analysis.aggregate.window.steps
    func verdict(_ step: String?) -> Verdict {
      let filter = Aggregate.Filter(steps: step.map { [$0] }, operations: operations)
      let requests = analysis.aggregate.requests(filter)
      let n = requests.values.reduce(0, +)
      let bad = n - (requests[.success] ?? 0)
      guard n > 0 else { return .nothingMeasured(threshold) }
      let most = bad > 0 ? analysis.aggregate.mostOften(filter) : nil
      return Verdict(
        threshold,
        // More steps make no more false alarms.
        Judgement.share(bad: bad, of: n, allowed: threshold.limit, windows: steps.count + 1),
        value: Double(bad) / Double(n),
        n: n,
        detail: (step.map { "in the step \($0) " } ?? "")
          + "\(bad.grouped) of \(n.grouped) calls failed"
          + (most.map { ", \($0)" } ?? "")
      )
    }
    // What only some steps do badly is little of the whole.
    let worst = steps.map(verdict).filter { $0.outcome == .fail }
      .max { ($0.value ?? 0, $0.n) < ($1.value ?? 0, $1.n) }
    return worst ?? verdict(nil)
  }

  /// Calls that hang: what a deadlock or a lost answer looks like from outside.
  private static func unanswered(
    _ threshold: Threshold,
    _ analysis: RecordingAnalysis
  ) throws -> Verdict {
    let load = Set(analysis.scenario.commands.keys)
    let samples = try analysis.samples {
      load.contains($0.operation) && $0.operation != OperationName.slow
    }
    guard !samples.isEmpty else { return .nothingMeasured(threshold) }
    let hanging = samples.filter { $0.attempt.outcome == .timeout }
    let seconds = NumberText.plain(analysis.scenario.timeoutSeconds)
    guard let first = hanging.min(by: { $0.attempt.planned < $1.attempt.planned }) else {
      return .count(threshold, 0, n: samples.count, "each call had its answer within \(seconds) s")
    }
    let meanwhile = samples.count {
      $0.step == first.step && $0.worker != first.worker && $0.attempt.outcome == .success
        && $0.attempt.done > first.attempt.planned && $0.attempt.done < first.attempt.done
    }
    return .count(
      threshold,
      Double(hanging.count),
      n: samples.count,
      "\(NumberText.counted(hanging.count, "call")) had no answer within \(seconds) s, the first in the step "
        + "\(first.step ?? ""), where "
        + (meanwhile == 0
          ? "no other call was answered meanwhile"
          : "\(NumberText.counted(meanwhile, "other call")) \(meanwhile == 1 ? "was" : "were") answered meanwhile")
    )
  }

  /// Answers that belong to another call, by their id (JSON-RPC 2.0, section 5) or by what they say.
  private static func foreign(
    _ threshold: Threshold,
    _ analysis: RecordingAnalysis
  ) throws -> Verdict {
    guard analysis.aggregate.lines > 0 else { return .nothingMeasured(threshold) }
    let samples = try analysis.samples {
      $0.attempt.metForeignAnswer
        || $0.operation == OperationName.echo && $0.attempt.outcome == .wrongAnswer
    }
    let byID = samples.count { $0.attempt.metForeignAnswer }
    var words = "\(NumberText.counted(byID, "answer")) came with the id of another request"
    if let wrong = samples.first(where: { !$0.attempt.metForeignAnswer }) {
      words +=
        ", and \(NumberText.counted(samples.count - byID, "command")) with an echo did not return its word: "
        + (wrong.attempt.error ?? "")
    }
    return .count(
      threshold,
      Double(samples.count),
      n: analysis.aggregate.lines,
      samples.isEmpty ? "each answer carried the id of its request" : words
    )
  }

  // MARK: First calls

  static let firstSteps = [StepName.firstRequest, StepName.firstCall]

  private static func failedFirst(_ threshold: Threshold, _ aggregate: Aggregate) -> Verdict {
    let filter = Aggregate.Filter(steps: firstSteps)
    let requests = aggregate.requests(filter)
    // What a limit refuses is no race.
    let refused = (requests[.rejected] ?? 0) + (requests[.rateLimited] ?? 0)
    let n = requests.values.reduce(0, +) - refused
    guard n > 0 else { return .nothingMeasured(threshold) }
    let failed = n - (requests[.success] ?? 0)
    let most = aggregate.mostOften(filter)
    return .count(
      threshold,
      Double(failed),
      n: n,
      failed == 0
        ? "all \(n.grouped) first requests of new sessions that came at the same instant succeeded"
        : "\(failed.grouped) of \(n.grouped) first requests of new sessions that came at the same instant failed"
          + (most.map { ", \($0)" } ?? "")
    )
  }

  // MARK: Fairness

  /// So many calls of a lane on average tell whether one is served less on purpose or by chance.
  private static let enoughCalls = 20.0

  private static func leastServed(_ threshold: Threshold, _ analysis: RecordingAnalysis) -> Verdict
  {
    let steps = OverlapStep.all(analysis).filter {
      $0.calls > 1 && $0.mean >= enoughCalls
    }
    guard let worst = steps.min(by: { $0.leastShare < $1.leastShare }) else {
      return .unknown(
        threshold,
        "no step with several calls in flight had \(NumberText.plain(enoughCalls)) answers per lane on average: "
          + "use a longer load (LOADTEST_DURATION)"
      )
    }
    return Verdict(
      threshold,
      Judgement.value(worst.leastShare, limit: threshold.limit, isFloor: true),
      value: worst.leastShare,
      n: steps.reduce(0) { $0 + $1.served.reduce(0, +) },
      detail:
        "in the step \(worst.name) the least served lane had \((worst.served.min() ?? 0).grouped) answers, "
        + "\(NumberText.oneDecimal(worst.mean)) on average; Jain's index \(NumberText.twoDecimals(worst.jain))"
    )
  }

  // MARK: A slow call

  /// What a quick call waits longer beside a slow one, in the median, over the slow one's length: 0 for nothing,
  /// a half where all wait until it is over.
  ///
  /// By its length, and not by the quick ones' usual latency: a machine that is busy makes quick calls several
  /// times slower, and does not make them wait for a second.
  private static func delay(
    _ threshold: Threshold,
    at place: QuickCallPlace,
    _ analysis: RecordingAnalysis
  ) throws -> Verdict {
    if place == .health, analysis.scenario.network.isLacking(.health) {
      return .unknown(
        threshold,
        "the server has no health check at the path that was tried: set LOADTEST_HEALTH_PATH"
      )
    }
    let delay = try SlowCallDelay(place, analysis)
    guard let slow = delay.slowNanoseconds else {
      let most = analysis.aggregate.mostOften(Aggregate.Filter(operation: OperationName.slow))
      return .unknown(
        threshold,
        "no slow call succeeded"
          + (most.map { ", \($0)" } ?? "")
      )
    }
    guard let share = delay.share, let without = delay.without.value(atQuantile: 0.5),
      let beside = delay.beside.value(atQuantile: 0.5)
    else { return .unknown(threshold, "there are no quick calls to compare") }
    let what = place == .health ? "a health check" : "a quick call in other MCP sessions"
    // Those that are no quicker than the slow call tell nothing of it.
    guard Double(without) < 0.5 * slow else {
      return .unknown(
        threshold,
        "\(what) takes \(NumberText.time(without)) also without a slow call beside it"
      )
    }
    let after =
      beside < Histogram.highestTrackable
      ? NumberText.time(beside) : "longer than any timeout"
    var verdict = Verdict.ratio(
      threshold,
      share,
      delay.interval,
      n: delay.without.count + delay.beside.count,
      "p50 of \(what) \(NumberText.time(without)) without and \(after) beside a slow call of "
        + "\(NumberText.oneDecimal(slow / 1e9)) s"
    )
    // A server that has others wait does so each time; a machine that stands still does not.
    if verdict.outcome == .fail, !delay.rounds.allSatisfy({ $0 > threshold.limit }) {
      verdict.outcome = .inconclusive
      let late = delay.rounds.count { $0 > threshold.limit }
      return verdict.saying(after: "; only in \(late) of \(delay.rounds.count) rounds")
    }
    return verdict
  }
}
