/// What a run is worth that is one of many, compared by turns.
extension Validity {
  /// Checks that fail where something else disturbs the machine.
  private static let disturbances: Set<Subject> = [.steal, .lateTick, .drift]

  /// Why the load was not what was asked for by the server's doing alone: it did not grant its sessions, or
  /// ended; nil if it did neither.
  func serverFailure(_ analysis: RecordingAnalysis) -> String? {
    let verdicts = [
      Verdict.sessionsMissing(Threshold(.sessionsMissing, 0), analysis),
      Verdict.serverOutages(Threshold(.serverOutages, 0), analysis),
    ].compactMap(\.self).map { apply(to: $0) { false } }
    let failures = verdicts.filter(\.isServersFault).map(\.message)
    return failures.isEmpty ? nil : failures.joined(separator: "; ")
  }

  /// Why the run cannot be one of many that are compared by turns; nil if it can.
  ///
  /// What disturbs the machine makes such runs differ, and how much they differ is measured. A generator
  /// that is in its own way makes base and head look alike.
  var biasReason: String? {
    guard exclusion != nil else { return nil }
    let complaints = checks.filter { !Self.disturbances.contains($0.subject) }.compactMap(
      \.complaint
    )
    return complaints.isEmpty ? nil : complaints.joined(separator: "; ")
  }

  /// The share of steal that a run can bear which is compared with another.
  ///
  /// What a host takes from a machine delays about that share of the requests, and a p99 is made of
  /// one in a hundred. Of 105 runs on a busy host, the 30 with up to 0.5 % had a p99 within 7 % of the
  /// best; those with 1 to 2 %, where a run is valid still, one that was 9 to 24 % higher.
  private static let comparableSteal = 0.005

  /// What makes a run another than it would have been on a quiet machine, valid as it may be.
  struct Disturbance: Sendable, Codable, Equatable {
    /// What a check found ÷ what a run can bear that is compared with another; the largest of them.
    let ratio: Double

    /// What it was, in words.
    let reason: String
  }

  /// What disturbed the machine most; nil if nothing did.
  var disturbance: Disturbance? {
    checks.compactMap { check in
      guard Self.disturbances.contains(check.subject), let statistic = check.statistic else {
        return nil
      }
      let limit = check.subject == .steal ? Self.comparableSteal : check.limit
      // What fails in a saturated run is the server's doing.
      let isBeyond =
        check.subject == .steal ? statistic > limit : check.outcome == .fail && state == .invalid
      guard isBeyond else { return nil }
      return Disturbance(
        ratio: abs(statistic) / limit,
        reason: "\(check.name) \(NumberText.plain(statistic)), beyond \(NumberText.plain(limit))"
      )
    }.max { $0.ratio < $1.ratio }
  }
}
