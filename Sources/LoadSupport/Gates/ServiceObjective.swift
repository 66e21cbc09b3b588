import EventIO

/// What a server is asked to hold: ceilings for percentiles of latency and floors for the share of
/// requests that succeed, such as `p99<100ms,success>0.999`.
package struct ServiceObjective: Sendable, Equatable, CustomStringConvertible {
  /// One of its parts.
  enum Part: Sendable, Equatable, CustomStringConvertible {
    /// A percentile of the latency in milliseconds, at most.
    case quantile(Threshold.Metric, atMostMilliseconds: Double)

    /// The share of requests that succeed, at least.
    case success(atLeast: Double)

    var description: String { text(NumberText.plain) }

    /// The part as a command line has it, with numbers as people read them or as programs do.
    func text(_ number: (Double) -> String) -> String {
      switch self {
      case .quantile(let metric, let limit):
        "p\(NumberText.plain((metric.quantile ?? 0) * 100))<\(number(limit))ms"
      case .success(let least): "success>\(number(least))"
      }
    }
  }

  /// A text that is none, in a sentence that says what would be.
  package struct ParseError: Error, Equatable, CustomStringConvertible {
    package let description: String
  }

  /// Its parts; all must hold.
  let parts: [Part]

  package var description: String { parts.map(\.description).joined(separator: ",") }

  /// Reads `p99<100ms,success>0.999`: p50, p90, p95, p99 and p99.9 in `ms` or `s`.
  package init(parsing text: String) throws(ParseError) {
    var parts: [Part] = []
    for word in text.split(at: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      let word = word.replacing(byte: 0x20, with: "")
      guard let part = Self.part(word) else {
        throw ParseError(description: Self.refusal(of: word))
      }
      parts.append(part)
    }
    self.parts = parts
  }

  private static func refusal(of word: String) -> String {
    if part(word + "ms") != nil {
      let valid = ["ms", "s"].map { word + $0 }.filter { part($0) != nil }
      return "\"\(word)\" has no unit; valid \(valid.count > 1 ? "are" : "is") "
        + valid.joined(separator: " and ")
    }
    // 99.9 and 99.9% are meant in hundredths.
    let digits = word.hasByteSuffix("%") ? String(word.dropLast()) : word
    if digits.hasBytePrefix("success>"), let hundredths = Double(digits.dropFirst(8)),
      hundredths >= 1
    {
      let share = "success>\((hundredths * 10_000).rounded() / 1_000_000)"
      return "\"\(word)\" is no objective: success is a share of one, less than 1; valid is "
        + (hundredths >= 50 && part(share) != nil ? share : "success>0.999")
    }
    return "\"\(word)\" is no objective; valid are ceilings for p50, p90, p95, p99 and p99.9, "
      + "such as p50<20ms or p99<0.1s, and floors such as success>0.999, with commas between them"
  }

  private static func part(_ word: String) -> Part? {
    guard word.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
      let sign = word.utf8.firstIndex(where: { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: ">") })
    else { return nil }
    let name = word[..<sign]
    // "p99<=1s" is as good as "p99<1s".
    let limit = word.utf8[sign...].dropFirst().drop { $0 == UInt8(ascii: "=") }
    if word.hasBytePrefix("success>") {
      guard limit.allSatisfy({ (48...57).contains($0) || $0 == UInt8(ascii: ".") }),
        let share = Double(Substring(limit)), (0...0.999_999).contains(share)
      else { return nil }
      return .success(atLeast: share)
    }
    let digits = limit.prefix { (48...57).contains($0) || $0 == UInt8(ascii: ".") }
    let units = ["ms": 1.0, "s": 1_000.0]
    guard word.utf8[sign] == UInt8(ascii: "<"),
      let metric = Threshold.Metric(
        rawValue: name.replacing(byte: UInt8(ascii: "."), with: "_") + "_ms"
      ), metric.quantile != nil,
      let unit = units[String(Substring(limit.dropFirst(digits.count)))],
      // A microsecond to the hour that the histogram reaches to.
      let number = Double(Substring(digits)), (0.001...3_600_000).contains(number * unit)
    else { return nil }
    return .quantile(metric, atMostMilliseconds: number * unit)
  }

  /// Requests that a trial must make if it is to tell anything, with half as many again for clusters.
  package var samplesNeeded: Int {
    let needed = parts.map { part in
      switch part {
      case .quantile(let metric, _): Judgement.samplesNeeded(allowed: 1 - (metric.quantile ?? 0))
      case .success(let least): Judgement.samplesNeeded(allowed: 1 - least)
      }
    }
    return (needed.max() ?? 0) * 3 / 2
  }

  /// What a run at a rate came to, part by part.
  func verdicts(_ analysis: RecordingAnalysis) -> [Verdict] {
    parts.map { part in
      switch part {
      case .quantile(let metric, let limit):
        .quantile(metric.quantile ?? 1, Threshold(metric, limit), analysis.aggregate)
      case .success(let least): .successRate(Threshold(.successRate, least), analysis.aggregate)
      }
    }
  }

  /// What a trial came to.
  func result(_ analysis: RecordingAnalysis, _ validity: Validity) -> CapacitySearch.Result {
    // What a server does to its load is an answer, whatever the run is worth.
    if validity.serverFailure(analysis) != nil { return .breaks }
    let outcomes = verdicts(analysis).map { validity.apply(to: $0) { false }.outcome }
    // What a failed check can only have made harder stands.
    if validity.exclusion != nil, !outcomes.allSatisfy({ $0 == .pass }) {
      return outcomes.contains(.fail) ? .breaks : .invalid
    }
    // A rate that is not reached is not held, however fast the answers are.
    if validity.checks.contains(where: { $0.subject == .rateReached && $0.outcome == .fail }) {
      return .breaks
    }
    if outcomes.contains(.fail) { return .breaks }
    // A latency that grows within its limit may be a queue that will pass it, or a moment's load.
    guard validity.state != .saturated else { return .unclear }
    return outcomes.allSatisfy { $0 == .pass } ? .holds : .unclear
  }
}
