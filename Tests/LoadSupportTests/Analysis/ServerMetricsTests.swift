import XCTest

@testable import LoadSupport

final class ServerMetricsTests: XCTestCase {
  private func line(_ occasion: ServerMetricsLine.Occasion, _ text: String) -> ServerMetricsLine {
    ServerMetricsLine(at: 1, occasion: occasion, scrape: PrometheusText(parsing: text.utf8))
  }

  func testDifference_countsFromZero_whenACounterWasAbsentBefore() {
    let metrics = ServerMetrics([
      line(.before, "hits 2\ngone 1"), line(.tick, "hits 3"), line(.after, "hits 7\ncreated 4"),
    ])
    XCTAssertEqual(metrics.difference(from: .before, to: .after), ["hits": 5, "created": 4])
    XCTAssertEqual(metrics.totals(.before), ["hits": 2, "gone": 1])
    XCTAssertTrue(metrics.isReported)
  }

  /// Absent is "not reported", never zero.
  func testDifference_isNil_whenAScrapeIsMissing() {
    let metrics = ServerMetrics([line(.before, "hits 2")])
    XCTAssertNil(metrics.difference(from: .before, to: .after))
    XCTAssertNil(metrics.difference(from: .loadStart, to: .before))
    XCTAssertNil(metrics.totals(.after))
    XCTAssertFalse(ServerMetrics([]).isReported)
  }
}
