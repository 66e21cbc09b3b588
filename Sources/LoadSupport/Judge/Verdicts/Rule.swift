/// One thing that a scenario is judged by: a figure, its limit unless a user sets another, and how the
/// verdict is reached.
struct Rule: Sendable {
  /// Reaches the verdict; nil for a figure that the recording does not have.
  ///
  /// - Throws: when the samples cannot be read again.
  typealias Judging = @Sendable (Threshold, RecordingAnalysis) throws -> Verdict?

  /// The figure and its usual limit.
  ///
  /// Limits are loose: they tell a broken server from a working one on any machine.
  let threshold: Threshold

  /// How it is judged.
  let judge: Judging

  /// A rule that is judged in its scenario's own way.
  init(_ metric: Threshold.Metric, _ limit: Double, _ judge: @escaping Judging) {
    threshold = Threshold(metric, limit)
    self.judge = judge
  }

  /// A rule on a figure that is judged alike in every scenario.
  init(_ metric: Threshold.Metric, _ limit: Double) {
    self.init(metric, limit) { try Self.general($0, $1) }
  }

  /// What is asked of any server in any scenario: that it is there, grants what it is asked for, and
  /// leaves nothing on the target.
  static let common = [
    Rule(.sessionsMissing, 0), Rule(.serverOutages, 0), Rule(.leftOnTarget, 0),
  ]

  /// The verdict on a figure that is judged alike in every scenario; nil for others.
  static func general(_ threshold: Threshold, _ analysis: RecordingAnalysis) throws -> Verdict? {
    switch threshold.metric {
    case .sessionsMissing: .sessionsMissing(threshold, analysis)
    case .workersMissing: .workersMissing(threshold, analysis)
    case .serverOutages: .serverOutages(threshold, analysis)
    case .leftOnTarget: .leftOnTarget(threshold, analysis)
    case .unaccountedAttempts: .unaccounted(threshold, analysis)
    default: try .general(threshold, analysis)
    }
  }
}
