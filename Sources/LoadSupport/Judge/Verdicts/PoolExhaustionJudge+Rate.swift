/// The limit of requests: how many were let through, and what those were told who were not.
extension PoolExhaustionJudge {
  /// What the flooding session was told, in order.
  struct Flood {
    /// The requests of that session, in the order of their answers.
    let samples: [Sample]

    /// The first that was refused for its rate; nil if none was.
    let firstRefusal: Sample?

    /// Looks through the recording for the worker that floods.
    ///
    /// - Throws: when the samples cannot be read again.
    init(_ analysis: RecordingAnalysis) throws {
      let steps = [StepName.flood, StepName.recovered]
      let worker = try analysis.samples {
        $0.step == StepName.flood && $0.operation == OperationName.list
      }
      .first?.worker
      samples = try analysis.samples { sample in
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

  /// Whether more requests were let through in a window than the limit allows.
  static func overLimit(_ threshold: Threshold, _ analysis: RecordingAnalysis) throws -> Verdict {
    let limits = Self.limits(analysis)
    guard limits.requestsPerWindow > 0 else {
      return .unknown(threshold, "the server has no limit of requests")
    }
    let flood = try Flood(analysis)
    // Of the handshake some servers count nothing, because there is no session yet and a notification
    // is no request, some one message and some both.
    let asked = flood.samples.filter { $0.step == StepName.flood }
    guard asked.count > limits.requestsPerWindow else {
      return .unknown(
        threshold,
        "only \(asked.count.grouped) requests were made, the limit is \(limits.requestsPerWindow.grouped)"
      )
    }
    // The session's window began with its first request, when it was set up.
    let begin = flood.samples.first?.attempt.planned ?? 0
    let through = asked.count {
      $0.attempt.outcome == .success
        && Double($0.attempt.done - begin) < limits.windowSeconds * 1e9
    }
    // Without sessions a server counts what comes from an address.
    let isModern = analysis.scenario.network.era == .modern
    let kind = isModern ? "requests from one address" : "requests of one session"
    if Self.isAssumed(.rate, analysis), through > limits.requestsPerWindow {
      return .unknown(
        threshold,
        "\(through.grouped) of \(asked.count.grouped) \(kind) were let through, and the limit is not known: set "
          + "LOADTEST_RATE_LIMIT and LOADTEST_RATE_WINDOW (0 if there is none)"
      )
    }
    let sentence =
      flood.firstRefusal == nil
      ? "\(through.grouped) \(kind) were let through and none was refused: the server has no "
        + "rate limit of \(limits.requestsPerWindow.grouped)"
      : "\(through.grouped) of \(asked.count.grouped) \(kind) were let through, the limit is "
        + "\(limits.requestsPerWindow.grouped) in \(NumberText.plain(limits.windowSeconds)) s"
    return .count(
      threshold,
      Double(max(0, through - limits.requestsPerWindow)),
      n: asked.count,
      sentence
    )
  }

  /// Whether refusals say how long to wait, and truly so.
  static func retryAfters(_ threshold: Threshold, _ analysis: RecordingAnalysis) throws -> Verdict {
    let flood = try Flood(analysis)
    guard flood.firstRefusal != nil else {
      return .unknown(threshold, "no request was refused for its rate")
    }
    let refused = flood.samples.filter { $0.attempt.outcome == .rateLimited }
    let silent = refused.count { $0.step == StepName.flood && $0.attempt.retryAfterSeconds == nil }
    // Whoever is let through again when a window is over was told to wait for too long.
    let limits = Self.limits(analysis)
    let longest = Int(limits.windowSeconds.rounded(.up)) + 1
    let isWindowKnown = limits.requestsPerWindow > 0 && !Self.isAssumed(.rate, analysis)
    let tooLong = refused.count { isWindowKnown && $0.attempt.retryAfterSeconds ?? 0 > longest }
    let after = flood.samples.filter { $0.step == StepName.recovered && $0.phase == .measure }
    let failed = after.count { $0.attempt.outcome != .success }
    guard !after.isEmpty else {
      return .unknown(threshold, "no request was made after the refusals")
    }
    let most = refused.compactMap(\.attempt.retryAfterSeconds).max() ?? 0
    if !isWindowKnown, Double(most) > limits.windowSeconds + 1 {
      return .unknown(
        threshold,
        "the server asked to wait for \(most.grouped) s, which the run did not, and the length of its window is "
          + "not known: set LOADTEST_RATE_LIMIT and LOADTEST_RATE_WINDOW"
      )
    }
    return .count(
      threshold,
      Double(silent + tooLong + failed),
      n: refused.count + after.count,
      "\(silent.grouped) of \(refused.count.grouped) refusals had no Retry-After, "
        + (tooLong > 0
          ? "\(tooLong.grouped) asked to wait for up to \(most.grouped) s, longer than the window of "
            + "\(NumberText.plain(limits.windowSeconds)) s, " : "")
        + "\(failed.grouped) of \(after.count.grouped) requests after that time failed"
    )
  }
}
