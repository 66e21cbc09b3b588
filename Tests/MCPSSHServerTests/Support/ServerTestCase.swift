import EventIO
import Foundation
import Glibc
import XCTest

@testable import mcp_ssh_server

/// A test of the server as a process in front of a real sshd, and what such tests do again and again.
class ServerTestCase: XCTestCase {
  final func withServer(
    _ arguments: [String] = [],
    _ body: (TestServer, TestSSHD) throws -> Void
  ) async throws {
    let sshd = try await TestSSHD.running()
    let limits = ["--rate-limit", "0", "--allow-any-command"]
    let server = try await TestServer(sshd.serverArguments + limits + arguments)
    defer { _ = try? server.process.end() }
    try body(server, sshd)
  }

  final func connect(_ session: TestSession, _ sshd: TestSSHD) throws -> JSONValue {
    let result = try session.call("ssh_connect", sshd.target)
    XCTAssertEqual(result["isError"], false, "\(result)")
    return try XCTUnwrap(result["structuredContent"]?["session_id"])
  }

  final func run(
    _ command: String,
    _ id: JSONValue,
    _ session: TestSession
  ) throws -> JSONValue {
    let arguments: JSONValue = ["session_id": id, "command": .string(command)]
    return try session.call("ssh_run_command", arguments)
  }

  /// Waits until a condition holds, as long as a test may take.
  final func waitUntil(_ what: String, _ condition: () throws -> Bool) rethrows {
    let deadline = MonotonicInstant.now() + .seconds(20)
    while try !condition() {
      guard MonotonicInstant.now() < deadline else { return XCTFail("never: \(what)") }
      usleep(5_000)
    }
  }

  final func isRunning(_ marker: String) -> Bool {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return processes.contains { process in
      guard Int(process) != nil else { return false }
      let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data()
      return String(decoding: line, as: UTF8.self).replacing("\0", with: " ").contains(marker)
    }
  }
}
