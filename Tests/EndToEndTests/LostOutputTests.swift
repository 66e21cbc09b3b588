import EventIO
import Foundation
import Glibc
import XCTest

@testable import LoadSupport

/// Whoever listens may go, and whatever is written to may be full: the load goes on, and its results
/// reach the disk.
final class LostOutputTests: LongTestCase {
  private let shortRun = ["LOADTEST_DURATION": "0.5", "LOADTEST_WORKERS": "1"]

  private func run(
    _ script: String,
    environment: [String: String] = [:]
  ) throws -> NestedRun {
    let program = URL(fileURLWithPath: Bundle.main.bundlePath).path + "/loadtest"
    return try NestedRun(
      command: ["/bin/sh", "-c", script, "sh", program],
      environment: shortRun.merging(environment) { $1 }
    )
  }

  private func assertJudged(_ run: NestedRun, _ scenarios: [ScenarioName], _ script: String) throws
  {
    for name in scenarios {
      let summary = try run.summary(of: name)
      XCTAssertEqual(summary.ending, .complete, "\(script): \(run.output)")
      XCTAssertGreaterThan(summary.requests.successful, 0, "\(script): \(run.output)")
    }
    let recording = try XCTUnwrap(run.recording)
    XCTAssertTrue(FileManager.default.fileExists(atPath: recording.summary), run.output)
    XCTAssertFalse(run.output.contains("Fatal error"), run.output)
  }

  func testRun_goesOnToTheNextScenario_whenNobodyReads() async throws {
    let script = #""$1" run command_throughput connection_rate 2>&1 | head -n 1"#
    let run = try run(script)
    _ = try await run.waitForExit()
    try await run.waitForCleanUp()
    try assertJudged(run, [.commandThroughput, .connectionRate], script)
  }

  func testRun_writesItsResults_whenItsStreamsAreFullOrClosed() async throws {
    for (script, words) in [
      (#""$1" run command_throughput >/dev/full"#, "standard output could not be written"),
      (#""$1" run command_throughput >/dev/full 2>/dev/full"#, ""),
      (#""$1" run command_throughput >&- 2>&-"#, ""),
      (#""$1" run command_throughput <&- >&-"#, "results: "),
    ] {
      let run = try run(script)
      _ = try await run.waitForExit()
      try assertJudged(run, [.commandThroughput], script)
      XCTAssertTrue(words.isEmpty || run.output.contains(words), "\(script): \(run.output)")
    }
  }

  func testList_fails_whenItsOutputIsFull_andNot_whenItsReaderHasSeenEnough() async throws {
    for (script, status) in [
      (#""$1" list >/dev/full"#, 3), (#""$1" list | head -n 1 >/dev/null"#, 0),
      (#"{ "$1" run --help; echo $? >&2; } | true"#, 0),
    ] {
      let run = try run(script)
      let ended = try await run.waitForExit()
      XCTAssertEqual(ended, .exited(Int32(status)), "\(script): \(run.output)")
    }
  }

  func testRun_endsGracefully_whenItsTerminalIsLost() async throws {
    let run = try run(
      #"exec "$1" run command_throughput"#,
      environment: ["LOADTEST_DURATION": "300"]
    )
    try await run.waitForLoad()
    run.signal(SIGHUP)
    let status = try await run.waitForExit()
    XCTAssertEqual(status, .exited(130), run.output)
    try await run.waitForCleanUp()
    XCTAssertEqual(try run.summary(of: .commandThroughput).ending, .stopped)
  }

  func testRun_goesOn_whenItsTerminalIsLostAndSomebodyForesawThat() async throws {
    let run = try run(
      #"trap "" HUP; exec "$1" run command_throughput"#,
      environment: ["LOADTEST_DURATION": "2"]
    )
    try await run.waitForLoad()
    run.signal(SIGHUP)
    _ = try await run.waitForExit()
    try assertJudged(run, [.commandThroughput], "nohup")
  }
}
