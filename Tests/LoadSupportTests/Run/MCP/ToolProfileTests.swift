import EventIO
import XCTest

@testable import LoadSupport

final class ToolProfileTests: XCTestCase {
  private func profile(_ json: String) throws -> ToolProfile {
    try ToolProfile(parsing: json.utf8)
  }

  func testShippedProfiles_haveNamesOfTheirOwn_andSayWhatTheyAreFor() {
    let shipped = ToolProfile.shipped
    XCTAssertEqual(shipped.first, .standard)
    XCTAssertEqual(ToolProfile.standard.name, "standard")
    XCTAssertEqual(Set(shipped.map(\.name)).count, shipped.count)
    XCTAssertTrue(shipped.allSatisfy { !$0.purpose.isEmpty })
    XCTAssertTrue(shipped.contains { $0.connect == nil })
  }

  func testStandardProfile_hasTheNamesOfTheAutomationServer() {
    let profile = ToolProfile.standard
    XCTAssertEqual(profile.connect?.name, "ssh_connect")
    XCTAssertEqual(profile.run.name, "ssh_run_command")
    XCTAssertEqual(profile.disconnect?.name, "ssh_disconnect")
    XCTAssertEqual(profile.run.arguments, ["session": "session_id", "command": "command"])
    XCTAssertEqual(profile.connect?.arguments["reuse"], "reuse")
  }

