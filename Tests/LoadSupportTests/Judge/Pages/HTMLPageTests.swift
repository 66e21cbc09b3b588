import XCTest

@testable import LoadSupport

final class HTMLPageTests: XCTestCase {
  private func table(_ columns: [Table.Column], _ rows: [[TableCell]]) -> String {
    HTMLPage.table(Table(columns: columns, rows: rows), label: "a \"label\"").text
  }

  func testTable_hasHeadingsOfColumnsAndRows_andFiguresToTheRight() {
    let table = table(["name", "n", "why"], [["x", .count(1_000), .quoted("2 <")]])
    for part in [
      "aria-label=\"a &quot;label&quot;\"", "<th scope=\"col\" class=\"n\">n</th>",
      "<th scope=\"row\">x</th>", "<td class=\"n\">1,000</td>", "<td class=\"t\">2 &lt;</td>",
    ] {
      XCTAssertTrue(table.contains(part), "no \(part) in \(table)")
    }
    let below = self.table(["name", "p50"], [["x", .figure("1.5", between: "1 to <2")]])
    XCTAssertTrue(below.contains("<td class=\"n\">1.5 <small>1 to &lt;2</small></td>"), below)
    // What a cell is decides, and not the digits that it begins with.
    let words = self.table(["name", "n"], [["x", .text("5 words")], ["y", .absent()]])
    XCTAssertTrue(words.contains("<td class=\"t\">5 words</td>"), words)
  }

  func testTable_saysTheColumnOfEachCell_whereItIsWide() {
    let badge = Badge(words: "PASS", meaning: .good)
    let cells: [TableCell] = [.link("a", to: "b c/:d"), .badge(badge), .count(1), "x", "y"]
    let wide = table(["name", "verdict", "n", "b", "c"], [cells])
    for part in [
      "class=\"scroll stack\"", "<a href=\"./b%20c/:d\">a</a>",
      "<td class=\"b\" data-label=\"verdict\">", "<td class=\"n\" data-label=\"n\">1</td>",
    ] {
      XCTAssertTrue(wide.contains(part), "no \(part) in \(wide)")
    }
    XCTAssertFalse(table(["name", "n"], [["x", .count(1)]]).contains("stack"))
  }

  func testSection_isWide_whereItsTableIsTooLongForHalfAPage() {
    func isWide(_ columns: [Table.Column], _ cells: [TableCell]) -> Bool {
      var section = ReportSection("x", columns: columns)
      section.addRow(cells)
      return section.isWide
    }
    let figures: [TableCell] = [.count(480), .number(63), .count(0), .count(0)]
    XCTAssertFalse(
      isWide(["step", "n", "bytes", "threads", "processes"], ["reset, later"] + figures)
    )
    XCTAssertTrue(
      isWide(
        ["step", "n", "bytes", "threads", "processes"],
        [.text("left behind by " + String(repeating: "x", count: 40))] + figures
      )
    )
    // Words at a row's end break.
    let sentence = String(repeating: "words and ", count: 20)
    XCTAssertFalse(isWide(["step", "message"], ["reset", .text(sentence)]))
  }

  func testPage_leavesOutSectionsWithoutContent() {
    var section = ReportSection("Full")
    section.addNote("a sentence")
    let page = HTMLPage(Document(title: "T", sections: [ReportSection("Empty"), section])).text
    XCTAssertTrue(page.contains("<section><h2>Full</h2><p>a sentence</p></section>"), page)
    XCTAssertFalse(page.contains("Empty"), page)
  }
}
