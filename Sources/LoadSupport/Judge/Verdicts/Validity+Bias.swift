/// What a kind of figure a threshold limits, as far as a sick run can change it.
extension Threshold.Metric {
  /// The kinds of figures.
  enum Kind: Sendable, CaseIterable {
    /// How long something takes.
    case latency

    /// How much is done in a time.
    case rate

    /// Which share succeeds, or is answered in time.
    case success

    /// A part of a run over another.
    case change

    /// What is counted or read at the server, and no machine makes more or less; and times of many seconds,
    /// beside which what delays a generator does not matter.
    case fact
  }

  /// The kind of this figure.
  var kind: Kind {
    switch self {
    case .p50Milliseconds, .p90Milliseconds, .p95Milliseconds, .p99Milliseconds,
      .p999Milliseconds, .coldConnectP95Milliseconds, .pooledConnectP99Milliseconds,
      .refusalMilliseconds, .p95OverExplained:
      .latency
    case .throughputPerSecond: .rate
    case .successRate, .healthFailures: .success
    case .latencyDegradation, .throughputRetained, .holdersSlowdown, .roundTripsPerCommand:
      .change
    default: .fact
    }
  }
}

extension Validity {
  /// What a failed check can have done to a figure.
  struct Bias: OptionSet, Sendable {
    let rawValue: Int

    /// Better than the server is: no PASS stands.
    static let flattered = Bias(rawValue: 1)

    /// Worse than the server is: no FAIL stands.
    static let worsened = Bias(rawValue: 2)

    /// Either: nothing stands.
    static let both: Bias = [.flattered, .worsened]
  }
}

extension Validity.Subject {
  /// What a check can have done to a kind of figure where it failed; nothing where the figure stands.
  ///
  /// A closed loop asks only as fast as the generator can: one that is starved takes load from the
  /// server, whose answers are then better than under the load that was asked for, while the answers that
  /// it reads late look worse. In an open loop latency runs from the schedule's instant, so that lateness
  /// can only add to it. Missing workers and missing sessions load nobody. Simulations hold this table.
  func bias(on kind: Threshold.Metric.Kind, isOpenLoop: Bool) -> Validity.Bias {
    guard kind != .fact || isOfParts else { return [] }
    switch self {
    case .generatorCPU, .lateness, .lateTick, .processorWait, .steal, .throttled:
      switch kind {
      case .latency, .success: return isOpenLoop ? .worsened : .both
      // What a late generator sends after the warm-up's end is done in the window too.
      case .rate: return isOpenLoop ? .both : .worsened
      case .change, .fact: return .both
      }
    case .littlesLaw, .sessions:
      switch kind {
      case .latency, .success: return .flattered
      case .rate: return .worsened
      case .change, .fact: return .both
      }
    case .arrivals, .ownShortage, .partsMissing, .partsEnded, .partsStart, .partsClock: return .both
    case .rateReached: return []
    // Which share failed is known however it changed with time.
    case .drift: return kind == .success ? [] : .both
    }
  }
}

extension Validity {
  /// A verdict of this run, as far as the failed checks let it stand.
  ///
  /// A PASS that they can only have made harder stands with a remark, and so does a FAIL that they can
  /// only have made easier to avoid. A drift leaves a verdict that `standsInEveryThird` of the window.
  /// Whether the files hold every attempt, and that nothing at all succeeded, is true in any run. A check of
  /// one step says nothing of a verdict that is about another.
  func apply(
    to verdict: Verdict,
    in step: String? = nil,
    standsInEveryThird: () throws -> Bool
  ) rethrows -> Verdict {
    let isNothing =
      verdict.metric == .successRate && verdict.value == 0 && !isShort
    guard !(isNothing && verdict.outcome == .fail) else { return verdict }
    var voiding: [Check] = []
    var remarked: [Check] = []
    for check in checks where check.outcome == .fail && !Self.isSaturation(check, isOpenLoop) {
      if let step, let stage = check.stage, step != stage { continue }
      // What was never sent is missing in counts of the server's, too.
      let bias =
        check.subject == .ownShortage && verdict.metric != .unaccountedAttempts
        ? .both : check.subject.bias(on: verdict.metric.kind, isOpenLoop: isOpenLoop)
      guard !bias.isEmpty else { continue }
      let isVoid =
        switch verdict.outcome {
        case .pass: bias.contains(.flattered)
        case .fail: bias.contains(.worsened)
        case .inconclusive: true
        }
      if isVoid, try check.subject != .drift || !standsInEveryThird() {
        voiding.append(check)
      } else {
        remarked.append(check)
      }
    }
    return voiding.isEmpty
      ? Self.remark(verdict, remarked) : Self.void(verdict, voiding)
  }

  private static func remark(_ verdict: Verdict, _ checks: [Check]) -> Verdict {
    let others = checks.filter { $0.subject != .drift }.map(\.name)
    var remark = ""
    if others.count < checks.count {
      remark += "; it stands although the run drifted: each third of it gives the same"
    }
    if !others.isEmpty {
      remark +=
        "; it stands although \(others.joined(separator: ", ")) failed, which can only have "
        + (verdict.outcome == .pass ? "made it harder" : "flattered it")
    }
    return verdict.saying(after: remark)
  }

  private static func void(_ verdict: Verdict, _ checks: [Check]) -> Verdict {
    let own = checks.filter { $0.subject != .sessions }
    var changed = verdict
    changed.invalidBy = own.isEmpty ? nil : own.map(\.name)
    guard verdict.outcome != .inconclusive else { return changed }
    changed.outcome = .inconclusive
    let reason = checks.compactMap(\.complaint).joined(separator: "; ")
    return changed.saying(
      before: (own.isEmpty ? "the load was not what was asked for (" : "the run is INVALID (")
        + reason
        + "); would have been \(verdict.outcome.rawValue): "
    )
  }
}
