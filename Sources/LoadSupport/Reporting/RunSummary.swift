/// `summary.json` of an invocation: its scenarios side by side.
package struct RunSummary: Sendable, Codable {
  package let format: Int
  package let testID: String
  package let verdict: Verdict.Outcome
  package let scenarios: [ScenarioSummary]

  /// Scenarios that could not be run against the network, with the reason; nil if there are none.
  package let skipped: [String: String]?

  private enum CodingKeys: String, CodingKey {
    case format
    case testID = "test_id"
    case verdict
    case scenarios
    case skipped
  }

  /// Puts the scenarios of an invocation together.
  package init(testID: String, scenarios: [ScenarioSummary], skipped: [String: String]? = nil) {
    self.skipped = skipped
    format = RunHeader.currentFormat
    self.testID = testID
    self.scenarios = scenarios
    verdict = ScenarioSummary.overall(scenarios.flatMap(\.verdicts))
  }

  /// The verdict in a word: that of an invalid run is that it is one, unless another scenario failed.
  package var shownVerdict: String {
    verdict != .fail && scenarios.contains { $0.validity?.state == .invalid }
      ? Validity.State.invalid.rawValue : verdict.rawValue
  }
}
