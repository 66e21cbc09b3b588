import EventIO
import Foundation
import Glibc
import XCTest

@testable import mcp_ssh_server

/// The server as a process in front of a real sshd.
final class SSHSessionTests: ServerTestCase {
  func testSession_isFoundInAllThreePlaces_andItsConnectionIsReused() async throws {
    try await withServer { server, sshd in
      let session = try TestSession(server)
      let result = try session.call("ssh_connect", sshd.target)
      let id = try XCTUnwrap(result["session_id"]?.string)
      XCTAssertEqual(result["structuredContent"]?["session_id"]?.string, id)
      let text = try XCTUnwrap(result["content"]?.array?.first?["text"]?.string)
      XCTAssertEqual(try JSONValue(parsing: Array(text.utf8))["session_id"]?.string, id)
      let outcome = try run("echo out; echo err >&2; exit 3", .string(id), session)
      XCTAssertEqual(outcome["structuredContent"]?["stdout"], "out\n")
      XCTAssertEqual(outcome["structuredContent"]?["stderr"], "err\n")
      XCTAssertEqual(outcome["structuredContent"]?["exit_code"], 3)
      XCTAssertNil(try session.call("ssh_disconnect", ["session_id": .string(id)]).failureCode)
      // A client's own shell text spoils a connection for others, a plain program does not.
      let plain = try connect(session, sshd)
      XCTAssertEqual(try run("uname", plain, session)["structuredContent"]?["stdout"], "Linux\n")
      XCTAssertNil(try session.call("ssh_disconnect", ["session_id": plain]).failureCode)
      let again = try session.call("ssh_connect", sshd.target)
      XCTAssertEqual(again["structuredContent"]?["reused"], true)
      let stats = try session.call("ssh_pool_stats")["stats"]
      XCTAssertEqual(stats?["global"]?["hits"], 1)
      XCTAssertEqual(stats?["global"]?["creates"], 2)
    }
  }

  func testSession_belongsToTheMCPSessionThatOpenedIt() async throws {
    try await withServer { server, sshd in
      let owner = try TestSession(server)
      let id = try connect(owner, sshd)
      let other = try TestSession(server)
      XCTAssertEqual(try run("echo", id, other).failureCode, "unknown_session")
      XCTAssertEqual(try owner.call("ssh_list_sessions")["count"], 1)
      XCTAssertEqual(try other.call("ssh_list_sessions")["count"], 0)
    }
  }

  func testPoolStatistics_areOfTheCallersConnections() async throws {
    try await withServer { server, sshd in
      let owner = try TestSession(server)
      let id = try connect(owner, sshd)
      let other = try TestSession(server)
      func pools(_ session: TestSession) throws -> [JSONValue] {
        let stats = try session.call("ssh_pool_stats")["stats"]
        XCTAssertEqual(stats?["global"]?["creates"], 1)
        XCTAssertNotNil(stats?["limit"])
        return try XCTUnwrap(stats?["pools"]?.array)
      }
      XCTAssertEqual(try pools(owner).map { $0["active"] }, [1])
      XCTAssertEqual(try pools(owner).map { $0["port"] }, [.number(String(sshd.port))])
      XCTAssertEqual(try pools(other), [])
      _ = try owner.call("ssh_disconnect", ["session_id": id])
      XCTAssertEqual(try pools(owner), [])
      XCTAssertEqual(try pools(other), [])
    }
  }

  func testBatch_isBounded_whenItsAnswersAreLarge() async throws {
    let directory = try await TestSSHD.running().directory
    let path = directory + "/large"
    try Data(repeating: 0x78, count: 1 << 20).write(to: URL(fileURLWithPath: path))
    try await withServer { server, sshd in
      let session = try TestSession(server, version: "2025-03-26")
      let id = try XCTUnwrap(try connect(session, sshd).string)
      let calls = (1...60).map { number in
        let arguments = #"{"session_id":"\#(id)","path":"\#(path)"}"#
        let call = #"{"name":"ssh_cat_file","arguments":\#(arguments)}"#
        return TestSession.message("tools/call", call, id: number)
      }
      let response = try session.post("[\(calls.joined(separator: ","))]")
      XCTAssertLessThan(response.body.count, 5 << 20)
      let answers = try XCTUnwrap(response.json?.array)
      XCTAssertEqual(answers.map { $0["id"] }, (1...60).map { .number(String($0)) })
      let refused = answers.filter { $0["error"]?["data"]?["code"] == "batch_answer_limit" }
      XCTAssertEqual(refused.count + answers.filter { $0["result"] != nil }.count, 60)
      XCTAssertGreaterThan(refused.count, 50)
      XCTAssertEqual(try session.call("ssh_list_sessions")["sessions"]?.array?.count, 1)
    }
  }

