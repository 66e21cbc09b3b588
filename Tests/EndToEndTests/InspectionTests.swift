import EventIO
import Foundation
import XCTest

@testable import LoadSupport

/// What `loadtest inspect` writes is a tool profile that a run can use at once.
final class InspectionTests: XCTestCase {
  func testProfile_thatWasGuessedOfOurServer_runsUnchanged() async throws {
    try await withServer { network in
      let program = URL(fileURLWithPath: Bundle.main.bundlePath).path + "/loadtest"
      let directory = FileManager.default.temporaryDirectory.path + "/inspect-\(UUID())"
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(atPath: directory) }
      let file = directory + "/profile.json"
      let words = ["inspect", "--mcp-url", "\(network.serverURL)", "--output", file]
      func inspect(_ more: [String] = []) async throws -> (status: ExitStatus, output: String) {
        let run = try NestedRun(command: [program] + words + more, environment: [:])
        return (try await run.waitForExit(), run.output)
      }
      let first = try await inspect()
      XCTAssertEqual(first.status, .exited(0), first.output)
      XCTAssertTrue(first.output.contains("ssh_run_command(session_id* string"), first.output)
      let written = try Data(contentsOf: URL(fileURLWithPath: file))
      XCTAssertEqual(try ToolProfile(parsing: written).connect, ToolProfile.standard.connect)

      // What somebody has filled in is not lost.
      let second = try await inspect()
      XCTAssertEqual(second.status, .exited(2), second.output)
      XCTAssertTrue(second.output.contains("is there already"), second.output)
      let third = try await inspect(["--overwrite"])
      XCTAssertEqual(third.status, .exited(0), third.output)
      XCTAssertEqual(try Data(contentsOf: URL(fileURLWithPath: file)), written)

      let run = try NestedRun(
        environment: [
          "LOADTEST_MCP_URL": "\(network.serverURL)", "LOADTEST_TOOL_PROFILE": file,
          "LOADTEST_TARGET_PORT": String(network.target.port), "LOADTEST_DURATION": "1",
          "LOADTEST_WARM_UP": "0", "LOADTEST_WORKERS": "2",
        ]
      )
      _ = try await run.waitForExit()
      let summary = try run.summary(of: .commandThroughput)
      XCTAssertEqual(Set(summary.totals.values.flatMap(\.keys)), ["success"], run.output)
      XCTAssertGreaterThan(summary.requests.successful, 0, run.output)
    }
  }
}
