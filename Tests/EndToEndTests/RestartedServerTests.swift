import EventIO
import Foundation
import XCTest

@testable import LoadSupport

/// A server that does the wrong things after a restart fails the tests that are about them.
final class RestartedServerTests: LongTestCase {
  /// It takes up to a minute, and CI has twenty for everything.
  override class var runsFrom: String { "all" }

  private static let fixture =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
    + "/Fixtures/restarted_server.py"

  private func run(
    _ arguments: String,
    _ settings: [String: String] = [:]
  ) async throws -> NestedRun {
    let directory = FileManager.default.temporaryDirectory.path + "/restarted-\(UUID())"
    try FileManager.default.createDirectory(
      atPath: directory,
      withIntermediateDirectories: false
    )
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let server = "exec python3 '\(Self.fixture)' {port} '\(directory)' \(arguments)"
    let run = try NestedRun(
      ["RestartRecoveryTests"],
      environment: settings.merging(["LOADTEST_SERVER": server]) { $1 }
    )
    let status = try await run.waitForExit()
    if run.output.contains("python3: not found") { throw XCTSkip("no python3 on this machine") }
    try run.skipIfInvalid(.restartRecovery)
    XCTAssertEqual(status, .exited(1), run.output)
    return run
  }

  private func assertFailures(_ run: NestedRun, _ expected: [String: String], line: UInt = #line) {
    let failures = run.failures
    XCTAssertEqual(
      Set(failures.keys),
      Set(expected.keys.map { "RestartRecoveryTests.\($0)" }),
      run.output,
      line: line
    )
    for (test, pattern) in expected {
      let words = failures["RestartRecoveryTests.\(test)"] ?? ""
      XCTAssertNotNil(
        words.range(of: pattern, options: .regularExpression),
        "\(test): \(words)",
        line: line
      )
    }
  }

  /// Half of its dead sessions count to its limit for ever, an ended session is told by 400, and what waited
  /// while it was stopped is refused.
  func testClients_fail_whenTheServerKeepsHalfOfTheDeadSessions() async throws {
    // That is how long clients are waited for.
    let run = try await run(
      "--keep-half --ended 400 --impatient",
      ["LOADTEST_TIMEOUT": "7", "LOADTEST_WORKERS": "4"]
    )
    assertFailures(
      run,
      [
        "testEveryClient_isServedAgain":
          "after the server restart 2 of 4 clients were not served again; .*there are too many of them",
        "testEndedSession_isToldBy404":
          "calls in a session that had ended were answered by 400 \\([0-9]+\\)",
        "testNoCall_isLostAfterTheRestart":
          "failed after the server had served a client again, such as .*there are too many of them",
        "testNoCall_isLostByAFrozenServer":
          "failed since the server was stopped, such as .*it waited for too long",
      ]
    )
  }

  func testTime_fails_whenTheServerWarmsUpForTenSeconds() async throws {
    let run = try await run("--warm-up 10")
    assertFailures(
      run,
      [
        "testLastClient_isServedInTime":
          "recovery_s 1[0-9.]+ s, limit at most 8 s, .*the last client after the server restart"
      ]
    )
  }
}
