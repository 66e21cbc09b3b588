import EventIO
import Glibc
import XCTest

@testable import LoadSupport

final class ClassificationTests: XCTestCase {
  private func classify(
    _ status: Int,
    _ body: String,
    profile: ToolProfile = .standard
  ) -> Classification {
    Array(body.utf8).withUnsafeBytes {
      Classification(status: status, body: $0, expecting: 7, profile: profile)
    }
  }

  private func check(
    _ outcome: Outcome,
    _ body: String,
    says words: String? = nil,
    line: UInt = #line
  ) {
    check(outcome, 200, body, says: words, line: line)
  }

  private func check(
    _ outcome: Outcome,
    _ status: Int,
    _ body: String,
    says words: String? = nil,
    line: UInt = #line
  ) {
    let verdict = classify(status, body)
    XCTAssertEqual(verdict.outcome, outcome, "HTTP \(status) \(body)", line: line)
    XCTAssertEqual(verdict.error == nil, outcome == .success, body, line: line)
    if let words, verdict.error?.contains(words) != true {
      XCTFail("\(verdict.error ?? "nil") does not say \(words)", line: line)
    }
  }

  private static func toolError(_ text: String, _ more: String = "") -> String {
    #"{"id":7,"result":{"content":[{"type":"text","text":"\#(text)"}],"isError":true\#(more)}}"#
  }

  private static func rpcError(_ code: String, _ message: String, _ more: String = "") -> String {
    #"{"jsonrpc":"2.0","id":7,"error":{"code":\#(code),"message":"\#(message)"\#(more)}}"#
  }

