import EventIO
import XCTest

@testable import LoadSupport

/// The suite's own loads are workloads that any file may have.
final class ScenarioWorkloadTests: XCTestCase {
  private static let scenarios: [any DataScenario] = [
    CommandThroughput(), ConnectionRate(), SustainedLoad(), LatencySensitivity(),
    OverlappingCalls(), SessionChurn(), LongCalls(), HeldStreams(),
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

  func testWorkload_keepsItsOtherWorkers_whenTheServerTellsNothingOfItsHealth() throws {
    let workload = OverlappingCalls().workload(RunSettings())
    let without = workload.withoutHealth()
    let (last, kept) = (
      workload.steps[workload.steps.count - 1], without.steps[without.steps.count - 1]
    )
    XCTAssertEqual(last.groups.count, 5)
    XCTAssertEqual(kept.groups.count, 4)
    XCTAssertFalse(kept.groups.contains { $0.mix.entries == [OperationName.health] })
    for group in kept.groups {
      let index = try XCTUnwrap(last.groups.firstIndex { $0.stages == group.stages })
      let number = try XCTUnwrap(kept.groups.firstIndex(of: group))
      XCTAssertEqual(without.groupWorkers(kept)[number], workload.groupWorkers(last)[index])
    }
    XCTAssertEqual(without.sessionOwners, workload.sessionOwners)
    XCTAssertEqual(CommandThroughput().workload(RunSettings()).withoutHealth().steps.count, 1)
  }
}
