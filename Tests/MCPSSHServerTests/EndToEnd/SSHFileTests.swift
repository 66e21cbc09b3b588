import EventIO
import Foundation
import Glibc
import XCTest

@testable import mcp_ssh_server

/// Reading files by the server as a process in front of a real sshd.
final class SSHFileTests: ServerTestCase {
  func testFile_isRead_withinItsRootsOnly() async throws {
    let directory = try await TestSSHD.running().directory + "/root"
    try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let bytes = Data([0xC3, 0xA9, 0xFF])
    let file = FileManager.default.createFile(atPath: directory + "/it's", contents: bytes)
    XCTAssertTrue(file)
    symlink("/etc/passwd", directory + "/link")
    try await withServer(["--file-root", directory]) { server, sshd in
      let session = try TestSession(server)
      let id = try connect(session, sshd)
      func cat(_ path: String, _ more: [JSONValue.Member] = []) throws -> JSONValue {
        let arguments: [JSONValue.Member] = [
          .init("session_id", id), .init("path", .string(path)),
        ]
        return try session.call("ssh_cat_file", .object(arguments + more))
      }
      XCTAssertEqual(try cat(directory + "/it's").failureCode, "not_text")
      let base64 = try cat(directory + "/it's", [.init("encoding", "base64")])
      XCTAssertEqual(base64["structuredContent"]?["content"], "w6n/")
      let cut = try cat(directory + "/it's", [.init("max_size", 2)])
      XCTAssertEqual(cut["structuredContent"]?["content"], "é")
      XCTAssertEqual(cut["structuredContent"]?["truncated"], true)
      for path in ["/etc/passwd", directory + "/../../../etc/passwd", directory + "/link"] {
        XCTAssertEqual(try cat(path).failureCode, "path_not_allowed", path)
      }
      XCTAssertEqual(try cat(directory + "/none").failureCode, "file_not_read")
    }
  }

  func testShell_isUnchanged_whateverPathsAndCommandsTried() async throws {
    let marks = ["", "\u{301}", "\u{200D}", "\u{FE0F}", "\u{600}"]
    try await withServer { server, sshd in
      let canary = sshd.directory + "/canary"
      let session = try TestSession(server)
      let id = try connect(session, sshd)
      for mark in marks {
        for path in [
          "/'M`touch F`'M", "/'M);hostname(){ echo x; };('M", "/M$(touch F)\n0 touch F\n",
        ] {
          let text = path.replacing("M", with: mark).replacing("F", with: canary)
          let arguments: JSONValue = ["session_id": id, "path": .string(text)]
          let result = try session.call("ssh_cat_file", arguments)
          XCTAssertEqual(result.failureCode, "file_not_read", text.debugDescription)
        }
      }
      XCTAssertEqual(try run("hostname", id, session)["structuredContent"]?["exit_code"], 0)
      // What ran was the server's own, or plain: the next client gets the same connection.
      _ = try session.call("ssh_disconnect", ["session_id": id])
      let other = try TestSession(server)
      let again = try other.call("ssh_connect", sshd.target)
      XCTAssertEqual(again["structuredContent"]?["reused"], true)
      let shared = try XCTUnwrap(again["structuredContent"]?["session_id"])
      let name = try run("hostname", shared, other)["structuredContent"]
      XCTAssertNotEqual(name?["stdout"], "x\n")
      XCTAssertEqual(name?["exit_code"], 0)
      XCTAssertFalse(FileManager.default.fileExists(atPath: canary))
    }
  }

  func testReading_ends_whenAFileHasNoEndOrNoWriter() async throws {
    let fifo = try await TestSSHD.running().directory + "/fifo"
    mkfifo(fifo, 0o600)
    let limits = ["--output-limit", "2000", "--command-timeout", "2"]
    try await withServer(limits) { server, sshd in
      let session = try TestSession(server)
      let id = try connect(session, sshd)
      let endless = try run("cat /dev/zero", id, session)["structuredContent"]
      XCTAssertEqual(endless?["truncated"], true)
      XCTAssertEqual(endless?["exit_code"], 143)
      let zero = try session.call("ssh_cat_file", ["session_id": id, "path": "/dev/zero"])
      XCTAssertEqual(zero["structuredContent"]?["size"], 2000)
      for (tool, argument) in [("ssh_cat_file", "path"), ("ssh_run_command", "command")] {
        let text = argument == "path" ? fifo : "cat \(fifo)"
        let members = [
          JSONValue.Member("session_id", id), JSONValue.Member(argument, .string(text)),
        ]
        let result = try session.call(tool, .object(members))
        XCTAssertEqual(result.failureCode, "command_timeout", "\(result)")
      }
      waitUntil("no reader is left") { !isRunning("cat \(fifo)") }
      // The session goes on.
      XCTAssertEqual(try run("echo x", id, session)["structuredContent"]?["stdout"], "x\n")
    }
  }
}
