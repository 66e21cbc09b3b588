import EventIO
import XCTest

@testable import LoadSupport

final class WrongAnswerTests: ClassifyingTestCase {
  /// A status that is told anywhere, and as any type, is believed.
  func testAnswerOfACommand_isWrong_whenItsExitStatusIsNotAccepted() {
    let places = [
      Body.ran("no", #","structuredContent":{"stdout":"","exit_code":127}"#),
      Body.ran("no", #","structuredContent":{"exitCode":127.0}"#),
      Body.ran("no", #","exit_status":"127""#), Body.ran(#"{\"exitCode\":127,\"stdout\":\"no\"}"#),
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
    let untold = Body.ran("a", #","structuredContent":{"exit_code":null}"#)
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
        Body.ran("a", more),
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
      let verdict = classify(200, Body.ran(text), demanding: .command(mustSpeak: false))
      XCTAssertEqual(verdict.outcome, .wrongAnswer, text)
    }
    for text in ["host", "no error: none", "", "terror:"] {
      let verdict = classify(200, Body.ran(text), demanding: .command(mustSpeak: false))
      XCTAssertEqual(verdict.outcome, .success, text)
    }
  }

  /// Answers of commands that failed, and what is said of each.
  private static let failures: [(String, String)] = [
    // Told twice, and once badly.
    (Body.ran("host", #","structuredContent":{"exit_code":0,"exit_code":1}"#), "exit status 1"),
    (Body.ran("host", #","structuredContent":{"exit_code":1,"exit_code":0}"#), "exit status 1"),
    (
      #"{"id":7,"result":{"content":[{"text":"{\"exit_code\":0}"},{"text":"{\"exit_code\":2}"}]}}"#,
      "exit status 2"
    ),
    // No status, for the command was ended.
    (
      Body.ran("host", #","structuredContent":{"exit_code":null,"signal":"SIGKILL"}"#),
      "reports a failure"
    ),
    (
      Body.ran("host", #","structuredContent":{"exit_code":null,"timed_out":true}"#),
      "reports a failure"
    ),
    (Body.ran(#"{\"success\":false,\"error\":\"no such host\"}"#), "no success"),
    (Body.ran(#"{\"ok\":\"false\"}"#), "no success"),
    (Body.ran("", #","structuredContent":{"error":"no such host"}"#), "error: no such host"),
    (
      Body.ran("", #","structuredContent":{"error":{"code":5,"message":"no such host"}}"#),
      "error: no such host"
    ),
    (Body.ran("host", #","structuredContent":{"result":{"exit_code":3}}"#), "exit status 3"),
    // In the second text, on the other channel, in another kind of part.
    (
      #"{"id":7,"result":{"content":[{"text":"ran it"},{"text":"sh: x: command not found"}]}}"#,
      "means failure"
    ),
    (
      Body.ran("", #","structuredContent":{"stdout":"","stderr":"sh: 1: x: not found"}"#),
      "means failure: sh: 1: x: not found"
    ),
    (
      #"{"id":7,"result":{"content":[{"type":"resource","resource":{"text":"Error: no"}}]}}"#,
      "means failure: Error: no"
    ),
    // As escapes, and in colour.
    (Body.ran(#"\u0045rror: no"#), "means failure: Error: no"),
    (Body.ran(#"\u000a\u000d Error: no"#), "means failure: Error: no"),
    (Body.ran(#"\u001b[1;31mError:\u001b[0m no"#), "means failure"),
    (Body.ran(#"sh: x: comm\u0061nd not found"#), "means failure"),
  ]

  /// Whatever a server calls it and wherever it says so, a failure is none of its successes.
  func testAnswerOfACommand_isWrong_whereverItTellsOfAFailure() {
    for (body, words) in Self.failures {
      let verdict = classify(200, body, demanding: .command(mustSpeak: false))
      XCTAssertEqual(verdict.outcome, .wrongAnswer, body)
      XCTAssertTrue(verdict.error?.contains(words) == true, "\(body): \(verdict.error ?? "")")
    }
    for body in [
      Body.ran("host"),
      Body.ran("host", #","structuredContent":{"signal":null,"timed_out":false}"#),
      Body.ran("host", #","structuredContent":{"exit_code":0,"signal":"","error":"a warning"}"#),
      Body.ran("host", #","structuredContent":{"error":"","success":true}"#),
      Body.ran("host", #","structuredContent":{"error":null,"ok":1}"#),
      Body.ran(
        "host",
        #","structuredContent":{"stdout":"host","stderr":"be careful","exit_code":0}"#
      ),
      Body.ran(#"a \u001b[31mred\u001b[0m host"#), Body.ran(#"no \u0045rror: none"#),
    ] {
      let verdict = classify(200, body, demanding: .command(mustSpeak: true))
      XCTAssertEqual(verdict, Classification(.success), body)
    }
    // Silence is that of the output, whatever stands around it.
    for body in [
      Body.ran(#"{\"stdout\":\"\",\"exit_code\":0}"#),
      Body.ran("exit code: 0", #","structuredContent":{"stdout":"\n"}"#),
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
      let verdict = classify(200, Body.ran(text), demanding: .command(mustSpeak: true))
      XCTAssertEqual(verdict.outcome, .wrongAnswer, text.debugDescription)
    }
    for text in ["é", #"\u00e9"#, "\u{A0}x", "\u{1F600}", #"\ud83d\ude00"#] {
      let verdict = classify(200, Body.ran(text), demanding: .command(mustSpeak: true))
      XCTAssertEqual(verdict.outcome, .success, text.debugDescription)
    }
  }

  /// Words of a gateway or of ssh itself come without the status that commands end with.
  func testAnswerOfACommand_isWrong_whenItLacksTheStatusThatTheSameCommandTold() {
    let demand = AnswerDemand.command(mustSpeak: true, mustTellStatus: true)
    let told = Body.ran("host", #","structuredContent":{"exit_code":0}"#)
    XCTAssertEqual(classify(200, told, demanding: demand), Classification(.success))
    XCTAssertEqual(
      classify(200, Body.ran("Permission denied (publickey)."), demanding: demand),
      Classification(
        .wrongAnswer,
        "no exit status, where the same command has told one before: Permission denied (publickey)."
      )
    )
    XCTAssertEqual(
      classify(200, Body.ran("too many requests"), demanding: demand).outcome,
      .rateLimited
    )
  }

  func testAnswerToADisconnect_isWrong_whenItTellsOfAFailure() {
    for body in [
      Body.ran("Error: no such session"), Body.ran("", #","structuredContent":{"success":false}"#),
      Body.ran("", #","structuredContent":{"error":"unknown id"}"#),
    ] {
      XCTAssertEqual(classify(200, body, demanding: .done).outcome, .wrongAnswer, body)
    }
    for body in [Body.ran("closed"), Body.ran(""), #"{"id":7,"result":{}}"#] {
      XCTAssertEqual(classify(200, body, demanding: .done), Classification(.success), body)
    }
  }

  func testAnswerOfACommand_isWrong_whenItIsSilentAndMustNotBe() {
    for body in [
      Body.ran(""), Body.ran(" \\n"), #"{"id":7,"result":{"content":[]}}"#,
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
    let body = Body.ran(#"Error: hunter2 \u001b[31m"# + String(repeating: "x", count: 500))
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
    let verdict = classify(200, Body.ran("Connected."), demanding: .session)
    XCTAssertEqual(verdict, Classification(.wrongAnswer, "the answer names no session: Connected."))
    for id in [#""""#, #"" ""#, "false", "null"] {
      let body = #"{"id":7,"result":{"session_id":\#(id)}}"#
      XCTAssertEqual(classify(200, body, demanding: .session).outcome, .wrongAnswer, body)
    }
    let numbered = #"{"id":7,"result":{"session_id":0}}"#
    XCTAssertEqual(classify(200, numbered, demanding: .session).outcome, .success)
  }
}
