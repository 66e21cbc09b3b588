import XCTest

@testable import LoadSupport

final class EmptyRecordingTests: XCTestCase {
  /// What was not measured has not passed, whatever the scenario, and nothing breaks on it.
  func testVerdicts_areInconclusive_whenNothingWasRecorded() throws {
    let step = RunEvent.step("s", from: 0, until: 0)
    for name in ScenarioName.allCases {
      for events in [[], step, step + [RunEvent(.drain, at: 1), RunEvent(.drain, at: 0)]] {
        let recorded = try RecordedScenario(
          RecordedScenario.header(name, serverCores: 2, links: LinkCondition.all)
        )
        try recorded.write(events)
        for (metric, verdict) in try recorded.verdicts() {
          XCTAssertEqual(verdict.outcome, .inconclusive, "\(name) \(metric): \(verdict.message)")
          XCTAssertNil(verdict.value, verdict.message)
        }
        let judged = try Judge(recorded.recording).judge(name.rawValue)
        XCTAssertEqual(judged.summary.verdict, .inconclusive)
        let oddities = judged.report.split { !$0.isLetter }.filter { ["nan", "inf"].contains($0) }
        XCTAssertEqual(oddities, [])
      }
    }
  }
}