  func testProfile_isRead_withTheUsualTextsWhereItHasNone() throws {
    let profile = try profile(
      #"""
      {
        "name": "mine", "protocol_version": "2025-03-26",
        "run": {
          "name": "exec", "arguments": {"host": "machine", "command": "cmd"},
          "fixed": {"pty": false, "timeout": 5}
        },
        "rejected_texts": ["No Slot"], "failure_texts": ["^Oh No"],
        "exit_status": {"pointers": ["/rc"], "accepted": [0, "ok"]},
        "check": {"command": "show version", "answer": "Version"}
      }
      """#
    )
    XCTAssertEqual(profile.name, "mine")
    XCTAssertEqual(profile.protocolVersion, "2025-03-26")
    XCTAssertNil(profile.connect)
    XCTAssertNil(profile.disconnect)
    XCTAssertEqual(profile.run.name, "exec")
    XCTAssertEqual(profile.run.arguments, ["host": "machine", "command": "cmd"])
    XCTAssertEqual(profile.run.fixed, [.init("pty", false), .init("timeout", 5)])
    // What a server says is compared in lower case.
    XCTAssertEqual(profile.rejectedTexts, ["no slot"])
    XCTAssertEqual(profile.rateLimitedTexts, ToolProfile.standard.rateLimitedTexts)
    XCTAssertEqual(profile.failureTexts, ["^oh no"])
    XCTAssertEqual(profile.exitStatusPointers, ["/rc"])
    XCTAssertEqual(profile.acceptedExitStatuses, [0, "ok"])
    XCTAssertEqual(profile.check, .init(command: "show version", answer: "Version"))
    XCTAssertEqual(profile.sessionLostTexts, ToolProfile.standard.sessionLostTexts)
  }

  func testNotes_areForPeople_andBeginWithAnUnderscore() throws {
    let noted = #"""
      {"name": "a", "_guesses": [1], "run": {"name": "r", "_why": {}, "arguments": {"command": "c", "_": 0}}}
      """#
    let plain = #"{"name": "a", "run": {"name": "r", "arguments": {"command": "c"}}}"#
    XCTAssertEqual(try profile(noted), try profile(plain))
    // Arguments that are sent are none.
    let sent =
      #"{"name": "a", "run": {"name": "r", "arguments": {"command": "c"}, "fixed": {"_meta": 1}}}"#
    XCTAssertEqual(try profile(sent).run.fixed, [.init("_meta", 1)])
  }

  func testError_namesTheKey_andWhatWouldBeValid() {
    let run = #""run": {"name": "r", "arguments": {"command": "c"}}"#
    let cases: [(String, [String])] = [
      ("nonsense", ["no JSON"]), ("[]", ["must be a JSON object"]), ("{}", ["\"name\""]),
      (#"{"name": "a"}"#, ["\"run\"", "\"command\""]),
      (#"{"name": "", \#(run)}"#, ["\"name\""]),
      (#"{"name": "a", \#(run), "disconect": {}}"#, ["\"disconect\"", "valid are", "disconnect"]),
      (#"{"name": "a", "run": {"name": "r", "arguments": {}}}"#, ["\"command\""]),
      (
        #"{"name": "a", "run": {"name": "r", "arguments": {"command": "c", "user_name": "u"}}}"#,
        ["\"arguments\" of \"run\"", "\"user_name\"", "user, password"]
      ),
      (
        #"{"name": "a", "run": {"name": "r", "arguments": {"command": "c", "session": "s"}}}"#,
        ["\"session\""]
      ),
      (
        #"{"name": "a", "run": {"name": "r", "args": {}}}"#, ["\"args\"", "name, arguments, fixed"]
      ),
      (#"{"name": "a", "run": {"name": "r", "arguments": {"command": 1}}}"#, ["\"command\""]),
      (
        #"{"name": "a", \#(run), "connect": {"name": "c", "arguments": {}}}"#,
        ["\"connect\" and \"disconnect\" come together"]
      ),
      (#"{"name": "a", \#(run), "session_keys": "id"}"#, ["\"session_keys\"", "array of texts"]),
      (#"{"name": "a", \#(run), "rejected_texts": ["a", ""]}"#, ["\"rejected_texts\""]),
      (
        #"{"name": "a", "run": {"name": "r", "arguments": {"command": "c"}, "fixed": 1}}"#,
        ["fixed"]
      ),
      (#"{"name": "a", \#(run), "exit_status": 0}"#, ["\"exit_status\"", "JSON object"]),
      (#"{"name": "a", \#(run), "exit_status": {"at": 0}}"#, ["\"at\"", "pointers, accepted"]),
      (
        #"{"name": "a", \#(run), "exit_status": {"pointers": ["code"]}}"#,
        ["\"code\"", "no JSON pointer", "/structuredContent/status"]
      ),
      (
        #"{"name": "a", \#(run), "exit_status": {"accepted": []}}"#,
        ["\"accepted\"", "an array of"]
      ),
      (#"{"name": "a", \#(run), "exit_status": {"accepted": [[]]}}"#, ["\"accepted\""]),
      (#"{"name": "a", \#(run), "check": {"command": "id"}}"#, ["\"check\"", "\"answer\""]),
      (#"{"name": "a", \#(run), "failure_texts": "no"}"#, ["\"failure_texts\""]),
      (#"{"name": "a", \#(run), "meta": []}"#, ["\"meta\"", "object"]),
      (#"{"name": "a", \#(run), "meta": {"progressToken": 1}}"#, ["\"progressToken\""]),
      (#"{"name": "a", \#(run), "meta": {"traceparent": "x"}}"#, ["LOADTEST_TRACEPARENT"]),
      (
        #"{"name": "a", \#(run), "meta": {"io.modelcontextprotocol/x": {}}}"#,
        ["\"io.modelcontextprotocol/x\""]
      ),
    ]
    for (json, words) in cases {
      XCTAssertThrowsError(try profile(json), json) { error in
        for word in words { XCTAssertTrue("\(error)".contains(word), "\(json): \(error)") }
      }
    }
  }

  /// Texts of a server are compared in lower case; a pattern with a capital would never match.
  func testStandardTexts_areInLowerCase() {
    let profile = ToolProfile.standard
    for text in profile.rateLimitedTexts + profile.rejectedTexts + profile.sessionLostTexts
      + profile.failureTexts
    {
      XCTAssertEqual(text, text.lowercased())
    }
  }
}
