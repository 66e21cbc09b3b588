import EventIO
import Foundation
import Glibc
import XCTest

@testable import mcp_ssh_server

/// Clients that go without a word, while others want what they hold.
final class GoneClientTests: XCTestCase {
  private func withServer(
    _ arguments: [String],
    _ body: (TestServer, TestSSHD) throws -> Void
  ) async throws {
    let sshd = try await TestSSHD.running()
    let limits = ["--rate-limit", "0", "--allow-any-command", "--abandon-timeout", "0.2"]
    let server = try await TestServer(sshd.serverArguments + limits + arguments)
    defer { _ = try? server.process.end() }
    try body(server, sshd)
  }

  /// Has a client of its own log in and go; the ids of its MCP session and its SSH session.
  private func leaveBehind(_ server: TestServer, _ sshd: TestSSHD) throws -> (String, JSONValue) {
    let session = try TestSession(server)
    let result = try session.call("ssh_connect", sshd.target)
    return (session.id, try XCTUnwrap(result["session_id"], "\(result)"))
  }

  private func waitUntil(_ what: String, _ condition: () throws -> Bool) rethrows {
    let deadline = MonotonicInstant.now() + .seconds(20)
    while try !condition() {
      guard MonotonicInstant.now() < deadline else { return XCTFail("never: \(what)") }
      usleep(20_000)
    }
  }

  func testPlace_isGivenToOthers_whenItsClientIsGone() async throws {
    for limit in ["--pool-limit", "--session-limit"] {
      try await withServer([limit, "1"]) { server, sshd in
        let (gone, lost) = try leaveBehind(server, sshd)
        let other = try TestSession(server)
        var taken: JSONValue = .null
        try waitUntil("the place was given") {
          taken = try other.call("ssh_connect", sshd.target)
          return taken.failureCode == nil
        }
        XCTAssertEqual(taken["structuredContent"]?["reused"], true)
        let again = try TestSession(server, resuming: gone)
        let answer = try again.call("ssh_hostname", ["session_id": lost])
        XCTAssertEqual(answer.failureCode, "session_closed")
        let message = answer["structuredContent"]?["message"]?.string
        XCTAssertEqual(message?.contains("--abandon-timeout"), true)
        XCTAssertEqual(try again.call("ssh_list_sessions")["count"], 0)
      }
    }
  }

  func testPlace_stays_whileItsClientIsConnected() async throws {
    try await withServer(["--pool-limit", "1"]) { server, sshd in
      let holder = try TestSession(server)
      let id = try XCTUnwrap(try holder.call("ssh_connect", sshd.target)["session_id"])
      let other = try TestSession(server)
      usleep(500_000)
      XCTAssertEqual(try other.call("ssh_connect", sshd.target).failureCode, "pool_limit")
      XCTAssertNil(try holder.call("ssh_hostname", ["session_id": id]).failureCode)
    }
  }

  func testPlace_stays_whenNobodyElseWantsIt() async throws {
    try await withServer(["--pool-limit", "2"]) { server, sshd in
      let (gone, id) = try leaveBehind(server, sshd)
      usleep(500_000)
      let other = try TestSession(server)
      XCTAssertNil(try other.call("ssh_connect", sshd.target).failureCode)
      let again = try TestSession(server, resuming: gone)
      XCTAssertNil(try again.call("ssh_hostname", ["session_id": id]).failureCode)
    }
  }

  func testCommand_runsToItsEnd_whenItsClientIsGone() async throws {
    let file = NSTemporaryDirectory() + "/mcp-ssh-server-gone-\(getpid())"
    defer { for suffix in ["", ".began", ".ended"] { unlink(file + suffix) } }
    try await withServer(["--pool-limit", "1"]) { server, sshd in
      do {
        let holder = try TestSession(server)
        let id = try XCTUnwrap(try holder.call("ssh_connect", sshd.target)["session_id"])
        let command =
          "touch \(file).began; while [ ! -e \(file) ]; do sleep 0.05; done; touch \(file).ended"
        try holder.start("ssh_run_command", ["session_id": id, "command": .string(command)])
        waitUntil("the command began") { ReadableFile.exists("\(file).began") }
      }
      usleep(500_000)
      let other = try TestSession(server)
      XCTAssertEqual(try other.call("ssh_connect", sshd.target).failureCode, "pool_limit")
      XCTAssertTrue(FileManager.default.createFile(atPath: file, contents: nil))
      try waitUntil("the place was given") {
        try other.call("ssh_connect", sshd.target).failureCode == nil
      }
      XCTAssertTrue(ReadableFile.exists("\(file).ended"))
    }
  }

  func testPlace_isGivenToThoseWhoWait_whenItsClientGoes() async throws {
    let arguments = ["--pool-limit", "1", "--pool-wait", "25", "--pool-health-interval", "1"]
    try await withServer(arguments) { server, sshd in
      let waiting = try TestSession(server)
      do {
        let holder = try TestSession(server)
        XCTAssertNil(try holder.call("ssh_connect", sshd.target).failureCode)
        try waiting.start("ssh_connect", sshd.target)
        usleep(300_000)
      }
      let result = try waiting.finish()
      XCTAssertEqual(result["structuredContent"]?["reused"], true, "\(result)")
    }
  }

  func testMCPSession_makesRoom_whenItsClientIsGone() async throws {
    try await withServer(["--mcp-session-limit", "1"]) { server, sshd in
      let gone = try TestSession(server).id
      let initialize = TestSession.message("initialize", #"{"protocolVersion":"2025-11-25"}"#)
      try waitUntil("a session was given") {
        let response = try TestHTTPClient(port: server.port).request(body: initialize)
        XCTAssertTrue([200, 503].contains(response.status))
        return response.status == 200
      }
      let again = try TestSession(server, resuming: gone)
      XCTAssertEqual(try again.post(TestSession.message("ping")).status, 404)
    }
  }
}
