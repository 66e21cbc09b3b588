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
    XCTAssertEqual(scrape.types, ["mcp_pool_hits_total": "counter"])
    XCTAssertEqual(scrape.skippedLines, 0)
  }

  func testLastLine_isRead_whenItHasNoEnd() {
    XCTAssertEqual(read("a 1\nb 2").series.map(\.name), ["a", "b"])
  }

  func testSeries_areAllKept_whenOneOccursTwice() {
    XCTAssertEqual(read("a 1\nb 2\na 3").series.map(\.value), [1, 2, 3])
  }

  func testText_ends_atItsEndMark() {
    let scrape = read("a 1\n# EOF\nb 2\nno sample at all\n# TYPE b gauge")
    XCTAssertEqual(scrape.series.map(\.name), ["a"])
    XCTAssertEqual(scrape.skippedLines, 0)
    XCTAssertEqual(scrape.types, [:])
    XCTAssertEqual(read("a 1\r\n# EOF \r\nb 2").series.count, 1)
    XCTAssertEqual(read("#EOF\n# EOF not yet\na 1").series.count, 1)
  }

  func testTypes_areKeptByName() {
    let text = """
      # TYPE a counter
      #\tTYPE\tb\tgauge\r
        # TYPE "c d" histogram
      # TYPE a untyped
      #TYPE e gauge
      # TYPEf gauge
      # HELP g # TYPE g gauge
      # TYPE
      # A comment of # TYPE h gauge
      """
    let scrape = read(text)
    XCTAssertEqual(
      scrape.types.filter { $0.value != "" },
      ["a": "untyped", "b": "gauge", "c d": "histogram"]
    )
    XCTAssertEqual(scrape.skippedLines, 0)
  }

  func testLabels_areUnescaped() {
    let scrape = read(#"m{a="q\"b\\s\nn}{,= é # ",b="",le="+Inf",c="\x\\n\t"} 1"#)
    XCTAssertEqual(
      scrape.series.first?.labels,
      ["a": "q\"b\\s\nn}{,= \u{E9} # ", "b": "", "le": "+Inf", "c": #"\x\n\t"#]
    )
  }

  func testNames_mayStandInQuotesBetweenTheLabels() {
    let scrape = read(#"{"a.b",c="d"} 1"# + "\n" + #"{ "c.d"="e", "a \"b\"" , } 2"# + "\n{\"f\"}3")
    XCTAssertEqual(
      scrape.series,
      [
        .init(name: "a.b", labels: ["c": "d"], value: 1),
        .init(name: "a \"b\"", labels: ["c.d": "e"], value: 2),
        .init(name: "f", labels: [:], value: 3),
      ]
    )
  }

  func testTimestampsAndExemplars_arePassedOver() {
    let text = """
      a 1 1770910245123
      b 2 -1
      c{le="1"} 3 1770910245.123
      d_bucket{le="1"} 4 # {trace_id="x # y"} 0.67
      e_bucket{le="1"} 5 1.5 # {trace_id="x"} 0.67 1.25
      f_total 6 # {} 1
      """
    XCTAssertEqual(read(text).series.map(\.value), [1, 2, 3, 4, 5, 6])
  }

  func testValues_mayBeInfiniteOrNoNumber() throws {
    let text = "a NaN\nb +Inf\nc -Inf\nd -0.5\ne 1e-3\nf .5\ng +7\nh Inf\ni 1.E+2\nj 1e999"
    let values = read(text).series.map(\.value)
    XCTAssertEqual(values.count, 10)
    XCTAssertTrue(try XCTUnwrap(values.first).isNaN)
    XCTAssertEqual(
      Array(values.dropFirst()),
      [.infinity, -.infinity, -0.5, 0.001, 0.5, 7, .infinity, 100, .infinity]
    )
  }

  func testLines_areSkippedAndCounted_whenTheyAreNoSamples() {
    let garbage = [
      "lonely", "name value", "m{a=\"1\" 2", "m{a=1} 2", "m{a} 2", "m{=\"x\"} 2", "m{a=\"1\\", "{}",
      "<html><body>", "m{a=\"1\"}", "m{a=\"1\"}x 2", "{a=\"1\"} 2", "{} 1", "m{,} 1",
      "m{,a=\"1\"} 1",
      "m{a=\"1\",,} 1", "m{a=\"1\"b=\"2\"} 1", "m{a=\"1\",a=\"2\"} 1", "m{\"n\"} 1", "{\"\"} 1",
      "{\"m\",\"n\"} 1", "1m 1", "m-1", "m.5 1", "m\"n\" 1", "é 1", "m 0x1p3", "m nan(1)",
      "m 1 2 3",
      "m 1 x", "m 1 # x", "m 1 2 # x", "m 1# {} 1", "m{1=\"1\"} 1", "m{a=\"1\"}} 1",
    ]
    let text = (["good 1"] + garbage + ["", " \t\r", "better 2"]).joined(separator: "\n")
    for line in garbage { XCTAssertEqual(read(line).skippedLines, 1, line) }
    let scrape = read(text)
    XCTAssertEqual(scrape.series.map(\.name), ["good", "better"])
    XCTAssertEqual(scrape.skippedLines, garbage.count)
    XCTAssertEqual(read("").series, [])
    let invalid = PrometheusText(parsing: Array("m{a=\"".utf8) + [0xFF] + Array("\"} 1".utf8))
    XCTAssertEqual(invalid.skippedLines, 1)
  }

  func testKey_isTheSame_howeverTheSeriesIsWritten() {
    let series = read(
      "m{b=\"2\",a=\"1\"} 1\nm { a = \"1\" ,b=\"2\", }\t2\n{b=\"2\",\"m\",\"a\"=\"1\"} 3"
    ).series
    XCTAssertEqual(series.map(\.key), Array(repeating: #"m{a="1",b="2"}"#, count: 3))
    XCTAssertEqual(read("m 1\nm{} 1\n{\"m\",} 1").series.map(\.key), ["m", "m", "m"])
    let labels = ["b c": "\r\n", "a": "\"\u{301}\\"]
    XCTAssertEqual(
      PrometheusText.Series(name: "a.b", labels: labels, value: 1).key,
      "{\"a.b\",a=\"\\\"\u{301}\\\\\",\"b c\"=\"\r\\n\"}"
    )
  }

  func testKey_isReadBack() {
    for (name, labels) in [
      ("m", [:]), ("m", ["a": "\\n\n\"\r\n,}{= é"]), ("m n", ["a b": "", "é\n": "\\"]),
    ] {
      let series = PrometheusText.Series(name: name, labels: labels, value: 7)
      XCTAssertEqual(PrometheusText.Series(key: series.key, value: 7), series, series.key)
    }
    for key in ["", "m n", "m{", "m{}x", "{}", "1"] {
      XCTAssertNil(PrometheusText.Series(key: key, value: 1), key)
    }
  }

  func testText_doesNotCrash_whenItIsDamaged() {
    let samples = [
      "a{b=\"c\",d=\"e\\\"f\"} 1 2\n# HELP a b\n# TYPE a counter\na_total 5\n",
      "x NaN\r\ny{le=\"+Inf\"} 9e9 # {t=\"é\"} 1 2\n# EOF\nz 1",
      "{\"a.b\",\"c d\"=\"\\n\\\\\",} -Inf\n# TYPE \"a.b\" gauge",
    ].map { Array($0.utf8) }
    var mutator = ByteMutator(seed: 11)
    for _ in 0..<50_000 {
      let bytes = mutator.mutation(of: samples)
      let scrape = PrometheusText(parsing: bytes)
      let lines = bytes.split(separator: 0x0A).count
      XCTAssertLessThanOrEqual(scrape.series.count + scrape.skippedLines, lines)
      for series in scrape.series {
        let again = PrometheusText.Series(key: series.key, value: 0)
        XCTAssertEqual(again?.name, series.name)
        XCTAssertEqual(again?.labels, series.labels)
      }
    }
  }
}
