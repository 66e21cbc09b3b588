import XCTest

@testable import LoadSupport

/// One document in each of its forms.
final class DocumentTests: XCTestCase {
  private func document() -> Document {
    var section = ReportSection(columns: ["name", "n", "change", "why"])
    section.addRow([.quoted("a|b"), .count(12_345), .change(1.129), "because"])
    section.addRow([.quoted("c"), .absent(), .change(0.9), .absent()])
    section.add(.list(["FAIL: \(quoted: "slow `x`")"]))
    section.add(.paragraph("for comments"), for: [.markdown])
    section.add(.tiles([]))
    return Document(
      title: "Title",
      result: Badge(words: "FAIL", meaning: .bad),
      summary: "run \(quoted: "id")",
      sections: [section]
    )
  }

  func testText_beginsWithTheResult_andHasOneTable() {
    XCTAssertEqual(
      TextPage(document()).text,
      """
      FAIL: run id

      name       n   change  why
      a|b   12,345  +12.9 %  because
      c          -  -10.0 %  -
      - FAIL: slow `x`

      """
    )
  }

  func testMarkdown_quotesWhatOthersWorded() {
    XCTAssertEqual(
      MarkdownPage(document()).text,
      """
      **FAIL**: run ` id `

      | name | n | change | why |
      | --- | ---: | ---: | --- |
      | ` a\u{2223}b ` | 12,345 | +12.9 % | because |
      | ` c ` | - | -10.0 % | - |

      - FAIL: `` slow `x` ``

      for comments

      """
    )
  }

  func testPhrase_knowsItsQuotedParts() {
    let phrase: Phrase = "a \(quoted: "b") \("c")"
    XCTAssertEqual(phrase.parts, [.ours("a "), .quoted("b"), .ours(" "), .ours("c")])
    XCTAssertEqual(phrase.plain, "a b c")
  }

  func testCells_sayWhatTheyAre() {
    let cells: [(TableCell, String, String?, Bool)] = [
      (.text("x"), "x", nil, false), (.count(1_234), "1,234", nil, true),
      (.share(1_999, of: 2_000), "99.9%", nil, true), (.percent(0.7), "70.0%", nil, true),
      (.estimate(2, 1.24...3), "2.0", "1.2 to 3.0", true),
      (.estimate(2, nil), "2.0", "too few", true),
      (.absent(NumberText.notReported), "not reported", nil, true),
      (.badge(Badge(words: "PASS", meaning: .good)), "PASS", nil, false),
    ]
    for (cell, shown, below, isFigure) in cells {
      XCTAssertEqual(cell.shown, shown)
      XCTAssertEqual(cell.below, below, shown)
      XCTAssertEqual(cell.isFigure, isFigure, shown)
    }
  }
}
