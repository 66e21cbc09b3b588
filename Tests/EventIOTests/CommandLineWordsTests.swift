import XCTest

@testable import EventIO

final class CommandLineWordsTests: XCTestCase {
  private static let flags: [CommandLineWords.Flag] = [
    .init(name: "--value", value: .required), .init(name: "--switch", value: .optional),
    .init(name: "--bare", value: .none),
  ]

  private func read(_ words: String...) throws -> CommandLineWords {
    try CommandLineWords(words, flags: Self.flags, endings: ["--help"])
  }

  func testFlagsAndWords_areToldApart() throws {
    let line = try read(
      "a",
      "--value",
      "-1",
      "--switch",
      "b",
      "--switch=0",
      "-",
      "--bare",
      "--value="
    )
    XCTAssertEqual(line.words, ["a", "b", "-"])
    XCTAssertEqual(
      line.flags,
      [
        .init(name: "--value", value: "-1"), .init(name: "--switch", value: "1"),
        .init(name: "--switch", value: "0"), .init(name: "--bare", value: "1"),
        .init(name: "--value", value: ""),
      ]
    )
    XCTAssertNil(line.ending)
  }

  func testEnding_leavesTheRestUnread_unlessItIsAValue() throws {
    XCTAssertEqual(try read("a", "--help", "--nonsense").ending, "--help")
    let line = try read("--value", "--help")
    XCTAssertNil(line.ending)
    XCTAssertEqual(line.flags, [.init(name: "--value", value: "--help")])
  }

  func testFlag_thatCannotBeUsed_isNamed() {
    let cases: [([String], CommandLineWords.Failure)] = [
      (["--valeu", "x"], .unknown("--valeu")), (["--valeu=x"], .unknown("--valeu")),
      (["--value"], .incomplete("--value")), (["--bare=1"], .superfluous("--bare")),
      (["--help=1"], .superfluous("--help")), (["--bare\u{301}"], .unknown("--bare\u{301}")),
      (["-v"], .unknown("-v")),
    ]
    for (words, failure) in cases {
      XCTAssertThrowsError(try CommandLineWords(words, flags: Self.flags, endings: ["--help"])) {
        error in
        XCTAssertEqual(error as? CommandLineWords.Failure, failure)
      }
    }
  }

  func testValue_isWhatFollowsTheFirstEqualsSign_byteForByte() throws {
    let value = "\u{301}a=b\u{200D}=c"
    let read = try read("--value=\(value)").flags.first?.value
    XCTAssertEqual(read.map { Array($0.utf8) }, Array(value.utf8))
  }

  func testSuggestion_isTheNearestWord_ifOneIsNear() {
    let known = ["--value", "--switch"]
    XCTAssertEqual(known.suggestion(for: "--vlaue"), "; did you mean --value?")
    XCTAssertEqual(known.suggestion(for: "--swich"), "; did you mean --switch?")
    XCTAssertEqual(known.suggestion(for: "--colour"), "")
    XCTAssertEqual([String]().suggestion(for: "x"), "")
  }
}
