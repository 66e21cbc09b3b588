import EventIO
import Foundation
import Glibc
import XCTest

@testable import LoadSupport

/// A generator that gets no processor measures itself, and the run says so.
final class StarvedGeneratorTests: LongTestCase {
  func testRun_isInvalid_whenNeighboursTakeTheGeneratorsCore() async throws {
    // At its priority the generator gets 1 % of a core beside them; beside more its program takes minutes to begin.
    let neighbours = try (0..<8).map { _ in
      try ChildProcess.spawn(
        ProcessSpecification(
          "/usr/bin/env",
          ["taskset", "-c", "0", "/bin/sh", "-c", "while :; do :; done"]
        )
      )
    }
    defer {
      for neighbour in neighbours {
        neighbour.signal(SIGKILL)
        _ = try? neighbour.wait()
      }
    }
    // Where workers are free, requests leave late; where all wait for answers, those are read late. The
    // server runs outside, and is not starved. The lower priority keeps kernels that favour those who slept
    // from letting the generator in at once.
    try await withServer { network in
      let run = try NestedRun(
        environment: [
          "LOADTEST_MCP_URL": "\(network.serverURL)",
          "LOADTEST_TARGET_PORT": String(network.target.port),
          "LOADTEST_DURATION": "2", "LOADTEST_WORKERS": "4", "LOADTEST_RATE": "200",
        ],
        through: ["/usr/bin/env", "nice", "-n", "10", "taskset", "-c", "0"]
      )
      try await assertInvalid(run)
    }
    // The busy loops must have been there all the time.
    for neighbour in neighbours { XCTAssertEqual(kill(neighbour.processID, 0), 0) }
  }

  private func assertInvalid(_ run: NestedRun) async throws {
    let status = try await run.waitForExit()
    XCTAssertEqual(status, .exited(0), run.output)
    let summary = try run.summary(of: .commandThroughput)
    let validity = try XCTUnwrap(summary.validity)
    XCTAssertEqual(validity.state, .invalid)
    let failed = validity.checks.filter { $0.outcome == .fail }.map(\.name)
    XCTAssertTrue(failed.contains { $0.hasPrefix("generator_") }, run.output)
    // What a late generator can only have made harder stands. Where it kept something from being judged,
    // a smoke run is repeated once, and the first try is kept beside the second.
    guard summary.verdicts.contains(where: { $0.outcome == .inconclusive && $0.invalidBy != nil })
    else { return }
    let kept = try XCTUnwrap(run.recording).invalid.scenario("command_throughput")
    XCTAssertTrue(FileManager.default.fileExists(atPath: kept.report))
  }
}
