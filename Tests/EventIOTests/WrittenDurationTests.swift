import EventIO
import XCTest

final class WrittenDurationTests: XCTestCase {
  func testTimes_areReadAndWritten() {
    let times: [(String, Duration)] = [
      ("0s", .zero), ("0.25ms", .nanoseconds(250_000)), ("500ms", .milliseconds(500)),
      ("1s", .seconds(1)), ("1.5s", .milliseconds(1_500)), ("1m", .seconds(60)),
      ("1m30s", .seconds(90)), ("1h1s", .seconds(3_601)), ("168h", .seconds(604_800)),
    ]
    for (text, time) in times {
      XCTAssertEqual(Duration(written: text), time, text)
      XCTAssertEqual(time.written, text)
    }
  }

  func testTimes_mayBeWrittenInOtherWays() {
    let times: [(String, Duration)] = [
      ("90", .seconds(90)), ("0.5", .milliseconds(500)),
      ("90s", .seconds(90)), ("1.5m", .seconds(90)), ("1h30m", .seconds(5_400)),
      ("1s500ms", .milliseconds(1_500)),
    ]
    for (text, time) in times { XCTAssertEqual(Duration(written: text), time, text) }
  }

  func testNonsense_isNoTime() {
    for text in [
      "", "s", "1 s", " 1", "1x", "1S", "1s1m", "1m1m", "1m30", "-1s", "1..5s", ".s", "nan", "inf",
      "1e300", "999999999h", "1s\u{301}", "1\u{301}s", "1d", "0x10", "1e3", "-1", "+1", "1.2.3",
    ] {
      XCTAssertNil(Duration(written: text), text)
    }
  }
}
