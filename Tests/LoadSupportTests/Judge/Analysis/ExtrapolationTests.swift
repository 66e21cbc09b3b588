import XCTest

@testable import LoadSupport

final class ExtrapolationTests: XCTestCase {
  /// A recording of ten seconds with a hundred successes a second, and the CPU seconds that its
  /// scrapes saw at each whole second.
  private func recorded(cores: Int?, cpuSeconds: [Double] = []) throws -> RecordedScenario {
    let recorded = try RecordedScenario(RecordedScenario.header(serverCores: cores))
    try recorded.write(
      (0..<1_000).map { Sample("a", planned: Double($0) * 10, done: Double($0) * 10 + 1) }
    )
    try recorded.write(
      RunEvent.step(nil, from: 0, until: 10_000) + [RunEvent(.drain, at: 10_000_000_001)]
    )
    try recorded.write(
      [ServerMetricsLine(.loadStart, at: -1, "", cpuSeconds: 0)]
        + cpuSeconds.enumerated().map {
          ServerMetricsLine(.tick, at: Double($0) * 1_000, "", cpuSeconds: 50 + $1)
        } + [ServerMetricsLine(.loadEnd, at: 10_000, "", cpuSeconds: 9_999)]
    )
    return recorded
  }

  func testLinearModel_isTheRatioOfCoresTimes085_andOneForAsMany() throws {
    for (cores, factor) in [(2, 3.4), (4, 1.7), (8, 1), (1, 6.8), (16, 0.425)] {
      let estimate = try XCTUnwrap(Extrapolation(recorded(cores: cores).analysis()))
      XCTAssertEqual(estimate.scalingFactor, factor, accuracy: 1e-9, "\(cores) cores")
      XCTAssertEqual(estimate.rate, 100)
      XCTAssertEqual(estimate.linearRate, 100 * factor, accuracy: 1e-9)
    }
  }

  func testUtilisation_isWhatTheScrapesInTheWindowCover() throws {
    for lines in [[0, 1.5], [0, 1.5, 3], [0, 0.1, 3, 4.5, 6, 7.5, 9, 10.5, 12, 13.5]] {
      let recorded = try recorded(cores: 2, cpuSeconds: lines)
      let estimate = try XCTUnwrap(Extrapolation(recorded.analysis()))
      XCTAssertEqual(try XCTUnwrap(estimate.utilisation), 0.75, accuracy: 1e-9)
      XCTAssertEqual(try XCTUnwrap(estimate.demandSeconds), 0.015, accuracy: 1e-9)
      XCTAssertEqual(try XCTUnwrap(estimate.demandBound), 8 / 0.015, accuracy: 1e-6)
      XCTAssertEqual(estimate.confidence, .medium)
      let figures = try recorded.figures()
      XCTAssertEqual(try XCTUnwrap(figures["estimated_per_s"]), 340, accuracy: 1e-9)
      XCTAssertEqual(try XCTUnwrap(figures["demand_bound_per_s"]), 533.333, accuracy: 0.001)
    }
  }

  func testReport_endsWithTheLabelsUsersKnow() throws {
    let text = try recorded(cores: 4, cpuSeconds: [0, 3.6]).reportText()
    for line in [
      "EXTRAPOLATION (to 8 CPU / 16GB RAM)", "  Measured RPS:       100.0 (on 4 cores)",
      "  Estimated RPS:      170 to 222 (on 8 cores; linear model: 170)",
      "  Scaling factor:     1.70x",
      "  Confidence:         MEDIUM (based on linear scaling model, one run)",
    ] {
      XCTAssertTrue(text.contains(line + "\n"), "no \"\(line)\" in\n\(text)")
    }
    XCTAssertTrue(text.contains("used 90.0 % of"), text)
    XCTAssertTrue(text.contains("36.00 ms of CPU per request"), text)
  }

  /// One run says nothing of how it scales, however busy its cores were.
  func testConfidence_isBoundedAtHalf_andNeverHigh() {
    for (utilisation, confidence) in [
      (nil, .unknown), (0, .low), (0.4999, .low), (0.5, .medium), (0.8, .medium), (1.3, .medium),
    ] as [(Double?, Extrapolation.Confidence)] {
      XCTAssertEqual(Extrapolation.Confidence(utilisation: utilisation), confidence)
    }
  }

  /// Nothing may be made of a counter that is missing, was read once, or stood still or fell while
  /// requests were served; least of all an infinite bound, which no summary can hold.
  func testConfidence_isUnknown_whenTheCounterTellsNothing() throws {
    for lines in [[], [5], [5, 5], [5, 4]] as [[Double]] {
      let recorded = try recorded(cores: 2, cpuSeconds: lines)
      let estimate = try XCTUnwrap(Extrapolation(recorded.analysis()))
      XCTAssertEqual(estimate.confidence, .unknown, "\(lines)")
      XCTAssertNil(estimate.demandBound)
      XCTAssertEqual(
        Set(try recorded.figures().keys),
        [
          "estimated_per_s", "estimated_low_per_s", "estimated_high_per_s", "scaling_factor",
          "server_cores",
        ]
      )
      XCTAssertTrue(try recorded.reportText().contains("could not be measured"))
    }
  }

  func testEstimate_isNil_whenCoresAreUnknownOrNothingSucceeded() throws {
    XCTAssertNil(Extrapolation(try recorded(cores: nil).analysis()))
    // No machine has none: such a recording is refused as a whole, or tells nothing of its cores.
    for cores in [0, -1] {
      let analysis = try? recorded(cores: cores).analysis()
      XCTAssertNil(analysis.flatMap { Extrapolation($0) })
    }
    let silent = try recorded(cores: 2)
    try silent.write([Sample("a", .timeout, planned: 0, done: 9)])
    XCTAssertNil(Extrapolation(try silent.analysis()))
    XCTAssertFalse(try silent.reportText().contains("EXTRAPOLATION"))
  }
}
