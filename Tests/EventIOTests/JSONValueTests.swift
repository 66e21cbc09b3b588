import XCTest

@testable import EventIO

final class JSONValueTests: XCTestCase {
  func testValue_isRead_whenValid() throws {
    let cases: [(String, JSONValue)] = [
      ("null", .null), (" true\r\n\t", true), ("false", false), (#""""#, ""), ("[]", []),
      ("{}", [:]), ("[ ]", []), ("{ }", [:]), ("[[],{}]", [[], [:]]), ("0", .number("0")),
      ("-0", .number("-0")), ("-0.0e-0", .number("-0.0e-0")), ("1E+2", .number("1E+2")),
      ("123456789012345678901234567890", .number("123456789012345678901234567890")),
      ("1e99999", .number("1e99999")), ("[1 , 2\n,3]", [1, 2, 3]),
      (#"{"a" : 1 , "b" : [ null ] }"#, ["a": 1, "b": [.null]]),
      (#"{"":{"":""}}"#, ["": ["": ""]]), (#"{"a":1,"a":2}"#, ["a": 1, "a": 2]),
      (#""\"\\\/\b\f\n\r\t""#, .string("\"\\/\u{8}\u{C}\n\r\t")),
      (#""\u0041\u00e9\u20AC""#, .string("A\u{E9}\u{20AC}")),
      (#""\ud83d\uDE00""#, .string("\u{1F600}")), (#""\u0000""#, .string("\0")),
      ("\"\u{E9}\u{1F600}\u{7F}\"", .string("\u{E9}\u{1F600}\u{7F}")),
    ]
    for (text, value) in cases {
      XCTAssertEqual(try JSONValue(parsing: text.utf8), value, text)
    }
  }

  /// RFC 8259 §8.3: by what is written, not by what is canonically equivalent.
  func testKeys_areComparedByBytes() throws {
    let value = try JSONValue(parsing: "{\"\u{212A}\":1,\"e\u{301}\":2}".utf8)
    XCTAssertNil(value["K"])
    XCTAssertNil(value["\u{e9}"])
    XCTAssertEqual(value["e\u{301}"]?.integer, 2)
  }

  func testValue_isRefused_whenInvalid() {
    for text in [
      "", " ", "nul", "nulll", "True", "TRUE", "undefined", "NaN", "Infinity", "-", "+1", "01",
      "-01", "00", "1.", ".5", "1.e5", "1e", "1e+", "1e1.5", "0x10", "1_000", "1,", "1 2", "--1",
      "[", "]", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1 2]", "[1,,2]", "[1]]", "[1}", "[}", "(1)",
      "{", "}", "{]", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{,"a":1}"#, #"{"a":1 "b":2}"#,
      "{a:1}", "{'a':1}", "{1:1}", "{null:1}", #"{"a":1]"#, #"{"a"::1}"#, #"{"a":1}}"#,
      #"{"a":1,,"b":2}"#, "\"", "\"a", "\"a\\\"", "\"a\\", "'a'", "\"a\"b", "// no\n1", "1 // no",
      "/**/1", "\u{FEFF}1", "\u{A0}1", "1\0", "\u{B}1",
    ] {
      XCTAssertThrowsError(try JSONValue(parsing: text.utf8), text) { error in
        XCTAssertTrue(error is JSONError)
      }
    }
  }

  /// Liberties that servers in the field need; the structure around them is checked all the same.
  func testValue_isRead_whenAStringIsUnclean() throws {
    let cases: [([UInt8], String)] = [
      (Array("\"a\nb\tc\u{1}\"".utf8), "a\nb\tc\u{1}"),
      ([0x22, 0x61, 0xFF, 0x62, 0x22], "a\u{FFFD}b"),
      ([0x22, 0xC3, 0x22], "\u{FFFD}"),
      (Array(#""\ud800""#.utf8), "\u{FFFD}"), (Array(#""\udc00x""#.utf8), "\u{FFFD}x"),
      (Array(#""\ud800\u0041""#.utf8), "\u{FFFD}A"),
      (Array(#""\ud800\ud83d\ude00""#.utf8), "\u{FFFD}\u{1F600}"),
      (Array(#""\u12""#.utf8), "\u{FFFD}12"), (Array(#""\uZZZZ""#.utf8), "\u{FFFD}ZZZZ"),
      (Array(#""\q\x""#.utf8), "qx"),
    ]
    for (text, expected) in cases {
      XCTAssertEqual(try JSONValue(parsing: text).string, expected, "\(text)")
    }
  }

  func testValue_isReadUpToTheLimitOfNesting() throws {
    for (open, close) in [("[", "]"), (#"{"a":"#, "}"), (#"[{"a":"#, "}]")] {
      let levels = 128 / (open.first == "[" && open.count > 1 ? 2 : 1)
      let deepest = Self.nested(open, close, levels)
      XCTAssertNoThrow(try JSONValue(parsing: deepest.utf8), "\(levels) times \(open)")
      for tooDeep in [levels + 1, 1_000, 200_000] {
        XCTAssertThrowsError(
          try JSONValue(parsing: Self.nested(open, close, tooDeep).utf8),
          "\(tooDeep) times \(open)"
        )
      }
    }
    XCTAssertThrowsError(try JSONValue(parsing: String(repeating: "[", count: 1_000_000).utf8))
  }

  private static func nested(_ open: String, _ close: String, _ levels: Int) -> String {
    // The innermost container is empty, or holds an empty one.
    let core = open.hasSuffix(":") ? (open.hasPrefix("[") ? "[{}]" : "{}") : "[]"
    return String(repeating: open, count: levels - 1) + core
      + String(repeating: close, count: levels - 1)
  }

  func testSubscript_givesTheLast_whenAKeyOccursTwice() throws {
    let value = try JSONValue(parsing: #"{"a":1,"b":2,"\u0061":3}"#.utf8)
    XCTAssertEqual(value["a"]?.integer, 3)
    XCTAssertNil(value["c"])
    XCTAssertNil(JSONValue.string("a")["a"])
  }

  func testNumbers_areReadAsWholeOnes_onlyWhenTheyAre() throws {
    for (text, integer, double) in [
      ("42", 42, 42.0), ("-0", 0, 0), ("4.2e1", 42, 42), ("1.5", nil, 1.5), ("1e99", nil, 1e99),
      ("9223372036854775807", Int.max, 0x1p63), ("9223372036854775808", nil, 0x1p63),
      ("1e400", nil, .infinity),
    ] as [(String, Int?, Double)] {
      let value = try JSONValue(parsing: text.utf8)
      XCTAssertEqual(value.integer, integer, text)
      XCTAssertEqual(value.double, double, text)
    }
    XCTAssertNil(JSONValue.string("42").integer)
    XCTAssertNil(JSONValue.bool(true).double)
  }

  func testEncoding_escapesWhatItMust() {
    let text = "\"\\\u{0}\u{1F}\u{7F}\n\r\t/\u{E9}\u{1F600}\u{2028}"
    XCTAssertEqual(
      String(decoding: JSONValue.string(text).encoded, as: UTF8.self),
      "\"\\\"\\\\\\u0000\\u001f\u{7F}\\n\\r\\t/\u{E9}\u{1F600}\u{2028}\""
    )
    XCTAssertEqual(
      String(decoding: (["a": [1, .null, true], "b": [:]] as JSONValue).encoded, as: UTF8.self),
      #"{"a":[1,null,true],"b":{}}"#
    )
  }

  func testValue_isRead_whenTheBytesAreNotContiguous() throws {
    let halves: [[UInt8]] = [Array("[1,".utf8), Array("2]".utf8)]
    XCTAssertEqual(try JSONValue(parsing: Array(halves.joined()).reversed().reversed()), [1, 2])
    XCTAssertEqual(try JSONValue(parsing: Array("x[1]y".utf8)[1..<4]), [1])
  }
}
