import EventIO
import XCTest

@testable import LoadSupport

final class PrometheusReportTests: XCTestCase {
  private func report(_ scenarios: [ScenarioSummary], failed: [String: String] = [:]) -> String {
    PrometheusReport(RunSummary(testID: "id", scenarios: scenarios, failed: failed)).text
  }

  func testReport_isReadByTheParserThatReadsServers_andHasTheFiguresOfTheSummary() throws {
    let summary = try HostileTexts.summary(outcomes: [.pass], problems: [], texts: ["fine"])
    let text = report([summary])
    let page = PrometheusText(parsing: text.utf8)
    XCTAssertEqual(page.skippedLines, 0)
    XCTAssertEqual(Set(page.types.values), ["gauge"])
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
      let all = labels.merging(["scenario": "command_throughput"]) { own, _ in own }
      return page.series.first { $0.name == "loadtest_" + name && $0.labels == all }?.value
    }
    XCTAssertEqual(value("requests", ["outcome": "success"]), 2, text)
    XCTAssertEqual(value("success_ratio"), 1, text)
    XCTAssertEqual(value("throughput_per_second"), 1, text)
    let median = try XCTUnwrap(value("latency_seconds", ["quantile": "0.5"]), text)
    XCTAssertEqual(median, 0.0125, accuracy: 1e-4)
    XCTAssertEqual(value("threshold_passed", ["threshold": "success_rate"]), 1, text)
    XCTAssertEqual(value("threshold_limit", ["threshold": "success_rate"]), 1, text)
    XCTAssertEqual(value("result", ["result": summary.result.rawValue]), 1, text)
  }

  func testThreshold_hasNoAnswer_whenItIsInconclusive_andAFailureIsZero() throws {
    func text(_ outcome: Verdict.Outcome) throws -> String {
      report([try HostileTexts.summary(outcomes: [outcome], problems: [], texts: ["x"])])
    }
    XCTAssertFalse(try text(.inconclusive).contains("loadtest_threshold_passed"))
    XCTAssertTrue(try text(.fail).contains("threshold=\"success_rate\"} 0.0\n"))
  }

  func testScenario_thatCouldNotBeRun_isThere_andNamesAreEscaped() {
    XCTAssertEqual(
      report([], failed: ["a\"\\\nb": "<reason>"]),
      "# HELP loadtest_result What a scenario came to; always 1.\n# TYPE loadtest_result gauge\n"
        + "loadtest_result{result=\"COULD_NOT_RUN\",scenario=\"a\\\"\\\\\\nb\"} 1.0\n"
    )
  }
}
