/// The part of a scenario's load that a threshold is about: an operation, an outcome, a stretch of the
/// measured time.
struct ThresholdScope: Sendable, Equatable, Codable {
  /// A stretch of the measured time.
  enum Window: Sendable, Equatable, Codable {
    /// So many seconds at its end.
    case last(Double)

    /// Each stretch of so many seconds; the worst is judged.
    case each(Double)
  }

  /// The operation; nil for all.
  var operation: String?

  /// What the attempts came to, for percentiles; nil for successes, timeouts and dropped ones.
  var outcome: Outcome?

  /// The stretch; nil for all of the time.
  var window: Window?

  /// Reads `of OPERATION`, `as OUTCOME`, `last N s` and `each N s`, in any order, each at most once;
  /// nil for anything else.
  init?(_ words: [String]) {
    var rest = words[...]
    while let word = rest.popFirst() {
      switch word {
      case "of" where operation == nil:
        guard let name = rest.popFirst() else { return nil }
        operation = name
      case "as" where outcome == nil:
        guard let outcome = rest.popFirst().flatMap(Outcome.init(rawValue:)) else { return nil }
        self.outcome = outcome
      case "last" where window == nil, "each" where window == nil:
        guard let seconds = rest.popFirst().flatMap({ Double($0) }), seconds >= 1,
          seconds <= 86_400,
          rest.popFirst() == "s"
        else { return nil }
        window = word == "last" ? .last(seconds) : .each(seconds)
      default: return nil
      }
    }
  }

  /// The part as a key names it.
  var text: String {
    var words: [String] = []
    if let operation { words.append("of \(operation)") }
    if let outcome { words.append("as \(outcome.rawValue)") }
    switch window {
    case .last(let seconds): words.append("last \(NumberText.plain(seconds)) s")
    case .each(let seconds): words.append("each \(NumberText.plain(seconds)) s")
    case nil: break
    }
    return words.joined(separator: " ")
  }

  /// The stretches of a measured time.
  func ranges(_ window: MeasuredWindow) -> [Range<Int64>] {
    guard window.end > window.start else { return [] }
    switch self.window {
    case nil: return [window.start..<window.end]
    case .last(let seconds):
      return [max(window.start, window.end - Int64(seconds * 1e9))..<window.end]
    case .each(let seconds):
      let length = Int64(seconds * 1e9)
      // A rest that fills no stretch is part of none.
      let count = Int((window.end - window.start) / length)
      return (0..<count).map { index in
        window.start + Int64(index) * length..<window.start + Int64(index + 1) * length
      }
    }
  }
}

extension Verdict {
  /// Judges a figure that every scenario has, for the part of the load that the threshold names; nil
  /// for other figures.
  ///
  /// - Throws: when the samples cannot be read again.
  static func general(
    _ threshold: Threshold,
    _ analysis: RecordingAnalysis
  ) throws -> Verdict? {
    guard threshold.metric.isGeneral else { return nil }
    guard let scope = threshold.scope else {
      return judge(threshold, analysis.aggregate, .all, windows: 1)
    }
    var verdict: Verdict
    let ranges = scope.ranges(analysis.aggregate.window)
    if ranges.isEmpty {
      verdict = .unknown(threshold, "the measured time is shorter than that")
    } else {
      var filter = Aggregate.Filter.all
      if let operation = scope.operation { filter.operations = [operation] }
      if let outcome = scope.outcome { filter.outcomes = [outcome] }
      let parts =
        try scope.window == nil ? [analysis.aggregate] : analysis.parts(ranges)
      let verdicts = parts.map { judge(threshold, $0, filter, windows: parts.count) }
      let order: [Verdict.Outcome] = [.fail, .inconclusive, .pass]
      verdict =
        order.lazy.compactMap { outcome in verdicts.first { $0.outcome == outcome } }.first
        ?? .nothingMeasured(threshold)
      if verdicts.count > 1 {
        let alike = verdicts.count { $0.outcome == verdict.outcome }
        verdict = verdict.saying(
          after: "; \(alike) of \(verdicts.count) stretches are \(verdict.outcome.rawValue)"
        )
      }
    }
    verdict.scope = scope.text
    return verdict.saying(before: "\(scope.text): ")
  }

  private static func judge(
    _ threshold: Threshold,
    _ aggregate: Aggregate,
    _ filter: Aggregate.Filter,
    windows: Int
  ) -> Verdict {
    if let p = threshold.metric.quantile {
      return .quantile(p, threshold, aggregate, filter, windows: windows)
    }
    return threshold.metric == .successRate
      ? .successRate(threshold, aggregate, filter, windows: windows)
      : .throughput(threshold, aggregate, filter)
  }
}
