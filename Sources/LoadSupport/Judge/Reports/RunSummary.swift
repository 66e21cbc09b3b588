/// `summary.json` of an invocation: its scenarios side by side.
package struct RunSummary: Sendable, Codable {
  package let format: Int
  package let testID: String
  package let verdict: Verdict.Outcome

  /// What all of it came to.
  package let result: RunResult

  /// Whether inconclusive verdicts fail.
  package let isStrict: Bool
  package let scenarios: [ScenarioSummary]

  /// Scenarios that could not be run against the network, with the reason; nil if there are none.
  package let skipped: [String: String]?

  /// Scenarios that something kept from being run or recorded as a whole, with the reason; nil if there
  /// are none.
  package let failed: [String: String]?

  private enum CodingKeys: String, CodingKey {
    case format
    case testID = "test_id"
    case verdict
    case result
    case isStrict = "strict"
    case scenarios
    case skipped
    case failed = "could_not_run"
  }

  /// Puts the scenarios of an invocation together.
  init(
    testID: String,
    scenarios: [ScenarioSummary],
    skipped: [String: String] = [:],
    failed: [String: String] = [:],
    isStrict: Bool = false
  ) {
    self.skipped = skipped.isEmpty ? nil : skipped
    self.failed = failed.isEmpty ? nil : failed
    self.isStrict = isStrict
    format = RunHeader.currentFormat
    self.testID = testID
    self.scenarios = scenarios
    verdict = ScenarioSummary.overall(scenarios.flatMap(\.verdicts))
    // A command that ran nothing has not passed.
    result =
      RunResult.worst(
        scenarios.map(\.result) + (failed.isEmpty ? [] : [.couldNotRun])
      ) ?? .couldNotRun
  }

  /// The limits that failed, each in a line that names its scenario.
  package var failures: [String] {
    scenarios.flatMap { scenario in
      scenario.verdicts.filter { $0.outcome == .fail }.map { "\(scenario.scenario): \($0.message)" }
    }
  }

  /// The exit status of a program that ran or judged it.
  package var exitStatus: Int32 { result.exitStatus(isStrict: isStrict) }
}
