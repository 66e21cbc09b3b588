import EventIO
import Foundation
import XCTest

@testable import LoadSupport

final class ChildEnvironmentTests: XCTestCase {
  private static let program =
    URL(fileURLWithPath: Bundle.main.bundlePath).path + "/loadtest"

  func testPrograms_getNoSecrets_andNoSettingsOfOtherServers() async throws {
    let directory = try TemporaryDirectory().path
    let processes = try await SupervisedProcesses.start(
      executable: Self.program,
      environment: [
        "PATH": "/usr/bin:/bin", "KEPT": "a b", "LOADTEST_PASSWORD": "hunter2",
        "LOADTEST_MCP_HEADERS": "Authorization: Bearer hunter2", "MCP_SSH_TOKEN": "hunter2",
        "MCP_SSH_ALLOW_HOST": "x", "TMPDIR": directory,
      ]
    )
    XCTAssertTrue(processes.directory.hasPrefix(directory))
    try await processes.start("env", "/usr/bin/env", [])
    while try await processes.end(of: "env") == nil {
      try await Task.sleep(for: .milliseconds(10))
    }
    let said = try String(contentsOfFile: processes.log(of: "env"), encoding: .utf8)
    await processes.stop()
    XCTAssertTrue(said.contains("KEPT=a b"), said)
    for word in ["hunter2", "MCP_SSH_", "LOADTEST_PASSWORD"] {
      XCTAssertFalse(said.contains(word), said)
    }
  }

  func testDirectory_liesBelowTmp_whenItsNameMeansSomethingToOpenSSH() async throws {
    for name in ["a b", "100%h", "it's", "\"x\"", "$HOME", "a\nb", "relative"] {
      let parent = try TemporaryDirectory().path
      let place = name == "relative" ? name : "\(parent)/\(name)"
      if name != "relative" {
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      }
      let processes = try await SupervisedProcesses.start(
        executable: Self.program,
        environment: ["TMPDIR": place]
      )
      XCTAssertTrue(processes.directory.hasPrefix("/tmp/loadtest-"), processes.directory)
      await processes.stop()
    }
    do {
      _ = try await SupervisedProcesses.start(
        executable: Self.program,
        environment: ["TMPDIR": "/nonexistent"]
      )
      XCTFail("a directory that is not there was used")
    } catch {
      XCTAssertTrue("\(error)".contains("set TMPDIR"), "\(error)")
    }
  }
}
