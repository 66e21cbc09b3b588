import XCTest

@testable import LoadSupport

final class CSVRecordsTests: XCTestCase {
  private func records(_ text: some Sequence<UInt8>) throws -> [[String]] {
    var records = CSVRecords(Array(text))
    var all: [[String]] = []
    while try records.next() {
      all.append(records.fields.map { String(decoding: $0, as: UTF8.self) })
    }
    return all
  }

  func testRecords_areReadAsTheStandardSays() throws {
    let cases: [(String, [[String]])] = [
      ("", []), ("\n\r\n\n", []), ("a", [["a"]]), ("a,b\n", [["a", "b"]]),
      ("a,b\r\nc,d", [["a", "b"], ["c", "d"]]), ("a,\n,b\n,", [["a", ""], ["", "b"], ["", ""]]),
      ("a\n\nb\r\n\r\nc", [["a"], ["b"], ["c"]]), (#""""#, [[""]]), (#""a,b",c"#, [["a,b", "c"]]),
      ("\"a\nb\",\"c\r\nd\"\ne,f", [["a\nb", "c\r\nd"], ["e", "f"]]),
      (#""say ""x""","""""#, [["say \"x\"", "\""]]), (#"a"b,c"#, [["a\"b", "c"]]),
      (" a , b ", [[" a ", " b "]]), ("a\rb", [["a\rb"]]),
      ("\"\u{301}\",\u{301}\"", [["\u{301}", "\u{301}\""]]),
    ]
    for (text, expected) in cases { XCTAssertEqual(try records(text.utf8), expected, text) }
  }

  func testLine_isThatOfTheRecordsBeginning() throws {
    var records = CSVRecords(Array("h\n\n\"a\nb\nc\"\r\nd\n".utf8))
    var lines: [Int] = []
    while try records.next() { lines.append(records.line) }
    XCTAssertEqual(lines, [1, 3, 6])
  }

  func testQuotes_areNamedWithTheirLine_whenTheyDoNotFit() {
    for (text, line) in [("a\n\"b", 2), ("a\n\"b\nc\"d", 3), ("\"a\n\n", 1)] {
      XCTAssertThrowsError(try records(text.utf8)) {
        XCTAssertEqual(($0 as? CSVRecords.Problem)?.line, line, text)
      }
    }
  }

  /// Whatever fields hold comes back, and no cut of the text is a trap.
  func testFields_comeBack_whateverTheyHold() throws {
    let seed: UInt64 = 4_711
    var random = SeededRandom(seed: seed)
    let letters = Array("ab,\"\"\r\n \u{E9}".unicodeScalars)
    for _ in 0..<2_000 {
      let rows = (0..<3).map { _ in
        (0..<2).map { _ in
          String(
            String.UnicodeScalarView(
              (0..<Int.random(in: 0...5, using: &random)).map { _ in
                letters[Int.random(in: letters.indices, using: &random)]
              }
            )
          )
        }
      }
      let quoted = rows.map { row in
        row.map { "\"" + $0.quotesDoubled + "\"" }
          .joined(separator: ",")
      }
      let text = Array(quoted.joined(separator: Bool.random(using: &random) ? "\n" : "\r\n").utf8)
      XCTAssertEqual(try records(text), rows, "seed \(seed)")
      for end in 0..<text.count { _ = try? records(text[..<end]) }
    }
  }
}

extension String {
  fileprivate var quotesDoubled: String {
    String(String.UnicodeScalarView(unicodeScalars.flatMap { $0 == "\"" ? [$0, $0] : [$0] }))
  }
}
