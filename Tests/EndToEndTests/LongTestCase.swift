import Foundation
import XCTest

/// Tests of the suite itself that take long, which a plain `swift test` leaves out: it stays under five minutes.
class LongTestCase: XCTestCase {
  /// The least value of `LOADTEST_TESTS` that runs them: `long` for seconds a test, `all` for minutes.
  class var runsFrom: String { "long" }

  override func setUpWithError() throws {
    let chosen = ProcessInfo.processInfo.environment["LOADTEST_TESTS"] ?? ""
    XCTAssertTrue(["", "long", "all"].contains(chosen), "LOADTEST_TESTS is long or all")
    try XCTSkipUnless(
      chosen == "all" || chosen == Self.runsFrom,
      "left out for its time: LOADTEST_TESTS=\(Self.runsFrom) runs it"
    )
  }
}
