import Foundation
import FoundationXML
import XCTest

@testable import LoadSupport
@testable import loadtest

final class GateReportTests: XCTestCase {
  private static let scenario = MadeUpNights.scenario

  private func history(_ lines: [NightLine]) throws -> NightHistory {
    let history = NightHistory(directory: try TemporaryDirectory().path + "/history")
    for line in lines { try history.append(line) }
    return history
  }

  private func report(
    _ history: NightHistory,
    scenarios: [String] = [scenario],
    night: Night? = nil
  ) throws -> GateReport {
    try GateReport(
      scenarios,
      of: history,
      baselines: BaselineCommand.directory(besides: history.directory),
      night: night
    )
  }

  func testReport_isWorthItsExitStatus() throws {
    func status(_ nights: Int, _ factor: Double, isStrict: Bool = false) throws -> Int32 {
      let lines = MadeUpNights.lines(nights) { $0 < nights - 3 ? 10 : 10 * factor }
      return try report(history(lines)).exitStatus(isStrict: isStrict)
    }
    XCTAssertEqual(try status(40, 1), 0)
    XCTAssertEqual(try status(40, 1.3), 1)
    XCTAssertEqual(try status(40, 0.7), 4)
    XCTAssertEqual(try status(8, 1), 0)
    XCTAssertEqual(try status(8, 1, isStrict: true), 5)
    XCTAssertEqual(try report(history([]), scenarios: []).exitStatus(isStrict: false), 3)
  }

  /// Pages are written before the history is.
  func testReport_isTheSame_beforeItsNightIsAddedAndAfter() throws {
    let lines = MadeUpNights.lines(40) { $0 < 36 ? 10 : 13 }
    let last = Array(lines.suffix(1))
    let history = try history(Array(lines.dropLast()))
    let before = try GateReport(
      [Self.scenario],
      of: history,
      adding: last,
      baselines: BaselineCommand.directory(besides: history.directory),
      night: nil
    )
    for line in last { try history.append(line) }
    XCTAssertEqual(
      try RecordingJSON.encodeFile(before),
      try RecordingJSON.encodeFile(try report(history))
    )
  }

  func testScenario_isNotJudged_withoutTheNightOfTheOthers() throws {
    let history = try history(MadeUpNights.lines(40) { _ in 10 })
    let late = try report(history, night: MadeUpNights.first.advanced(by: 44))
    XCTAssertEqual(late.missing, [Self.scenario: "its latest night is 2026-02-09"])
    XCTAssertEqual(late.exitStatus(isStrict: false), 3)
    let unknown = try report(history, scenarios: [Self.scenario, "latency_test"])
    XCTAssertEqual(unknown.missing, ["latency_test": "the history has no night of it"])
    XCTAssertEqual(unknown.scenarios.count, 1)
    XCTAssertEqual(unknown.outcome, .inconclusive)
    XCTAssertTrue(unknown.text.contains("latency_test: NOT JUDGED: the history has no night of it"))
  }

  /// Failing is fast, and a loosened threshold does not hide it.
  func testNight_isARegression_whenMoreOfItsRequestsFail_howeverFast() throws {
    func status(_ failed: Int, _ latency: Double, anchor: Int? = nil) throws -> (Int32, String) {
      let lines = (0..<40).map { day in
        MadeUpNights.line(day, [.p50: day < 37 ? 10 : latency], failed: day < 37 ? 5 : failed)
      }
      let history = try history(Array(lines.prefix(anchor ?? 40)))
      if anchor != nil {
        XCTAssertEqual(try baseline(.anchor, history), 0)
        for line in lines.dropFirst(anchor ?? 40) { try history.append(line) }
      }
      let report = try report(history)
      return (report.exitStatus(isStrict: false), report.text)
    }
    XCTAssertEqual(try status(14, 10).0, 0)
    XCTAssertEqual(try status(14, 5).0, 4)
    for (latency, anchor) in [(10.0, nil), (5, nil), (5, 30)] {
      let (code, text) = try status(30, latency, anchor: anchor)
      XCTAssertEqual(code, 1, text)
      XCTAssertTrue(text.hasPrefix("REGRESSION: night of"), text)
      XCTAssertTrue(
        text.contains("REGRESSION, whatever its speed: 30 of 1,000 requests failed, of")
      )
      XCTAssertFalse(text.contains("IMPROVEMENT"), text)
    }
  }

  func testText_hasARowAFigure_andTheCauseOfAChange() throws {
    let text = try report(history(MadeUpNights.lines(40) { $0 < 36 ? 10 : 13 })).text
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    XCTAssertEqual(lines[0], "REGRESSION: night of 2026-02-09")
    XCTAssertTrue(lines[2].hasPrefix("scenario            metric  tonight  rolling"), text)
    XCTAssertTrue(lines[3].hasPrefix("command_throughput  p50_ms"), text)
    XCTAssertTrue(lines[3].hasSuffix("████"), text)
    XCTAssertTrue(text.contains("The level changes with 2026-02-06"), text)
    XCTAssertTrue(text.contains("last night before 2026-02-05), commits c35..c36"), text)
    XCTAssertTrue(text.contains("no anchored baseline"), text)
  }

