/// What a comparison of one figure with its history came to.
///
/// The raw values are those of `gate.json`.
enum GateOutcome: String, Sendable, Codable, CaseIterable {
  /// Worse than the history by more than it varies, and by enough to matter.
  case regression

  /// Better by as much.
  case improvement

  /// Neither.
  case noChange = "no_change"

  /// Too little is known to say which.
  case inconclusive
}
