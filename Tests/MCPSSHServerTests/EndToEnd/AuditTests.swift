import EventIO
import Foundation
import Glibc
import XCTest

@testable import mcp_ssh_server

/// What clients do to a server with `--audit`, and what its file says of it.
final class AuditTests: XCTestCase {
  private let directory = NSTemporaryDirectory() + "/mcp-ssh-server-audited-\(getpid())"
  private var file: String { "\(directory)/audit" }

  override func setUpWithError() throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  override func tearDownWithError() throws {
    try FileManager.default.removeItem(atPath: directory)
  }

  /// The lines that are JSON, and how many are none.
  private func lines() throws -> (events: [JSONValue], broken: Int) {
    let data = try XCTUnwrap(FileManager.default.contents(atPath: file))
    let all = data.split(separator: 0x0A)
    let events = all.compactMap { try? JSONValue(parsing: Array($0)) }
    return (events, all.count - events.count)
  }

  private func events(_ name: String) throws -> [JSONValue] {
    try lines().events.filter { $0["event"]?.string == name }
  }

  private func run(_ command: String, _ id: JSONValue, _ session: TestSession) throws -> JSONValue {
    try session.call("ssh_run_command", ["session_id": id, "command": .string(command)])
  }

  func testFile_hasALineForEachCommandOfALoad_andNoSecret() async throws {
    let sshd = try await TestSSHD.running()
    let server = try await TestServer(
      sshd.serverArguments + ["--rate-limit", "0", "--allow-any-command", "--audit", file]
    )
    defer { _ = try? server.process.end() }
    let sessions = try (0..<4).map { _ in try TestSession(server) }
    var ids: [JSONValue] = []
    for session in sessions {
      let result = try session.call("ssh_connect", sshd.target)
      ids.append(try XCTUnwrap(result["session_id"], "\(result)"))
    }
    let output = "output-\(UInt32.random(in: 0 ... .max))"
    for round in 0..<25 {
      for (session, id) in zip(sessions, ids) {
        let command = "printf %s \(output.prefix(7))''\(output.dropFirst(7)); exit \(round)"
        try session.start("ssh_run_command", ["session_id": id, "command": .string(command)])
      }
      for session in sessions { XCTAssertNil(try session.finish().failureCode) }
    }
    let path = "/etc/hostname\u{202E}"
    _ = try sessions[0].call("ssh_cat_file", ["session_id": ids[0], "path": .string(path)])
    _ = try sessions[1].call("ssh_hostname", ["session_id": ids[1]])
    _ = try sessions[2].call("ssh_disconnect", ["session_id": ids[2]])
    _ = try sessions[3].client.request("DELETE", headers: ["Mcp-Session-Id": sessions[3].id])
    try server.process.end(SIGTERM)

    let (all, broken) = try lines()
    XCTAssertEqual(broken, 0)
    let commands = try events("command")
    XCTAssertEqual(commands.count, 101)
    XCTAssertEqual(
      Set(commands.compactMap { $0["call"]?.integer }),
      Set(try events("command_start").compactMap { $0["call"]?.integer })
    )
    assertLoad(commands, output, sessions, port: sshd.port)
    XCTAssertEqual(try events("connect").map { $0["result"] }, ["ok", "ok", "ok", "ok"])
    XCTAssertEqual(try events("file_read").first?["path"]?.string, path)
    XCTAssertEqual(try events("file_read").first?["result"], "file_not_read")
    XCTAssertEqual(
      try events("disconnect").compactMap { $0["cause"]?.string },
      ["client", "session_ended", "shutdown", "shutdown"]
    )
    XCTAssertEqual(all.first?["event"], "start")
    let text = try String(contentsOfFile: file, encoding: .utf8)
    XCTAssertTrue(text.utf8.allSatisfy { $0 == 0x0A || (0x20...0x7E).contains($0) })
    for secret in sessions.map(\.id) + ids.compactMap(\.string) + [output] {
      XCTAssertFalse(text.contains(secret))
    }
  }

  /// Holds the lines of commands to a load of twenty-five exit statuses, each asked for four times.
  private func assertLoad(
    _ commands: [JSONValue],
    _ output: String,
    _ sessions: [TestSession],
    port: Int
  ) {
    let loaded = commands.filter { $0["tool"] == "ssh_run_command" }
    XCTAssertEqual(
      loaded.compactMap { $0["exit_status"]?.integer }.sorted(),
      (0..<25).flatMap { [$0, $0, $0, $0] }
    )
    for line in loaded {
      XCTAssertEqual(line["bytes"]?.integer, output.utf8.count)
      XCTAssertEqual(line["client"], "127.0.0.1")
      XCTAssertEqual(line["port"]?.integer, port)
      XCTAssertEqual(line["user"]?.string, NSUserName())
      XCTAssertEqual(line["result"], "ok")
      XCTAssertNotNil(line["duration_ms"]?.double)
      XCTAssertTrue(sessions.contains { $0.id.hasPrefix(line["mcp_session"]?.string ?? "-") })
    }
  }

