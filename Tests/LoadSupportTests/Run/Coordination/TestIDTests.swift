import Foundation
import XCTest

@testable import LoadSupport

final class TestIDTests: XCTestCase {
  func testDirectory_isNamedAfterTheTime_andUnique() throws {
    let directory = try TemporaryDirectory()
    let results = directory.path + "/new/results"
    let date = Date()
    let layouts = try (0..<3).map { _ in try TestID.makeDirectory(under: results, at: date) }
    let ids = layouts.map(\.testID)
    XCTAssertNotNil(
      ids[0].range(of: "^loadtest_[0-9]{8}_[0-9]{6}$", options: .regularExpression),
      ids[0]
    )
    XCTAssertEqual(ids, [ids[0], ids[0] + "_2", ids[0] + "_3"])
    for layout in layouts {
      XCTAssertTrue(layout.directory.hasPrefix("/"))
      XCTAssertTrue(FileManager.default.fileExists(atPath: layout.directory))
    }
  }

  func testError_saysWhichVariableHelps_whenNothingCanBeWritten() throws {
    for results in ["/dev/null/results", "/proc/results"] {
      XCTAssertThrowsError(try TestID.makeDirectory(under: results, at: Date())) { error in
        XCTAssertTrue("\(error)".contains(results), "\(error)")
        XCTAssertTrue("\(error)".contains("LOADTEST_RESULTS_DIR"), "\(error)")
      }
    }
  }
}
