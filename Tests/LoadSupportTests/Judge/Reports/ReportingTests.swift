import Foundation
import XCTest

@testable import LoadSupport

final class ReportingTests: XCTestCase {
  /// A recording of two seconds with a bit of everything.
  private func recorded() throws -> RecordedScenario {
    let recorded = try RecordedScenario()
    var samples = [
      Sample("initialize", planned: -100, done: -90, phase: .setup),
      Sample("ssh_connect", planned: -90, done: -50, phase: .setup),
      Sample("a", planned: -40, done: -20, phase: .warmup),
      Sample("ssh_disconnect", planned: 2_100, done: 2_101, phase: .drain),
    ]
    for index in 0..<4_515 {
      let planned = Double(index) * 0.4
      let operation = index.isMultiple(of: 2) ? "a" : "b"
      samples.append(Sample(operation, planned: planned, done: planned + 12.3, sent: planned + 1))
    }
    for index in 0..<8 {
      let planned = Double(index)
      let error = "pool limit reached"
      samples.append(Sample("b", .rejected, planned: planned, done: planned + 1, error: error))
    }
    try recorded.write(samples)
    try recorded.write([
      RunEvent(.warmup, at: -50_000_000, until: 0), RunEvent(.measure, at: 0, until: 2_000_000_000),
      RunEvent(.drain, at: 2_000_000_001),
      RunEvent(.end, at: 2_200_000_000, attempts: samples.count),
    ])
    try recorded.write([
      ServerMetricsLine(
        at: 0,
        occasion: .before,
        scrape: .init(parsing: "mcp_pool_hits_total 1".utf8)
      ),
      ServerMetricsLine(
        at: 9,
        occasion: .after,
        scrape: .init(parsing: "mcp_pool_hits_total 1501".utf8)
      ),
    ])
    return recorded
  }

  func testReport_hasTheSectionsAndLabelsUsersKnow() throws {
    let report = try Judge(recorded().recording).judge(RecordedScenario.name).report
    let lines = report.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for line in [
      String(repeating: "=", count: 70), "                         LOAD TEST RESULTS",
      "Test ID:    loadtest_20260212_153045", "Scenario:   command_throughput",
      String(repeating: "-", count: 70), "COMMAND THROUGHPUT TEST", "THROUGHPUT",
      "  Total Requests:     4,523", "  Successful:         4,515 (99.8%)",
      "  Failed:             8",
      "  Min:    12.3", "  Max:    12.3",
    ] {
      XCTAssertTrue(lines.contains(line), "no line \"\(line)\" in\n\(report)")
    }
    for beginning in [
      "Duration:   2.0s", "Network:    live: http://h:3000/mcp", "Target:     t:22", "Verdict:    ",
      "  p50:    12.3    (12.3 to 12.3)", "  p95:    12.3  ", "  p99:    12.3  ",
      "  Requests/Second:    2,25", "LATENCY (milliseconds", "  p90:    ", "  p99.9:  ",
      "OUTCOMES", "  8 x b rejected, the first: pool limit reached", "SERVER METRICS", "VERDICTS",
    ] {
      XCTAssertTrue(
        lines.contains { $0.hasPrefix(beginning) },
        "no line begins with \"\(beginning)\" in\n\(report)"
      )
    }
    // In the order of the example.
    let order = [
      "LOAD TEST RESULTS", "Test ID:", "Duration:", "THROUGHPUT\n", "LATENCY", "VERDICTS",
    ]
    let places = try order.map { try XCTUnwrap(report.range(of: $0)?.lowerBound, $0) }
    XCTAssertEqual(places, places.sorted())
    XCTAssertTrue(report.hasSuffix("=\n"))
    let metric = try XCTUnwrap(lines.first { $0.contains("mcp_pool_hits_total") })
    XCTAssertTrue(metric.hasSuffix("1, 1,501, 1,500"), metric)
    let absent = try XCTUnwrap(lines.first { $0.contains("mcp_pool_creates_total") })
    XCTAssertTrue(absent.hasSuffix("not reported"), absent)
  }

