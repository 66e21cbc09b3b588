import XCTest

@testable import LoadSupport

extension LoadRunHarness {
  /// What is true of every run: lines, the generator's own count and the totals are the same.
  func assertAccounted(line: UInt = #line) throws {
    let attempts = try XCTUnwrap(event(.end)?.attempts, "no count", line: line)
    XCTAssertEqual(samples.count, attempts, "lines and attempts", line: line)
    let summary = try Judge(recorded.recording).judge(RecordedScenario.name).summary
    XCTAssertEqual(summary.attempts, attempts, line: line)
    var totals: [String: [String: Int]] = [:]
    for sample in samples {
      let outcome = sample.attempt.outcome.rawValue
      totals[sample.phase.rawValue, default: [:]][outcome, default: 0] += 1
    }
    XCTAssertEqual(summary.totals, totals, line: line)
    XCTAssertEqual(summary.unreadableLines, 0, line: line)
  }

  /// Phases follow from the planned instants.
  func assertPhases(line: UInt = #line) throws {
    let measure = try XCTUnwrap(event(.measure), line: line)
    let end = try XCTUnwrap(measure.until, line: line)
    let start = try XCTUnwrap(event(.warmup), line: line).at
    XCTAssertEqual(event(.warmup)?.until, measure.at, line: line)
    for sample in load {
      let planned = sample.attempt.planned
      XCTAssertGreaterThanOrEqual(planned, start, line: line)
      XCTAssertLessThan(planned, end, line: line)
      XCTAssertEqual(sample.phase, planned < measure.at ? .warmup : .measure, line: line)
    }
  }
}
