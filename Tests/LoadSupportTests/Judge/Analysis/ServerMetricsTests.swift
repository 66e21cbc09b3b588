import XCTest

@testable import LoadSupport

final class ServerMetricsTests: XCTestCase {
  /// One scrape a second.
  private func metrics(
    _ scrapes: (occasion: ServerMetricsLine.Occasion, text: String)...
  ) -> ServerMetrics {
    ServerMetrics(
      scrapes.enumerated().map { second, scrape in
        ServerMetricsLine(
          at: Int64(second) * 1_000_000_000,
          occasion: scrape.occasion,
          scrape: PrometheusText(parsing: scrape.text.utf8)
        )
      }
    )
  }

  // MARK: Names

  /// Figures are made of the names that client libraries agree on, and of what others call the same.
  func testFigures_areReadByOtherNames_whereTheServerHasNotTheUsualOnes() {
    let pages = [
      // OpenTelemetry, prometheus-net, Micrometer with the client for Java, the client for Go.
      "process_memory_usage_bytes 7\nprocess_cpu_time_seconds_total{state=\"user\"} 1\n"
        + "process_cpu_time_seconds_total{state=\"system\"} 2\nprocess_open_file_descriptor_count 5\n"
        + "process_thread_count 4",
      "process_working_set_bytes 7\nprocess_cpu_seconds_total 3\nprocess_open_handles 5\n"
        + "process_num_threads 4\nprocess_private_memory_bytes 99",
      "process_resident_memory_bytes 7\nprocess_cpu_seconds_total 3\nprocess_files_open_files 5\n"
        + "jvm_threads_live_threads 4",
      "process_resident_memory_bytes 7\nprocess_cpu_seconds_total 3\nprocess_open_fds 5\ngo_threads 4\n"
        + "go_goroutines 88\ngo_memstats_alloc_bytes 99\nprocess_virtual_memory_bytes 99",
    ]
    for page in pages {
      let totals = metrics((.before, page)).totals(.before)
      XCTAssertEqual(totals?[ServerMetricName.memory], 7, page)
      XCTAssertEqual(totals?[ServerMetricName.cpuSeconds], 3, page)
      XCTAssertEqual(totals?[ServerMetricName.openDescriptors], 5, page)
      XCTAssertEqual(totals?[ServerMetricName.threads], 4, page)
    }
    // Its own name counts first, and what it means otherwise is not taken for it.
    let both = metrics((.before, "process_threads 2\ngo_threads 4"))
    XCTAssertEqual(both.totals(.before), ["process_threads": 2, "go_threads": 4])
    let akin = "go_goroutines 8\nnodejs_active_handles_total 3\nprocess_virtual_memory_bytes 9"
    let totals = metrics((.before, akin)).totals(.before)
    XCTAssertNil(totals?[ServerMetricName.threads])
    XCTAssertNil(totals?[ServerMetricName.openDescriptors])
    XCTAssertNil(totals?[ServerMetricName.memory])
  }

  /// No counter counts below 0; gauges, and what ends like a counter and is none, may be there.
  func testCountersBelowZero_areNotReported() {
    let metrics = metrics(
      (.before, "hits_total 2\nmisses_total -4\nlevel -1\n# TYPE odd_total gauge\nodd_total -3"),
      (.after, "hits_total -7\nmisses_total -1\nlevel -2\nodd_total -5")
    )
    XCTAssertEqual(metrics.totals(.before), ["hits_total": 2, "level": -1, "odd_total": -3])
    XCTAssertEqual(metrics.totals(.after), ["level": -2, "odd_total": -5])
    XCTAssertEqual(metrics.difference(from: .before, to: .after), ["level": -1, "odd_total": -2])
  }

  // MARK: Totals and differences

  func testDifference_countsFromZero_whenACounterWasAbsentBefore() {
    let metrics = metrics(
      (.before, "hits_total 2\ngone_total 1\nmemory 7"),
      (.tick, "hits_total 3"),
      (.after, "hits_total 7\ncreated_total 4\nmemory 5\nsessions 3")
    )
    // A gauge that was not reported before was not zero then.
    XCTAssertEqual(
      metrics.difference(from: .before, to: .after),
      ["hits_total": 5, "created_total": 4, "memory": -2]
    )
    XCTAssertEqual(metrics.totals(.before), ["hits_total": 2, "gone_total": 1, "memory": 7])
    XCTAssertTrue(metrics.isReported)
    XCTAssertEqual(metrics.resets, [])
    XCTAssertEqual(metrics.restarts, 0)
  }

  /// Absent is "not reported", never zero.
  func testDifference_isNil_whenAScrapeIsMissing() {
    let metrics = metrics((.before, "hits 2"))
    XCTAssertNil(metrics.difference(from: .before, to: .after))
    XCTAssertNil(metrics.difference(from: .loadStart, to: .before))
    XCTAssertNil(metrics.totals(.after))
    XCTAssertFalse(ServerMetrics([]).isReported)
  }

