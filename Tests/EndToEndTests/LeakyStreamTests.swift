import Foundation
import LoadTesting
import XCTest

@testable import LoadSupport

/// A server that keeps something of streams that clients break, or refuses some, fails the tests that are about it; the
/// same server without that passes them.
final class LeakyStreamTests: LongTestCase {
  /// It takes up to a minute, and CI has twenty for everything.
  override class var runsFrom: String { "all" }

  private func run(_ faults: String) async throws -> (NestedRun, [Threshold.Metric: Verdict]) {
    let server = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/streaming_server.py").path
    let run = try NestedRun(
      ["HeldStreamsTests"],
      environment: ["LOADTEST_SERVER": "python3 '\(server)' \(faults) {port}"]
    )
    _ = try await run.waitForExit()
    let verdicts = try run.summary(of: .heldStreams).verdicts
    return (run, Dictionary(verdicts.map { ($0.metric, $0) }) { first, _ in first })
  }

  func testStreams_areNotHeldAgainstAServerThatKeepsNothing() async throws {
    let (run, verdicts) = try await run("")
    for verdict in verdicts.values {
      XCTAssertEqual(verdict.outcome, .pass, verdict.message + run.output)
    }
  }

  func testStreams_areHeldAgainstAServerThatKeepsOfThemOrRefusesThem() async throws {
    let (run, verdicts) = try await run("--leak descriptors --every 50 --most 40")
    for (metric, words) in [
      (Threshold.Metric.brokenStreamDescriptors, "descriptors more than before"),
      (.streamsRefused, "10 of 50 streams that were to be held were refused"),
    ] {
      let verdict = try XCTUnwrap(verdicts[metric], run.output)
      XCTAssertEqual(verdict.outcome, .fail, verdict.message)
      XCTAssertTrue(verdict.message.contains(words), verdict.message)
    }
    XCTAssertNotNil(run.failures["HeldStreamsTests.testStreams_areAllHeld"])
  }

  func testMemory_isHeldAgainstAServerThatKeepsItOfStreams() async throws {
    let (run, verdicts) = try await run("--leak memory")
    let verdict = try XCTUnwrap(verdicts[.brokenStreamBytes], run.output)
    XCTAssertEqual(verdict.outcome, .fail, verdict.message)
    XCTAssertTrue(verdict.message.contains("their memory is kept"), verdict.message)
  }
}
