import XCTest

@testable import LoadSupport

final class LoadWindowTests: XCTestCase {
  func testWindow_countsItsFirstInstantAndNotItsLast() {
    let window = LoadWindow(start: 100, warmUp: .nanoseconds(50), duration: .nanoseconds(200))
    XCTAssertEqual(window.measureStart, 150)
    XCTAssertEqual(window.end, 350)
    for (instant, isMeasured) in [
      (100, false), (149, false), (150, true), (349, true), (350, false),
    ] {
      XCTAssertEqual(window.isMeasured(plannedAt: Int64(instant)), isMeasured, "\(instant)")
    }
  }

  func testWindow_isRightToTheNanosecond_whenLong() {
    let window = LoadWindow(
      start: 1_000_000_000_000_001,
      warmUp: .milliseconds(10_000),
      duration: .seconds(86_400) + .nanoseconds(1)
    )
    XCTAssertEqual(window.end - window.measureStart, 86_400_000_000_001)
  }
}
