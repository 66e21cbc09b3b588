import Foundation
import XCTest

@testable import LoadSupport

final class SeriesCSVTests: XCTestCase {
  /// Three seconds: a success of 100 ms in each tenth of the first, a timeout in the third.
  private func recorded() throws -> RecordedScenario {
    let recorded = try RecordedScenario()
    var samples = (0..<10).map { index in
      Sample("a", planned: Double(index) * 90, done: Double(index) * 90 + 100)
    }
    samples.append(Sample("b", .timeout, planned: 100, done: 2_100))
    try recorded.write(samples)
    try recorded.write([.measured, .drained])
    let scrapes: [(Int64, String)] = [
      (100, "process_open_fds 7"), (900, "process_open_fds 8\nprocess_resident_memory_bytes 5e9"),
      (2_500, "process_open_fds 9.5"), (9_000, "process_open_fds 99"),
    ]
    try recorded.write(
      scrapes.map { milliseconds, text in
        ServerMetricsLine(
          at: milliseconds * 1_000_000,
          occasion: .tick,
          scrape: .init(parsing: text.utf8)
        )
      }
    )
    return recorded
  }

  func testTable_hasALineABin_withTheGaugesLastValues() throws {
    let text = SeriesCSV(try recorded().analysis()).text
    let rows = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    XCTAssertEqual(
      rows[0],
      [
        "seconds", "bin_seconds", "successes", "timeout", "p50_ms_estimate", "p95_ms_estimate",
        "p99_ms_estimate", "process_resident_memory_bytes", "process_open_fds", "process_threads",
        "mcp_ssh_sessions_active", "mcp_pool_connections_active", "mcp_pool_connections_idle",
      ]
    )
    XCTAssertEqual(rows.map(\.count), [13, 13, 13, 13, 1])
    XCTAssertEqual(Array(rows[1][0...3]), ["0", "1", "10", "0"])
    XCTAssertEqual(Array(rows[1][7...]), ["5000000000", "8", "", "", "", ""])
    // Buckets are a quarter of a power of two wide.
    for estimate in rows[1][4...6] {
      XCTAssertEqual(try XCTUnwrap(Double(estimate)), 100, accuracy: 25)
    }
    XCTAssertEqual(rows[2], ["1", "1", "0", "0"] + Array(repeating: "", count: 9))
    XCTAssertEqual(rows[3], ["2", "1", "0", "1", "", "", "", "", "9.5", "", "", "", ""])
  }

  func testTable_isItsHeader_whenNothingHappened() throws {
    let recorded = try RecordedScenario()
    let text = SeriesCSV(try recorded.analysis()).text
    XCTAssertTrue(text.hasPrefix("seconds,bin_seconds,successes,p50_ms_estimate,"))
    XCTAssertEqual(text.count { $0 == "\n" }, 1)
  }

  func testTable_isReadByPython() throws {
    let text = SeriesCSV(try recorded().analysis()).text
    let file = try TemporaryDirectory().write(text.utf8, to: "series.csv")
    let script = """
      import csv
      rows = list(csv.DictReader(open(sys.argv[1], newline=""), strict=True))
      print(json.dumps([[r["successes"], r["timeout"], r["process_open_fds"]] for r in rows]))
      """
    XCTAssertEqual(
      try Python.json([[String]].self, script, [file]),
      [["10", "0", "8"], ["0", "0", ""], ["0", "1", "9.5"]]
    )
  }

  // MARK: The judge

  func testJudge_writesAllExports() throws {
    let recorded = try recorded()
    let judge = Judge(recorded.recording)
    _ = try judge.judge(RecordedScenario.name)
    let step = try TemporaryDirectory().path + "/step.md"
    try judge.summarise()
    try judge.summarise(environment: ["GITHUB_STEP_SUMMARY": step])
    func read(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
    XCTAssertEqual(try read(recorded.layout.series), SeriesCSV(try recorded.analysis()).text)
    XCTAssertTrue(
      try read(recorded.layout.percentiles(of: "a")).contains("Total count    =           10]")
    )
    let names = try FileManager.default.contentsOfDirectory(atPath: recorded.layout.directory)
    XCTAssertEqual(names.filter { $0.hasSuffix(".hgrm") }, ["latency_a.hgrm"])
    let markdown = try read(recorded.recording.markdown)
    XCTAssertTrue(markdown.contains("` command_throughput `"))
    XCTAssertEqual(try read(step), "\n" + markdown)
    XCTAssertTrue(
      try read(recorded.recording.junit).contains("<testsuite name=\"command_throughput\"")
    )
  }
}