  func testReport_countsHandshakesApart_whenTheServerIsSecure() throws {
    let recorded = try RecordedScenario()
    var samples = (0..<20).map { index in
      Sample("a", planned: Double(index) * 100, done: Double(index) * 100 + 50)
    }
    for index in 0..<4 {
      samples[index].attempt.connecting = 1_000_000
      samples[index].attempt.handshaking = 7_000_000
      samples[index].attempt.resumesSession = index > 0
    }
    // It belongs to no measured request.
    samples.append(Sample("initialize", planned: -100, done: -90, phase: .setup))
    samples[20].attempt.handshaking = 9_000_000
    try recorded.write(samples)
    try recorded.write(RunEvent.step(nil, from: 0, until: 2_000))
    let judgement = try Judge(recorded.recording).judge(RecordedScenario.name)
    let words = "of which TLS handshakes: 1 full, 3 resumed, p50 7.0 ms, p99 too few"
    XCTAssertTrue(judgement.report.contains(words), judgement.report)
    XCTAssertEqual(judgement.summary.handshaking?.n, 4)
    XCTAssertEqual(judgement.summary.resumedHandshakes, 3)
  }

  func testReport_saysWhatTheProbeCost_whenASessionFollowedIt() throws {
    for (probe, words) in [
      (
        ProtocolProbe(outcome: .httpError, httpStatus: 400, nanoseconds: 1_500_000),
        "server/discover: http_error, HTTP 400, 1.5 ms (1 request, before the load)"
      ),
      (
        ProtocolProbe(outcome: .timeout, httpStatus: nil, nanoseconds: 10_000_000_000),
        "server/discover: timeout, 10,000.0 ms"
      ),
      (
        ProtocolProbe(outcome: .success, httpStatus: 200, nanoseconds: 2_000_000),
        "server/discover: no revision offered, 2.0 ms"
      ),
    ] {
      let recorded = try RecordedScenario(RecordedScenario.header(probe: probe))
      let judged = try Judge(recorded.recording).judge(RecordedScenario.name)
      XCTAssertTrue(judged.html.contains("Probe for 2026-07-28"), judged.html)
      for text in [judged.html, judged.report] { XCTAssertTrue(text.contains(words), text) }
    }
    let other = try Judge(try RecordedScenario().recording).judge(RecordedScenario.name)
    XCTAssertFalse((other.html + other.report).contains("Probe"))
  }

  func testSection_isATableThenFieldsThenNotesOfSeventyColumns() throws {
    var section = ReportSection("WIDTHS", columns: ["step", "n", "p50"])
    section.addRow(["a", .count(1), .milliseconds(12_345.6)])
    section.addRow(["longer name", .count(1_234), .absent()])
    func estimate(_ interval: ClosedRange<Int64>?) -> TableCell {
      .percentile(
        0.5,
        QuantileEstimate(value: 2_000_000, interval: interval, dispersion: nil, count: 9)
      )
    }
    section.addRow(["sure", .count(9), estimate(1_200_000...13_450_000)])
    section.addRow(["unsure", .count(9), estimate(nil)])
    section.addRow(["nothing", .count(0), .percentile(0.5, nil)])
    section.addField("Label", "value")
    section.addNote(String(repeating: "word ", count: 40))
    section.addNote("short")
    section.addNote(String(repeating: "x", count: 90) + " y")
    func text(_ section: ReportSection) throws -> String {
      let analysis = try recorded().analysis()
      let summary = ScenarioSummary(analysis, verdicts: [])
      return ScenarioReport(analysis, summary, sections: [section]).text
    }
    let report = try text(section)
    let lines = report.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let start = try XCTUnwrap(lines.firstIndex(of: "WIDTHS"))
    let table = [
      "  step             n       p50", "  a                1  12,345.6",
      "  longer name  1,234         -", "  sure             9         2",
      "                       1 to 13", "  unsure           9       2.0",
      "                       too few", "  nothing          0         -",
      "  Label:              value", "",
    ]
    XCTAssertEqual(Array(lines[start + 1...start + 10]), table)
    let notes = lines[(start + 11)...].prefix { !$0.isEmpty }
    XCTAssertEqual(notes.joined().components(separatedBy: "word").count, 41, "words were lost")
    for note in notes where !note.contains("xx") { XCTAssertLessThanOrEqual(note.count, 70, note) }
    XCTAssertEqual(notes.filter { $0.hasPrefix("  ") && !$0.hasPrefix("    ") }.count, 3)
    XCTAssertTrue(notes.contains("  short"))
    // A heading alone is a heading alone.
    XCTAssertTrue(try text(ReportSection("None")).contains("\nNONE\n\n"))
  }

