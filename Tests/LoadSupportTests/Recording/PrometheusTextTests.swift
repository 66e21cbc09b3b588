import XCTest

@testable import LoadSupport

final class PrometheusTextTests: XCTestCase {
  private func read(_ text: String) -> PrometheusText { PrometheusText(parsing: text.utf8) }

  func testText_isRead_whenItIsComplete() {
    let text = """
      # HELP mcp_pool_hits_total Hits.
      # TYPE mcp_pool_hits_total counter
      mcp_pool_hits_total 12
      mcp_ssh_sessions_total{host="10.0.0.1",status="ok"} 3 1770910245123
      mcp_ssh_sessions_total{host="10.0.0.2",status="ok",} 4.5e1\r
        spaced\t{ a = "1" , b="2" }\t 7

      # EOF

      """
    let scrape = read(text)
    XCTAssertEqual(
      scrape.series,
      [
        .init(name: "mcp_pool_hits_total", labels: [:], value: 12),
        .init(
          name: "mcp_ssh_sessions_total",
          labels: ["host": "10.0.0.1", "status": "ok"],
          value: 3
        ),
        .init(
          name: "mcp_ssh_sessions_total",
          labels: ["host": "10.0.0.2", "status": "ok"],
          value: 45
        ),
        .init(name: "spaced", labels: ["a": "1", "b": "2"], value: 7),
      ]
    )
    XCTAssertEqual(scrape.skippedLines, 0)
    XCTAssertEqual(scrape.total("mcp_ssh_sessions_total"), 48)
    XCTAssertEqual(scrape.total("mcp_pool_hits_total"), 12)
  }

  /// Absent is not zero.
  func testTotal_isNil_whenTheMetricIsAbsent() {
    XCTAssertNil(read("other 1").total("mcp_pool_hits_total"))
    XCTAssertNil(read("mcp_pool_hits_total_more 1").total("mcp_pool_hits_total"))
    XCTAssertEqual(read("mcp_pool_hits_total 0").total("mcp_pool_hits_total"), 0)
  }

  func testLastLine_isRead_whenItHasNoEnd() {
    XCTAssertEqual(read("a 1\nb 2").series.map(\.name), ["a", "b"])
  }

  func testLabels_areUnescaped() {
    let scrape = read(#"m{a="q\"b\\s\nn}{,= é",b="",le="+Inf"} 1"#)
    XCTAssertEqual(
      scrape.series.first?.labels,
      ["a": "q\"b\\s\nn}{,= \u{E9}", "b": "", "le": "+Inf"]
    )
  }

  func testValues_mayBeInfiniteOrNoNumber() throws {
    let values = read("a NaN\nb +Inf\nc -Inf\nd -0.5\ne 1e-3\nf .5\ng +7").series.map(\.value)
    XCTAssertEqual(values.count, 7)
    XCTAssertTrue(try XCTUnwrap(values.first).isNaN)
    XCTAssertEqual(Array(values.dropFirst()), [.infinity, -.infinity, -0.5, 0.001, 0.5, 7])
  }

  func testLines_areSkippedAndCounted_whenTheyAreNoSamples() {
    let garbage = [
      "lonely", "name value", "m{a=\"1\" 2", "m{a=1} 2", "m{a} 2", "m{=\"x\"} 2", "m{a=\"1\\", "{}",
      "<html><body>", "m{a=\"1\"}", "m{a=\"1\"}x 2", "{a=\"1\"} 2",
    ]
    let scrape = read((["good 1"] + garbage + ["better 2"]).joined(separator: "\n"))
    XCTAssertEqual(scrape.series.map(\.name), ["good", "better"])
    XCTAssertEqual(scrape.skippedLines, garbage.count)
    XCTAssertEqual(read("").series, [])
  }

  func testText_doesNotCrash_whenItIsDamaged() {
    let samples = [
      "a{b=\"c\",d=\"e\\\"f\"} 1 2\n# HELP a b\na_total 5\n", "x NaN\ny{le=\"+Inf\"} 9e9",
    ].map { Array($0.utf8) }
    var mutator = ByteMutator(seed: 11)
    for _ in 0..<50_000 {
      let bytes = mutator.mutation(of: samples)
      let scrape = PrometheusText(parsing: bytes)
      let lines = bytes.split(separator: 0x0A).count
      XCTAssertLessThanOrEqual(scrape.series.count + scrape.skippedLines, lines)
    }
  }
}
