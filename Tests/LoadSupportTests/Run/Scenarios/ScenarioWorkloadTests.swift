import EventIO
import XCTest

@testable import LoadSupport

/// The suite's own loads are workloads that any file may have.
final class ScenarioWorkloadTests: XCTestCase {
  private static let scenarios: [any DataScenario] = [
    CommandThroughput(), ConnectionRate(), SustainedLoad(), LatencySensitivity(),
    SessionChurn(), LongCalls(), HeldStreams(),
  ]

  func testWorkload_isValidAndReadAsItWasWritten() throws {
    for profile in RunProfile.allCases {
      var settings = RunSettings()
      settings.profile = profile
      for scenario in Self.scenarios {
        let workload = try scenario.workload(settings)
        let text = workload.json.indented()
        XCTAssertEqual(
          try Workload(parsing: text),
          workload,
          "\(scenario.name) \(String(decoding: text, as: UTF8.self))"
        )
        XCTAssertTrue(SchemaReader.accepts(workload.json, Workload.schema), "\(scenario.name)")
        let lines = workload.planText.split(separator: "\n")
        XCTAssertGreaterThan(lines.count, workload.steps.count, "\(scenario.name)")
      }
    }
  }
}