  /// What was never answered is no latency, and infinitely slow to a ceiling: both figures stand side by side.
  func testReports_haveBothPercentiles_whereSomeWereNeverAnswered() throws {
    let recorded = try RecordedScenario()
    func write(timeouts: Int) throws -> Judge.Judged {
      let samples =
        (0..<1_000).map { Sample("a", planned: Double($0), done: Double($0) + 10) }
        + (0..<timeouts).map {
          Sample("a", .timeout, planned: 100 * Double($0), done: 100 * Double($0) + 30_000)
        }
      try recorded.write(samples)
      try recorded.write([
        RunEvent(.measure, at: 0, until: 2_000_000_000), RunEvent(.drain, at: 2_000_000_001),
        RunEvent(.end, at: 2_200_000_000, attempts: samples.count),
      ])
      return try Judge(recorded.recording).judge(RecordedScenario.name)
    }
    let some = try write(timeouts: 12)
    XCTAssertTrue(
      some.report.contains(
        "  with 12 timeouts and drops as infinitely slow: p50 10.0, p95 10.0, p99 never\n"
      ),
      some.report
    )
    XCTAssertTrue(some.html.contains("p99 with 12 unanswered"), some.html)
    let unanswered = try XCTUnwrap(some.summary.latencyCountingUnanswered)
    XCTAssertEqual(unanswered.unanswered, 12)
    XCTAssertEqual(try XCTUnwrap(unanswered.p95), 10, accuracy: 0.01)
    XCTAssertNil(unanswered.p99)
    let p99 = try XCTUnwrap(some.summary.verdicts.first { $0.metric == .p99Milliseconds })
    XCTAssertTrue(p99.message.contains("; of successes alone it is 10.0 ms"), p99.message)
    let markdown = try Judge(recorded.recording).summarise()
    XCTAssertTrue(MarkdownReport(markdown).text.contains("; never with 12 unanswered |"))
    let none = try write(timeouts: 0)
    XCTAssertFalse(none.report.contains("infinitely slow"), none.report)
    XCTAssertFalse(none.html.contains("unanswered"), none.html)
    XCTAssertNil(none.summary.latencyCountingUnanswered)
  }

  func testReport_leadsWithItsProblems_whenNothingSucceeded() throws {
    let recorded = try RecordedScenario()
    try recorded.write([RunEvent(.problem, at: 1, message: "2 of 2 workers could not begin")])
    let report = try Judge(recorded.recording).judge(RecordedScenario.name).report
    XCTAssertTrue(report.contains("PROBLEM:    2 of 2 workers could not begin"), report)
    XCTAssertTrue(report.contains("PROBLEM:    the load never began"), report)
    XCTAssertTrue(report.contains("nothing succeeded"), report)
    XCTAssertFalse(report.contains("nan"), report)
    XCTAssertFalse(report.contains("  PASS"), report)
  }

  func testSummary_totalsTheLinesByPhaseAndOutcome() throws {
    let recorded = try recorded()
    let summary = try Judge(recorded.recording).judge(RecordedScenario.name).summary
    XCTAssertEqual(
      summary.totals,
      [
        "setup": ["success": 2], "warmup": ["success": 1],
        "measure": ["success": 4_515, "rejected": 8], "drain": ["success": 1],
      ]
    )
    XCTAssertEqual(summary.attempts, summary.totals.values.flatMap(\.values).reduce(0, +))
    XCTAssertEqual(summary.requests.total, 4_523)
    XCTAssertEqual(summary.requests.failed, 8)
    XCTAssertEqual(summary.requests.outcomes, ["success": 4_515, "rejected": 8])
    XCTAssertEqual(summary.latency["b"]?["rejected"]?.n, 8)
    XCTAssertEqual(summary.latency["a"]?["success"]?.n, 2_258)
    XCTAssertEqual(summary.latencyOfAllSuccesses?.n, 4_515)
    let service = try XCTUnwrap(summary.serviceTime["a"])
    XCTAssertEqual(service.p50, 11.3, accuracy: 0.02)
    XCTAssertEqual(summary.failures.map(\.example), ["pool limit reached"])
    XCTAssertEqual(summary.ending, .complete)
  }