  func testLimits_areNamedWithTheirSize_whenReached() async throws {
    try await withServer(["--pool-limit", "1", "--session-limit", "2"]) { server, sshd in
      let session = try TestSession(server)
      _ = try connect(session, sshd)
      let full = try session.call("ssh_connect", sshd.target)
      XCTAssertEqual(full.failureCode, "pool_limit")
      XCTAssertEqual(full["structuredContent"]?["limit"], 1)
    }
    try await withServer(["--session-limit", "1"]) { server, sshd in
      let session = try TestSession(server)
      _ = try connect(session, sshd)
      let full = try session.call("ssh_connect", sshd.target)
      XCTAssertEqual(full.failureCode, "session_limit")
      XCTAssertEqual(full["structuredContent"]?["limit"], 1)
    }
  }

  func testPool_servesThoseThatWait_whenAConnectionIsGivenBack() async throws {
    try await withServer(["--pool-limit", "1", "--pool-wait", "20"]) { server, sshd in
      let session = try TestSession(server)
      let id = try connect(session, sshd)
      let waiting = try TestSession(server)
      try waiting.start("ssh_connect", sshd.target)
      _ = try session.call("ssh_disconnect", ["session_id": id])
      let result = try waiting.finish()
      XCTAssertEqual(result["structuredContent"]?["reused"], true, "\(result)")
    }
  }

  func testLogin_failsWithItsReason_whenRefused() async throws {
    try await withServer { server, sshd in
      let session = try TestSession(server)
      let cases: [(JSONValue, String)] = [
        (["host": "127.0.0.1", "port": 1], "host_unreachable"),
        (
          ["host": "127.0.0.1", "port": .number(String(sshd.port)), "user": "no-such-user"],
          "login_refused"
        ),
        (["host": "localhost", "port": .number(String(sshd.port))], "host_key_rejected"),
      ]
      for (target, reason) in cases {
        let result = try session.call("ssh_connect", target)
        XCTAssertEqual(result.failureCode, "login_failed")
        XCTAssertEqual(result["structuredContent"]?["reason"]?.string, reason)
      }
      let insecure: JSONValue = ["host": "localhost", "insecure": true]
      XCTAssertEqual(try session.call("ssh_connect", insecure).failureCode, "insecure_not_allowed")
    }
  }

  func testShell_isReplaced_whenItDied() async throws {
    try await withServer { server, sshd in
      let session = try TestSession(server)
      let id = try connect(session, sshd)
      XCTAssertEqual(try run("kill -9 $$", id, session).failureCode, "connection_lost")
      let after = try run("echo alive", id, session)
      XCTAssertEqual(after["structuredContent"]?["stdout"], "alive\n")
      let global = try session.call("ssh_pool_stats")["stats"]?["global"]
      XCTAssertEqual(global?["health_fails"], 1)
      XCTAssertEqual(global?["creates"], 2)
    }
  }

  func testCommand_endsAtTheOtherEnd_whenItTakesTooLong() async throws {
    try await withServer(["--command-timeout", "0.3"]) { server, sshd in
      let session = try TestSession(server)
      let id = try connect(session, sshd)
      let marker = "sleep 86\(UInt16.random(in: 1000...9999))"
      XCTAssertEqual(try run(marker, id, session).failureCode, "command_timeout")
      waitUntil("the command ended") { !isRunning(marker) }
      XCTAssertNil(try run("true", id, session).failureCode)
    }
  }

  func testCommand_endsAtTheOtherEnd_whenCancelled() async throws {
    try await withServer { server, sshd in
      let session = try TestSession(server)
      let id = try connect(session, sshd)
      let marker = "sleep 87\(UInt16.random(in: 1000...9999))"
      try session.start(
        "ssh_run_command",
        ["session_id": id, "command": .string(marker)],
        id: 42
      )
      waitUntil("the command began") { isRunning(marker) }
      let note = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":42}}"#
      _ = try TestHTTPClient(port: server.port)
        .request(headers: ["Mcp-Session-Id": session.id], body: note)
      XCTAssertEqual(try session.finish().failureCode, "cancelled")
      waitUntil("the command ended") { !isRunning(marker) }
    }
  }

