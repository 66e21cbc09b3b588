import XCTest

@testable import EventIO

final class JSONScannerTests: XCTestCase {
  /// Runs a body on a scanner over the text.
  private func scan<Result>(
    _ text: String,
    _ body: (inout JSONScanner) throws -> Result
  ) rethrows -> Result {
    try Array(text.utf8).withUnsafeBytes { bytes in
      var scanner = JSONScanner(bytes)
      return try body(&scanner)
    }
  }

  func testScanner_walksOverNestedContainers() throws {
    let text = #" { "skip" : [ {"x":[]} , "]}" ] , "keep" : { "n" : -7 , "s" : "\u0041" } } "#
    let found = try scan(text) { scanner in
      var found: [String] = []
      try scanner.beginObject()
      while let key = try scanner.nextKey() {
        guard scanner.matches(key, "keep") else {
          let range = try scanner.skipValue()
          found.append(scanner.decodeString(range))
          continue
        }
        try scanner.beginObject()
        while let inner = try scanner.nextKey() {
          if scanner.matches(inner, "n") {
            found.append("\(try scanner.readInteger() ?? 0)")
          } else {
            found.append(try scanner.readString() ?? "nil")
          }
        }
      }
      try scanner.expectEnd()
      return found
    }
    XCTAssertEqual(found, [#"[ {"x":[]} , "]}" ]"#, "-7", "A"])
  }

  func testReaders_stepOverAValueOfAnotherKind() throws {
    try scan(#"[ "1", {"a":[1]}, 2.5, 99999999999999999999, 12, true, null, "s", 3 ]"#) { scanner in
      try scanner.beginArray()
      func next() throws { XCTAssertTrue(try scanner.nextElement()) }
      try next()
      XCTAssertNil(try scanner.readInteger())
      try next()
      XCTAssertNil(try scanner.readString())
      try next()
      XCTAssertNil(try scanner.readInteger())
      try next()
      XCTAssertNil(try scanner.readInteger(), "no Int64 holds it")
      try next()
      XCTAssertNil(try scanner.readString())
      try next()
      XCTAssertNil(try scanner.readInteger())
      try next()
      XCTAssertNil(try scanner.readStringRange())
      try next()
      XCTAssertNil(try scanner.readInteger())
      try next()
      XCTAssertEqual(try scanner.readInteger(), 3)
      XCTAssertFalse(try scanner.nextElement())
      try scanner.expectEnd()
    }
  }

  func testReadInteger_readsTheWholeRange() throws {
    for (text, value) in [
      ("9223372036854775807", Int64.max), ("-9223372036854775807", -Int64.max), ("-0", 0),
      ("-1", -1), ("9223372036854775808", nil), ("1e3", nil), ("10000000000000000000", nil),
    ] as [(String, Int64?)] {
      XCTAssertEqual(try scan(text) { try $0.readInteger() }, value, text)
    }
  }

  func testSkipValue_followsNestingToItsLimit() {
    let limit = JSONScanner.maximumDepth
    for (open, close) in [("[", "]"), (#"{"k":"#, "}")] {
      func text(_ levels: Int) -> String {
        String(repeating: open, count: levels) + "1" + String(repeating: close, count: levels)
      }
      XCTAssertNoThrow(try scan(text(limit)) { try $0.skipValue() })
      XCTAssertThrowsError(try scan(text(limit + 1)) { try $0.skipValue() })
      XCTAssertThrowsError(
        try scan(String(repeating: open, count: 1_000_000)) { try $0.skipValue() }
      )
    }
  }

  /// The kinds of brackets are kept as bits of a small stack; each level must have its own.
  func testSkipValue_tellsTheBracketsOfEachLevelApart() {
    for pattern in 0..<16 {
      let isObject = (0..<JSONScanner.maximumDepth).map { pattern >> ($0 % 4) & 1 == 1 }
      let opening = isObject.map { $0 ? #"{"k":"# : "[" }.joined() + "1"
      let closing = isObject.reversed().map { $0 ? "}" : "]" }
      XCTAssertNoThrow(try scan(opening + closing.joined()) { try $0.skipValue() })
      for wrong in stride(from: 0, to: closing.count, by: 37) {
        var damaged = closing
        damaged[wrong] = closing[wrong] == "}" ? "]" : "}"
        XCTAssertThrowsError(
          try scan(opening + damaged.joined()) { try $0.skipValue() },
          "pattern \(pattern), level \(wrong)"
        )
      }
    }
  }

  func testNextElement_wantsACommaBehindEveryKindOfElement() throws {
    for element in ["1", "true", "null", #""s""#, "[]", "{}", "[1]", #"{"a":1}"#] {
      for reader in 0..<4 {
        let text = "[\(element) \(element)]"
        try scan(text) { scanner in
          try scanner.beginArray()
          XCTAssertTrue(try scanner.nextElement())
          switch reader {
          case 0: try scanner.skipValue()
          case 1: _ = try scanner.readString()
          case 2: _ = try scanner.readStringRange()
          default: _ = try scanner.readInteger()
          }
          XCTAssertThrowsError(try scanner.nextElement(), text)
        }
      }
    }
  }

  func testPeek_isNilAtTheEnd_andConsumesNothing() {
    scan("  [") { scanner in
      XCTAssertEqual(scanner.peek(), UInt8(ascii: "["))
      XCTAssertEqual(scanner.peek(), UInt8(ascii: "["))
    }
    scan(" \n") { XCTAssertNil($0.peek()) }
    scan("") { XCTAssertNil($0.peek()) }
  }

  func testError_namesWhatWasExpectedAndWhere() {
    XCTAssertThrowsError(try JSONValue(parsing: #"{"a" 1}"#.utf8)) { error in
      XCTAssertEqual("\(error)", "not JSON: expected a colon at byte 5")
    }
  }
}
