import EventIO
import XCTest

@testable import LoadSupport

final class WorkloadFileCheckTests: XCTestCase {
  func testLimit_isNamedWithItsLine_whenNothingCanBeHeldToIt() throws {
    let text = """
      {"name": "w", "operations": {"a": {"tool": "a"}},
       "steps": [{"length": "2s", "mix": ["a"]}],
       "thresholds": [{"metric": "p99_ms", "limit": 100},
         {"metric": "p98_ms", "limit": 100}]}
      """
    let directory = try TemporaryDirectory()
    let path = try directory.write(text.utf8, to: "w.json")
    XCTAssertThrowsError(try WorkloadFile(path: path).checked(RunSettings(), .none)) { error in
      let place =
        "\(path): line 4, column 4: thresholds[1]: w has no threshold \"p98_ms\"; valid are "
      XCTAssertTrue("\(error)".hasPrefix(place), "\(error)")
    }
  }
}