  func testAnswer_isASuccess_whenItHasAResultOfTheRequest() {
    for body in [
      #"{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"host"}]}}"#,
      #"{"id":7,"result":{"content":"a bare string","session_id":"s"}}"#,
      #"{"id":"7","result":{}}"#, #"{"id":7,"result":{"isError":false},"error":null}"#,
      #"{"id":7,"result":{"content":[{"text":"rate limit and pool limit"}]}}"#,
      #"[{"id":7,"result":{}}]"#, "\n {\"id\":7,\"result\":[]}\r\n",
    ] {
      check(.success, body)
    }
    check(.success, 201, #"{"id":7,"result":{}}"#)
  }

  /// HTTP says that all is well; the tool does not.
  func testAnswer_isAToolError_whenTheResultSaysSo() {
    check(.toolError, Self.toolError("cat: no such file"), says: "cat: no such file")
    check(.toolError, #"{"id":7,"result":{"isError":true}}"#, says: "isError")
    check(.toolError, #"{"id":7,"result":{"isError":true,"content":"blocked"}}"#, says: "blocked")
    check(.toolError, #"{"id":7,"result":{"isError":true,"content":7}}"#)
    check(.toolError, #"{"id":7,"result":{"isError":true,"content":["x"]}}"#, says: "x")
  }

  func testAnswer_isRateLimited_whereverItSaysSo() {
    let code429 = #"{"jsonrpc":"2.0","id":null,"error":{"code":429,"message":"Slow down"}}"#
    check(.rateLimited, 429, code429, says: "Slow down")
    check(.rateLimited, 429, "", says: "HTTP 429")
    check(.rateLimited, 429, "<html>too many</html>", says: "too many")
    check(.rateLimited, 200, code429)
    check(.rateLimited, 200, Self.rpcError("-32000", "Rate limit exceeded, retry later"))
    check(
      .rateLimited,
      200,
      Self.rpcError("-32000", "nothing said", #","data":{"code":"rate_limited"}"#)
    )
    check(.rateLimited, 200, Self.toolError("Too Many Requests"))
    check(.rateLimited, 200, Self.toolError("no", #","structuredContent":{"code":"rate_limit"}"#))
    check(.rateLimited, 200, Self.toolError("no", #","structuredContent":{"error":{"code":429}}"#))
    check(.rateLimited, 503, Self.rpcError("-32000", "rate limit"))
  }

  func testAnswer_isRejected_byItsCodeElseByItsText() {
    check(.rejected, Self.toolError("no", #","structuredContent":{"code":"pool_limit"}"#))
    check(
      .rejected,
      Self.toolError("no", #","structuredContent":{"error":{"code":"session_limit"}}"#)
    )
    check(.rejected, Self.rpcError("-32000", "no", #","data":{"code":"mcp_session_limit"}"#))
    for text in ToolProfile.standard.rejectedTexts {
      check(
        .rejected,
        Self.toolError("Failed: \(text.uppercased()) (10)"),
        says: text.uppercased()
      )
      check(.rejected, Self.rpcError("-32001", text))
    }
    check(.rejected, 503, Self.rpcError("-32000", "Too many sessions"), says: "HTTP 503")
    // A code decides, whatever the words are.
    check(
      .rejected,
      Self.toolError("rate limit", #","structuredContent":{"code":"pool_limit"}"#)
    )
  }

  func testAnswer_isAnRPCError_whenItHasAnotherError() {
    check(.rpcError, Self.rpcError("-32601", "Method not found"), says: "Method not found")
    check(.rpcError, #"{"id":null,"error":{"code":-32700,"message":"Parse error"}}"#)
    check(.rpcError, #"{"error":{}}"#, says: "an error")
    check(.rpcError, #"{"id":7,"error":"boom"}"#, says: "boom")
    check(.rpcError, #"{"id":7,"error":{"code":1},"result":{}}"#)
    check(.rpcError, #"{"id":7,"error":7}"#)
  }

  func testAnswer_isAnHTTPError_whenTheStatusSaysNoMore() {
    for status in [301, 302, 400, 401, 403, 404, 405, 406, 415, 500, 502, 503] {
      check(.httpError, status, "", says: "HTTP \(status)")
      check(.httpError, status, "<html><h1>Oh no</h1></html>", says: "Oh no")
      check(.httpError, status, #"{"error":"gone"}"#, says: "HTTP \(status): gone")
    }
    check(.httpError, 500, #"{"id":7,"result":{}}"#)
  }

  func testAnswer_isAProtocolError_whenItIsNoAnswerToTheRequest() {
    check(.protocolError, "", says: "no body")
    check(.protocolError, "   ")
    check(.protocolError, "<html>It works!</html>", says: "not JSON")
    check(.protocolError, #"{"id":7,"result":{}"#)
    check(.protocolError, #"{"id":8,"result":{}}"#, says: "another request's id")
    check(
      .protocolError,
      #"{"id":8,"error":{"code":1,"message":"x"}}"#,
      says: "another request's id"
    )
    check(.protocolError, #"{"id":7}"#, says: "neither")
    check(.protocolError, #"{"id":7,"result":null}"#, says: "neither")
    check(.protocolError, #"{"id":7,"method":"ping"}"#, says: "neither")
    check(.protocolError, #"{"id":null,"result":{}}"#, says: "no id")
    check(.protocolError, #"{"result":{}}"#, says: "no id")
    check(.protocolError, "[]", says: "neither")
    check(.protocolError, "7")
  }

  func testExchange_givesTheOutcomeOfItsError() {
    let cases: [(HTTPError, Outcome)] = [
      (.transport(Errno(ECONNREFUSED, "connect")), .transportError),
      (.transport(Errno(ECONNRESET, "read")), .transportError), (.endOfStream, .transportError),
      (.violation("x"), .protocolError), (.timeout(.connect), .timeout),
      (.timeout(.firstByte), .timeout), (.timeout(.wholeRequest), .timeout),
      (.interrupted, .interrupted),
    ]
    for (error, outcome) in cases {
      XCTAssertEqual(Classification(error), Classification(outcome, "\(error)"))
    }
  }

  func testWords_areOneLineOf200Characters_whateverTheServerSays() throws {
    let long = String(repeating: "long\\n words \u{E9} ", count: 40)
    let error = try XCTUnwrap(classify(200, Self.toolError(long)).error)
    XCTAssertEqual(error.count, 200)
    XCTAssertFalse(error.contains("\n"))
    XCTAssertTrue(error.hasPrefix("long words \u{E9} long"))
    let page = try XCTUnwrap(classify(500, String(repeating: "\u{1F600}\n", count: 5_000)).error)
    XCTAssertLessThanOrEqual(page.count, 220)
    // One Character with any number of marks.
    let marks = "a" + String(repeating: "\u{301}", count: 1_000)
    let marked = try XCTUnwrap(classify(200, Self.toolError(marks)).error)
    XCTAssertEqual(marked.unicodeScalars.count, 200)
  }

  func testRefusals_areFound_whenMarksStandBesideThem() {
    check(.rateLimited, Self.toolError("rate limit\u{301}: \u{600}wait"))
  }

  func testRefusals_areThoseOfTheProfile() {
    var profile = ToolProfile.standard
    profile.rejectedTexts = ["geen plaats"]
    profile.rejectedCodes = ["-32050"]
    XCTAssertEqual(
      classify(200, Self.toolError("Geen plaats"), profile: profile).outcome,
      .rejected
    )
    XCTAssertEqual(
      classify(200, Self.rpcError("-32050", "x"), profile: profile).outcome,
      .rejected
    )
    XCTAssertEqual(
      classify(200, Self.toolError("pool limit"), profile: profile).outcome,
      .toolError
    )
  }

  func testClassification_neitherCrashesNorCallsItASuccess_whenAnswersAreDamaged() {
    let samples = [
      #"{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"a"}],"isError":true}}"#,
      #"{"jsonrpc":"2.0","id":7,"result":{"structuredContent":{"code":"pool_limit"}}}"#,
      #"{"jsonrpc":"2.0","id":null,"error":{"code":429,"message":"Rate limit","data":{}}}"#,
      #"[{"id":6,"result":{}},{"id":7,"result":{"isError":false}},{"method":"x"}]"#,
    ].map { Array($0.utf8) }
    let seed: UInt64 = 2_025
    var mutator = ByteMutator(seed: seed)
    for round in 0..<100_000 {
      let bytes = mutator.mutation(of: samples)
      let verdict = bytes.withUnsafeBytes {
        Classification(status: 200, body: $0, expecting: 7, profile: .standard)
      }
      // Keys are compared as they are written: one with escapes is another key.
      guard verdict.outcome == .success, !bytes.contains(UInt8(ascii: "\\")) else { continue }
      let value = try? JSONValue(parsing: bytes)
      let messages = value?.array ?? value.map { [$0] } ?? []
      let isAnswered = messages.contains { message in
        guard let result = message["result"], result != .null else { return false }
        let isMine = message["id"]?.integer == 7 || message["id"]?.string == "7"
        return isMine && result["isError"]?.bool != true && (message["error"] ?? .null) == .null
      }
      if !isAnswered {
        XCTFail("seed \(seed), round \(round): \(String(decoding: bytes, as: UTF8.self))")
        return
      }
    }
  }
}
