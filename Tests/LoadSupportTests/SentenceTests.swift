import Foundation
import XCTest

/// Every sentence that a report can print is in a list, so that a new one is read by whoever reviews a change.
///
/// Most are built by the half that judges. Reports also quote what the half that loads has noted: what failed, what kept
/// a scenario from being run, what happened to the load.
final class SentenceTests: XCTestCase {
  private static let list = SourceFile.package + "/Tests/Fixtures/sentences.txt"

  /// What is no report: help of settings, schemas and styles.
  private static let others = ["OptionGroup", "Workload+Form", "HTMLStyle", "TestNetwork"]

  /// Three words and more make a sentence.
  private static func isSentence(_ text: String) -> Bool {
    let words = text.split { !$0.isLetter }.filter { $0.count > 1 }
    return words.count > 2 && text.contains(" ") && !text.contains("\n")
  }

  private static func sentences() throws -> [String] {
    let files = try SourceFile.all(under: "Sources/LoadSupport").filter { file in
      !others.contains { file.path.contains("/\($0)") }
    }
    return Set(files.flatMap(\.sentences).filter(isSentence)).sorted {
      $0.utf8.lexicographicallyPrecedes($1.utf8)
    }
  }

  func testSentences_areThoseOfTheList() throws {
    let text = try Self.sentences().map { $0 + "\n" }.joined()
    guard let data = FileManager.default.contents(atPath: Self.list) else {
      try Data(text.utf8).write(to: URL(fileURLWithPath: Self.list))
      return XCTFail("\(Self.list) was missing; it is taken now: read what is new in it")
    }
    let (listed, found) = (
      Set(String(decoding: data, as: UTF8.self).split(separator: "\n")),
      Set(text.split(separator: "\n"))
    )
    let hint = "remove \(Self.list), run this test again, and read the difference"
    XCTAssertEqual(found.subtracting(listed).sorted(), [], "not in the list: \(hint)")
    XCTAssertEqual(listed.subtracting(found).sorted(), [], "no longer there: \(hint)")
  }

  func testSentences_areJoined_andLackWhatIsInterpolated() {
    let file = SourceFile(
      path: "",
      text: #"""
        // "a comment"
        let a = "one \(two("three") + "four") five "
          + "six" + (x ? "seven" : "eight")
        """#
    )
    XCTAssertEqual(file.sentences, ["three", "four", "one … five six", "seven", "eight"])
  }

  /// What issue after issue complained of stays away.
  func testSentences_haveTheFieldsOwnWords() throws {
    let banned = [
      "nobody told", "does not tell whose", "it would be", "would do",
      "asked for an end",
      "there is none of that name", "ask for less", "by turns", "no single state", "carry the rate",
    ]
    for sentence in try Self.sentences() {
      for words in banned {
        XCTAssertFalse(sentence.contains(words), "\"\(words)\" in: \(sentence)")
      }
    }
  }
}
