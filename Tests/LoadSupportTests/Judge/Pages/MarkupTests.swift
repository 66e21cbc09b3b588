import XCTest

@testable import LoadSupport

final class MarkupTests: XCTestCase {
  func testText_isEscaped() {
    for (plain, markup) in [
      ("", ""), ("a&b", "a&amp;b"), ("<b>\"x\"</b>", "&lt;b&gt;&quot;x&quot;&lt;/b&gt;"),
      ("a\nb\tc", "a b c"), ("\u{1B}[31m\0", "\\u{1B}[31m\\u{0}"),
      ("\u{202E}abc\u{2028}\u{FEFF}", "\\u{202E}abc\\u{2028}\\u{FEFF}"), ("\u{FFFF}", "\\u{FFFF}"),
      ("é – ≤ \u{1F600}", "é – ≤ \u{1F600}"),
    ] {
      XCTAssertEqual(Markup(plain).text, markup)
      XCTAssertEqual(
        Markup("p", ["title": plain], text: plain).text,
        "<p title=\"\(markup)\">\(markup)</p>"
      )
    }
  }

  func testElements_areClosed_asHTMLAndXMLBothAllow() {
    XCTAssertEqual(Markup("td", text: "").text, "<td></td>")
    XCTAssertEqual(Markup("div", [:]).text, "<div></div>")
    XCTAssertEqual(Markup("meta", ["charset": "utf-8"]).text, "<meta charset=\"utf-8\"/>")
  }

  func testAttributes_keepForProgramsWhatADocumentMayHave() {
    XCTAssertEqual(
      Markup("a", ["m": "x\t\n\r\u{1B}\u{FFFE}\u{202E}<\""], for: .program).text,
      "<a m=\"x&#9;&#10;&#13;\u{FFFD}\u{FFFD}\u{202E}&lt;&quot;\"/>"
    )
  }
}