  func testPages_areWellFormed_whateverTheHistorySays() throws {
    for text in HostileTexts.all where !text.contains("\u{0}") {
      let lines = (0..<20).map { day in
        MadeUpNights.line(
          day,
          [.p50: day < 17 ? 10 : 20],
          version: day < 17 ? "1" : text,
          commit: text
        )
      }
      let report = try report(history(lines))
      let parser = XMLParser(data: Data(report.html.utf8))
      XCTAssertTrue(parser.parse(), "\(text): \(String(describing: parser.parserError))")
      XCTAssertFalse(report.html.contains("<img"), report.html)
      XCTAssertTrue(report.html.contains("Content-Security-Policy"), report.html)
      let rows = report.markdown().split(separator: "\n").filter { $0.hasPrefix("| `") }
      XCTAssertEqual(rows.count, 1, report.markdown())
      XCTAssertEqual(rows.first?.count { $0 == "|" }, 9, report.markdown())
    }
  }

  func testMarkdown_linksToTheCommitsOfAChange() throws {
    let lines = MadeUpNights.lines(40) { $0 < 36 ? 10 : 13 }
    let report = try report(history(lines))
    XCTAssertFalse(report.markdown().contains("]("))
    for address in ["https://github.com/a/b](c", "javascript:x", "https://github.com/a b"] {
      XCTAssertFalse(report.markdown(of: address).contains("]("), address)
    }
    let link = "](https://github.com/a/b/compare/"
    // Names of commits are hexadecimal; those of made-up nights are too short for one.
    XCTAssertFalse(report.markdown(of: "https://github.com/a/b").contains(link))
    let named = MadeUpNights.lines(
      40,
      commit: { String(format: "%040x", $0) },
      level: { $0 < 36 ? 10 : 13 }
    )
    let text = try self.report(history(named)).markdown(of: "https://github.com/a/b")
    let names = [35, 36].map { String(format: "%040x", $0) }
    XCTAssertTrue(
      text.contains("commits \(names[0])..\(names[1])\(link)\(names[0])...\(names[1]))"),
      text
    )
  }