  func testSummaryFile_isReadBack_andHasTheKeysOfTheFormat() throws {
    let recorded = try recorded()
    let judge = Judge(recorded.recording)
    _ = try judge.judge(RecordedScenario.name)
    try judge.summarise()
    let data = try Data(contentsOf: URL(fileURLWithPath: recorded.layout.summary))
    let object = try XCTUnwrap(JSONSerialization.jsonObject(with: data) as? [String: Any])
    for key in [
      "format", "test_id", "scenario", "ending", "verdict", "problems", "verdicts", "totals",
      "attempts", "requests", "throughput", "latency_ms", "server_metrics", "configuration",
      "machine",
    ] {
      XCTAssertNotNil(object[key], key)
    }
    let latency = try XCTUnwrap(object["latency_ms"] as? [String: [String: [String: Any]]])
    let keys: Set = [
      "n", "min", "mean", "p50", "p90", "p95", "p99", "p99_9", "max", "intervals_95",
    ]
    XCTAssertEqual(try Set(XCTUnwrap(latency["a"]?["success"]).keys), keys)
    let rate = try XCTUnwrap(object["throughput"] as? [String: Any])
    XCTAssertEqual(
      Set(rate.keys),
      ["successes", "window_s", "avg_per_s", "peak_per_s", "interval_95"]
    )
    let whole = try RecordingJSON.decodeFile(RunSummary.self, at: recorded.recording.summary)
    XCTAssertEqual(whole.scenarios.map(\.scenario), [RecordedScenario.name])
    XCTAssertEqual(whole.testID, "loadtest_20260212_153045")
  }

  func testVerdict_isTheWorstOfAll() {
    func verdict(_ outcome: Verdict.Outcome) -> Verdict {
      Verdict(metric: .successRate, outcome: outcome, value: 1, limit: 1, n: 1, message: "")
    }
    for (outcomes, overall) in [
      ([.pass, .pass], .pass), ([.pass, .inconclusive], .inconclusive),
      ([.pass, .inconclusive, .fail], .fail), ([], .inconclusive),
    ] as [([Verdict.Outcome], Verdict.Outcome)] {
      XCTAssertEqual(ScenarioSummary.overall(outcomes.map(verdict)), overall, "\(outcomes)")
    }
  }

  // MARK: Judge

  func testJudge_givesTheSame_whenARecordingIsJudgedAgain() throws {
    let recorded = try recorded()
    let judge = Judge(recorded.recording)
    let first = try judge.judge(RecordedScenario.name)
    let file = try Data(contentsOf: URL(fileURLWithPath: recorded.layout.summary))
    let second = try judge.judge(RecordedScenario.name)
    XCTAssertEqual(first.report, second.report)
    XCTAssertEqual(try Data(contentsOf: URL(fileURLWithPath: recorded.layout.summary)), file)
  }

  /// A file that cannot be read is a failure that every output shows, never a scenario less.
  func testSummary_namesWhatCannotBeRead() throws {
    let recorded = try recorded()
    let judge = Judge(recorded.recording)
    try judge.judge(RecordedScenario.name)
    XCTAssertEqual(try judge.summarise().scenarios.count, 1)
    try recorded.write(Array("{\"scenario\":".utf8), to: recorded.layout.summary)
    let summary = try judge.summarise()
    XCTAssertEqual(summary.scenarios.count, 0)
    let reason = try XCTUnwrap(summary.failed?[RecordedScenario.name])
    XCTAssertTrue(reason.contains("summary.json cannot be read"), reason)
    XCTAssertTrue(reason.contains("loadtest report"), reason)
    let junit = try String(contentsOfFile: recorded.recording.junit, encoding: .utf8)
    XCTAssertTrue(junit.contains("<error"), junit)
    try recorded.write(Array("[1".utf8), to: recorded.recording.failed)
    XCTAssertTrue(judge.failures.values.joined().contains("cannot be read"), "\(judge.failures)")
  }