  func testDifference_isNil_whenTheScrapesAreInTheWrongOrder() {
    let metrics = metrics((.before, "a_total 2"), (.after, "a_total 3"))
    XCTAssertNil(metrics.difference(from: .after, to: .before))
    XCTAssertEqual(metrics.difference(from: .after, to: .after), ["a_total": 0])
  }

  func testTotals_areSumsOverLabels_withoutBuckets() {
    let text = "a_total{x=\"1\"} 2\na_total{x=\"2\"} 3\nd_bucket{le=\"+Inf\"} 4\nd_count 4"
    let metrics = metrics((.before, text), (.after, text))
    XCTAssertEqual(metrics.totals(.before), ["a_total": 5, "d_count": 4])
    XCTAssertEqual(metrics.difference(from: .before, to: .after), ["a_total": 0, "d_count": 0])
  }

  /// Fractions would drift if the changes between scrapes were added up.
  func testDifference_isExact_whenNothingWasReset() {
    let metrics = metrics(
      (.before, "cpu_seconds_total 0.1"),
      (.tick, "cpu_seconds_total 0.2"),
      (.tick, "cpu_seconds_total 0.3"),
      (.after, "cpu_seconds_total 0.7")
    )
    XCTAssertEqual(
      metrics.difference(from: .before, to: .after),
      ["cpu_seconds_total": 0.7 - 0.1]
    )
  }

  // MARK: Resets

  func testDifference_goesOnFromZero_whenACounterFalls() {
    let metrics = metrics(
      (.before, "a_total 90"),
      (.loadStart, "a_total 100"),
      (.tick, "a_total 130"),
      (.tick, "a_total 5"),
      (.tick, ""),
      (.tick, "a_total 2"),
      (.loadEnd, "a_total 12")
    )
    XCTAssertEqual(metrics.difference(from: .loadStart, to: .loadEnd), ["a_total": 30 + 5 + 12])
    XCTAssertEqual(metrics.difference(from: .before, to: .loadStart), ["a_total": 10])
    XCTAssertEqual(metrics.resets, ["a_total"])
    XCTAssertEqual(metrics.restarts, 0)
  }

  func testReset_isNotSeen_whenAFractionIsRoundedDown() {
    let metrics = metrics(
      (.before, "cpu_seconds_total 2.6"),
      (.tick, "cpu_seconds_total 2.5999999999999996"),
      (.after, "cpu_seconds_total 3")
    )
    XCTAssertEqual(metrics.difference(from: .before, to: .after), ["cpu_seconds_total": 3 - 2.6])
    XCTAssertEqual(metrics.resets, [])
  }

  /// The sum over labels rises while one of its series falls.
  func testReset_isSeenInEachSeries() {
    let metrics = metrics(
      (.before, "a_total{x=\"1\"} 10\na_total{x=\"2\"} 1"),
      (.after, "a_total{x=\"1\"} 3\na_total{x=\"2\"} 41")
    )
    XCTAssertEqual(metrics.difference(from: .before, to: .after), ["a_total": 43])
    XCTAssertEqual(metrics.resets, ["a_total"])
  }

  func testCounters_areToldByTypeElseByTheirName() {
    let falling = [
      "blocked", "x_total", "x_count", "x_sum", "session_count", "memory", "odd_total", "open",
      "g_sum", "plain",
    ]
    let types = """
      # TYPE blocked counter
      # TYPE session_count gauge
      # TYPE odd_total untyped
      # TYPE open counter
      # TYPE g gaugehistogram

      """
    let before = falling.map { "\($0) 10\n" }.joined()
    let after = falling.map { "\($0) 4\n" }.joined()
    let metrics = metrics((.before, types + before), (.after, after))
    let expected = falling.map { ($0, ["session_count", "memory", "g_sum", "plain"].contains($0)) }
    XCTAssertEqual(
      metrics.difference(from: .before, to: .after),
      Dictionary(uniqueKeysWithValues: expected.map { ($0, $1 ? -6 : 4) })
    )
    XCTAssertEqual(metrics.resets, expected.filter { !$0.1 }.map(\.0).sorted())
  }

  /// A counter may have overtaken its old value before the next scrape.
  func testRestart_resetsEveryCounter() {
    func page(_ start: Double, _ created: Int, _ memory: Int) -> String {
      "process_start_time_seconds \(start)\ncreates_total \(created)\nmemory \(memory)"
    }
    let metrics = metrics(
      (.before, page(1000.25, 10, 5)),
      (.loadStart, page(1000.26, 10, 6)),
      (.tick, page(1060.5, 10, 7)),
      (.tick, "creates_total 11"),
      (.loadEnd, page(1090, 20, 8))
    )
    let change = metrics.difference(from: .loadStart, to: .loadEnd)
    XCTAssertEqual(change?["creates_total"], 11 + 20)
    XCTAssertEqual(change?["memory"], 2)
    XCTAssertEqual(metrics.difference(from: .before, to: .loadStart)?["creates_total"], 0)
    XCTAssertEqual(metrics.restarts, 2)
    XCTAssertEqual(metrics.resets, [])
  }

