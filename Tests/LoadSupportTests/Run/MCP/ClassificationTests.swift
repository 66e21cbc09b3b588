import EventIO
import Glibc
import XCTest

@testable import LoadSupport

final class ClassificationTests: ClassifyingTestCase {
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
    check(.toolError, Body.toolError("cat: no such file"), says: "cat: no such file")
    check(.toolError, #"{"id":7,"result":{"isError":true}}"#, says: "isError")
    check(.toolError, #"{"id":7,"result":{"isError":true,"content":"blocked"}}"#, says: "blocked")
    check(.toolError, #"{"id":7,"result":{"isError":true,"content":7}}"#)
    check(.toolError, #"{"id":7,"result":{"isError":true,"content":["x"]}}"#, says: "x")
    for value in [#""true""#, "1", #"true,"isError":false"#, #"false,"isError":true"#, "{}"] {
      check(.toolError, #"{"id":7,"result":{"isError":\#(value)}}"#)
    }
    for value in [#""false""#, "0", "null"] {
      check(.success, #"{"id":7,"result":{"isError":\#(value)}}"#)
    }
  }

  func testAnswer_isRateLimited_whereverItSaysSo() {
    let code429 = #"{"jsonrpc":"2.0","id":null,"error":{"code":429,"message":"Slow down"}}"#
    check(.rateLimited, 429, code429, says: "Slow down")
    check(.rateLimited, 429, "", says: "HTTP 429")
    check(.rateLimited, 429, "<html>too many</html>", says: "too many")
    check(.rateLimited, 200, code429)
    check(.rateLimited, 200, Body.rpcError("-32000", "Rate limit exceeded, retry later"))
    check(
      .rateLimited,
      200,
      Body.rpcError("-32000", "nothing said", #","data":{"code":"rate_limited"}"#)
    )
    check(.rateLimited, 200, Body.toolError("Too Many Requests"))
    check(.rateLimited, 200, Body.toolError("no", #","structuredContent":{"code":"rate_limit"}"#))
    check(.rateLimited, 200, Body.toolError("no", #","structuredContent":{"error":{"code":429}}"#))
    check(.rateLimited, 503, Body.rpcError("-32000", "rate limit"))
  }

  func testAnswer_isRejected_byItsCodeElseByItsText() {
    check(.rejected, Body.toolError("no", #","structuredContent":{"code":"pool_limit"}"#))
    check(
      .rejected,
      Body.toolError("no", #","structuredContent":{"error":{"code":"session_limit"}}"#)
    )
    check(.rejected, Body.rpcError("-32000", "no", #","data":{"code":"mcp_session_limit"}"#))
    for text in ToolProfile.standard.rejectedTexts {
      check(
        .rejected,
        Body.toolError("Failed: \(text.uppercased()) (10)"),
        says: text.uppercased()
      )
      check(.rejected, Body.rpcError("-32001", text))
    }
    check(.rejected, 503, Body.rpcError("-32000", "Too many sessions"), says: "HTTP 503")
    // A code decides, whatever the words are.
    check(
      .rejected,
      Body.toolError("rate limit", #","structuredContent":{"code":"pool_limit"}"#)
    )
  }

  func testAnswer_isAnRPCError_whenItHasAnotherError() {
    check(.rpcError, Body.rpcError("-32601", "Method not found"), says: "Method not found")
    check(.rpcError, #"{"id":null,"error":{"code":-32700,"message":"Parse error"}}"#)
    for (code, meaning) in [
      (-32700, "the server could not read the request as JSON (-32700): words"),
      (-32600, "the server takes the request for an invalid one (-32600): words"),
      (-32601, "the server does not know the method (-32601): words"),
      (-32602, "the server does not accept the parameters (-32602): words"),
      (-32603, "the server failed by an internal error (-32603): words"),
      (-32000, "a server error (-32000): words"), (-32099, "a server error (-32099): words"),
      (-32100, "words"), (1, "words"),
    ] {
      let verdict = classify(200, Body.rpcError("\(code)", "words"))
      XCTAssertEqual(verdict.outcome, .rpcError)
      XCTAssertEqual(verdict.error, meaning)
      XCTAssertEqual(verdict.rpcCode, code)
      // The code is told of a status as well, and nothing but codes of JSON-RPC is taken for one.
      XCTAssertEqual(classify(400, Body.rpcError("\(code)", "words")).rpcCode, code)
      XCTAssertNil(classify(200, Body.toolError("\(code)")).rpcCode)
    }
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
      (.transport(Errno(EMFILE, "socket")), .ownShortage),
      (.transport(Errno(EADDRNOTAVAIL, "connect")), .ownShortage),
      (.violation("x"), .protocolError), (.timeout(.opening(.connection)), .timeout),
      (.timeout(.firstByte), .timeout), (.timeout(.wholeRequest), .timeout),
      (.interrupted, .interrupted),
    ]
    for (error, outcome) in cases {
      var expected = Classification(outcome, "\(error)")
      if case .transport(let errno) = error { expected.systemError = Int(errno.code) }
      XCTAssertEqual(Classification(error), expected)
    }
  }

  func testWords_areOneLineOf200Bytes_whateverTheServerSays() throws {
    let long = String(repeating: "long\\n words \u{E9} ", count: 40)
    let error = try XCTUnwrap(classify(200, Body.toolError(long)).error)
    XCTAssertTrue((190...200).contains(error.utf8.count), error)
    XCTAssertFalse(error.contains("\n"))
    XCTAssertTrue(error.hasPrefix("long words \u{E9} long"))
    let page = try XCTUnwrap(classify(500, String(repeating: "\u{1F600}\n", count: 5_000)).error)
    XCTAssertLessThanOrEqual(page.utf8.count, 210)
    // What a terminal takes for a command, or turns round.
    let evil = try XCTUnwrap(classify(200, Body.toolError(#"\u001b[2J \u202Eab\u0000"#)).error)
    XCTAssertEqual(evil, #"\u{1B}[2J \u{202E}ab\u{0}"#)
    // One Character with any number of marks.
    let marks = "a" + String(repeating: "\u{301}", count: 1_000)
    let marked = try XCTUnwrap(classify(200, Body.toolError(marks)).error)
    XCTAssertLessThanOrEqual(marked.utf8.count, 200)
  }

  func testRefusals_areFound_whenMarksStandBesideThem() {
    check(.rateLimited, Body.toolError("rate limit\u{301}: \u{600}wait"))
  }

  func testAnswer_isAProtocolError_whenItIsNoUTF8() {
    func outcome(_ bytes: [UInt8], status: Int = 200) -> Classification {
      var captures = AnswerCaptures()
      let body =
        Array(#"{"id":7,"result":{"content":[{"text":""#.utf8) + bytes + Array(#""}]}}"#.utf8)
      return body.withUnsafeBytes {
        Classification(
          status: status,
          body: $0,
          expecting: 7,
          demanding: .command(mustSpeak: true),
          reader: AnswerReader(.standard),
          into: &captures
        )
      }
    }
    for bytes: [UInt8] in [[0xE9], [0xFF, 0xFE], [0xC0, 0xAF], [0xED, 0xA0, 0x80]] {
      XCTAssertEqual(outcome(bytes).outcome, .protocolError, "\(bytes)")
      XCTAssertTrue(outcome(bytes).error?.contains("not UTF-8") == true)
    }
    XCTAssertEqual(outcome([0xC3, 0xA9]), Classification(.success))
  }

  /// A refusal is one, also as a result like any other; and so is the end of a session.
  func testRefusals_areFound_inAnswersThatReportNoError() {
    let full =
      #"{"id":7,"result":{"structuredContent":{"session_id":null,"error":"pool limit (3)"}}}"#
    XCTAssertEqual(
      classify(200, full, demanding: .session),
      Classification(.rejected, "pool limit (3)")
    )
    let texts: [(String, AnswerDemand, Outcome)] = [
      ("Error: pool limit reached (10)", .session, .rejected),
      ("Error: too many requests", .command(mustSpeak: true), .rateLimited),
      (#"{\"success\":false,\"error\":\"rate limit\"}"#, .command(mustSpeak: false), .rateLimited),
      ("Error: no such host", .session, .wrongAnswer),
    ]
    for (text, demand, outcome) in texts {
      XCTAssertEqual(classify(200, Body.ran(text), demanding: demand).outcome, outcome, text)
    }
    XCTAssertTrue(
      classify(200, Body.ran("Error: session not found"), demanding: .command(mustSpeak: false))
        .losesSession
    )
    // What a command printed is no word of the server's.
    XCTAssertEqual(
      classify(200, Body.ran("rate limit"), demanding: .command(mustSpeak: true)).outcome,
      .success
    )
    XCTAssertTrue(classify(500, Body.rpcError("-32000", "Session not found")).losesSession)
  }

  /// Status 429 is sent by full pools, too: the words decide.
  func testStatus429_isARejection_whenItsTextNamesALimitOfConnections() {
    let text = "maximum connections (10) reached"
    for body in [
      text, #"{"error":"\#(text)"}"#, #"{"message":"Too many requests: \#(text)"}"#,
      Body.rpcError("429", text), #"{"id":null,"error":{"code":"pool_limit","message":"10"}}"#,
    ] {
      check(.rejected, 429, body, says: "10")
    }
    check(.rateLimited, 429, "You have exceeded the maximum number of requests", says: "maximum")
  }

  func testSession_isLost_whereverTheServerSaysSo() {
    func losesSession(_ status: Int, _ body: String) -> Bool { classify(status, body).losesSession }
    XCTAssertTrue(losesSession(404, ""))
    XCTAssertTrue(losesSession(400, "Bad Request: No valid session ID provided"))
    XCTAssertTrue(losesSession(400, Body.rpcError("-32000", "Bad Request: Server not initialized")))
    XCTAssertTrue(losesSession(200, Body.rpcError("-32001", "Session not found")))
    XCTAssertTrue(losesSession(200, Body.toolError("Unknown session: ssh-1")))
    XCTAssertFalse(losesSession(400, "Bad Request: unknown argument"))
    XCTAssertFalse(losesSession(200, Body.toolError("command refused")))
    XCTAssertFalse(losesSession(500, "session not found"))
    XCTAssertFalse(losesSession(200, Body.ran("session not found")))
  }

  func testRefusals_areThoseOfTheProfile() {
    var profile = ToolProfile.standard
    profile.rejectedTexts = ["geen plaats"]
    profile.rejectedCodes = ["-32050"]
    XCTAssertEqual(
      classify(200, Body.toolError("Geen plaats"), profile: profile).outcome,
      .rejected
    )
    XCTAssertEqual(
      classify(200, Body.rpcError("-32050", "x"), profile: profile).outcome,
      .rejected
    )
    XCTAssertEqual(
      classify(200, Body.toolError("pool limit"), profile: profile).outcome,
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
    let reader = AnswerReader(.standard)
    var captures = AnswerCaptures()
    for round in 0..<100_000 {
      let bytes = mutator.mutation(of: samples)
      let verdict = bytes.withUnsafeBytes {
        Classification(
          status: 200,
          body: $0,
          expecting: 7,
          demanding: round.isMultiple(of: 2) ? .result : .command(mustSpeak: true),
          reader: reader,
          into: &captures
        )
      }
      // Keys are compared as they are written: one with escapes is another key.
      guard verdict.outcome == .success, !bytes.contains(UInt8(ascii: "\\")) else { continue }
      let value = try? JSONValue(parsing: bytes)
      let messages = value?.array ?? value.map { [$0] } ?? []
      let isAnswered = messages.contains { message in
        guard let result = message["result"], result != .null else { return false }
        let isMine =
          message["id"]?.integer == 7 || message["id"]?.string.flatMap { Double($0) } == 7
        return isMine && result["isError"]?.bool != true && (message["error"] ?? .null) == .null
      }
      if !isAnswered {
        XCTFail("seed \(seed), round \(round): \(String(decoding: bytes, as: UTF8.self))")
        return
      }
    }
  }
}
