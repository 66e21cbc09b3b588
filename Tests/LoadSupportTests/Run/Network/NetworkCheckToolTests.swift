import EventIO
import XCTest

@testable import LoadSupport

/// What the check says of tools that are not there, and of calls that do not fit their schemas.
final class NetworkCheckToolTests: NetworkCheckTestCase {
  func testMissingTool_isNamed_withItsKey_theLikeliestOne_andThoseThatAreThere() async throws {
    let tools = #"{"tools":[{"name":"open"},{"name":"exec"}]}"#
    await assertRefused(
      ["no tool ssh_connect", "names as \"connect\"", "exec, open", "--tool-profiles", "inspect"]
    ) {
      _ = try await check(tools: tools)
    }
    let misspelt = Self.list.replacing("ssh_disconnect", with: "ssh_disconect")
    await assertRefused(["names as \"disconnect\"", "did you mean ssh_disconect?"]) {
      _ = try await check(tools: misspelt)
    }
    let other = #"""
      {"tools":[{"name":"ssh_connect"},{"name":"execute","inputSchema":{"properties":{"command":{}}}}]}
      """#
    await assertRefused(["no tool ssh_run_command", "names as \"run\"; execute looks like it"]) {
      _ = try await check(tools: other)
    }
    let many = (0..<300).map { #"{"name":"tool\#($0)"}"# }.joined(separator: ",")
    await assertRefused(["and 280 more"]) { _ = try await check(tools: #"{"tools":[\#(many)]}"#) }
  }

  /// A list that could not be had to its end does not say what is not there.
  func testMissingTool_isARemark_whereTheListHasNoEnd() async throws {
    let endless = #"{"tools":[{"name":"exec"}],"nextCursor":"again"}"#
    let (findings, requests) = try await check(tools: endless)
    let remarks = findings.remarks.joined(separator: "\n")
    XCTAssertTrue(
      remarks.contains("as far as the server lists its tools, it has no tool ssh_connect"),
      remarks
    )
    XCTAssertTrue(remarks.contains("a cursor again"), remarks)
    XCTAssertEqual(requests.count { $0.json["method"] == "tools/list" }, 2)
  }

  /// A schema is no judge of a server that works.
  func testCallsThatDoNotFitTheSchemas_areRemarks_whereTheServerWorks() async throws {
    let tools = """
      {"tools":[
      {"name":"ssh_run_command","inputSchema":{"required":["session_id","command","shell"],
       "properties":{"session_id":{},"command":{},"shell":{}}}},
      {"name":"ssh_disconnect","inputSchema":[]},
      {"name":"ssh_connect","inputSchema":{"properties":{"host":{},"prt":{},"username":{},"password":{}}}}]}
      """
    let remarks = try await check(tools: tools).findings.remarks
    XCTAssertEqual(remarks.count, 3, "\(remarks)")
    XCTAssertTrue(remarks[0].contains("ssh_connect has no argument port"), remarks[0])
    XCTAssertTrue(remarks[0].contains("did you mean prt?"), remarks[0])
    XCTAssertTrue(remarks[1].contains("no argument user"), remarks[1])
    XCTAssertTrue(
      remarks[2].contains("ssh_run_command requires shell by its inputSchema"),
      remarks[2]
    )
    XCTAssertTrue(remarks[2].contains("\"fixed\" of \"run\""), remarks[2])
    // Where it does not work, they may say why.
    var fake = FakeMCP()
    fake.onConnect = { _, id in
      [.send(Answer.http(200, Answer.result(id, Answer.text("no", isError: true))))]
    }
    await assertRefused(["cannot log in", "note that the tool ssh_connect has no argument port"]) {
      _ = try await check(fake, tools: tools)
    }
  }

  func testCallsThatFitTheSchemas_leaveNoRemark() async throws {
    let tools = """
      {"tools":[
      {"name":"ssh_run_command","inputSchema":{"required":["session_id","command"],
       "properties":{"session_id":{},"command":{},"timeout":{}}}},
      {"name":"ssh_disconnect"},
      {"name":"ssh_connect","inputSchema":{"additionalProperties":true,"properties":{"host":{}}}}]}
      """
    let found = try await check(tools: tools).findings
    XCTAssertEqual(found.remarks, [])
  }

  func testTools_mayComeInPages() async throws {
    var fake = FakeMCP()
    fake.onRequest = { request in
      let message = request.json
      guard message["method"]?.string == "tools/list", let id = message["id"]?.integer else {
        return nil
      }
      let page =
        message["params"]?["cursor"] == nil
        ? #"{"tools":[{"name":"a"}],"nextCursor":"2"}"# : Self.list
      return [.send(Answer.http(200, Answer.result(id, page)))]
    }
    let found = try await check(fake).findings.profile
    XCTAssertEqual(found, .standard)
  }

  func testWhatToolsAreCalled_isToldWithoutSecrets() async throws {
    await assertRefused(["no tool ssh_connect", "it has x (secret)"]) {
      _ = try await check(tools: #"{"tools":[{"name":"x hunter2"}]}"#)
    }
  }
}
