import EventIO

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

extension GateOutcome {
  /// As people read it.
  var words: String { rawValue.replacing(byte: UInt8(ascii: "_"), with: " ") }

  /// What it means for whoever is in a hurry.
  var meaning: Badge.Meaning {
    switch self {
    case .regression: .bad
    case .inconclusive: .open
    case .improvement, .noChange: .good
    }
  }
}
