import EventIO

/// Checks of a load that several generators made: of each of them, and that all made it together.
extension Validity {
  /// The checks of each generator and of its part by itself, and of the parts against each other; none where one
  /// generator made all of the load.
  static func ofParts(_ analysis: RecordingAnalysis) -> [Check] {
    guard let merged = analysis.run.merged else { return [] }
    return [missingParts(analysis, of: merged.of), earlyEnds(analysis), starts(analysis.parts)]
      + [clocks(analysis.parts)].compactMap(\.self) + ofEachPart(analysis.parts)
  }

  /// What the parts' own checks tell: of a generator the worst of all, of a part of the load what failed.
  ///
  /// Sessions, and what the server does not carry, show in the whole.
  private static func ofEachPart(_ parts: [RecordingAnalysis]) -> [Check] {
    let checks = parts.flatMap { part in
      Validity(part).checks.filter { $0.subject != .sessions }.map { $0.of(part: part.partIndex) }
    }
    return Subject.allCases.flatMap { subject in
      let told = telling(checks.filter { $0.subject == subject }) { check in
        let statistic = abs(check.statistic ?? 0)
        return subject == .rateReached ? -statistic : statistic / max(check.limit, 1e-9)
      }
      return subject.isOfLoad ? told.filter { $0.outcome == .fail } : told
    }
  }

  private static func missingParts(_ analysis: RecordingAnalysis, of count: Int) -> Check {
    let missing = analysis.missingParts
    return check(
      .partsMissing,
      missing.isEmpty ? .pass : .fail,
      Double(missing.count),
      limit: 0,
      n: count,
      "of the \(count) parts of the load",
      change:
        "part \(RecordingPart.listed(missing)) loaded the server too, or its share of the load is missing"
    )
  }

  private static func earlyEnds(_ analysis: RecordingAnalysis) -> Check {
    let early = analysis.parts.filter(\.endsEarly)
    let reason = analysis.events.last { $0.event == .failed }?.message
    let ended = check(
      .partsEnded,
      early.isEmpty ? .pass : .fail,
      Double(early.count),
      limit: 0,
      n: analysis.parts.count,
      "parts that ended early" + (early.isEmpty ? "" : reason.map { " (\($0))" } ?? ""),
      change: "from then on it was another load; run all parts again"
    )
    return early.first.map { ended.of(part: $0.partIndex) } ?? ended
  }

  /// How much later than the earliest one a part's measured window began, at any step, by wall times; named is who
  /// is furthest from the others.
  private static func starts(_ parts: [RecordingAnalysis]) -> Check {
    let limit = 500.0
    let starts = parts.map { part in part.events.filter { $0.event == .measure } }
    var worst = (
      span: Int64(0), part: 0, words: "between the first and the last part's start, by wall time"
    )
    for step in 0..<(starts.map(\.count).max() ?? 0) {
      let begun = zip(parts, starts).filter { step < $1.count }
        .map { (part: $0.partIndex, at: $1[step].at, step: $1[step].step) }
        .sorted { $0.at < $1.at }
      guard let first = begun.first, let last = begun.last, last.at - first.at > worst.span else {
        continue
      }
      let middle = begun[begun.count / 2].at
      let isEarly = middle - first.at > last.at - middle
      worst = (
        last.at - first.at, isEarly ? first.part : last.part,
        "by which it began \(isEarly ? "before part \(last.part)" : "after part \(first.part)"), by their wall "
          + "times" + (last.step.map { ", in the step \($0)" } ?? "")
      )
    }
    let milliseconds = Double(worst.span) / 1e6
    let isLate = milliseconds > limit
    let start = check(
      .partsStart,
      isLate ? .fail : .pass,
      milliseconds,
      limit: limit,
      unit: " ms",
      n: parts.count,
      worst.words,
      change:
        "start all parts at one instant (--start-at), and synchronise their clocks (NTP)"
    )
    return worst.span > 0 ? start.of(part: worst.part) : start
  }

  /// How far the wall time of a generator's machine may be off; nil where all are the same machine.
  private static func clocks(_ parts: [RecordingAnalysis]) -> Check? {
    let limit = 500.0
    let hosts = parts.map(\.run.machine.hostName)
    guard let host = hosts.first, hosts.contains(where: { !$0.hasSameBytes(as: host) }) else {
      return nil
    }
    let bounds = parts.compactMap { part in
      part.run.clockBound.map { (part: part.partIndex, bound: $0) }
    }
    let worst = bounds.max {
      // What nothing keeps to true time may be off by anything.
      ($0.bound.isSynchronised ? 0 : 1, $0.bound.maximumErrorMilliseconds)
        < ($1.bound.isSynchronised ? 0 : 1, $1.bound.maximumErrorMilliseconds)
    }
    let isKnown = bounds.count == parts.count
    guard let worst, isKnown || !worst.bound.isSynchronised else {
      return unknown(
        .partsClock,
        limit: limit,
        "not all machines report how far their clocks may be off"
      )
    }
    let milliseconds = worst.bound.maximumErrorMilliseconds
    return check(
      .partsClock,
      worst.bound.isSynchronised && milliseconds <= limit ? .pass : .fail,
      milliseconds,
      limit: limit,
      unit: " ms",
      n: parts.count,
      "how far its clock may be off, by its kernel"
        + (worst.bound.isSynchronised ? "" : ", and it is not synchronised"),
      change:
        "synchronise the machines' clocks (NTP): clocks that differ have no window in common"
    ).of(part: worst.part)
  }
}

extension Validity.Subject {
  /// Whether it is about how parts belong together: nothing that they have in common stands where they do not.
  var isOfParts: Bool { [.partsMissing, .partsEnded, .partsStart, .partsClock].contains(self) }

  /// Whether it is about the load, which is one, and not about a generator.
  fileprivate var isOfLoad: Bool {
    [.littlesLaw, .arrivals, .rateReached, .drift].contains(self)
  }
}

extension Validity.Check {
  /// The check as one of a part.
  fileprivate func of(part: Int) -> Self {
    Self(
      subject: subject,
      outcome: outcome,
      statistic: statistic,
      limit: limit,
      n: n,
      stage: stage,
      part: part,
      message: "part \(part): \(message)",
      reason: reason.map { "part \(part): \($0)" },
      complaint: complaint.map { "part \(part): \($0)" }
    )
  }
}
