import Foundation
import FoundationXML
import XCTest

@testable import LoadSupport

final class TrendReportTests: XCTestCase {
  private var directory: TemporaryDirectory!

  override func setUpWithError() throws { directory = try TemporaryDirectory() }

  /// Judges a made-up run below the directory.
  private func judge(_ name: String, _ change: (inout MadeUpRun) -> Void = { _ in }) throws {
    var run = MadeUpRun()
    change(&run)
    let path = "\(directory.path)/\(name)"
    try FileManager.default.copyItem(atPath: run.recorded().recording.directory, toPath: path)
    let judge = Judge(RecordingLayout(directory: path))
    for scenario in try judge.scenarios() { try judge.judge(scenario) }
    try judge.summarise()
  }

  private func report(_ scenarios: [String] = []) throws -> TrendReport {
    TrendReport(
      of: try RecordingLayout(directory: directory.path).heldRecordings(),
      scenarios: scenarios
    )
  }

  func testRuns_areOneCourse_whereTheirLoadIsOne() throws {
    for (name, latency) in [("run_1", 10.0), ("run_2", 12), ("run_3", 11)] {
      try judge(name) { $0.latencyMilliseconds = latency }
    }
    try judge("run_4") { ($0.workers, $0.busyWorkers) = (3, 3) }
    let report = try report()
    XCTAssertEqual(report.courses.map(\.runs.count).sorted(), [1, 3])
    XCTAssertEqual(report.remarks, [])
    let text = report.text
    for part in ["COMMAND_THROUGHPUT", "2 workers", "3 workers", "run_2", "requests/s", "p99 ms"] {
      XCTAssertTrue(text.contains(part), "no \(part) in \(text)")
    }
    XCTAssertTrue(try self.report(["latency_test"]).courses.isEmpty)
  }

  func testPage_linksToReportsBelowIt_andShowsEachFigure() throws {
    for (name, latency) in [("a b", 10.0), ("<run>", 12)] {
      try judge(name) { $0.latencyMilliseconds = latency }
    }
    let page = try report().html(in: directory.path)
    let parser = XMLParser(data: Data(page.utf8))
    XCTAssertTrue(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "")")
    for part in [
      "href=\"./a%20b/command_throughput/report.html\">a b</a>", "./%3Crun%3E/command_throughput",
      "aria-label=\"p99 ms\"", "aria-label=\"requests/s\"", "Content-Security-Policy",
      "from the median of the 1 before",
    ] {
      XCTAssertTrue(page.contains(part), "no \(part) in \(page)")
    }
    XCTAssertFalse(page.contains("<run>"))
    XCTAssertFalse(try report().html(in: "/elsewhere").contains("href=\"./"))
  }

  func testRuns_areLeftOutWithTheReason_whereTheyAreNotJudged() throws {
    try judge("run_1")
    for (name, summary) in [("run_2", "{"), ("run_3", nil)] {
      let path = "\(directory.path)/\(name)"
      try FileManager.default.copyItem(
        atPath: MadeUpRun().recorded().recording.directory,
        toPath: path
      )
      if let summary {
        try Data(summary.utf8).write(to: URL(fileURLWithPath: "\(path)/summary.json"))
      }
    }
    let report = try report()
    XCTAssertEqual(report.courses.map(\.runs.count), [1])
    XCTAssertEqual(report.remarks.count, 2, "\(report.remarks)")
    try judge("run_4") { $0.isStopped = true }
    XCTAssertEqual(try self.report().courses.map(\.runs.count), [1], "it was interrupted")
    XCTAssertEqual(try self.report().remarks.count, 3)
    XCTAssertTrue(report.text.contains("run_2: left out"), report.text)
    // One run is no course.
    XCTAssertFalse(report.html(in: directory.path).contains("<figure>"))
  }
}
