import XCTest

@testable import LoadSupport

final class ProtocolRevisionTests: XCTestCase {
  func testRevisions_areInTheOrderOfTheirDates() throws {
    let names = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"]
    let revisions = try names.map { try XCTUnwrap(ProtocolRevision($0)) }
    XCTAssertEqual(revisions.shuffled().sorted().map(\.name), names)
    XCTAssertEqual(revisions.filter { $0 >= .namedInFields }.count, 3)
    XCTAssertEqual(revisions.filter { $0.era == .modern }.map(\.name), ["2026-07-28"])
  }

  func testText_isNoRevision_whenItIsNoDate() {
    for text in ["", "latest", "2025-6-18", "2025-06-18\r\n", "2025-06-1\u{E9}", "20250-6-18"] {
      XCTAssertNil(ProtocolRevision(text), text)
    }
  }
}
