import EventIO

/// The part of a scenario's load that a threshold is about: an operation, an outcome, a step, a stretch of
/// the measured time.
struct ThresholdScope: Sendable, Equatable, Codable {
  /// A stretch of the measured time.
  enum Window: Sendable, Equatable, Codable {
    /// So many seconds at its end.
    case last(Double)

    /// Each stretch of so many seconds; the worst is judged.
    case each(Double)

    /// How long it is.
    var seconds: Double {
      switch self {
      case .last(let seconds), .each(let seconds): seconds
      }
    }
  }

  /// The operation; nil for all.
  var operation: String?

  /// What the attempts came to, for percentiles; nil for successes, timeouts and dropped ones.
  var outcome: Outcome?

  /// The step or stage by the name that its samples carry; nil for all that stay the same.
  var step: String?

  /// The stretch; nil for all of the time.
  var window: Window?

  /// Lengths of stretches that can be asked for, in seconds.
  static let validSeconds = 1.0...86_400.0

  /// How a part reads, for those who misspelt one.
  static let grammar =
    "`of OPERATION`, `as OUTCOME`, `in STEP`, `last N s` or `each N s`, a name with blanks in double "
    + "quotes"

  /// Names a part by what is limited.
  init(
    operation: String? = nil,
    outcome: Outcome? = nil,
    step: String? = nil,
    window: Window? = nil
  ) {
    self.operation = operation
    self.outcome = outcome
    self.step = step
    self.window = window
  }

  /// Reads `of OPERATION`, `as OUTCOME`, `in STEP`, `last N s` and `each N s`, in any order, each at most
  /// once; nil for anything else.
  init?(_ words: [String]) {
    var rest = words[...]
    while let word = rest.popFirst() {
      switch word {
      case "of" where operation == nil:
        guard let name = rest.popFirst() else { return nil }
        operation = name
      case "in" where step == nil:
        guard let name = rest.popFirst() else { return nil }
        step = name
      case "as" where outcome == nil:
        guard let outcome = rest.popFirst().flatMap(Outcome.init(rawValue:)) else { return nil }
        self.outcome = outcome
      case "last" where window == nil, "each" where window == nil:
        guard let seconds = rest.popFirst().flatMap({ Double($0) }),
          Self.validSeconds.contains(seconds), rest.popFirst() == "s"
        else { return nil }
        window = word == "last" ? .last(seconds) : .each(seconds)
      default: return nil
      }
    }
  }

  /// The words of a key, of which one in double quotes may have blanks; nil where quotes are left open.
  static func words(_ key: String) -> [String]? {
    let quote = UInt8(ascii: "\"")
    var words: [String] = []
    var rest = key.utf8[...]
    while let first = rest.first {
      if first == 0x20 {
        rest.removeFirst()
        continue
      }
      let isQuoted = first == quote
      if isQuoted { rest.removeFirst() }
      guard
        let end = rest.firstIndex(of: isQuoted ? quote : 0x20) ?? (isQuoted ? nil : rest.endIndex)
      else { return nil }
      words.append(String(Substring(rest[..<end])))
      rest = rest[end...].dropFirst()
      guard !isQuoted || rest.first ?? 0x20 == 0x20 else { return nil }
    }
    return words
  }

  /// The part as a key names it.
  var text: String {
    func name(_ name: String) -> String {
      name.utf8.contains(0x20) || name.isEmpty ? "\"\(name)\"" : name
    }
    var words: [String] = []
    if let operation { words.append("of \(name(operation))") }
    if let outcome { words.append("as \(outcome.rawValue)") }
    if let step { words.append("in \(name(step))") }
    switch window {
    case .last(let seconds): words.append("last \(NumberText.plain(seconds)) s")
    case .each(let seconds): words.append("each \(NumberText.plain(seconds)) s")
    case nil: break
    }
    return words.joined(separator: " ")
  }

  /// The stretches of a measured time, or of that of some steps, by whose slices they are cut.
  func ranges(_ measured: MeasuredWindow, steps: [String]?) -> [Range<Int64>] {
    let whole =
      steps == nil
      ? [measured.start..<measured.end] : measured.slices(of: steps).map { $0.start..<$0.end }
    // What several steps have at the same time is one stretch.
    let spans = whole.filter { !$0.isEmpty }.reduce(into: [Range<Int64>]()) { spans, span in
      if !spans.contains(span) { spans.append(span) }
    }
    guard let window else { return spans }
    let length = Int64(window.seconds * 1e9)
    switch window {
    case .last:
      // A step that was over early may be shorter than what is asked for, as none of `each` may be there.
      let rounding: Int64 = 1_000_000
      guard let span = spans.last, span.upperBound - span.lowerBound >= length - rounding
      else { return [] }
      return [max(span.lowerBound, span.upperBound - length)..<span.upperBound]
    case .each:
      return spans.flatMap { span in
        // A rest that fills no stretch is part of none.
        (0..<(span.upperBound - span.lowerBound) / length).map { index in
          span.lowerBound + index * length..<span.lowerBound + (index + 1) * length
        }
      }
    }
  }
}

extension Verdict {
  /// Judges a figure that every scenario has, for the part of the load that the threshold names; nil
  /// for other figures.
  ///
  /// A threshold that names no step is about those that stay the same: what a ramp comes to is the
  /// figure of no state. As one of several `looks` at a run it has its part of the 1 % of false alarms.
  ///
  /// - Throws: when the samples cannot be read again.
  static func general(
    _ threshold: Threshold,
    _ analysis: RecordingAnalysis,
    looks: Int = 1
  ) throws -> Verdict? {
    guard threshold.metric.isGeneral else { return nil }
    let scope = threshold.scope ?? ThresholdScope()
    let window = analysis.aggregate.window
    var filter = Aggregate.Filter(
      steps: scope.step.map { [$0] } ?? (window.isSteady() ? nil : window.steadySteps),
      operations: scope.operation.map { [$0] },
      outcomes: scope.outcome.map { [$0] }
    )
    var remark = ""
    if scope.step == nil, !window.isSteady() {
      let isAll = window.steadySteps.isEmpty
      if isAll { filter.steps = nil }
      remark = isAll ? "; the load varies all the time" : "; of the steady stages only"
    }
    var verdict: Verdict
    if scope.window == nil {
      verdict = judge(threshold, analysis.aggregate, filter, windows: looks)
    } else {
      let ranges = scope.ranges(window, steps: filter.steps)
      verdict = worst(
        threshold,
        try analysis.parts(ranges).map {
          judge(threshold, $0, filter, windows: ranges.count * looks)
        }
      )
    }
    verdict = verdict.saying(after: remark)
    guard threshold.scope != nil else { return verdict }
    verdict.scope = scope.text
    verdict.part = scope
    return verdict.saying(before: "\(scope.text): ")
  }

  /// The verdict on all stretches of a time: that on the worst.
  private static func worst(_ threshold: Threshold, _ verdicts: [Verdict]) -> Verdict {
    let order: [Verdict.Outcome] = [.fail, .inconclusive, .pass]
    guard
      let worst = order.lazy.compactMap({ outcome in verdicts.first { $0.outcome == outcome } })
        .first
    else { return .unknown(threshold, "the measured time is shorter than that") }
    guard verdicts.count > 1 else { return worst }
    let alike = verdicts.count { $0.outcome == worst.outcome }
    return worst.saying(
      after:
        "; \(worst.outcome.rawValue) in \(alike) of \(verdicts.count) intervals, of which the worst is shown"
    )
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
