import XCTest

@testable import LoadSupport

/// What answers come to that have a meaning since MCP 2026-07-28.
final class ModernAnswerTests: ClassifyingTestCase {
  private var modern: ToolProfile {
    var profile = ToolProfile.standard
    profile.form = .modern
    return profile
  }

  func testResult_isJudgedByItsType_inTheModernEra() {
    for (type, outcome, words) in [
      (#""complete""#, .success, nil),
      (#""input_required""#, .toolError, "input_required): elicitation/create, roots/list"),
      (#""task""#, .protocolError, #"resultType is unknown: "task""#),
      ("7", .protocolError, "resultType is unknown: 7"),
    ] as [(String, Outcome, String?)] {
      let body =
        #"{"id":7,"result":{"resultType":\#(type),"inputRequests":{"a":{"method":"elicitation/create"},"#
        + #""b":{"method":"roots/list"}},"requestState":"s"}}"#
      let verdict = classify(200, body, profile: modern)
      XCTAssertEqual(verdict.outcome, outcome, body)
      if let words { XCTAssertEqual(verdict.error?.contains(words), true, verdict.error ?? "") }
      // In a session it is a member as any other.
      XCTAssertEqual(classify(200, body).outcome, .success, body)
    }
    XCTAssertEqual(
      classify(200, #"{"id":7,"result":{"resultType":"input_required"}}"#, profile: modern).error,
      "the server asks for input, which a load cannot give (input_required): nothing more is known"
    )
  }

  func testErrors_areToldByTheirMeaning() {
    func error(_ code: Int, _ data: String = "null") -> String {
      #"{"id":7,"error":{"code":\#(code),"message":"words","data":\#(data)}}"#
    }
    for (status, body, words) in [
      (400, error(-32020), "header fields do not agree with the request (-32020): words"),
      (
        400, error(-32021, #"{"requiredCapabilities":{"roots":{}}}"#),
        #"needs a client that can do more (-32021) {"roots":{}}: words"#
      ),
      (
        400, error(-32022, #"{"supported":["2025-11-25","2099-01-01"]}"#),
        "does not speak this revision (-32022), but 2025-11-25, 2099-01-01: words"
      ),
      (400, error(-32602), "accept the parameters (-32602): words"),
      (404, error(-32601), "HTTP 404: the server does not know the method (-32601): words"),
    ] {
      for profile in [ToolProfile.standard, modern] {
        let verdict = classify(status, body, profile: profile)
        XCTAssertEqual(verdict.outcome, .httpError)
        XCTAssertEqual(verdict.error?.contains(words), true, verdict.error ?? "")
        XCTAssertFalse(verdict.losesSession)
      }
    }
    let session = #"{"id":7,"error":{"code":-32000,"message":"Bad Request: no valid session ID"}}"#
    XCTAssertEqual(
      classify(400, session, profile: modern).error,
      "HTTP 400: a server error (-32000): Bad Request: no valid session ID (so answer servers up to MCP 2025-11-25: is there one behind "
        + "the same address?)"
    )
    XCTAssertEqual(
      classify(400, session).error,
      "HTTP 400: a server error (-32000): Bad Request: no valid session ID"
    )
    for (profile, misses) in [(ToolProfile.standard, false), (modern, true)] {
      let verdict = classify(400, error(-32602), profile: profile)
      XCTAssertEqual(verdict.error?.contains("a key of _meta"), misses)
    }
    XCTAssertTrue(classify(404, error(-32600)).losesSession)
    XCTAssertTrue(classify(404, "").losesSession)
    XCTAssertFalse(classify(404, "", profile: modern).losesSession)
    // What names a session is gone: the words say so in either era.
    let gone = Body.toolError("session not found")
    XCTAssertTrue(classify(200, gone, profile: modern).losesSession)
  }
}
