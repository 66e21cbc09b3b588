import XCTest

@testable import LoadSupport

final class HTMLTextTests: XCTestCase {
  func testText_isEscaped() {
    for (plain, markup) in [
      ("", ""), ("a&b", "a&amp;b"), ("<b>\"x\"</b>", "&lt;b&gt;&quot;x&quot;&lt;/b&gt;"),
      ("a\nb\tc", "a b c"), ("\u{1B}[31m\0", "\\u{1B}[31m\\u{0}"),
      ("\u{202E}abc\u{2028}\u{FEFF}", "\\u{202E}abc\\u{2028}\\u{FEFF}"), ("\u{FFFF}", "\\u{FFFF}"),
      ("é – ≤ \u{1F600}", "é – ≤ \u{1F600}"),
    ] {
      XCTAssertEqual(HTMLText(plain).markup, markup)
      XCTAssertEqual(
        HTMLText("p", ["title": plain], text: plain).markup,
        "<p title=\"\(markup)\">\(markup)</p>"
      )
    }
  }

  func testElements_areClosed_asHTMLAndXMLBothAllow() {
    XCTAssertEqual(HTMLText("td", text: "").markup, "<td></td>")
    XCTAssertEqual(HTMLText("div", [:]).markup, "<div></div>")
    XCTAssertEqual(HTMLText("meta", ["charset": "utf-8"]).markup, "<meta charset=\"utf-8\"/>")
  }

  func testTable_hasHeadingsOfColumnsAndRows_andNumbersToTheRight() {
    let table = HTMLText.table("a \"label\"", ["name", "n", "why"], [["x", "1,000", "2 <"]]).markup
    for part in [
      "aria-label=\"a &quot;label&quot;\"", "<th scope=\"col\" class=\"n\">n</th>",
      "<th scope=\"row\">x</th>", "<td class=\"n\">1,000</td>", "2 &lt;",
    ] {
      XCTAssertTrue(table.contains(part), "no \(part) in \(table)")
    }
    let cells = [ReportSection.Cell("x"), ReportSection.Cell("1.5", below: "1 to <2")]
    let below = HTMLText.table("", ["name", "p50"], [cells]).markup
    XCTAssertTrue(below.contains("<td class=\"n\">1.5 <small>1 to &lt;2</small></td>"), below)
    let mixed = HTMLText.table("", ["name", "n"], [["x", "(1.5)"], ["y", "never"]]).markup
    XCTAssertTrue(mixed.contains("<td class=\"t\">(1.5)</td>"), mixed)
  }
}