  func testCommand_tellsItsProgress_whenAskedTo() async throws {
    try await withServer { server, sshd in
      let session = try TestSession(server)
      let id = try connect(session, sshd)
      let parameters: JSONValue = [
        "name": "ssh_run_command", "_meta": ["progressToken": "token"],
        "arguments": ["session_id": id, "command": "sleep 1.5; echo done"],
      ]
      let text = String(decoding: parameters.encoded, as: UTF8.self)
      let response = try session.post(
        TestSession.message("tools/call", text),
        headers: ["Accept": "application/json, text/event-stream"]
      )
      XCTAssertEqual(response.headers["content-type"], "text/event-stream")
      let events = response.text.split(separator: "\n").filter { $0.hasPrefix("data: ") }
      XCTAssertEqual(events.count, 2)
      XCTAssertTrue(events[0].contains(#""progressToken":"token""#))
      XCTAssertTrue(events[1].contains(#"done\n"#))
    }
  }

  /// Whoever may run anything may reach the shell by /proc; nobody else is to get what it was made into.
  func testConnection_isNotHandedOn_whenACommandCouldReachItsShell() async throws {
    try await withServer { server, sshd in
      let session = try TestSession(server)
      let id = try connect(session, sshd)
      let takeover =
        "F=/proc/$$/fd/0; IFS= read -r m <$F; for i in 1 2; do printf '\\036%s\\n' \"$m\" >&2;"
        + " printf '\\036%s:0\\n' \"$m\"; IFS=' ' read -r k a; IFS= read -r m; printf EVIL; done <$F"
      _ = try run(takeover, id, session)
      _ = try session.call("ssh_disconnect", ["session_id": id])
      let other = try TestSession(server)
      let again = try other.call("ssh_connect", sshd.target)
      XCTAssertEqual(again["structuredContent"]?["reused"], false)
      let fresh = try XCTUnwrap(again["structuredContent"]?["session_id"])
      let name = try run("hostname", fresh, other)["structuredContent"]?["stdout"]?.string
      XCTAssertEqual(name?.contains("EVIL"), false)
    }
  }

  func testAnswers_areBounded_whenClientsDoNotReadThem() async throws {
    let file = try await TestSSHD.running().directory + "/controls"
    // JSON takes six bytes for each, and the text is there twice.
    let bytes = Data([UInt8](repeating: 1, count: 1 << 20))
    XCTAssertTrue(FileManager.default.createFile(atPath: file, contents: bytes))
    try await withServer { server, sshd in
      let session = try TestSession(server)
      let id = try connect(session, sshd)
      let parameters: JSONValue = [
        "name": "ssh_cat_file", "arguments": ["session_id": id, "path": .string(file)],
      ]
      let text = String(decoding: parameters.encoded, as: UTF8.self)
      let clients = try (0..<12).map { _ in try TestHTTPClient(port: server.port) }
      for client in clients {
        try client.start(
          headers: ["Mcp-Session-Id": session.id],
          body: TestSession.message("tools/call", text)
        )
      }
      try waitUntil("all files were read") {
        let list = try session.call("ssh_list_sessions")["structuredContent"]?["sessions"]
        return list?.array?.first?["commands"] == 12
      }
      // The last answer is made after its command; until then nobody reads.
      usleep(300_000)
      let statuses = try clients.map { try $0.receive() }
      XCTAssertTrue(statuses.contains { $0.status == 200 })
      let refused = statuses.filter { $0.status == 503 }
      XCTAssertFalse(refused.isEmpty)
      XCTAssertEqual(refused.first?.headers["retry-after"], "1")
    }
  }

  func testFailure_saysNothingOfIDs_whichAreSecrets() async throws {
    try await withServer { server, sshd in
      let session = try TestSession(server)
      let result = try run("hostname", .string(session.id), session)
      XCTAssertEqual(result.failureCode, "unknown_session")
      XCTAssertFalse(String(decoding: result.encoded, as: UTF8.self).contains(session.id))
    }
  }

  func testIdleConnection_isClosed_whenNobodyUsesIt() async throws {
    try await withServer(["--pool-idle-timeout", "0.2"]) { server, sshd in
      let session = try TestSession(server)
      let id = try connect(session, sshd)
      _ = try session.call("ssh_disconnect", ["session_id": id])
      try waitUntil("the connection expired") {
        try session.call("ssh_pool_stats")["stats"]?["global"]?["expires"] == 1
      }
    }
  }

  func testNoProcessIsLeft_whenTheServerEnds() async throws {
    for signal in [SIGTERM, SIGKILL] {
      let marker = "sleep 88\(UInt16.random(in: 1000...9999))"
      try await withServer(["--grace", "0.1"]) { server, sshd in
        let session = try TestSession(server)
        let id = try connect(session, sshd)
        try session.start("ssh_run_command", ["session_id": id, "command": .string(marker)])
        waitUntil("the command began") { isRunning(marker) }
        server.process.child.signal(signal)
        waitUntil("ssh ended") { !isRunning("\(sshd.directory)/user\"") }
        // Killed, the server cannot end what runs at the other end.
        if signal == SIGTERM { waitUntil("the command ended") { !isRunning(marker) } }
      }
    }
  }
}
