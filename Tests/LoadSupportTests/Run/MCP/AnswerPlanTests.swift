import EventIO
import XCTest

@testable import LoadSupport

final class AnswerPlanTests: XCTestCase {
  private func captured(
    _ slot: AnswerPlan.Slot,
    of result: String,
    _ change: (inout ToolProfile) -> Void = { _ in }
  ) -> JSONValue? {
    var profile = ToolProfile.standard
    change(&profile)
    var captures = AnswerCaptures()
    let body = Array(#"{"id":7,"result":\#(result)}"#.utf8)
    return body.withUnsafeBytes { bytes in
      _ = try? RPCReply(
        parsing: bytes,
        expecting: 7,
        plan: AnswerPlan(profile),
        into: &captures
      )
      return captures.value(of: slot, in: bytes)
    }
  }

  func testPointers_areReadAsTheStandardSays() {
    XCTAssertEqual(JSONPointer.tokens(""), [])
    XCTAssertEqual(JSONPointer.tokens("/"), [""])
    XCTAssertEqual(JSONPointer.tokens("/a~1b/m~0n/~01/0"), ["a/b", "m~n", "~1", "0"])
    for text in ["a", "a/b", "/~", "/~2", "/a~"] { XCTAssertNil(JSONPointer.tokens(text), text) }
  }

  func testPointer_leadsThroughMembersElementsAndTextsWithJSON() {
    let cases: [(String, String, JSONValue?)] = [
      ("/a/b", #"{"a":{"b":5,"c":6},"b":7}"#, 5), ("/a/1", #"{"a":[4,5,6]}"#, 5),
      ("/a/1", #"{"a":{"1":5}}"#, 5), ("/a/-/b", #"{"a":[{"c":1},{"b":5},{"b":6}]}"#, 5),
      ("/a/b", #"{"a":"{\"b\":5}"}"#, 5), ("/a/0/b", #"{"a":[" [1] ","{\"b\":6}"]}"#, nil),
      ("/a/-/b", #"{"a":["no JSON","{ broken","{\"b\":\"x\\ny\"}"]}"#, "x\ny"),
      ("/a/b", #"{"a":"{\"b\":\"{}\"}"}"#, "{}"), ("/a", #"{"a":null}"#, nil),
      ("/a", #"{"a":{"b":1}}"#, nil), ("/a", #"{"a":false}"#, .bool(false)),
      ("/a~1b", #"{"a/b":"x"}"#, "x"), ("/", #"{"":1}"#, 1),
    ]
    for (pointer, result, expected) in cases {
      let value = captured(.exitStatus, of: result) { $0.exitStatusPointers = [pointer] }
      XCTAssertEqual(value, expected, "\(pointer) in \(result)")
    }
  }

  func testFirstPointerThatLeadsToAValue_counts_whateverTheOrderOfTheAnswer() {
    for result in [#"{"a":1,"b":2,"c":3}"#, #"{"c":3,"b":2,"a":1}"#] {
      let value = captured(.exitStatus, of: result) { $0.exitStatusPointers = ["/x", "/b", "/a"] }
      XCTAssertEqual(value, 2)
    }
  }

  func testSession_isFoundByAKeyOrByAPointer() {
    let nested = #"{"structuredContent":{"data":{"session":{"handle":"h"}}}}"#
    XCTAssertNil(captured(.session, of: nested) { $0.sessionKeys = ["handle"] })
    for keys in [
      ["/structuredContent/data/session/handle"], ["x", "/structuredContent/data/session/handle"],
    ] {
      XCTAssertEqual(captured(.session, of: nested) { $0.sessionKeys = keys }, "h")
    }
  }

  func testText_isTheFirstThereIs() {
    XCTAssertEqual(captured(.text, of: #"{"content":"a"}"#), "a")
    XCTAssertEqual(captured(.text, of: #""a""#), "a")
    XCTAssertEqual(captured(.text, of: #"{"content":["a","b"]}"#), "a")
    XCTAssertEqual(
      captured(.text, of: #"{"content":[{"type":"image"},{"text":"\u0061"},{"text":"b"}]}"#),
      "a"
    )
    XCTAssertNil(captured(.text, of: #"{"content":7}"#))
  }

  /// What one answer gave is not taken for the next one's.
  func testCaptures_areOfTheWantedMessageAlone() throws {
    let mine = #"{"id":7,"result":{"content":"mine","session_id":"m"}}"#
    let other = #"{"id":6,"result":{"content":"other","session_id":"o"}}"#
    var captures = AnswerCaptures()
    for batch in ["[\(mine),\(other)]", "[\(other),\(mine)]", mine] {
      try Array(batch.utf8).withUnsafeBytes { bytes in
        let plan = AnswerPlan(.standard)
        _ = try RPCReply(parsing: bytes, expecting: 7, plan: plan, into: &captures)
        XCTAssertEqual(captures.value(of: .session, in: bytes), "m", batch)
        XCTAssertEqual(captures.value(of: .text, in: bytes), "mine", batch)
      }
    }
    try Array(#"{"id":7,"result":{}}"#.utf8).withUnsafeBytes { bytes in
      let plan = AnswerPlan(.standard)
      _ = try RPCReply(parsing: bytes, expecting: 7, plan: plan, into: &captures)
      XCTAssertNil(captures.value(of: .session, in: bytes))
    }
  }

  /// Whatever comes, what is taken lies in the answer, and reading ends.
  func testWalk_staysInTheAnswer_whenItIsDamaged() {
    let samples = [
      #"{"id":7,"result":{"content":[{"type":"text","text":"{\"exit_code\":1,\"x\":[\"\\u00e9\"]}"}]}}"#,
      #"{"id":7,"result":{"structuredContent":{"exit_code":0,"session_id":"s"},"content":"a"}}"#,
    ].map { Array($0.utf8) }
    let seed: UInt64 = 4_711
    var mutator = ByteMutator(seed: seed)
    let plan = AnswerPlan(.standard)
    var captures = AnswerCaptures()
    for _ in 0..<50_000 {
      let bytes = mutator.mutation(of: samples)
      bytes.withUnsafeBytes { body in
        _ = try? RPCReply(parsing: body, expecting: 7, plan: plan, into: &captures)
        for slot in AnswerPlan.Slot.allCases { _ = captures.value(of: slot, in: body) }
      }
    }
  }
}
