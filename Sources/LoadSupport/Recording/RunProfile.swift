/// How long and thorough a run is.
package enum RunProfile: String, Sendable, CaseIterable, Codable {
  /// Seconds: does everything work at all?
  case smoke

  /// Half a minute a scenario: for a pull request.
  case quick

  /// The full durations: for a verdict.
  case standard

  /// The one of three values that belongs to this profile.
  func choose<Value>(smoke: Value, quick: Value, standard: Value) -> Value {
    switch self {
    case .smoke: smoke
    case .quick: quick
    case .standard: standard
    }
  }
}