  func testJSON_readsBack() throws {
    let report = try report(history(MadeUpNights.lines(40) { $0 < 36 ? 10 : 13 }))
    let data = try RecordingJSON.encodeFile(report)
    let read = try JSONDecoder().decode(GateReport.self, from: data)
    XCTAssertEqual(read.text, report.text)
    let text = String(decoding: data, as: UTF8.self)
    XCTAssertTrue(text.contains(#""outcome" : "regression""#), text)
    XCTAssertTrue(text.contains(#""commits" : "c35..c36""#), text)
    let file = try TemporaryDirectory().path + "/gate.json"
    try data.write(to: URL(fileURLWithPath: file))
    try FileSchema.gate.assertTakes(file)
  }

  func testSparkline_showsNoiseAsNoise() {
    XCTAssertEqual(Sparkline.text([]), "")
    XCTAssertEqual(Sparkline.text([0, 0]), "▅▅")
    XCTAssertEqual(Sparkline.text([10, 20]), "▁█")
    XCTAssertFalse(Sparkline.text([100, 101, 99]).contains { "▁▂▇█".contains($0) })
  }

  // MARK: The commands

  private func gate(
    _ history: NightHistory,
    _ recorded: [RecordedScenario] = [],
    day: Int,
    onlyJudges: Bool = false
  ) async throws -> (status: Int32, output: String) {
    let output = try TemporaryDirectory().path
    var command = GateCommand()
    command.history = history.directory
    command.output = output
    command.recordings = recorded.map(\.recording.directory)
    command.onlyJudges = onlyJudges
    command.circumstances.night = MadeUpNights.first.advanced(by: day)
    let setup = setup(["GITHUB_STEP_SUMMARY": output + "/step.md"])
    return (try await command.run(setup), output)
  }

  private func baseline(
    _ action: BaselineCommand.Action,
    _ history: NightHistory,
    reason: String = ""
  ) throws -> Int32 {
    var command = BaselineCommand()
    command.action = action
    command.history = history.directory
    command.reason = reason
    return try command.run(setup([:]))
  }

  private func setup(_ environment: [String: String]) -> RunSetup {
    RunSetup(settings: RunSettings(), environment: environment, programs: "/nowhere")
  }

  func testGate_addsNights_alertsOnAChange_andIsQuietOnceItIsAccepted() async throws {
    let history = try history([])
    let usual = try (0..<3).map { _ in try RecordedScenario.steady(milliseconds: 10) }
    let slow = try (0..<3).map { _ in try RecordedScenario.steady(milliseconds: 13) }
    for day in 0..<19 {
      var night = NightRuns.Circumstances()
      night.night = MadeUpNights.first.advanced(by: day)
      var runs = NightRuns(night)
      for run in usual { runs.add(run.recording, scenarios: [Self.scenario]) }
      try history.append(try XCTUnwrap(runs.summary(of: [Self.scenario]).lines.first))
    }
    let (first, _) = try await gate(history, usual, day: 19)
    XCTAssertEqual(first, 0)
    XCTAssertEqual(try baseline(.anchor, history), 0)
    XCTAssertEqual(try baseline(.anchor, history), 3)
    XCTAssertEqual(try baseline(.accept, history, reason: "nothing"), 3)
    let (status, output) = try await gate(history, slow, day: 20)
    XCTAssertEqual(status, 1)
    let summary = try String(contentsOfFile: output + "/step.md", encoding: .utf8)
    XCTAssertTrue(summary.contains("**REGRESSION: night of 2026-01-21**"), summary)
    for name in ["gate.json", "gate.md", "gate.html"] {
      XCTAssertTrue(FileManager.default.fileExists(atPath: "\(output)/\(name)"), name)
    }
    XCTAssertEqual(try history.read(Self.scenario).lines.count, 21)
    let again = try await gate(history, day: 20, onlyJudges: true).status
    XCTAssertEqual(again, 1)
    XCTAssertEqual(try history.read(Self.scenario).lines.count, 21)
    XCTAssertEqual(try baseline(.accept, history, reason: "new cipher"), 0)
    let (quiet, _) = try await gate(history, slow, day: 21)
    XCTAssertEqual(quiet, 0)
    XCTAssertEqual(try baseline(.show, history), 0)
  }

  /// Half of all requests fail, in a closed loop, where that is fast, and in an open one.
  func testGate_isARegression_whenHalfOfAllRequestsFail_andNoNightIsMeasuredByThat() async throws {
    for rate in [nil, 100.0] {
      let history = try history([])
      let usual = try (0..<2).map { _ in
        try MadeUpRun(arrivalRate: rate, latencyMilliseconds: 20).recorded()
      }
      for day in 0..<17 {
        let status = try await gate(history, usual, day: day).status
        XCTAssertEqual(status, 0)
      }
      let failing = MadeUpRun(
        arrivalRate: rate,
        latencyMilliseconds: 10,
        failures: rate == nil ? 300 : 150
      )
      let half = try (0..<2).map { _ in try failing.recorded() }
      for day in 17..<19 {
        let (status, output) = try await gate(history, half, day: day)
        XCTAssertEqual(status, 1)
        let text = try String(contentsOfFile: output + "/gate.md", encoding: .utf8)
        XCTAssertTrue(text.hasPrefix("**REGRESSION: night of"), text)
        XCTAssertTrue(text.contains("FAIL: success_rate 0.5"), text)
        XCTAssertFalse(text.contains("IMPROVEMENT"), text)
      }
      XCTAssertEqual(try baseline(.anchor, history), 0)
      let file = try BaselineFile(of: Self.scenario, in: history.directory + "/../baselines")
      XCTAssertEqual(file.baselines.map(\.anchor.nights.count), [17])
      let (status, output) = try await gate(history, usual, day: 19)
      let text = try String(contentsOfFile: output + "/gate.md", encoding: .utf8)
      XCTAssertEqual(status, 0, text)
    }
  }

  /// Nobody got a session: there is no figure, and that is the answer.
  func testGate_isARegression_whenTheServerGrantedNoSessions() async throws {
    let history = try history((0..<3).map { MadeUpNights.line($0) })
    let refused = try (0..<2).map { _ in
      try RecordedScenario.steady(RecordedScenario.header(sessions: 5))
    }
    let (status, output) = try await gate(history, refused, day: 4)
    XCTAssertEqual(status, 1)
    let text = try String(contentsOfFile: output + "/gate.md", encoding: .utf8)
    XCTAssertTrue(text.contains("FAIL: sessions_missing 5"), text)
    let again = try await gate(history, day: 4, onlyJudges: true).status
    XCTAssertEqual(again, 1)
  }

  func testGate_addsNothing_whenTooFewRunsAreValid() async throws {
    let history = try history([])
    var late = MadeUpRun()
    late.latestTick = 500
    let invalid = try (0..<2).map { _ in try late.recorded() }
    let (status, output) = try await gate(
      history,
      invalid + [try RecordedScenario.steady()],
      day: 0
    )
    XCTAssertEqual(status, 3)
    XCTAssertEqual(try history.read(Self.scenario).lines.count, 0)
    let text = try String(contentsOfFile: output + "/gate.md", encoding: .utf8)
    XCTAssertTrue(text.contains("NOT JUDGED: valid runs: 1 of 3"), text)
  }

  func testGate_refusesARecordingThatIsNamedTwiceOrIsNone() async throws {
    let history = try history([])
    let recorded = try RecordedScenario.steady()
    do {
      _ = try await gate(history, [recorded, recorded], day: 0)
      XCTFail("the same run counted twice")
    } catch {
      XCTAssertTrue("\(error)".contains("is named twice"), "\(error)")
    }
    try FileManager.default.removeItem(atPath: recorded.recording.runHeader)
    do {
      _ = try await gate(history, [recorded], day: 0)
      XCTFail("no recording counted as one")
    } catch {
      XCTAssertTrue("\(error)".contains("run.json is missing"), "\(error)")
    }
  }
}
