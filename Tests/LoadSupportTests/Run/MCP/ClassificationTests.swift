import EventIO
import Glibc
import XCTest

@testable import LoadSupport

final class ClassificationTests: XCTestCase {
  private func classify(
    _ status: Int,
    _ body: String,
    profile: ToolProfile = .standard,
    demanding demand: AnswerDemand = .result,
    hiding secrets: [Secret] = []
  ) -> Classification {
    var captures = AnswerCaptures()
    return Array(body.utf8).withUnsafeBytes {
      Classification(
        status: status,
        body: $0,
        expecting: 7,
        demanding: demand,
        reader: AnswerReader(profile),
        into: &captures,
        hiding: secrets
      )
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
      (.transport(Errno(EMFILE, "socket")), .ownShortage),
      (.transport(Errno(EADDRNOTAVAIL, "connect")), .ownShortage),
      (.violation("x"), .protocolError), (.timeout(.connect), .timeout),
      (.timeout(.firstByte), .timeout), (.timeout(.wholeRequest), .timeout),
      (.interrupted, .interrupted),
    ]
    for (error, outcome) in cases {
      XCTAssertEqual(Classification(error), Classification(outcome, "\(error)"))
    }
  }

  func testWords_areOneLineOf200Bytes_whateverTheServerSays() throws {
    let long = String(repeating: "long\\n words \u{E9} ", count: 40)
    let error = try XCTUnwrap(classify(200, Self.toolError(long)).error)
    XCTAssertTrue((190...200).contains(error.utf8.count), error)
    XCTAssertFalse(error.contains("\n"))
    XCTAssertTrue(error.hasPrefix("long words \u{E9} long"))
    let page = try XCTUnwrap(classify(500, String(repeating: "\u{1F600}\n", count: 5_000)).error)
    XCTAssertLessThanOrEqual(page.utf8.count, 210)
    // What a terminal takes for a command, or turns round.
    let evil = try XCTUnwrap(classify(200, Self.toolError(#"\u001b[2J \u202Eab\u0000"#)).error)
    XCTAssertEqual(evil, #"\u{1B}[2J \u{202E}ab\u{0}"#)
    // One Character with any number of marks.
    let marks = "a" + String(repeating: "\u{301}", count: 1_000)
    let marked = try XCTUnwrap(classify(200, Self.toolError(marks)).error)
    XCTAssertLessThanOrEqual(marked.utf8.count, 200)
  }

  func testRefusals_areFound_whenMarksStandBesideThem() {
    check(.rateLimited, Self.toolError("rate limit\u{301}: \u{600}wait"))
  }

  // MARK: Wrong answers

  private static func ran(_ text: String, _ more: String = "") -> String {
    #"{"id":7,"result":{"content":[{"type":"text","text":"\#(text)"}]\#(more)}}"#
  }

  /// A status that is told anywhere, and as any type, is believed.
  func testAnswerOfACommand_isWrong_whenItsExitStatusIsNotAccepted() {
    let places = [
      Self.ran("no", #","structuredContent":{"stdout":"","exit_code":127}"#),
      Self.ran("no", #","structuredContent":{"exitCode":127.0}"#),
      Self.ran("no", #","exit_status":"127""#), Self.ran(#"{\"exitCode\":127,\"stdout\":\"no\"}"#),
      #"{"id":7,"result":{"content":"{\"returncode\": 127}"}}"#,
    ]
    for body in places {
      let verdict = classify(200, body, demanding: .command(mustSpeak: false))
      XCTAssertEqual(verdict.outcome, .wrongAnswer, body)
      XCTAssertTrue(verdict.error?.hasPrefix("exit status 127") == true, verdict.error ?? body)
      let good = body.replacing("127", with: "0")
      let other = classify(200, good, demanding: .command(mustSpeak: false))
      XCTAssertEqual(other.outcome, .success, good)
      // Other calls have no exit status.
      XCTAssertEqual(classify(200, body).outcome, .success, body)
    }
    let untold = Self.ran("a", #","structuredContent":{"exit_code":null}"#)
    XCTAssertEqual(classify(200, untold, demanding: .command(mustSpeak: true)).outcome, .success)
    var profile = ToolProfile.standard
    profile.exitStatusPointers = ["/state/code", "/ok"]
    profile.acceptedExitStatuses = [0, 3, "fine", true]
    for (more, outcome) in [
      (#","state":{"code":3}"#, .success), (#","state":{"code":4}"#, .wrongAnswer),
      (#","state":{"code":"fine"}"#, .success), (#","ok":true"#, .success),
      (#","ok":false"#, .wrongAnswer), (#","ok":false,"state":{"code":0}"#, .success),
    ] as [(String, Outcome)] {
      let verdict = classify(
        200,
        Self.ran("a", more),
        profile: profile,
        demanding: .command(mustSpeak: true)
      )
      XCTAssertEqual(verdict.outcome, outcome, more)
    }
  }

  func testAnswerOfACommand_isWrong_whenItsTextMeansFailure() {
    for text in [
      "Error: Host 'x' not found", "\\n  error: no such session",
      "bash: line 1: hostname: command not found",
      "sh: 1: hostname: Not Found",
    ] {
      let verdict = classify(200, Self.ran(text), demanding: .command(mustSpeak: false))
      XCTAssertEqual(verdict.outcome, .wrongAnswer, text)
    }
    for text in ["host", "no error: none", "", "terror:"] {
      let verdict = classify(200, Self.ran(text), demanding: .command(mustSpeak: false))
      XCTAssertEqual(verdict.outcome, .success, text)
    }
  }

  /// Whatever a server calls it and wherever it says so, a failure is none of its successes.
  func testAnswerOfACommand_isWrong_whereverItTellsOfAFailure() {
    let host = Self.ran("host")
    let failures: [(String, String)] = [
      // Told twice, and once badly.
      (Self.ran("host", #","structuredContent":{"exit_code":0,"exit_code":1}"#), "exit status 1"),
      (Self.ran("host", #","structuredContent":{"exit_code":1,"exit_code":0}"#), "exit status 1"),
      (
        #"{"id":7,"result":{"content":[{"text":"{\"exit_code\":0}"},{"text":"{\"exit_code\":2}"}]}}"#,
        "exit status 2"
      ),
      // No status, for the command was ended.
      (
        Self.ran("host", #","structuredContent":{"exit_code":null,"signal":"SIGKILL"}"#),
        "reports a failure"
      ),
      (
        Self.ran("host", #","structuredContent":{"exit_code":null,"timed_out":true}"#),
        "reports a failure"
      ),
      (Self.ran(#"{\"success\":false,\"error\":\"no such host\"}"#), "no success"),
      (Self.ran(#"{\"ok\":\"false\"}"#), "no success"),
      (Self.ran("", #","structuredContent":{"error":"no such host"}"#), "error: no such host"),
      (
        Self.ran("", #","structuredContent":{"error":{"code":5,"message":"no such host"}}"#),
        "error: no such host"
      ),
      (Self.ran("host", #","structuredContent":{"result":{"exit_code":3}}"#), "exit status 3"),
      // In the second text, on the other channel, in another kind of part.
      (
        #"{"id":7,"result":{"content":[{"text":"ran it"},{"text":"sh: x: command not found"}]}}"#,
        "means failure"
      ),
      (
        Self.ran("", #","structuredContent":{"stdout":"","stderr":"sh: 1: x: not found"}"#),
        "means failure: sh: 1: x: not found"
      ),
      (
        #"{"id":7,"result":{"content":[{"type":"resource","resource":{"text":"Error: no"}}]}}"#,
        "means failure: Error: no"
      ),
      // As escapes, and in colour.
      (Self.ran(#"\u0045rror: no"#), "means failure: Error: no"),
      (Self.ran(#"\u000a\u000d Error: no"#), "means failure: Error: no"),
      (Self.ran(#"\u001b[1;31mError:\u001b[0m no"#), "means failure"),
      (Self.ran(#"sh: x: comm\u0061nd not found"#), "means failure"),
    ]
    for (body, words) in failures {
      let verdict = classify(200, body, demanding: .command(mustSpeak: false))
      XCTAssertEqual(verdict.outcome, .wrongAnswer, body)
      XCTAssertTrue(verdict.error?.contains(words) == true, "\(body): \(verdict.error ?? "")")
    }
    for body in [
      host, Self.ran("host", #","structuredContent":{"signal":null,"timed_out":false}"#),
      Self.ran("host", #","structuredContent":{"exit_code":0,"signal":"","error":"a warning"}"#),
      Self.ran("host", #","structuredContent":{"error":"","success":true}"#),
      Self.ran("host", #","structuredContent":{"error":null,"ok":1}"#),
      Self.ran(
        "host",
        #","structuredContent":{"stdout":"host","stderr":"be careful","exit_code":0}"#
      ),
      Self.ran(#"a \u001b[31mred\u001b[0m host"#), Self.ran(#"no \u0045rror: none"#),
    ] {
      let verdict = classify(200, body, demanding: .command(mustSpeak: true))
      XCTAssertEqual(verdict, Classification(.success), body)
    }
    // Silence is that of the output, whatever stands around it.
    for body in [
      Self.ran(#"{\"stdout\":\"\",\"exit_code\":0}"#),
      Self.ran("exit code: 0", #","structuredContent":{"stdout":"\n"}"#),
    ] {
      XCTAssertEqual(
        classify(200, body, demanding: .command(mustSpeak: true)).outcome,
        .wrongAnswer,
        body
      )
      XCTAssertEqual(
        classify(200, body, demanding: .command(mustSpeak: false)).outcome,
        .success,
        body
      )
    }
  }

  /// Blanks of any kind are no words.
  func testAnswerOfACommand_isSilent_whereNothingCanBeSeen() {
    for text in [
      "\u{A0}", "\u{200B}", "\u{FEFF}\u{3000}", #"\u0000"#, #"\u00a0\u200b\n"#, #"\t\r\n"#,
      "\u{2028}",
      "\u{AD}",
    ] {
      let verdict = classify(200, Self.ran(text), demanding: .command(mustSpeak: true))
      XCTAssertEqual(verdict.outcome, .wrongAnswer, text.debugDescription)
    }
    for text in ["é", #"\u00e9"#, "\u{A0}x", "\u{1F600}", #"\ud83d\ude00"#] {
      let verdict = classify(200, Self.ran(text), demanding: .command(mustSpeak: true))
      XCTAssertEqual(verdict.outcome, .success, text.debugDescription)
    }
  }

  /// Words of a gateway or of ssh itself come without the status that commands end with.
  func testAnswerOfACommand_isWrong_whenItLacksTheStatusThatTheSameCommandTold() {
    let demand = AnswerDemand.command(mustSpeak: true, mustTellStatus: true)
    let told = Self.ran("host", #","structuredContent":{"exit_code":0}"#)
    XCTAssertEqual(classify(200, told, demanding: demand), Classification(.success))
    XCTAssertEqual(
      classify(200, Self.ran("Permission denied (publickey)."), demanding: demand),
      Classification(
        .wrongAnswer,
        "no exit status, where the same command has told one before: Permission denied (publickey)."
      )
    )
    XCTAssertEqual(
      classify(200, Self.ran("too many requests"), demanding: demand).outcome,
      .rateLimited
    )
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
      XCTAssertEqual(classify(200, Self.ran(text), demanding: demand).outcome, outcome, text)
    }
    XCTAssertTrue(
      classify(200, Self.ran("Error: session not found"), demanding: .command(mustSpeak: false))
        .losesSession
    )
    // What a command printed is no word of the server's.
    XCTAssertEqual(
      classify(200, Self.ran("rate limit"), demanding: .command(mustSpeak: true)).outcome,
      .success
    )
    XCTAssertTrue(classify(500, Self.rpcError("-32000", "Session not found")).losesSession)
  }

  func testAnswerToADisconnect_isWrong_whenItTellsOfAFailure() {
    for body in [
      Self.ran("Error: no such session"), Self.ran("", #","structuredContent":{"success":false}"#),
      Self.ran("", #","structuredContent":{"error":"unknown id"}"#),
    ] {
      XCTAssertEqual(classify(200, body, demanding: .done).outcome, .wrongAnswer, body)
    }
    for body in [Self.ran("closed"), Self.ran(""), #"{"id":7,"result":{}}"#] {
      XCTAssertEqual(classify(200, body, demanding: .done), Classification(.success), body)
    }
  }

  func testAnswerOfACommand_isWrong_whenItIsSilentAndMustNotBe() {
    for body in [
      Self.ran(""), Self.ran(" \\n"), #"{"id":7,"result":{"content":[]}}"#,
      #"{"id":7,"result":{}}"#,
    ] {
      let verdict = classify(200, body, demanding: .command(mustSpeak: true))
      XCTAssertEqual(verdict.outcome, .wrongAnswer, body)
      XCTAssertTrue(verdict.error?.contains("empty") == true, body)
      XCTAssertEqual(
        classify(200, body, demanding: .command(mustSpeak: false)).outcome,
        .success,
        body
      )
    }
  }

  func testWrongAnswer_showsItsText_withoutSecretsAndCommandsForTerminals() {
    let body = Self.ran(#"Error: hunter2 \u001b[31m"# + String(repeating: "x", count: 500))
    let error = classify(
      200,
      body,
      demanding: .command(mustSpeak: false),
      hiding: [Secret("hunter2")]
    ).error
    XCTAssertTrue(
      error?.hasPrefix(#"a text that means failure: Error: (secret) \u{1B}[31mxx"#) == true
    )
    XCTAssertLessThanOrEqual(error?.utf8.count ?? .max, 240)
  }

  /// What a program complains of stands in another text than what it answers.
  func testWrongAnswer_showsAllTexts() {
    let body =
      #"{"id":7,"result":{"content":[{"type":"text","text":""},{"type":"text","text":"stderr:\nno"}],"exit_code":1}}"#
    XCTAssertEqual(
      classify(200, body, demanding: .command(mustSpeak: false)),
      Classification(.wrongAnswer, "exit status 1: stderr: no")
    )
  }

  func testAnswerToAConnect_isWrong_whenItNamesNoSession() {
    let verdict = classify(200, Self.ran("Connected."), demanding: .session)
    XCTAssertEqual(verdict, Classification(.wrongAnswer, "the answer names no session: Connected."))
    for id in [#""""#, #"" ""#, "false", "null"] {
      let body = #"{"id":7,"result":{"session_id":\#(id)}}"#
      XCTAssertEqual(classify(200, body, demanding: .session).outcome, .wrongAnswer, body)
    }
    let numbered = #"{"id":7,"result":{"session_id":0}}"#
    XCTAssertEqual(classify(200, numbered, demanding: .session).outcome, .success)
  }

  // MARK: Limits and sessions

  /// Status 429 is sent by full pools, too: the words decide.
  func testStatus429_isARejection_whenItsTextNamesALimitOfConnections() {
    let text = "maximum connections (10) reached"
    for body in [
      text, #"{"error":"\#(text)"}"#, #"{"message":"Too many requests: \#(text)"}"#,
      Self.rpcError("429", text), #"{"id":null,"error":{"code":"pool_limit","message":"10"}}"#,
    ] {
      check(.rejected, 429, body, says: "10")
    }
    check(.rateLimited, 429, "You have exceeded the maximum number of requests", says: "maximum")
  }

  func testSession_isLost_whereverTheServerSaysSo() {
    func losesSession(_ status: Int, _ body: String) -> Bool { classify(status, body).losesSession }
    XCTAssertTrue(losesSession(404, ""))
    XCTAssertTrue(losesSession(400, "Bad Request: No valid session ID provided"))
    XCTAssertTrue(losesSession(400, Self.rpcError("-32000", "Bad Request: Server not initialized")))
    XCTAssertTrue(losesSession(200, Self.rpcError("-32001", "Session not found")))
    XCTAssertTrue(losesSession(200, Self.toolError("Unknown session: ssh-1")))
    XCTAssertFalse(losesSession(400, "Bad Request: unknown argument"))
    XCTAssertFalse(losesSession(200, Self.toolError("command refused")))
    XCTAssertFalse(losesSession(500, "session not found"))
    XCTAssertFalse(losesSession(200, Self.ran("session not found")))
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
