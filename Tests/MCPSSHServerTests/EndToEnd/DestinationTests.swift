import EventIO
import Foundation
import Glibc
import XCTest

@testable import mcp_ssh_server

/// Which machines a server lets its clients log in to.
final class DestinationTests: XCTestCase {
  func testHosts_areRefused_whenTheOperatorDoesNotListThem() async throws {
    let sshd = try await TestSSHD(named: "destinations")
    defer { XCTAssertNoThrow(try sshd.end()) }
    // Names that have a meaning in ssh's configuration.
    let directory = "\(sshd.directory)/a b %h"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    for name in ["user", "known"] {
      try FileManager.default.copyItem(
        atPath: "\(sshd.directory)/\(name)",
        toPath: "\(directory)/\(name)"
      )
    }
    let server = try await TestServer([
      "--identity", "\(directory)/user", "--known-hosts", "\(directory)/known",
      "--allow-host", "*@127.0.0.1:\(sshd.port)",
    ])
    defer { _ = try? server.process.end() }
    let session = try TestSession(server)
    XCTAssertNil(try session.call("ssh_connect", sshd.target).failureCode)
    let port = JSONValue.number(String(sshd.port))
    for (host, port) in [
      ("localhost", port), ("127.1", port), ("0x7f.1", port), ("127.0.0.1.", port), ("::1", port),
      ("::ffff:127.0.0.1", port), ("127.0.0.1", 22), ("2130706433", port),
    ] {
      let refused = try session.call("ssh_connect", ["host": .string(host), "port": port])
      XCTAssertEqual(refused.failureCode, "host_not_allowed", host)
    }
    XCTAssertEqual(try session.call("ssh_connect", ["host": "-oX"]).failureCode, "invalid_argument")
    let page = try session.client.request("GET", "/metrics").text
    XCTAssertTrue(page.contains("\nmcp_pool_misses_total 1\n"), "a refused host was tried")
  }

  func testServer_warns_whenAnyHostWillDo() async throws {
    for (arguments, warning) in [
      ([], "--allow-host"), (["--allow-host", "h", "--inject-delay", "1ms"], "faults"),
    ] {
      let process = try await TestProcess(
        TestServer.executable,
        ["--port", "0", "--log-level", "warning"] + arguments,
        readsErrors: true
      )
      XCTAssertEqual(process.readLine()?.contains(warning), true)
      process.child.signal(SIGTERM)
      XCTAssertNil(process.readLine())
      XCTAssertEqual(try process.end(), .exited(0))
    }
  }
}
