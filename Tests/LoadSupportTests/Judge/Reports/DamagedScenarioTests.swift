import Foundation
import XCTest

@testable import LoadSupport

/// A recording of several scenarios of which one is damaged.
final class DamagedScenarioTests: XCTestCase {
  /// Two sound scenarios, both judged, and then what befalls the header of the second.
  private func recorded(_ damage: (ScenarioLayout) throws -> Void) throws -> RecordedScenario {
    let recorded = try MadeUpRun().recorded()
    let other = recorded.recording.scenario("df")
    try FileManager.default.copyItem(
      atPath: recorded.layout.directory,
      toPath: other.directory
    )
    try recorded.write(
      RecordingJSON.encodeFile(RecordedScenario.header(ofOwn: "df", sessions: 2)),
      to: other.header
    )
    let judge = Judge(recorded.recording)
    let (judged, damaged) = try judge.evaluate(each: judge.scenarios())
    XCTAssertEqual(judged.map(\.summary.scenario), [RecordedScenario.name, "df"])
    XCTAssertEqual(damaged, [:])
    for scenario in judged { try judge.write(scenario) }
    XCTAssertEqual(try judge.summarise().scenarios.count, 2)
    try damage(other)
    return recorded
  }

  private func assertLoss(
    _ reason: String,
    line: UInt = #line,
    _ damage: (ScenarioLayout) throws -> Void
  ) throws {
    let recorded = try recorded(damage)
    let judge = Judge(recorded.recording)
    let (judged, damaged) = try judge.evaluate(each: judge.scenarios())
    XCTAssertEqual(judged.map(\.summary.scenario), [RecordedScenario.name], line: line)
    XCTAssertEqual(Array(damaged.keys), ["df"], line: line)
    XCTAssertTrue(damaged["df"]?.contains(reason) ?? false, "\(damaged)", line: line)
    let summary = try judge.summarise(damaged: damaged)
    // What it was once judged to be does not count.
    XCTAssertEqual(summary.scenarios.map(\.scenario), [RecordedScenario.name], line: line)
    XCTAssertEqual(summary.failed, damaged, line: line)
    XCTAssertEqual(summary.exitStatus, 3, line: line)
    for path in [recorded.recording.junit, recorded.recording.markdown] {
      let text = try String(contentsOfFile: path, encoding: .utf8)
      XCTAssertTrue(text.contains("scenario.json"), text, line: line)
    }
  }

  func testOtherScenarios_areJudged_whenOneHeaderIsMissing() throws {
    try assertLoss("df/scenario.json") { try FileManager.default.removeItem(atPath: $0.header) }
  }

  func testOtherScenarios_areJudged_whenOneHeaderIsDamaged() throws {
    try assertLoss("df/scenario.json") {
      try Data("{\"scenario\":\"df\"".utf8).write(to: URL(fileURLWithPath: $0.header))
    }
  }

  func testEvaluation_throws_whenTheInvocationsHeaderIsMissing() throws {
    let recorded = try MadeUpRun().recorded()
    try FileManager.default.removeItem(atPath: recorded.recording.runHeader)
    XCTAssertThrowsError(try Judge(recorded.recording).evaluate(each: [RecordedScenario.name]))
  }
}
