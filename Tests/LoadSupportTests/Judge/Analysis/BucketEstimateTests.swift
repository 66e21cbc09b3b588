import XCTest

@testable import LoadSupport

/// The figures are those of promql/promqltest/testdata/histograms.test of Prometheus.
final class BucketEstimateTests: XCTestCase {
  private func check(
    _ counts: [Double: Double],
    _ expected: [(p: Double, value: Double)],
    line: UInt = #line
  ) throws {
    let estimate = try XCTUnwrap(BucketEstimate(cumulative: counts), line: line)
    for (p, value) in expected {
      let quantile = try XCTUnwrap(estimate.quantile(p), line: line)
      XCTAssertEqual(quantile, value, accuracy: 1e-9, "at \(p)", line: line)
    }
  }

  func testQuantiles_areThoseOfPrometheus() throws {
    try check(
      [0.1: 50, 0.2: 70, 1: 110, .infinity: 120],
      [(0, 0), (0.2, 0.048), (0.5, 0.15), (0.8, 0.72), (1, 1)]
    )
    try check(
      [-0.2: 10, -0.1: 20, 0.3: 20, .infinity: 30],
      [(0, -0.2), (0.2, -0.2), (0.5, -0.15), (0.8, 0.3), (1, 0.3)]
    )
    try check(
      [0: 0, 2: 1, 4: 2, 6: 3, .infinity: 3],
      [(1 / 6, 1), (0.5, 3), (5 / 6, 5)]
    )
    try check(
      [0: 0, 0.1: 55, 0.2: 77, 1: 121, .infinity: 121],
      [(0, 0), (0.25, 0.055), (0.5, 0.125), (0.75, 0.45), (1, 1)]
    )
    try check(
      [-0.25: 0, -0.2: 1, -0.1: 2, 0.3: 2, .infinity: 2],
      [(0, -0.25), (0.25, -0.225), (0.5, -0.2), (0.75, -0.15), (1, -0.1)]
    )
  }

  func testBuckets_areRepaired_whenTheyFall() throws {
    let counts: [Double: Double] = [0.1: 2, 1: 1, 10: 5, 100: 4, 1000: 9, .infinity: 8]
    try check(counts, [(0.01, 0.0045), (0.5, 8.5), (0.99, 979.75)])
    XCTAssertEqual(BucketEstimate(cumulative: counts)?.count, 9)
  }

  func testQuantile_isTheHighestFiniteBound_whenItLiesBeyond() throws {
    try check([1: 0, 2: 0, .infinity: 3], [(0, 2), (0.5, 2), (1, 2)])
  }

  func testQuantile_isNil_whenThereIsNothingToEstimate() throws {
    XCTAssertNil(BucketEstimate(cumulative: [:]))
    XCTAssertNil(BucketEstimate(cumulative: [1: 5]))
    let empty = try XCTUnwrap(BucketEstimate(cumulative: [1: 0, .infinity: 0]))
    XCTAssertEqual(empty.count, 0)
    XCTAssertNil(empty.quantile(0.5))
    let unbounded = try XCTUnwrap(BucketEstimate(cumulative: [.infinity: 4]))
    XCTAssertEqual(unbounded.count, 4)
    XCTAssertNil(unbounded.quantile(0.5))
    let estimate = try XCTUnwrap(BucketEstimate(cumulative: [1: 1, .infinity: 1]))
    for p in [-0.1, 1.1, .nan] { XCTAssertNil(estimate.quantile(p)) }
  }
}
