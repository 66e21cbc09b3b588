import EventIO
import XCTest

@testable import LoadSupport

final class ServerMetricsLineTests: XCTestCase {
  private func line(
    _ text: String,
    _ occasion: ServerMetricsLine.Occasion = .loadStart
  ) -> ServerMetricsLine {
    ServerMetricsLine(at: 5, occasion: occasion, scrape: PrometheusText(parsing: text.utf8))
  }

  private func encoded(_ line: ServerMetricsLine) throws -> String {
    String(decoding: try RecordingJSON.encodeLine(line), as: UTF8.self)
  }

  func testSeries_keepTheirLabels() throws {
    let line = line("c{status=\"success\",host=\"x\"} 5\nc{status=\"error\",host=\"x\"} 0.5\nd 0")
    XCTAssertEqual(
      line.series,
      [#"c{host="x",status="success"}"#: 5, #"c{host="x",status="error"}"#: 0.5, "d": 0]
    )
    let text = try encoded(line)
    XCTAssertTrue(text.contains(#""c{host=\"x\",status=\"success\"}":5"#), text)
    XCTAssertTrue(text.contains(#""occasion":"load_start""#), text)
  }

  func testSeries_isTheLastValue_whenItOccursTwice() {
    XCTAssertEqual(
      line("a{x=\"1\",y=\"2\"} 1\na{y=\"2\",x=\"1\"} 2").series,
      [#"a{x="1",y="2"}"#: 2]
    )
  }

  func testValues_areLeftOutAndCounted_whenTheyAreNotFinite() throws {
    let damaged = line("a 1\nb NaN\nc +Inf\nc{x=\"1\"} -Inf\nno sample")
    XCTAssertEqual(damaged.series, ["a": 1])
    XCTAssertEqual(damaged.skipped, 3)
    XCTAssertEqual(damaged.skippedLines, 1)
    XCTAssertEqual(
      try encoded(line("a 1")),
      #"{"at_ns":5,"occasion":"load_start","series":{"a":1}}"# + "\n"
    )
  }

  func testTypes_areLeftOut_onATick() {
    let text = "# TYPE a counter\na 1"
    XCTAssertEqual(line(text, .before).types, ["a": "counter"])
    XCTAssertEqual(line(text, .loadEnd).types, ["a": "counter"])
    XCTAssertNil(line(text, .tick).types)
    XCTAssertNil(line("a 1", .before).types)
  }

  func testTotals_areSumsOverLabels_whereThereIsASum() {
    let line = line(
      """
      a{x="1"} 2
      a{x="2"} 3
      leaky_bucket{x="1"} 4
      leaky_bucket{x="2"} 4
      d_bucket{le="1"} 5
      d_bucket{le="+Inf"} 6
      d_count 6
      s{quantile="0.5"} 7
      s_sum 8
      {"e.f",x="1"} 9
      {"e.f",x="2"} 1
      """
    )
    XCTAssertEqual(
      line.totals,
      ["a": 5, "leaky_bucket": 8, "d_count": 6, "s_sum": 8, "e.f": 10]
    )
  }

  func testServingCPU_isASeriesBesideTheServersOwn_andAbsentWhereItIsNotMeasured() throws {
    let text = "a 1\n\(ServerMetricsLine.servingCPU) 99"
    let line = ServerMetricsLine(.tick, at: 1, text, cpuSeconds: 2.5)
    // What was measured here goes before what a server says under that name.
    XCTAssertEqual(line.series, ["a": 1, ServerMetricsLine.servingCPU: 2.5])
    XCTAssertEqual(ServerMetricsLine(.tick, at: 1, "a 1").series, ["a": 1])
    let alone = ServerMetricsLine(.tick, at: 1, "", cpuSeconds: 0)
    XCTAssertEqual(alone.series, [ServerMetricsLine.servingCPU: 0])
    // It is not the server that reports it.
    XCTAssertFalse(ServerMetrics([alone]).isReported)
  }

  func testResources_areSeriesBesideTheServersOwn() {
    let held = ProcessResources(memoryBytes: 4096, openDescriptors: nil, threads: 3, processes: 2)
    let line = ServerMetricsLine(
      at: 1,
      occasion: .tick,
      scrape: PrometheusText(parsing: []),
      resources: held
    )
    // What this user may not see is absent, never zero.
    XCTAssertEqual(
      line.series,
      [
        ServerMetricsLine.serverMemory: 4096, ServerMetricsLine.serverThreads: 3,
        ServerMetricsLine.serverProcesses: 2,
      ]
    )
    XCTAssertFalse(ServerMetrics([line]).isReported)
    XCTAssertEqual(
      ServerMetrics([line]).withoutPages.timeline(ServerMetricsLine.serverMemory).count,
      1
    )
  }

  func testLine_survivesCoding() throws {
    let line = line("# TYPE m counter\nm{a=\"\\n\\\"\\\\é/ \"} 0.1\n{\"x.y\"} 1e300\nm NaN\n-")
    let data = try RecordingJSON.encodeLine(line)
    let path = try TemporaryDirectory().write(data, to: "server_metrics.jsonl")
    XCTAssertEqual(RecordingJSON.decodeLines(ServerMetricsLine.self, at: path).read, [line])
  }
}