  func testRestart_resetsACounter_thatIsNotThereAtFirst() {
    let metrics = metrics(
      (.before, "process_start_time_seconds 10\na_total 5"),
      (.tick, "process_start_time_seconds 20"),
      (.after, "process_start_time_seconds 20\na_total 6")
    )
    XCTAssertEqual(metrics.difference(from: .before, to: .after)?["a_total"], 6)
  }

  // MARK: Gauges

  func testPeak_isTheHighestSumOverLabels() {
    let metrics = metrics(
      (.before, "active{host=\"a\"} 1"),
      (.tick, "active{host=\"a\"} 2\nactive{host=\"b\"} 3"),
      (.tick, "active{host=\"a\"} 4"),
      (.after, "other 1")
    )
    XCTAssertEqual(metrics.peak("active"), 5)
    XCTAssertNil(metrics.peak("missing"))
    XCTAssertNil(ServerMetrics([]).peak("active"))
  }

  func testTimeline_hasTheScrapesOfItsSpan() {
    let metrics = metrics(
      (.before, "a 1"),
      (.tick, "a 2"),
      (.tick, "b 1"),
      (.tick, "a 3"),
      (.after, "a 4")
    )
    XCTAssertEqual(metrics.timeline("a").map(\.value), [1, 2, 3, 4])
    let span = metrics.timeline("a", from: 1_000_000_000, until: 4_000_000_000)
    XCTAssertEqual(span.map(\.at), [1_000_000_000, 3_000_000_000])
    XCTAssertEqual(span.map(\.value), [2, 3])
    XCTAssertTrue(metrics.timeline("c").isEmpty)
  }

  // MARK: Hit rate

  func testHitRate_isTheShareOfHits() {
    func rate(_ before: String, _ after: String) -> Double? {
      metrics((.before, before), (.after, after)).hitRate(from: .before, to: .after)
    }
    XCTAssertEqual(
      rate(
        "mcp_pool_hits_total 10\nmcp_pool_misses_total 10",
        "mcp_pool_hits_total 40\nmcp_pool_misses_total 20"
      ),
      0.75
    )
    // A counter that was never raised may be absent beside the other.
    XCTAssertEqual(rate("", "mcp_pool_hits_total 4"), 1)
    XCTAssertEqual(rate("x 1", "mcp_pool_misses_total 4"), 0)
    XCTAssertNil(rate("mcp_pool_hits_total 4", "mcp_pool_hits_total 4"))
    XCTAssertNil(rate("x 1", "x 2"))
    XCTAssertNil(metrics((.before, "x 1")).hitRate(from: .before, to: .after))
  }

  // MARK: Histograms

  func testHistogram_isTheDifferenceSummedOverLabels() throws {
    func page(_ a: [Int], _ b: [Int]?) -> String {
      var text = ""
      for (host, counts) in [("a", a), ("b", b ?? [])] {
        for (bound, count) in zip(["0.1", host == "a" ? "1" : "1.0", "+Inf"], counts) {
          text += "d_seconds_bucket{host=\"\(host)\",le=\"\(bound)\"} \(count)\n"
        }
      }
      return text
    }
    let metrics = metrics(
      (.before, page([100, 100, 100], nil)),
      (.loadStart, page([100, 100, 100], [1, 1, 1])),
      (.loadEnd, page([110, 120, 120], [1, 20, 21])),
      (.after, page([1, 2, 2], [0, 0, 1]))
    )
    let load = try XCTUnwrap(metrics.histogram("d_seconds", from: .loadStart, to: .loadEnd))
    XCTAssertEqual(load, BucketEstimate(cumulative: [0.1: 10, 1: 39, .infinity: 40]))
    XCTAssertEqual(load.count, 40)
    XCTAssertEqual(load.quantile(0.25), 0.1)
    XCTAssertEqual(load.quantile(1), 1)
    // Absent before counts from zero; what follows a reset too.
    XCTAssertEqual(
      metrics.histogram("d_seconds", from: .before, to: .after),
      BucketEstimate(cumulative: [0.1: 12, 1: 42, .infinity: 44])
    )
    XCTAssertEqual(metrics.resets, ["d_seconds_bucket"])
  }

  func testHistogram_isNil_whenItIsNotReported() {
    let complete = "d_bucket{le=\"1\"} 1\nd_bucket{le=\"?\"} 1\nd_bucket{le=\"+Inf\"} 1"
    let metrics = metrics((.before, complete), (.tick, complete), (.after, "x 1"))
    XCTAssertEqual(metrics.histogram("d", from: .before, to: .tick)?.count, 0)
    XCTAssertNil(metrics.histogram("d", from: .before, to: .after))
    XCTAssertNil(metrics.histogram("missing", from: .before, to: .after))
    XCTAssertNil(metrics.histogram("d", from: .before, to: .loadEnd))
  }
}
