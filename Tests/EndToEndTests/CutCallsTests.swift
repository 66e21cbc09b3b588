import Foundation
import LoadTesting
import XCTest

@testable import LoadSupport

/// What lies between, and a server that does not hear a cancellation, fail the tests of long calls that are about it.
final class CutCallsTests: LongTestCase {
  private func run(_ relay: String) async throws -> NestedRun {
    let fixtures = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures")
    let server = Bundle.main.bundlePath + "/mcp-ssh-server"
    let run = try NestedRun(
      ["LongCallsTests"],
      environment: [
        "LOADTEST_SERVER":
          "python3 '\(fixtures.path)/relay.py' \(relay) {port} '\(server)' --ssh {ssh} "
          + "--identity {identity} --known-hosts {known_hosts} --log-level error"
      ]
    )
    let status = try await run.waitForExit()
    try run.skipIfInvalid(.longCalls)
    XCTAssertEqual(status, .exited(1), run.output)
    return run
  }

  private func assert(_ test: String, of run: NestedRun, says words: String, line: UInt = #line) {
    let failure = run.failures["LongCallsTests.\(test)"] ?? "it did not fail"
    XCTAssertTrue(failure.contains(words), "\(failure); \(run.output)", line: line)
  }

  func testCalls_fail_whenAProxyEndsThem_andTheServerHearsOfNoCancellation() async throws {
    let run = try await run("--cut status --of 'sleep 5' --deaf")
    assert("testNoCall_isCutOff", of: run, says: "5 s: HTTP 504 after 2.")
    assert(
      "testCommand_endsWithItsCall_whenThatIsCancelled",
      of: run,
      says: "still running on the target"
    )
  }

  func testProgress_fails_whenAProxyKeepsItBack() async throws {
    let run = try await run("--buffer")
    assert("testProgress_isToldAsItComes", of: run, says: "something holds streams back")
    XCTAssertNil(run.failures["LongCallsTests.testNoCall_isCutOff"])
  }
}
