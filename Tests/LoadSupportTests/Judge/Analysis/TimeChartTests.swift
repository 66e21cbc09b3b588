import XCTest

@testable import LoadSupport

final class TimeChartTests: XCTestCase {
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
