import XCTest

@testable import LoadSupport

final class WorstSecondTests: XCTestCase {
  /// A stretch of the measured time: so many successes in each of its seconds.
  private struct Stretch {
    let step: String?
    let successes: [Int]
    var workers: Int? = 3
  }

  /// Records stretches with a second between them, the first at 5 s.
  private func recorded(
    _ stretches: [Stretch],
    arrivalRate: Double? = nil,
    milliseconds: (Int) -> Double = { _ in 1 }
  ) throws -> RecordedScenario {
    let recorded = try RecordedScenario(RecordedScenario.header(arrivalRate: arrivalRate))
    var samples: [Sample] = []
    var events: [RunEvent] = []
    var start = 5_000.0
    for stretch in stretches {
      let end = start + 1_000 * Double(stretch.successes.count)
      events += [
        RunEvent(
          .measure,
          at: Int64(start * 1e6),
          until: Int64(end * 1e6),
          step: stretch.step,
          workers: stretch.workers
        ),
        RunEvent(.stepEnd, at: Int64(end * 1e6)),
      ]
      for (second, count) in stretch.successes.enumerated() {
        samples += (0..<count).map { index in
          let planned = start + 1_000 * (Double(second) + Double(index) / Double(count))
          let done = planned + min(milliseconds(second), 900 / Double(count))
          return Sample("a", planned: planned, done: done, step: stretch.step)
        }
      }
      start = end + 1_000
    }
    try recorded.write(samples)
    try recorded.write(events + [RunEvent(.drain, at: Int64(start * 1e6))])
    return recorded
  }

  func testSecond_isTheOneWithTheFewestAnswers_whenTheLoopIsClosed() throws {
    let recorded = try recorded([Stretch(step: nil, successes: [100, 90, 40, 98])])
    try recorded.write([
      ServerMetricsLine(.tick, at: 6_900, "mcp_ssh_commands_total 1000"),
      ServerMetricsLine(.tick, at: 8_100, "mcp_ssh_commands_total 1042"),
    ])
    let worst = try XCTUnwrap(WorstSecond(recorded.analysis()))
    XCTAssertEqual(worst.start, 7_000_000_000)
    XCTAssertNil(worst.step)
    XCTAssertEqual(
      worst.text,
      "slowest second: from 2 s on, 40 successes (average 82.0); between the scrapes around it: +42 commands"
    )
  }

  func testSecond_isTheOneWithTheSlowestRequests_whenTheLoopIsOpen() throws {
    let recorded = try recorded(
      [Stretch(step: nil, successes: [9, 10, 10], workers: nil)],
      arrivalRate: 10
    ) { $0 == 1 ? 50 : 5 }
    let worst = try XCTUnwrap(WorstSecond(recorded.analysis()))
    XCTAssertEqual(worst.start, 6_000_000_000)
    XCTAssertTrue(worst.text.hasSuffix("; mean latency 50.0 ms"), worst.text)
  }

  /// Every second of the slow step has fewer answers than any of the quick one.
  func testSecond_isComparedWithItsOwnStepOnly() throws {
    let recorded = try recorded([
      Stretch(step: "slow", successes: [10, 9, 10, 11]),
      Stretch(step: "quick", successes: [200, 120, 200]),
    ])
    let worst = try XCTUnwrap(WorstSecond(recorded.analysis()))
    XCTAssertEqual(worst.step, "quick")
    XCTAssertEqual(worst.start, 11_000_000_000)
    XCTAssertEqual(
      worst.text,
      "slowest second: from 6 s on (step quick), 120 successes (average 173.3 in that step)"
    )
  }

  /// Half of ten is what chance does; three quarters of two hundred is not.
  func testSecond_isNotOneThatChanceExplains() throws {
    let recorded = try recorded([
      Stretch(step: "slow", successes: [10, 5, 10, 15]),
      Stretch(step: "quick", successes: [200, 140, 200, 200]),
    ])
    XCTAssertEqual(WorstSecond(try recorded.analysis())?.step, "quick")
  }

  func testSecond_isFoundAmongTheSlicesOfAStep_whenStepsTakeTurns() throws {
    let recorded = try recorded([
      Stretch(step: "a", successes: [100]), Stretch(step: "b", successes: [50]),
      Stretch(step: "a", successes: [40]), Stretch(step: "b", successes: [50]),
    ])
    let worst = try XCTUnwrap(WorstSecond(recorded.analysis()))
    XCTAssertEqual(worst.step, "a")
    XCTAssertEqual(worst.start, 9_000_000_000)
    XCTAssertTrue(worst.text.contains("40 successes (average 70.0 in that step)"), worst.text)
  }

  func testSecond_isNone_whenThereIsNothingToCompare() throws {
    for stretches in [
      [], [Stretch(step: nil, successes: [10])], [Stretch(step: nil, successes: [10, 10, 10])],
      [Stretch(step: "a", successes: [10]), Stretch(step: "b", successes: [90])],
      // Its workers have only so much to do.
      [Stretch(step: "a", successes: [100, 0, 0], workers: nil)],
      [Stretch(step: "a", successes: [0, 0])],
    ] {
      XCTAssertNil(WorstSecond(try recorded(stretches).analysis()), "\(stretches)")
    }
  }

  func testSecond_isNamedByEveryReport() throws {
    let recorded = try recorded([
      Stretch(step: "a", successes: [100, 30]), Stretch(step: "b", successes: [50]),
    ])
    let judge = Judge(recorded.recording)
    let judged = try judge.judge(RecordedScenario.name)
    try judge.summarise()
    let sentence = "lowest second: from 1 s on (step a), 30 successes"
    XCTAssertTrue(judged.report.contains("  s\(sentence)"), judged.report)
    XCTAssertTrue(judged.html.contains("<h2>Over time</h2><p>S\(sentence)"), judged.html)
    let markdown = try String(contentsOfFile: recorded.recording.markdown, encoding: .utf8)
    XCTAssertTrue(markdown.contains("\n- ` s\(sentence)"), markdown)
    let summary = try RecordingJSON.decodeFile(RunSummary.self, at: recorded.recording.summary)
    XCTAssertEqual(summary.scenarios.first?.worstSecond, WorstSecond(try recorded.analysis()))
  }
}
