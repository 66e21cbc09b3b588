import EventIO
import XCTest

@testable import LoadSupport

final class AnswerExpectationTests: XCTestCase {
  /// What is wrong with a result; nil if it is right.
  private func fault(
    _ result: String,
    fields: [String: JSONValue] = [:],
    captures: [String] = [],
    numbers: Bool = false,
    texts: [String] = [],
    absent: [String] = [],
    exitStatus: [Int]? = nil,
    maximumBytes: Int? = nil,
    demanding demand: AnswerDemand = .tool,
    hiding secrets: [Secret] = [],
    line: UInt = #line
  ) -> String? {
    let pointers = Set(fields.keys).union(captures).sorted()
    let expectation = AnswerExpectation(
      values: pointers.map { pointer in
        AnswerExpectation.Value(
          pointer: pointer,
          tokens: JSONPointer.tokens(pointer) ?? [],
          expected: fields[pointer].flatMap { ExpectedValue($0) },
          isCaptured: captures.contains(pointer),
          mustBeNumber: numbers
        )
      },
      texts: texts.map { Array($0.utf8) },
      absentTexts: absent.map { Array($0.utf8) },
      maximumBytes: maximumBytes
    )
    let body = Array(#"{"jsonrpc":"2.0","id":7,"result":\#(result)}"#.utf8)
    var taken = AnswerCaptures()
    let verdict = body.withUnsafeBytes {
      Classification(
        status: 200,
        body: $0,
        expecting: 7,
        demanding: demand,
        reader: AnswerReader(.standard, expectation, exitStatus: exitStatus),
        into: &taken,
        hiding: secrets
      )
    }
    XCTAssertEqual(verdict.outcome, verdict.error == nil ? .success : .wrongAnswer, line: line)
    XCTAssertFalse(verdict.losesSession, line: line)
    return verdict.error
  }

  // MARK: Values

  func testValues_areComparedAsWhatTheyAre() {
    let same: [(JSONValue, String)] = [
      (1, "1"), (1, "1.0"), (.number("1e1"), "10"), (0, "-0.0"), (.number("0.1"), "1e-1"),
      (.number("99999999999999999999"), "99999999999999999999"), ("a", #""a""#),
      ("é\n", #""\u00e9\n""#), ("", #""""#), (true, "true"), (.null, "null"), ("{}", #""{}""#),
    ]
    for (expected, written) in same {
      XCTAssertNil(fault(#"{"a":\#(written)}"#, fields: ["/a": expected]), written)
    }
    let other: [(JSONValue, String, String)] = [
      (1, "2", "2"), (1, #""1""#, "\"1\""), ("1", "1", "1"), (true, "false", "false"),
      (.null, "0", "0"), (false, "null", "null"), (1, "{}", "an object"), (1, "[1]", "an array"),
      ("e\u{301}", #""\u00e9""#, "\"\u{E9}\""),
      (.number("99999999999999999999"), "99999999999999999998", "99999999999999999998"),
    ]
    for (expected, written, shown) in other {
      let wanted =
        expected.string.map { "\"\($0)\"" } ?? String(decoding: expected.encoded, as: UTF8.self)
      XCTAssertEqual(
        fault(#"{"a":\#(written)}"#, fields: ["/a": expected]),
        "/a is \(shown), where \(wanted) was expected"
      )
    }
  }

  func testPointer_isNamed_whenItLeadsNowhere() {
    XCTAssertEqual(
      fault(#"{"structuredContent":{}}"#, captures: ["/structuredContent/id"]),
      "/structuredContent/id leads nowhere in the answer"
    )
    XCTAssertEqual(
      fault("[]", fields: ["/a/0": "x"]),
      "/a/0 leads nowhere in the answer, where \"x\" was expected"
    )
    XCTAssertEqual(
      fault(#"{"content":[{"type":"text","text":"sorry"}]}"#, captures: ["/id"]),
      "/id leads nowhere in the answer: sorry"
    )
  }

  func testPointers_mayShareAPlace_orAPartOfTheWay() {
    let result =
      #"{"structuredContent":{"exit_code":0,"rows":[{"id":1,"n":"a"},{"id":2,"n":"b"}]}}"#
    let rows = "/structuredContent/rows"
    // Also what the tool profile looks at; an index and any index; a place and one below it.
    XCTAssertNil(
      fault(
        result,
        fields: [
          "/structuredContent/exit_code": 0, "\(rows)/0/id": 1, "\(rows)/1/n": "b",
          "\(rows)/-/n": "b",
        ],
        captures: ["\(rows)/-/n", "\(rows)/-/id", "\(rows)/0/id"]
      )
    )
    XCTAssertEqual(
      fault(result, fields: ["\(rows)/0/n": "b", "\(rows)/-/n": "b"]),
      "\(rows)/0/n is \"a\", where \"b\" was expected"
    )
    XCTAssertEqual(
      fault(result, fields: ["\(rows)/-/n": "c"]),
      "\(rows)/-/n is \"a\", where \"c\" was expected"
    )
    XCTAssertNil(fault(#"{"a":"{\"b\":1}"}"#, fields: ["/a": #"{"b":1}"#, "/a/b": 1]))
    XCTAssertEqual(
      fault(#"{"a":{"b":1}}"#, fields: ["/a": 1, "/a/b": 1]),
      "/a is an object, where 1 was expected"
    )
    // A key that looks like an index is no element.
    XCTAssertEqual(
      fault(#"{"a":{"0":{"y":1}}}"#, fields: ["/a/0/x": 1, "/a/-/y": 1]),
      "/a/-/y leads nowhere in the answer, where 1 was expected"
    )
    XCTAssertNotNil(fault(#"{"a":[0,1]}"#, fields: ["/a/01": 1]))
  }

  /// More elements and texts than are kept do not hide one that is right.
  func testValue_isFound_howeverMuchIsBeforeIt() {
    let elements = (0..<5_000).map { #"{"id":\#($0)}"# }.joined(separator: ",")
    XCTAssertNil(fault(#"{"a":[\#(elements)]}"#, fields: ["/a/-/id": 4_999]))
    let parts = (0..<200).map { #"{"type":"text","text":"t\#($0)"}"# }.joined(separator: ",")
    XCTAssertNil(fault(#"{"content":[\#(parts)],"x":1}"#, fields: ["/x": 1], texts: ["t199"]))
  }

  func testFlag_isNoFailure_whereTheOperationExpectsIt() {
    let result = #"{"structuredContent":{"ok":false,"exit_code":3}}"#
    XCTAssertNotNil(fault(result, exitStatus: nil))
    XCTAssertNil(
      fault(result, fields: ["/structuredContent/ok": false, "/structuredContent/exit_code": 3])
    )
  }

  // MARK: Values that are carried on

  func testCapturedValue_mustBeOneThatCanBeSent() {
    let capture = ["/id"]
    for value in [
      "1", "true", #""a""#, #""""#, "\"" + String(repeating: "x", count: 4_096) + "\"",
      "\"" + String(repeating: #"\u0041"#, count: 4_096) + "\"",
    ] {
      XCTAssertNil(fault(#"{"id":\#(value)}"#, captures: capture))
    }
    let long = "/id is longer than 4096 bytes, the most that can be captured"
    for (value, words) in [
      ("\"" + String(repeating: "x", count: 4_097) + "\"", long),
      ("\"" + String(repeating: #"\u0041"#, count: 4_097) + "\"", long),
      (#""a\u0000""#, "/id has a NUL byte, which cannot be captured"),
      ("\"a\0\"", "/id has a NUL byte, which cannot be captured"),
      ("{}", "/id leads to an object, which cannot be captured"),
      ("[1]", "/id leads to an array, which cannot be captured"),
      ("null", "/id leads to null, which cannot be captured"),
    ] {
      XCTAssertEqual(fault(#"{"id":\#(value)}"#, captures: capture), words)
    }
    for value in ["1", "-2.5e3", #""12""#] {
      XCTAssertNil(fault(#"{"id":\#(value)}"#, captures: capture, numbers: true))
    }
    for value in ["true", #""1x""#, #""""#, #"" 1""#] {
      XCTAssertEqual(
        fault(#"{"id":\#(value)}"#, captures: capture, numbers: true),
        "/id is no number, as {…|number} needs it"
      )
    }
  }

  func testCapturedValue_isShownNowhere_norIsASecret() {
    let text =
      #"{"id":"tok\u0065n-12345","content":[{"type":"text","text":"your token-12345"}],"n":1}"#
    XCTAssertEqual(
      fault(text, fields: ["/n": 2], captures: ["/id"]),
      "/n is 1, where 2 was expected: your (secret)"
    )
    XCTAssertEqual(
      fault(#"{"id":"token-12345"}"#, fields: ["/id": "x"], captures: ["/id"]),
      "/id is not \"x\""
    )
    let padding = String(repeating: "p", count: 55)
    XCTAssertEqual(
      fault(
        #"{"id":"\#(padding)hunter2hunter2"}"#,
        fields: ["/id": "x"],
        hiding: [Secret("hunter2hunter2")]
      ),
      "/id is \"\(padding)(secr\", where \"x\" was expected"
    )
  }

  // MARK: Text, size, status

  func testText_mustHaveAllParts_whereverItStands() {
    for result in [
      #"{"content":[{"type":"text","text":"one \"t\u0077o\"\nthree"}]}"#,
      #"{"structuredContent":{"stdout":"one \"two\"\nthree"}}"#,
      #"{"content":[{"type":"text","text":"{\"stdout\":\"one \\\"two\\\"\\nthree\"}"}]}"#,
      #"{"content":[{"type":"text","text":"one"},{"type":"text","text":"\"two\"\nthree"}]}"#,
      #"{"messages":[{"content":{"type":"text","text":"one \"two\"\nthree"}}]}"#,
      #"{"contents":[{"uri":"x","text":"one \"two\"\nthree"}]}"#,
    ] {
      XCTAssertNil(fault(result, texts: ["one", "\"two\"\nthr", ""], demanding: .result), result)
      XCTAssertTrue(
        fault(result, texts: ["one", "four"], demanding: .result)?
          .hasPrefix("the answer's text has no \"four\"") == true
      )
    }
    XCTAssertNotNil(fault(#"{"content":[{"type":"text","text":"ab"}]}"#, texts: ["abc"]))
  }

  func testText_mustNotHaveSomeParts() {
    let result = #"{"content":[{"type":"text","text":"one"},{"type":"text","text":"two"}]}"#
    XCTAssertNil(fault(result, texts: ["one"], absent: ["three"]))
    XCTAssertTrue(
      fault(result, texts: ["one"], absent: ["three", "tw"])?
        .hasPrefix("the answer's text has \"tw\"") == true
    )
    XCTAssertNil(fault(#"{"content":[]}"#, absent: ["three"]))
  }

  func testSize_mustNotBeGreater() {
    let result = #"{"content":[]}"#
    let size = result.utf8.count + 34
    XCTAssertNil(fault(result, maximumBytes: size))
    XCTAssertEqual(
      fault(result, maximumBytes: size - 1),
      "the answer has \(size) bytes, and \(size - 1) at most were expected"
    )
  }

  func testExitStatus_isTheOperationsOwn() {
    func told(_ status: String) -> String {
      #"{"content":[{"type":"text","text":"error: x"}],"structuredContent":{"ok":false,\#(status)}}"#
    }
    XCTAssertNil(fault(told(#""exit_code":2"#), exitStatus: [0, 2]))
    XCTAssertNil(
      fault(told(#""exit_code":2"#), exitStatus: [2], demanding: .command(mustSpeak: true))
    )
    XCTAssertEqual(fault(told(#""exit_code":1"#), exitStatus: [0, 2]), "exit status 1: error: x")
    XCTAssertEqual(
      fault(told(#""exit_code":null"#), exitStatus: [0, 2]),
      "no exit status, where 0 or 2 was expected: error: x"
    )
    XCTAssertEqual(
      fault(told(#""exit_code":2,"timed_out":true"#), exitStatus: [2]),
      "a result that reports a failure: error: x"
    )
  }

  /// What a tool says is its own affair; what it reports as failed is not.
  func testTool_isWrong_whenItReportsAFailure_whateverItsTextSays() {
    XCTAssertNil(fault(#"{"content":[{"type":"text","text":"error: command not found"}]}"#))
    for result in [
      #"{"structuredContent":{"exit_code":1}}"#, #"{"structuredContent":{"success":false}}"#,
      #"{"structuredContent":{"error":"x"}}"#,
    ] {
      XCTAssertNotNil(fault(result), result)
    }
  }

  /// Whatever comes, what is found lies in the answer, and reading ends.
  func testWalk_staysInTheAnswer_whenItIsDamaged() {
    let samples = [
      #"{"a":[{"b":"{\"c\":\"\\u00e9\"}"},{"b":1}],"content":[{"type":"text","text":"x\ny"}]}"#,
      #"{"structuredContent":{"exit_code":0,"id":"s\u0000"},"a":{"-":{"b":null}},"content":"a"}"#,
    ].map { Array($0.utf8) }
    let expectation = AnswerExpectation(
      values: ["/a/-/b/c", "/a/0/b", "", "/structuredContent/id"].map { pointer in
        AnswerExpectation.Value(
          pointer: pointer,
          tokens: JSONPointer.tokens(pointer) ?? [],
          expected: ExpectedValue("é"),
          isCaptured: true
        )
      },
      texts: [Array("x\ny".utf8)],
      maximumBytes: nil
    )
    let reader = AnswerReader(.standard, expectation)
    var mutator = ByteMutator(seed: 4_711)
    var taken = AnswerCaptures()
    for _ in 0..<20_000 {
      let result = String(decoding: mutator.mutation(of: samples), as: UTF8.self)
      Array(#"{"id":7,"result":\#(result)}"#.utf8).withUnsafeBytes {
        _ = Classification(
          status: 200,
          body: $0,
          expecting: 7,
          demanding: .tool,
          reader: reader,
          into: &taken
        )
        _ = expectation.fault(of: taken, in: $0, hiding: [])
      }
    }
  }
}
