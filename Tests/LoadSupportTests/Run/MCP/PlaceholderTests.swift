import XCTest

@testable import LoadSupport

final class PlaceholderTests: XCTestCase {
  /// A text with its placeholders in ‹›, so that a list of cases can be read.
  private func marked(_ text: String) throws -> String {
    try Placeholder.pieces(of: text, at: .root).map { piece in
      switch piece {
      case .text(let text): text
      case .placeholder(let placeholder): "‹\(source(placeholder))›"
      }
    }.joined()
  }

  private func source(_ placeholder: Placeholder) -> String {
    placeholder.fullName + (placeholder.length.map { ":\($0)" } ?? "")
      + (placeholder.filter.map { "|\($0.rawValue)" } ?? "")
  }

  func testBraces_beginAPlaceholder_onlyWhereOneIsWrittenWhole() throws {
    let cases = [
      ("", ""), ("plain", "plain"), ("{x}", "‹x›"), ("a{x}b{y_2}", "a‹x›b‹y_2›"),
      ("{users.first-name|sh}", "‹users.first-name|sh›"), ("{random:8}", "‹random:8›"),
      ("{n|number}{n|text}", "‹n|number›‹n|text›"), ("{u.1}", "‹u.1›"), ("{_a}", "‹_a›"),
      ("awk '{print $1}'", "awk '{print $1}'"), ("find . -exec x {} ;", "find . -exec x {} ;"),
      (#"{"a":{"b":1}}"#, #"{"a":{"b":1}}"#), ("{1}", "{1}"), ("{a-b}", "{a-b}"), ("{a.}", "{a.}"),
      ("{a:}", "{a:}"), ("{a|}", "{a|}"), ("{a|SH}", "{a|SH}"), ("{a b}", "{a b}"), ("{é}", "{é}"),
      ("{x", "{x"), ("x}", "x}"), ("{", "{"), ("{.a}", "{.a}"), ("{a|sh:3}", "{a|sh:3}"),
      ("{{x}}", "{x}"), ("{{u.c:2|sh}}", "{u.c:2|sh}"), ("{{x}", "{‹x›"), ("{x}}", "‹x›}"),
      ("{{{x}}}", "{{x}}"), ("{{x y}}", "{{x y}}"), ("{{x}}{x}", "{x}‹x›"),
      ("{x\u{301}}", "{x\u{301}}"), ("{\u{301}{x}\u{301}", "{\u{301}‹x›\u{301}"),
    ]
    for (text, expected) in cases { XCTAssertEqual(try marked(text), expected, text) }
  }

  /// A text that is cut anywhere has the placeholders that are whole, and all its other bytes.
  func testCutText_keepsItsBytes_atEveryByte() throws {
    let text = #"{a}{"k":"{users.id|sh}"} '{print $1}' {random:12} {é} {x"#
    let bytes = Array(text.utf8)
    for end in 0...bytes.count {
      guard let cut = String(validating: bytes[..<end], as: UTF8.self) else { continue }
      let pieces = try Placeholder.pieces(of: cut, at: .root)
      let back = pieces.map { piece in
        if case .placeholder(let placeholder) = piece { return "{\(source(placeholder))}" }
        guard case .text(let text) = piece else { return "" }
        return text
      }
      XCTAssertEqual(back.joined(), cut)
    }
  }

  func testUnknownFilter_isNamedWithThoseThatThereAre() {
    XCTAssertThrowsError(
      try Placeholder.pieces(of: "a {x|json}", at: ["operations", "a", "command"])
    ) {
      XCTAssertEqual(
        $0 as? WorkloadError,
        WorkloadError(
          at: ["operations", "a", "command"],
          "there is no |json; valid are |sh, |number, |text"
        )
      )
    }
  }
}
