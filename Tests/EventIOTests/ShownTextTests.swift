import XCTest

@testable import EventIO

final class ShownTextTests: XCTestCase {
  func testShown_escapesWhatMovesOrHides_andIsTheSameTwice() {
    let cases = [
      ("plain text", "plain text"),
      ("caf\u{E9} \u{1F600} e\u{301}", "caf\u{E9} \u{1F600} e\u{301}"),
      ("a\nVerdict:    PASS", #"a\nVerdict:    PASS"#), ("a\r\nb\tc", #"a\r\nb\tc"#),
      ("\u{1B}[2Jx\u{7F}\u{0}", #"\u{1B}[2Jx\u{7F}\u{0}"#),
      ("\u{202E}SSAP\u{2066}\u{200F}", #"\u{202E}SSAP\u{2066}\u{200F}"#),
      ("a\u{2028}b\u{2029}\u{85}\u{9B}", #"a\u{2028}b\u{2029}\u{85}\u{9B}"#),
      ("\u{FEFF}\u{E0041}", #"\u{FEFF}\u{E0041}"#),
      ("\u{645}\u{200C}\u{646}", "\u{645}\u{200C}\u{646}"),
      (#"C:\new \u{1B}"#, #"C:\new \u{1B}"#),
    ]
    for (text, expected) in cases {
      XCTAssertEqual(Array(text.shown.utf8), Array(expected.utf8), expected)
      XCTAssertEqual(Array(text.shown.shown.utf8), Array(expected.utf8), expected)
    }
  }

  func testCut_endsAtAScalar_andWithinItsBytes() {
    let text = "a\u{E9}\u{1F600}e\u{301}\r\n"
    for limit in 0...text.utf8.count + 1 {
      let cut = text.cut(toBytes: limit)
      XCTAssertLessThanOrEqual(cut.utf8.count, limit)
      XCTAssertGreaterThan(cut.utf8.count + 4, min(limit, text.utf8.count))
      XCTAssertTrue(text.hasBytePrefix(cut))
      XCTAssertFalse(cut.unicodeScalars.contains("\u{FFFD}"))
    }
  }
}
