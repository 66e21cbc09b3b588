import XCTest

@testable import EventIO

final class UTF8TextTests: XCTestCase {
  /// A combining mark makes one Character with what stands before it, a prepended sign with what
  /// stands behind it.
  private static let mark = "\u{301}"
  private static let prepended = "\u{600}"

  private func bytes(_ texts: [Substring]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

  func testComparisons_areOfBytes_whenTextsAreCanonicallyEquivalent() {
    XCTAssertEqual("\u{e9}", "e\u{301}")
    XCTAssertFalse("\u{e9}".hasSameBytes(as: "e\u{301}"))
    XCTAssertFalse("K".hasSameBytes(as: "\u{212a}"))
    XCTAssertTrue("\u{e9}".hasSameBytes(as: "\u{e9}"))
    XCTAssertFalse("\u{e9}x".hasBytePrefix("e\u{301}"))
    XCTAssertFalse("x\u{e9}".hasByteSuffix("e\u{301}"))
    XCTAssertFalse("x\u{e9}x".containsBytes("e\u{301}"))
  }

  func testParts_areFound_whenMarksStandBesideThem() {
    XCTAssertFalse("-\(Self.mark)x".hasPrefix("-"))
    XCTAssertTrue("-\(Self.mark)x".hasBytePrefix("-"))
    XCTAssertTrue("x\(Self.prepended)-".hasByteSuffix("-"))
    XCTAssertTrue("a\(Self.prepended)'\(Self.mark)b".containsBytes("'"))
    XCTAssertTrue("a\r\nb".containsBytes("\n"))
    XCTAssertTrue("".containsBytes(""))
    XCTAssertTrue("a".containsBytes(""))
    XCTAssertFalse("ab".containsBytes("abc"))
    XCTAssertFalse("ab".hasByteSuffix("aab"))
    XCTAssertTrue("ab".dropFirst().hasSameBytes(as: "b"))
  }

  func testASCIILowercased_leavesOtherLetters() {
    XCTAssertTrue(
      "aZ@[\u{c9}\u{212a}\(Self.mark)".asciiLowercased()
        .hasSameBytes(as: "az@[\u{c9}\u{212a}\(Self.mark)")
    )
  }

  func testTrimmed_takesBlanksAndLineEndsOff_whenTheyAreOfASCII() {
    XCTAssertEqual(" \t\r\n a b\r\n".trimmed(), "a b")
    XCTAssertEqual(" \t\r\n".trimmed(), "")
    XCTAssertEqual("".trimmed(), "")
    XCTAssertTrue(" \(Self.mark)a\u{a0}".trimmed().hasSameBytes(as: "\(Self.mark)a\u{a0}"))
    XCTAssertTrue(" \u{1F600} ".trimmed().hasSameBytes(as: "\u{1F600}"))
  }

  func testSplit_cutsAtEachByte_whenMarksStandBesideIt() {
    let text = "a:\(Self.mark)b\(Self.prepended)::c"
    XCTAssertEqual(
      bytes(text.split(at: UInt8(ascii: ":"), omittingEmptySubsequences: false)),
      ["a", "\(Self.mark)b\(Self.prepended)", "", "c"].map { Array($0.utf8) }
    )
    XCTAssertEqual(text.split(at: UInt8(ascii: ":")).count, 3)
    XCTAssertEqual("a=b=c".split(at: UInt8(ascii: "="), maxSplits: 1), ["a", "b=c"])
  }

  func testWords_areWhatStandsBetweenBlanksOfASCII() {
    XCTAssertEqual(
      bytes(" a \(Self.mark)b\t\r\nc\u{a0}d ".words()),
      ["a", "\(Self.mark)b", "c\u{a0}d"].map { Array($0.utf8) }
    )
    XCTAssertEqual(" ".words(), [])
  }

  func testLines_endWithEachKindOfLineEnd() {
    XCTAssertEqual("a\nb\r\nc\rd".lines(), ["a", "b", "c", "d"])
    XCTAssertEqual("\r\r\n\n".lines(), ["", "", "", ""])
    XCTAssertEqual("a\n".lines(), ["a", ""])
    XCTAssertEqual("".lines(), [""])
    XCTAssertEqual("a\u{85}b\u{2028}c".lines().count, 1)
    XCTAssertEqual(
      bytes("a\n\(Self.mark)b".lines()),
      ["a", "\(Self.mark)b"].map { Array($0.utf8) }
    )
  }

  func testReplacing_findsEachByte_whenMarksStandBesideIt() {
    XCTAssertTrue(
      "\(Self.prepended)'\(Self.mark)'".replacing(byte: UInt8(ascii: "'"), with: "''")
        .hasSameBytes(as: "\(Self.prepended)''\(Self.mark)''")
    )
  }
}
