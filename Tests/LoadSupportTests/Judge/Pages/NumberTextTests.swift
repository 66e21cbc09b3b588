import XCTest

@testable import LoadSupport

final class NumberTextTests: XCTestCase {
  func testGrouped_setsACommaEveryThreeDigits() {
    for (value, text) in [
      (0, "0"), (7, "7"), (999, "999"), (1_000, "1,000"), (4_523, "4,523"), (100_000, "100,000"),
      (1_234_567, "1,234,567"), (-1, "-1"), (-999, "-999"), (-1_000, "-1,000"),
      (Int.max, "9,223,372,036,854,775,807"), (Int.min, "-9,223,372,036,854,775,808"),
    ] {
      XCTAssertEqual(NumberText.grouped(value), text)
    }
  }

  func testOneDecimal_isRoundedAndGrouped() {
    for (value, text) in [
      (0, "0.0"), (0.04, "0.0"), (0.05, "0.1"), (37.66, "37.7"), (999.95, "1,000.0"),
      (1_234.5, "1,234.5"), (-0.04, "0.0"), (-0.06, "-0.1"), (-1_234.56, "-1,234.6"),
      (1e15, "1,000,000,000,000,000.0"), (.infinity, "inf"), (.nan, "nan"),
      (1e300, String(format: "%.1f", 1e300)),
    ] as [(Double, String)] {
      XCTAssertEqual(NumberText.oneDecimal(value), text)
    }
  }

  func testPlain_hasAsManyDigitsAsItNeeds() {
    for (value, text) in [
      (0, "0"), (20, "20"), (500, "500"), (1_234, "1,234"), (0.99, "0.99"), (0.9998, "0.9998"),
      (0.5, "0.5"), (12.3456, "12.3456"), (99.99, "99.99"), (100.04, "100"), (250.5, "250.5"),
      (0.000_01, "0"), (-0.5, "-0.5"), (1e15, "1,000,000,000,000,000"), (.infinity, "inf"),
      (.nan, "nan"), (-20, "-20"), (100.96, "101"),
    ] as [(Double, String)] {
      XCTAssertEqual(NumberText.plain(value), text)
    }
  }

  func testPercent_isNeverRoundedUpToAHundred() {
    for (part, whole, text) in [
      (0, 0, "-"), (0, 5, "0.0%"), (5, 5, "100.0%"), (4_515, 4_523, "99.8%"),
      (999_999, 1_000_000, "99.9%"), (1, 3, "33.3%"), (9_996, 10_000, "99.9%"),
    ] {
      XCTAssertEqual(NumberText.percent(part, of: whole), text)
    }
  }

  func testMilliseconds_areThoseOfNanoseconds() {
    XCTAssertEqual(NumberText.milliseconds(42_149_999), "42.1")
    XCTAssertEqual(NumberText.milliseconds(3_600_000_000_000), "3,600,000.0")
  }

  func testWords_areTheSameEverywhere() {
    XCTAssertEqual(NumberText.answered(12.34), "12.3")
    XCTAssertEqual(NumberText.answered(nil), "never")
    XCTAssertEqual(NumberText.change(1.129), "+12.9 %")
    XCTAssertEqual(NumberText.change(0.5), "-50.0 %")
    XCTAssertEqual(NumberText.range(1...2.25, NumberText.oneDecimal), "1.0 to 2.3")
    XCTAssertEqual(
      [0.123_456, 12.345_6, 1_234.5].map(NumberText.fourDigits),
      ["0.1235", "12.35", "1,235"]
    )
    XCTAssertEqual(NumberText.percentages([("a", 0.012), ("b", 0.5)]), "a 1.2 %, b 50.0 %")
  }
}
