import EventIO
import XCTest

@testable import mcp_ssh_server

final class RateWindowTests: XCTestCase {
  private let limit = RateLimit(requests: 3, window: .seconds(60))
  private let start = MonotonicInstant(nanoseconds: 1_000_000_000)

  func testWindow_admitsTheLimit_fromTheFirstRequestOn() {
    var window = RateWindow()
    for second in 0..<3 {
      XCTAssertNil(window.admit(at: start + .seconds(second), limit))
    }
    XCTAssertEqual(window.admit(at: start + .seconds(10), limit), .seconds(50))
    XCTAssertEqual(window.admit(at: start + .milliseconds(59_999), limit), .milliseconds(1))
    XCTAssertNil(window.admit(at: start + .seconds(60), limit))
  }

  func testRetryAfter_isTrue_whenTheWaitIsNoWholeNumber() {
    XCTAssertEqual(RateLimit.retryAfterSeconds(.milliseconds(1)), 1)
    XCTAssertEqual(RateLimit.retryAfterSeconds(.milliseconds(49_001)), 50)
    XCTAssertEqual(RateLimit.retryAfterSeconds(.seconds(50)), 50)
  }

  func testAddresses_haveWindowsOfTheirOwn() {
    var rates = AddressRates()
    for _ in 0..<3 { XCTAssertNil(rates.admit("a", at: start, limit)) }
    XCTAssertNotNil(rates.admit("a", at: start, limit))
    XCTAssertNil(rates.admit("b", at: start, limit))
    // More than are kept without looking for those that are over.
    for number in 0..<10_000 { XCTAssertNil(rates.admit("\(number)", at: start, limit)) }
    XCTAssertNotNil(rates.admit("a", at: start, limit))
    XCTAssertNil(rates.admit("a", at: start + .seconds(60), limit))
  }
}
