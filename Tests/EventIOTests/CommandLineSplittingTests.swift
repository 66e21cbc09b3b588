import EventIO
import XCTest

final class CommandLineSplittingTests: XCTestCase {
  func testWords_areThoseOfAShell() {
    for (line, words) in [
      ("", []), ("  a \t b\nc ", ["a", "b", "c"]), ("a 'b c' \"d e\"f", ["a", "b c", "d ef"]),
      (#"a\ b \'c "#, ["a b", "'c"]), (#""a\"b\n\$" '\'"#, [#"a"b\n$"#, #"\"#]),
      ("'' \"\"", ["", ""]), ("$HOME *.swift #x", ["$HOME", "*.swift", "#x"]), ("a\\\nb", ["ab"]),
      ("'e\u{301}'\u{301}", ["e\u{301}\u{301}"]),
    ] as [(String, [String])] {
      XCTAssertEqual([String](splitting: line), words, line)
    }
  }

  func testOpenQuotes_areNoCommandLine() {
    for line in ["'a", "\"a", "a\\", "\"a\\\"", "a'b\"c"] {
      XCTAssertNil([String](splitting: line), line)
    }
  }
}
