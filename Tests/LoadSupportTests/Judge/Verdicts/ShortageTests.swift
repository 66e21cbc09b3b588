import EventIO
import XCTest

@testable import LoadSupport

/// What the generator's machine could not give it says nothing about the server.
final class ShortageTests: XCTestCase {
  private func judged(
    shortages: Int,
    _ lines: [GeneratorLine] = []
  ) throws -> (ScenarioSummary, String) {
    let recorded = try RecordedScenario(RecordedScenario.header(sessions: 2))
    try recorded.write([.measured, .drained, RunEvent(.end, at: 2_000_000_002, attempts: 20)])
    try recorded.write(
      (0..<20).map { index in
        Sample(
          "a",
          index < shortages ? .ownShortage : .success,
          planned: Double(index) * 100,
          done: Double(index) * 100 + 5,
          error: index < shortages ? "socket: Too many open files" : nil
        )
      }
    )
    try recorded.write(
      lines.flatMap { try RecordingJSON.encodeLine($0) },
      to: recorded.layout.generator
    )
    let judged = try Judge(recorded.recording).evaluate(RecordedScenario.name)
    return (judged.summary, judged.report)
  }

  func testRun_isInvalid_whenRequestsWereNotSentForWantOfSomething() throws {
    for shortages in [1, 20] {
      let (summary, report) = try judged(shortages: shortages)
      XCTAssertEqual(summary.validity?.state, .invalid, report)
      XCTAssertEqual(summary.validity?.isWorthRepeating, false)
      XCTAssertTrue(report.contains("such as socket: Too many open files"), report)
      XCTAssertTrue(report.contains("ulimit -n"), report)
      let failed = summary.verdicts.filter { $0.outcome == .fail }.map(\.metric)
      XCTAssertEqual(failed, [], report)
    }
    let (sound, report) = try judged(shortages: 0)
    XCTAssertFalse(sound.validity?.checks.contains { $0.subject == .ownShortage } ?? true, report)
  }

  func testRun_isInvalid_whenTheControlGroupsQuotaWasUsedUp() throws {
    for (throttled, outcome) in [(0, Verdict.Outcome.pass), (1, .fail), (20, .fail)] {
      let lines = (0..<3).map { second in
        var line = GeneratorLine(
          at: Int64(second) * 1_000_000_000,
          loop: 0,
          cpuSeconds: 0.1 * Double(second),
          lateMilliseconds: 0
        )
        line.quotaPeriods = 50 + 10 * second
        line.throttledPeriods = 7 + throttled * second / 2
        return line
      }
      let (summary, report) = try judged(shortages: 0, lines)
      let check = summary.validity?.checks.first { $0.subject == .throttled }
      XCTAssertEqual(check?.outcome, outcome, report)
      XCTAssertEqual(report.contains("cpu.max"), outcome == .fail, report)
    }
    let (summary, _) = try judged(shortages: 0)
    XCTAssertFalse(summary.validity?.checks.contains { $0.subject == .throttled } ?? true)
  }
}
