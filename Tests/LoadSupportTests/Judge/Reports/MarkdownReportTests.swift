import EventIO
import Foundation
import XCTest

@testable import LoadSupport

final class MarkdownReportTests: XCTestCase {
  private func text(_ scenarios: [ScenarioSummary]) -> String {
    MarkdownReport(RunSummary(testID: "loadtest_20260212_153045", scenarios: scenarios)).text
  }

  func testReport_hasAVerdictARowAndNothingElse_whenAllPassed() throws {
    let passed = try HostileTexts.summary(outcomes: [.pass], problems: [])
    let lines = text([passed, passed]).split(separator: "\n", omittingEmptySubsequences: false)
    XCTAssertEqual(lines[0], "**PASS**: load test ` loadtest_20260212_153045 `")
    XCTAssertEqual(
      lines[2],
      "| scenario | verdict | run | success | p50 ms | p95 ms | p99 ms | requests/s |"
    )
    let row = "| ` command_throughput ` | PASS | - | 100.0% | 12.5 | too few | too few | 1.0 |"
    XCTAssertEqual(lines[4...6], [row[...], row[...], ""])
    XCTAssertTrue(lines[7].hasPrefix("Machine: ` "), "\(lines)")
    XCTAssertTrue(lines[7].hasSuffix("network: ` live: http://h:3000/mcp, target t:22 `"))
    XCTAssertEqual(lines[8...], [""])
  }

  func testReport_isFoldedUp_onlyWhereItIsLong() throws {
    let short = try HostileTexts.summary(outcomes: [.pass, .fail], problems: [], texts: ["slow"])
    XCTAssertTrue(text([short]).hasPrefix("**FAIL**"))
    XCTAssertTrue(text([short]).contains("\n- FAIL: ` slow `\n"))
    XCTAssertFalse(text([short]).contains("<details>"))
    let long = try HostileTexts.summary(
      outcomes: [.inconclusive],
      problems: [],
      texts: [String(repeating: "x", count: 100_000)]
    )
    XCTAssertTrue(text([long]).contains("<details><summary>1 finding</summary>\n\n- INCONCLUSIVE"))
    XCTAssertLessThan(text([long]).utf8.count, 2_000)
  }

  func testReport_saysSo_whenNothingWasJudged() {
    XCTAssertTrue(text([]).hasPrefix("**COULD NOT RUN**"))
    XCTAssertTrue(text([]).hasSuffix("No scenario has been judged.\n"))
    XCTAssertFalse(text([]).contains("nan"))
  }

  /// Each text stands whole in one code span, which ends with its line.
  func testTexts_areOneCodeSpanEach_whateverTheyHold() throws {
    let lines = text([try HostileTexts.summary()]).split(separator: "\n")
    let findings = lines.filter { $0.hasPrefix("- ") && !$0.contains("slowest second") }
    let texts = HostileTexts.all + HostileTexts.all + HostileTexts.all
    XCTAssertEqual(findings.count, texts.count)
    for (finding, text) in zip(findings, texts) {
      let span = finding.drop { $0 != "`" }
      let fence = span.prefix { $0 == "`" }
      let content = span.dropFirst(fence.count).dropLast(fence.count)
      XCTAssertTrue(span.hasSuffix(fence))
      XCTAssertFalse(content.split { $0 != "`" }.contains { $0.count == fence.count }, "\(finding)")
      XCTAssertEqual(content.first, " ")
      XCTAssertEqual(content.last, " ")
      XCTAssertFalse(content.contains { $0.isNewline }, "\(finding)")
      XCTAssertEqual(Array(content.utf8), Array(" \(text.shown) ".utf8))
    }
    XCTAssertEqual(lines.filter { $0.hasPrefix("|") }.count, 3)
  }

  /// The elements and code spans that GitHub's own renderer makes of it.
  func testReport_isRenderedWithoutForeignElements() throws {
    struct Rendered: Decodable {
      let elements: [String]
      let codes: [String]
      let outside: String
    }
    let script = """
      from html.parser import HTMLParser
      class Reader(HTMLParser):
          elements, codes, outside, inside = set(), [], "", False
          def handle_starttag(self, tag, attributes):
              self.elements.add(tag + "".join(" " + name for name, _ in attributes))
              if tag == "code":
                  self.inside = True
                  self.codes.append("")
          def handle_endtag(self, tag):
              if tag == "code": self.inside = False
          def handle_data(self, data):
              if self.inside: self.codes[-1] += data
              else: self.outside += data
      text = open(sys.argv[1], newline="", encoding="utf-8").read()
      html = cmarkgfm.github_flavored_markdown_to_html(text, cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE)
      reader = Reader()
      reader.feed(html)
      print(json.dumps({"elements": sorted(reader.elements), "codes": reader.codes,
          "outside": reader.outside}))
      """
    let summaries = [try HostileTexts.summary(), try HostileTexts.summary()]
    let file = try TemporaryDirectory().write(text(summaries).utf8, to: "summary.md")
    let rendered = try Python.json(Rendered.self, script, modules: ["cmarkgfm"], [file])
    XCTAssertEqual(
      Set(rendered.elements.map { $0.split(separator: " ").first ?? "" }),
      [
        "code", "details", "h4", "li", "p", "strong", "summary", "table", "tbody", "td", "th",
        "thead", "tr", "ul",
      ]
    )
    let shown = Set(rendered.codes)
    for text in ["@everyone #1 GH-1 org/repo#2 http://x.example/", "``` `a` ``", "a\\|b \\` \\"] {
      XCTAssertTrue(shown.contains(text), "\(text) is not in \(shown)")
    }
    XCTAssertFalse(rendered.outside.contains("@"))
  }

  // MARK: GITHUB_STEP_SUMMARY

  func testStepSummary_growsByTheReport_whenTheVariableIsSet() throws {
    let report = MarkdownReport(RunSummary(testID: "t", scenarios: []))
    let directory = try TemporaryDirectory()
    let file = try directory.write("before".utf8, to: "present.md")
    try report.appendToStepSummary(["GITHUB_STEP_SUMMARY": file])
    try report.appendToStepSummary(["GITHUB_STEP_SUMMARY": file])
    XCTAssertEqual(
      try String(contentsOfFile: file, encoding: .utf8),
      "before\n\(report.text)\n\(report.text)"
    )
    let absent = directory.path + "/absent.md"
    try report.appendToStepSummary(["GITHUB_STEP_SUMMARY": absent])
    XCTAssertEqual(try String(contentsOfFile: absent, encoding: .utf8), "\n\(report.text)")
    try report.appendToStepSummary([:])
    try report.appendToStepSummary(["GITHUB_STEP_SUMMARY": ""])
    let unwritable = ["GITHUB_STEP_SUMMARY": directory.path + "/no/such.md"]
    XCTAssertThrowsError(try report.appendToStepSummary(unwritable)) { error in
      XCTAssertTrue("\(error)".contains("/no/such.md"), "\(error)")
      XCTAssertTrue("\(error)".contains("GITHUB_STEP_SUMMARY"), "\(error)")
    }
  }
}
