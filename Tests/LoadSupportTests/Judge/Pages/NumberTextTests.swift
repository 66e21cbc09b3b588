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
      (1e15, "1,000,000,000,000,000.0"), (.infinity, "∞"), (.nan, "nan"), (1e300, "1e+300"),
    ] as [(Double, String)] {
      XCTAssertEqual(NumberText.oneDecimal(value), text)
    }
  }

  func testPlain_hasAsManyDigitsAsItNeeds() {
    for (value, text) in [
      (0, "0"), (20, "20"), (500, "500"), (1_234, "1,234"), (0.99, "0.99"), (0.9998, "0.9998"),
      (0.5, "0.5"), (12.3456, "12.3456"), (99.99, "99.99"), (100.04, "100"), (250.5, "250.5"),
      (0.000_01, "0"), (-0.5, "-0.5"), (1e15, "1,000,000,000,000,000"), (.infinity, "∞"),
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

  func testTimes_haveTheUnitInWhichTheyAreNotZero() {
    for (milliseconds, text) in [
      (42.149999, "42.1 ms"), (3_600_000, "3,600,000.0 ms"), (0.237, "0.24 ms"), (0.0996, "100 µs"),
      (0.0231, "23 µs"), (0.0004, "under 1 µs"), (0, "0 ms"),
    ] {
      XCTAssertEqual(NumberText.time(milliseconds), text)
    }
    XCTAssertEqual(NumberText.time(Int64(42_149_999)), "42.1 ms")
    XCTAssertEqual(NumberText.milliseconds(0.0231), "23 µs")
    XCTAssertEqual(NumberText.milliseconds(12.34), "12.3")
  }

  /// Two digits of its width are what an interval tells.
  func testEstimates_haveAsManyDigitsAsTheirInterval() {
    for (value, interval, text) in [
      (12.3912, 12.3143...12.4781, "12.39 (12.31 to 12.48)"),
      (1_544.3, 1_521.7...1_566.8, "1,544 (1,522 to 1,567)"),
      (0.9782, 0.974...0.9819, "0.9782 (0.9740 to 0.9819)"),
      (-0.000_05, -0.0004...0.0003, "-0.00005 (-0.00040 to 0.00030)"),
      (-0.004, -12...11, "0 (-12 to 11)"), (7, 7...7, "7 (7 to 7)"),
      (131, 120...Double.infinity, "131 (120 to ∞)"),
    ] {
      let shown = NumberText.estimate(value, interval)
      XCTAssertEqual("\(shown.value) (\(shown.between ?? ""))", text)
    }
    XCTAssertNil(NumberText.estimate(2, nil).between)
    for (value, interval, text) in [
      (2.3, 2.21...2.42, "2.30 (2.21 to 2.42)"),
      (0.0231, 0.0212...0.0254, "23.1 µs (21.2 to 25.4 µs)"),
      (2, 2...2, "2.0 (2.0 to 2.0)"), (5_002, 4_000...Double.infinity, "5,002.0 (4,000.0 to ∞)"),
    ] {
      let shown = NumberText.milliseconds(value, interval)
      XCTAssertEqual("\(shown.value) (\(shown.between ?? ""))", text)
    }
  }

  func testZero_hasNoSign() {
    XCTAssertEqual(NumberText.plain(-0.000_01), "0")
    XCTAssertEqual(NumberText.graded(-0.0), "0")
    XCTAssertEqual(NumberText.twoDecimals(-0.001), "0.00")
    XCTAssertEqual(NumberText.change(0.9999), "0.0 %")
    XCTAssertEqual(NumberText.change(1.0001), "0.0 %")
    XCTAssertEqual(NumberText.signed(0, NumberText.graded), "0")
    XCTAssertEqual(NumberText.signed(2, NumberText.graded), "+2")
    XCTAssertEqual(NumberText.signed(-2, NumberText.graded), "-2")
  }

  /// A percentile above all values is only the greatest of them.
  func testPercentiles_areShownOfEnoughValues() {
    for (p, least) in [(0.5, 2), (0.95, 20), (0.99, 100), (0.999, 1_000), (0.9999, 10_000)] {
      XCTAssertTrue(NumberText.isSupported(p, by: least), "\(p)")
      XCTAssertFalse(NumberText.isSupported(p, by: least - 1), "\(p)")
    }
    XCTAssertEqual(TableCell.percentile(0.99, 12, 11...13, n: 99).shown, NumberText.tooFew)
    XCTAssertEqual(TableCell.percentile(0.99, 12, 11.2...13.4, n: 400).below, "11.2 to 13.4")
  }

  func testMemory_isInMebibytes() {
    XCTAssertEqual(TableCell.metric("process_resident_memory_bytes", 50_000_000).shown, "47.7 MiB")
    XCTAssertEqual(TableCell.metric("process_resident_memory_bytes", 16_384).shown, "0.0156 MiB")
    XCTAssertEqual(TableCell.metric("process_open_fds", 1_234).shown, "1,234")
    XCTAssertEqual(TableCell.metric("x_bytes", nil).shown, NumberText.notReported)
  }

  func testWords_areTheSameEverywhere() {
    XCTAssertEqual(NumberText.answered(12.34), "12.3")
    XCTAssertEqual(NumberText.answered(nil), "never")
    XCTAssertEqual(NumberText.answeredTime(12.34), "12.3 ms")
    XCTAssertEqual(7_321.grouped, "7,321")
    XCTAssertEqual(NumberText.change(1.129), "+12.9 %")
    XCTAssertEqual(NumberText.change(0.5), "-50.0 %")
    XCTAssertEqual(NumberText.range(1...2.26, NumberText.oneDecimal), "1.0 to 2.3")
    XCTAssertEqual(
      [0.123_456, 12.345_6, 1_234.5].map(NumberText.fourDigits),
      ["0.1235", "12.35", "1,235"]
    )
    XCTAssertEqual(NumberText.percentages([("a", 0.012), ("b", 0.5)]), "a 1.2 %, b 50.0 %")
  }
}
