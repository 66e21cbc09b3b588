import Foundation
import LoadTesting
import XCTest

@testable import LoadSupport

/// A server that keeps what sessions leave behind fails the tests that are about it, and the same server without
/// that passes them.
final class LeakySessionTests: LongTestCase {
  /// It takes up to a minute, and CI has twenty for everything.
  override class var runsFrom: String { "all" }

  private static let server = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/session_server.py").path

  private func run(keeping kept: String) async throws -> (NestedRun, [Threshold.Metric: Verdict]) {
    let run = try NestedRun(
      ["SessionChurnTests"],
      environment: [
        "LOADTEST_SERVER": "python3 '\(Self.server)' {port} 2 \(kept)",
        "LOADTEST_SESSION_IDLE_TIMEOUT": "2s",
      ]
    )
    _ = try await run.waitForExit()
    let verdicts = try run.summary(of: .sessionChurn).verdicts
    return (run, Dictionary(verdicts.map { ($0.metric, $0) }) { first, _ in first })
  }

  func testSessions_areHeldAgainstAServerThatKeepsOfThem() async throws {
    let (run, verdicts) = try await run(keeping: "bytes descriptor child")
    for (metric, words) in [
      (Threshold.Metric.deletedSessionBytes, "their memory is kept"),
      (.deletedSessionDescriptors, "descriptors more than before"),
      (.deletedSessionProcesses, "processes more than before"),
      (.leftSessionBytes, "their memory is kept"),
      (.leftSessionDescriptors, "descriptors more than before"),
      (.leftSessionProcesses, "processes more than before"),
    ] {
      let verdict = try XCTUnwrap(verdicts[metric], run.output)
      XCTAssertEqual(verdict.outcome, .fail, verdict.message)
      XCTAssertTrue(verdict.message.contains(words), verdict.message)
    }
    XCTAssertNotNil(run.failures["SessionChurnTests.testProcesses_end_whenSessionsAreDeleted"])
  }

  func testSessions_areNotHeldAgainstAServerThatKeepsNothing() async throws {
    let (run, verdicts) = try await run(keeping: "")
    for (metric, verdict) in verdicts where metric != .successRate {
      XCTAssertEqual(verdict.outcome, .pass, verdict.message + run.output)
    }
  }
}
