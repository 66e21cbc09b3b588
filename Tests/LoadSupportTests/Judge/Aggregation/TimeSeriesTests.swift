import XCTest

@testable import LoadSupport

final class TimeSeriesTests: XCTestCase {
  private func series(_ attempts: [(done: Double, latency: Double, Outcome)]) -> TimeSeries {
    var series = TimeSeries()
    for (done, latency, outcome) in attempts {
      series.add(
        Attempt(outcome: outcome, planned: Int64((done - latency) * 1e9), done: Int64(done * 1e9))
      )
    }
    return series
  }

  func testBins_areSeconds_whateverTheOrder() {
    let attempts: [(Double, Double, Outcome)] = [
      (5.5, 0.1, .success), (3.2, 0.1, .success), (3.9, 0.1, .timeout), (7.0, 0.1, .success),
    ]
    for order in [attempts, attempts.reversed()] {
      let series = series(order)
      XCTAssertEqual(series.start, 3_000_000_000)
      XCTAssertEqual(series.bins.map(\.successes), [1, 0, 1, 0, 1])
      XCTAssertEqual(series.bins.map(\.failures), [1, 0, 0, 0, 0])
    }
  }

  func testBins_becomeLonger_whenThereWouldBeTooMany() {
    var random = SeededRandom(seed: 7)
    let attempts = (0..<5_000).map { _ in
      (done: random.uniform() * 7_200, latency: 0.01, Outcome.success)
    }
    let series = series(attempts)
    XCTAssertEqual(series.bins.map(\.successes).reduce(0, +), 5_000)
    XCTAssertLessThanOrEqual(series.bins.count, TimeSeries.mostBins)
    XCTAssertEqual(series.binNanoseconds, 16_000_000_000)
  }

  func testMergedSeries_isThatOfAllAttempts_whateverTheirOrder() {
    var random = SeededRandom(seed: 11)
    for span in [3.0, 500, 900, 5_000] {
      let attempts = (0..<400).map { _ in
        (done: random.uniform() * span - span / 3, latency: 0.01, Outcome.success)
      }
      let whole = series(attempts)
      for count in [1, 50, 399] {
        var merged = series(Array(attempts[count...]))
        merged.merge(series(Array(attempts[..<count])))
        XCTAssertEqual(merged, whole, "\(span) s, \(count) of them apart")
      }
    }
  }

  func testBuckets_holdTheirLatencies() {
    for microseconds in [1.0, 16, 19, 20, 31.9, 32, 40, 1_000, 77_777, 9e6, 3.6e9] {
      let series = series([(1e5, microseconds / 1e6, .success)])
      let bucket = series.bins[0].latencies.firstIndex(of: 1) ?? -1
      let lower = TimeSeries.lowerBound(ofBucket: bucket) / 1000
      let upper = TimeSeries.lowerBound(ofBucket: bucket + 1) / 1000
      if bucket > 0 { XCTAssertLessThanOrEqual(lower, microseconds + 0.01) }
      if bucket < TimeSeries.bucketCount - 1 { XCTAssertGreaterThan(upper, microseconds) }
    }
  }
}