  func testJudge_judgesWhatIsThere_whenTheRunWasKilled() throws {
    let recorded = try recorded()
    let path = recorded.layout.samples(0)
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    try recorded.write(whole.prefix(whole.count - 40), to: path)
    try recorded.write([
      RunEvent(.warmup, at: -50_000_000, until: 0), RunEvent(.measure, at: 0, until: 2_000_000_000),
    ])
    let judged = try Judge(recorded.recording).judge(RecordedScenario.name)
    XCTAssertEqual(judged.summary.ending, .brokenOff)
    XCTAssertEqual(judged.summary.unreadableLines, 1)
    XCTAssertEqual(judged.summary.requests.total, 4_522)
    XCTAssertTrue(judged.report.contains("breaks off"), judged.report)
    let accounted = judged.summary.verdicts.first { $0.metric == .unaccountedAttempts }
    XCTAssertEqual(accounted?.outcome, .inconclusive)
  }

  func testJudge_refusesARecording_whenItsHeaderIsOfAnotherScenario() throws {
    let recorded = try recorded()
    try FileManager.default.moveItem(
      atPath: recorded.layout.directory,
      toPath: recorded.recording.scenario("tea").directory
    )
    XCTAssertThrowsError(try Judge(recorded.recording).judge("tea")) { error in
      XCTAssertTrue(
        "\(error)".contains("tea/scenario.json is of \"command_throughput\""),
        "\(error)"
      )
    }
    XCTAssertEqual(try Judge(recorded.recording).scenarios(), ["tea"])
  }

  func testLoad_isToldWithThePauses_ofAClosedLoop() throws {
    var header = RecordedScenario.header()
    header.stages = [Stage(name: nil, kind: .steady, workers: 2, thinkSeconds: 0.5, paceSeconds: 2)]
    let recorded = try MadeUpRun().recorded()
    try recorded.write(RecordingJSON.encodeFile(header), to: recorded.layout.header)
    let report = try Judge(recorded.recording).evaluate(RecordedScenario.name).report
    XCTAssertTrue(
      report.contains("2 workers, closed loop, think time 0.5 s, pace 2 s\n"),
      report
    )
  }

  func testOverrides_areReadFromAFile_orRefusedWithItsName() throws {
    let directory = try TemporaryDirectory()
    func read(_ text: String) throws -> ThresholdOverrides {
      try Judge.readOverrides(directory.write(text.utf8, to: "limits.json"))
    }
    XCTAssertEqual(try Judge.readOverrides(nil), .none)
    let overrides = try read(#"{"command_throughput": {"p99_ms": 200}}"#)
    let judged = try Judge(recorded().recording, overrides: overrides).judge(RecordedScenario.name)
    let p99 = judged.summary.verdicts.first { $0.metric == .p99Milliseconds }
    XCTAssertEqual(p99?.limit, 200)
    for text in [
      "", "[]", #"{"command_throughput": 5}"#, #"{"command_throughput": {"p99_ms": "5"}}"#,
      #"{"comand_throughput": {"p99_ms": 5}}"#, #"{"command_throughput": {"p99": 5}}"#,
      #"{"command_throughput": {"success_rate": 99}}"#,
    ] {
      XCTAssertThrowsError(try read(text), text) { error in
        XCTAssertTrue("\(error)".contains("--thresholds"), "\(error)")
        XCTAssertTrue("\(error)".contains("limits.json"), "\(error)")
      }
    }
    for (text, words) in [
      (
        "{\n \"s\": {\"p99_ms\": 5,\n  \"p99_ms\": 6}}",
        "line 3, column 3: s.p99_ms: this key stands here twice"
      ),
      (
        "{\n \"s\": {\"p99_ms\": \"5\"}}",
        "line 2, column 8: s.p99_ms: \"5\" is not valid: it must be a number"
      ),
      ("{\n \"s\": }", "line 2, column 7: not JSON"),
    ] {
      XCTAssertThrowsError(try read(text), text) { error in
        XCTAssertTrue("\(error)".contains(words), "\(error)")
      }
    }
    XCTAssertThrowsError(try Judge.readOverrides("/nowhere.json")) { error in
      XCTAssertTrue("\(error)".contains("\"/nowhere.json\""), "\(error)")
      XCTAssertTrue("\(error)".contains("there is no such file"), "\(error)")
    }
  }
}