  func testRefusals_areLines_whateverTheyAreFor() async throws {
    let sshd = try await TestSSHD.running()
    let server = try await TestServer(
      sshd.serverArguments + [
        "--audit", file, "--allow-host", "127.0.0.1:*", "--session-limit", "2", "--pool-limit", "1",
        "--file-root", "/usr", "--rate-limit", "13", "--rate-window", "600",
      ]
    )
    defer { _ = try? server.process.end() }
    let session = try TestSession(server)
    let secret = "secret\(UInt32.random(in: 0 ... .max))"
    guard case .object(let target) = sshd.target else { return XCTFail("no target") }
    let wrong = JSONValue.object(target + [.init("password", .string(secret))])
    _ = try session.call("ssh_connect", wrong)
    let id = try XCTUnwrap(try session.call("ssh_connect", sshd.target)["session_id"])
    let calls: [(tool: String, arguments: JSONValue)] = [
      ("ssh_connect", ["host": "127.1", "user": "a\u{1B}[2J"]),
      ("ssh_connect", ["host": "127.1"]),
      ("ssh_connect", .object(target + [.init("insecure", true)])),
      ("ssh_connect", sshd.target),
      ("ssh_run_command", ["session_id": "none", "command": "ls"]),
      ("ssh_run_command", ["session_id": id, "command": "rm -rf /"]),
      ("ssh_run_command", ["session_id": id, "command": "a\0b"]),
      ("ssh_cat_file", ["session_id": id, "path": "relative"]),
      ("ssh_cat_file", ["session_id": id, "path": "/etc/hostname"]),
    ]
    for (tool, arguments) in calls {
      XCTAssertEqual(try session.call(tool, arguments)["isError"], true, "\(arguments)")
    }
    let ping = TestSession.message("ping")
    for (headers, status) in [
      (["Origin": "http://x.example"], 403), (["Mcp-Session-Id": "unknown"], 404), ([:], 200),
      ([:], 429),
    ] {
      let named = ["Mcp-Session-Id": session.id].merging(headers) { $1 }
      XCTAssertEqual(try session.client.request(headers: named, body: ping).status, status)
    }
    XCTAssertEqual(
      try events("refusal").compactMap {
        $0["result"]?.string ?? $0["status"]?.integer?.description
      },
      [
        "invalid_argument", "host_not_allowed", "insecure_not_allowed", "unknown_session",
        "command_blocked", "invalid_argument", "invalid_argument", "403", "404", "429",
      ]
    )
    XCTAssertEqual(
      try events("connect").compactMap { $0["result"]?.string },
      ["login_failed", "ok", "pool_limit"]
    )
    XCTAssertEqual(try events("connect").first?["reason"], "login_refused")
    XCTAssertEqual(try events("connect").last?["rule"], "127.0.0.1:*")
    XCTAssertEqual(try events("file_read").map { $0["result"] }, ["path_not_allowed"])
    XCTAssertEqual(try events("refusal").first?["user"], "a\u{1B}[2J")
    let text = try String(contentsOfFile: file, encoding: .utf8)
    XCTAssertFalse(text.contains(secret))
    XCTAssertTrue(text.contains(#""command":"rm -rf /""#))
  }

  func testLines_nameTheRule_thatAllowedOrRefused() async throws {
    let sshd = try await TestSSHD.running()
    let rules = "\(directory)/rules"
    try "allow uname [-*] ...\ndeny uname -a\n".write(
      toFile: rules,
      atomically: true,
      encoding: .utf8
    )
    let server = try await TestServer(
      sshd.serverArguments + [
        "--command-rules", rules, "--file-root", "/usr", "--audit", file,
        "--allow-host", "other, *@127.0.0.*:\(sshd.port)",
      ]
    )
    defer { _ = try? server.process.end() }
    let session = try TestSession(server)
    let id = try XCTUnwrap(try session.call("ssh_connect", sshd.target)["session_id"])
    for command in ["uname   '-n'", "uname -a", "ls"] { _ = try run(command, id, session) }
    _ = try session.call("ssh_cat_file", ["session_id": id, "path": "/etc/passwd"])
    XCTAssertEqual(try events("connect").first?["rule"]?.string, "*@127.0.0.*:\(sshd.port)")
    let command = try XCTUnwrap(try events("command").first)
    XCTAssertEqual(command["rule"]?.string?.contains("uname [-*] ..."), true, "\(command)")
    // What ran, not how it was written.
    XCTAssertEqual(command["command"], "uname -n")
    let refusals = try events("refusal")
    XCTAssertEqual(refusals.map { $0["command"] }, ["uname -a", "ls"])
    XCTAssertEqual(refusals[0]["rule"]?.string?.contains("uname -a"), true, "\(refusals)")
    XCTAssertNil(refusals[1]["rule"])
    XCTAssertEqual(try events("file_read").first?["rule"], "--file-root")
  }

  func testTrail_goesOnInANewFile_whenTheServerIsHungUp() async throws {
    let server = try await TestServer(["--audit", file, "--allow-host", "nowhere"])
    defer { _ = try? server.process.end() }
    let session = try TestSession(server)
    XCTAssertEqual(rename(file, "\(file).1"), 0)
    server.process.child.signal(SIGHUP)
    let deadline = MonotonicInstant.now() + .seconds(20)
    while !ReadableFile.exists(file), MonotonicInstant.now() < deadline { usleep(5_000) }
    _ = try session.call("ssh_connect", ["host": "127.0.0.1"])
    XCTAssertEqual(try lines().events.map { $0["event"] }, ["reopen", "refusal"])
  }

  func testCommand_isRecordedToItsEnd_whenTheServerEnds() async throws {
    let sshd = try await TestSSHD.running()
    let server = try await TestServer(
      sshd.serverArguments + ["--allow-any-command", "--audit", file, "--grace", "0"]
    )
    let session = try TestSession(server)
    let id = try XCTUnwrap(try session.call("ssh_connect", sshd.target)["session_id"])
    let command = "touch \(directory)/began; sleep 600"
    try session.start("ssh_run_command", ["session_id": id, "command": .string(command)])
    let deadline = MonotonicInstant.now() + .seconds(20)
    while !ReadableFile.exists("\(directory)/began"), MonotonicInstant.now() < deadline {
      usleep(5_000)
    }
    XCTAssertEqual(try server.process.end(SIGTERM), .exited(0))
    XCTAssertEqual(try events("command").map { $0["result"] }, ["cancelled"])
    XCTAssertEqual(try events("disconnect").map { $0["cause"] }, ["shutdown"])
  }

  func testCommands_areRefused_whileTheFileCannotBeWritten() async throws {
    guard ReadableFile.exists("/usr/bin/prlimit") else { throw XCTSkip("there is no prlimit") }
    let sshd = try await TestSSHD.running()
    let server = try await TestServer(
      sshd.serverArguments + ["--rate-limit", "0", "--allow-any-command", "--audit", file],
      startedBy: ["/bin/sh", "-c", "ulimit -S -f 12; exec \"$@\"", "sh"]
    )
    defer { _ = try? server.process.end() }
    let session = try TestSession(server)
    let id = try XCTUnwrap(try session.call("ssh_connect", sshd.target)["session_id"])
    var refused: Int?
    for number in 0..<100 where refused == nil {
      let code = try run("touch \(directory)/\(number)", id, session).failureCode
      if code == "audit_unavailable" { refused = number }
      let exists = FileManager.default.fileExists(atPath: "\(directory)/\(number)")
      XCTAssertEqual(exists, code == nil, "\(number)")
    }
    XCTAssertNotNil(refused, "the file had no limit")
    for (tool, arguments) in [
      ("ssh_connect", sshd.target), ("ssh_hostname", ["session_id": id]),
      ("ssh_cat_file", ["session_id": id, "path": "/etc/passwd"]),
    ] as [(String, JSONValue)] {
      XCTAssertEqual(try session.call(tool, arguments).failureCode, "audit_unavailable")
    }
    let pid = String(server.process.child.processID)
    let status = try await TestProcess.run(
      "/usr/bin/prlimit",
      ["--pid", pid, "--fsize=unlimited"]
    )
    XCTAssertEqual(status, .exited(0))
    XCTAssertNil(try run("touch \(directory)/again", id, session).failureCode)
    // The one that was cut short is whole in itself: what follows begins anew.
    let (all, broken) = try lines()
    XCTAssertLessThanOrEqual(broken, 1)
    let gap = try XCTUnwrap(all.firstIndex { $0["event"] == "gap" })
    XCTAssertGreaterThanOrEqual(all[gap]["lines"]?.integer ?? 0, 4)
    XCTAssertEqual(all[(gap + 1)...].map { $0["event"] }, ["command_start", "command"])
  }

  func testServer_doesNotStart_whenTheFileIsALink() async throws {
    XCTAssertEqual(symlink("\(directory)/elsewhere", file), 0)
    let process = try await TestProcess(
      TestServer.executable,
      ["--port", "0", "--audit", file],
      readsErrors: true
    )
    XCTAssertEqual(process.readLine()?.contains(file), true)
    XCTAssertEqual(try process.child.wait(), .exited(1))
    XCTAssertFalse(FileManager.default.fileExists(atPath: "\(directory)/elsewhere"))
  }

  func testRefusedRequests_areCounted_whenTheyAreMany() async throws {
    let token = "\(directory)/token"
    try "0123456789abcdef\n".write(toFile: token, atomically: true, encoding: .utf8)
    let server = try await TestServer(["--token-file", token, "--audit", file])
    let client = try TestHTTPClient(port: server.port)
    for _ in 0..<500 { XCTAssertEqual(try client.request(body: "{}").status, 401) }
    try server.process.end(SIGTERM)
    let written = try events("refusal").count
    let leftOut = try events("refusals_left_out").compactMap { $0["status_401"]?.integer }
    XCTAssertEqual(written + leftOut.reduce(0, +), 500)
    XCTAssertGreaterThanOrEqual(leftOut.count, 1)
    XCTAssertLessThanOrEqual(written, RefusedRequests.linesAWindow * (leftOut.count + 1))
  }
}
