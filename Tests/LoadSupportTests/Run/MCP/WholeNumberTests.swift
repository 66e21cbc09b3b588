import XCTest

@testable import LoadSupport

final class WholeNumberTests: XCTestCase {
  private func number(_ text: String) -> Int64? {
    Array(text.utf8).withUnsafeBytes { $0.wholeNumber }
  }

  func testNumber_isRead_howeverItIsWritten() {
    for (text, value) in [
      ("0", 0), ("7", 7), ("-7", -7), ("7.0", 7), ("-7.00", -7), ("70e-1", 7), ("1E3", 1_000),
      ("007", 7), ("9223372036854775807", .max), ("-9223372036854775807", -.max),
    ] as [(String, Int64)] {
      XCTAssertEqual(number(text), value, text)
    }
  }

  func testNumber_isNil_whereThereIsNoWholeOneOf64Bits() {
    for text in [
      "", "-", "+7", "+7.0", ".5e1", "7.5", "7a", "seven", "e7", "-e", "1e400", "1e30", "NaN",
      "9223372036854775808", "-9223372036854775809", "0x7", "7 ",
      "7." + String(repeating: "0", count: 40),
    ] {
      XCTAssertNil(number(text), text)
    }
  }
}
