import XCTest

@testable import LoadSupport

final class TimeChartTests: XCTestCase {
  /// Six seconds are measured in bins of one; what was under way then is in a seventh.
  func testBins_endWithTheWindow_whereTheLastIsNotWhole() throws {
    let recorded = try MadeUpRun().recorded()
    try recorded.write([Sample("a", planned: 5_990, done: 6_400)], worker: 7)
    let time = TimeChart(try recorded.analysis().aggregate)
    XCTAssertEqual(try recorded.analysis().aggregate.series.bins.count, 7)
    XCTAssertEqual(time.bins.count, 6)
    XCTAssertEqual(time.seconds(time.end), 6)
    XCTAssertEqual(time.points { _ in 1 }.count, 7)
    XCTAssertNil(time.steps)
  }

  func testSteps_areInRows_andNumbered_whereTheirNamesAreTooLong() throws {
    let recorded = try RecordedScenario()
    let names = ["short", "another step with a long name"]
    let events =
      RunEvent.step(names[0], from: 0, until: 9_000)
      + RunEvent.step(names[1], from: 9_000, until: 10_000)
    try recorded.write(events + [RunEvent(.drain, at: 10_000_000_000)])
    try recorded.write(
      (0..<100).map {
        Sample("a", planned: Double($0) * 100, done: Double($0) * 100 + 5, step: names[$0 / 90])
      }
    )
    let time = TimeChart(try recorded.analysis().aggregate)
    XCTAssertEqual(time.steps, "1 short, 2 another step with a long name")
    let chart = time.chart("t", "w", .linear("y", [0, 1]), [])
    XCTAssertEqual(chart.bands.map { $0.map(\.name) }, [names])
    XCTAssertTrue(chart.figure.text.contains(">2</text>"))
  }

  func testThinned_keepsTheExtremes() {
    var random = SeededRandom(seed: 3)
    let points = (0..<7_001).map { (x: Double($0), y: random.uniform()) }
    let thin = TimeChart.thinned(points)
    XCTAssertEqual(thin.count, TimeChart.mostPoints)
    XCTAssertEqual(thin.map(\.x), thin.map(\.x).sorted())
    XCTAssertEqual(thin.map(\.y).min(), points.map(\.y).min())
    XCTAssertEqual(thin.map(\.y).max(), points.map(\.y).max())
    XCTAssertEqual(TimeChart.thinned(Array(points.prefix(600))).count, 600)
  }
}
