import EventIO
import Foundation
import Glibc
import XCTest

@testable import LoadSupport

/// However a run ends, nothing of its network stays, and nothing that it recorded is lost.
final class EndOfRunTests: LongTestCase {
  private let longRun = ["LOADTEST_DURATION": "300", "LOADTEST_WORKERS": "2"]

  func testNetwork_isGone_whenTheRunnerIsKilled() async throws {
    let run = try NestedRun(environment: longRun)
    try await run.waitForLoad()
    run.signal(SIGKILL)
    let status = try await run.waitForExit()
    XCTAssertEqual(status, .signalled(SIGKILL))
    try await run.waitForCleanUp()
    let recording = try XCTUnwrap(run.recording)
    let judged = try Judge(recording).judge("command_throughput")
    XCTAssertEqual(judged.summary.ending, .brokenOff)
    XCTAssertGreaterThan(judged.summary.requests.successful, 0)
    XCTAssertTrue(
      judged.report.contains("PROBLEM:    the recording breaks off after"),
      judged.report
    )
  }

  func testNetwork_isGone_whenTheParentOfTheRunnerIsKilled() async throws {
    let run = try NestedRun(
      environment: longRun,
      through: ["/bin/sh", "-c", "\"$0\" \"$1\"; exit $?"]
    )
    try await run.waitForLoad()
    run.signal(SIGKILL)
    _ = try await run.waitForExit()
    try await run.waitForCleanUp()
    let recording = try XCTUnwrap(run.recording)
    let summary = try Judge(recording).judge("command_throughput").summary
    XCTAssertEqual(summary.ending, .stopped)
    XCTAssertTrue(summary.problems.contains { $0.contains("has been killed") }, run.output)
  }

  func testRun_endsGracefully_whenInterrupted() async throws {
    let run = try NestedRun(environment: longRun)
    try await run.waitForLoad()
    run.signal(SIGINT)
    let status = try await run.waitForExit()
    XCTAssertEqual(status, .exited(130), run.output)
    try await run.waitForCleanUp()
    let recording = try XCTUnwrap(run.recording)
    let layout = recording.scenario("command_throughput")
    let report = try String(contentsOfFile: layout.report, encoding: .utf8)
    XCTAssertTrue(report.contains("PROBLEM:    interrupted after"), report)
    let summary = try RecordingJSON.decodeFile(ScenarioSummary.self, at: layout.summary)
    // Every attempt has its line, and the sessions were closed.
    XCTAssertEqual(
      summary.verdicts.first { $0.metric == .unaccountedAttempts }?.outcome,
      .pass
    )
    XCTAssertEqual(summary.totals["drain"]?["success"], 4)
  }

  func testCommandLine_endsGracefully_whenInterrupted() async throws {
    let programs = URL(fileURLWithPath: Bundle.main.bundlePath).path
    let run = try NestedRun(
      command: [programs + "/loadtest", "run", "command_throughput"],
      environment: longRun
    )
    try await run.waitForLoad()
    run.signal(SIGTERM)
    let status = try await run.waitForExit()
    XCTAssertEqual(status, .exited(130), run.output)
    try await run.waitForCleanUp()
    XCTAssertTrue(run.output.contains("PROBLEM:    interrupted after"), run.output)
    XCTAssertTrue(run.output.contains("loadtest: stopping"), run.output)
    XCTAssertTrue(run.output.contains("; a second signal ends the run now"), run.output)
    XCTAssertEqual(try run.summary(of: .commandThroughput).ending, .stopped)
  }

  func testProgress_isALineOfJSONASecond_andOneAtTheEnd() async throws {
    let programs = URL(fileURLWithPath: Bundle.main.bundlePath).path
    let run = try NestedRun(
      command: [programs + "/loadtest", "run", "command_throughput", "--progress", "json"],
      environment: ["LOADTEST_DURATION": "4", "LOADTEST_WARM_UP": "2", "LOADTEST_WORKERS": "2"]
    )
    _ = try await run.waitForExit()
    try await run.waitForCleanUp()
    let lines = try run.output.split(separator: "\n").filter { $0.hasPrefix("{") }
      .map { try JSONValue(parsing: Array($0.utf8)) }
    let phases = lines.compactMap { $0["phase"]?.string }
    for phase in ["warmup", "load"] { XCTAssertTrue(phases.contains(phase), "\(phases)") }
    XCTAssertEqual(phases.last, "ended")
    XCTAssertEqual(
      lines.last?["result"]?.string,
      try run.summary(of: .commandThroughput).result.rawValue
    )
  }

  func testFailedRun_leavesNothingBehind() async throws {
    let run = try NestedRun(environment: [
      "LOADTEST_DURATION": "0.5", "LOADTEST_WORKERS": "1",
      "LOADTEST_THRESHOLDS": try thresholds(#"{"command_throughput": {"throughput_per_s": 1e9}}"#),
    ])
    _ = try await run.waitForExit()
    try await run.waitForCleanUp()
  }

  func testRun_saysWhatIsWrong_whenSomethingIsMissingOrNonsense() async throws {
    let cases: [(environment: [String: String], words: String)] = [
      (
        ["LOADTEST_WORKERS": "many"],
        "LOADTEST_WORKERS=\"many\" is not valid: it must be a whole number from 1 to 100000"
      ),
      (["LOADTEST_WROKERS": "3"], "LOADTEST_WROKERS"),
      (
        ["LOADTEST_SSHD": "/nonexistent/sshd"],
        "LOADTEST_SSHD=\"/nonexistent/sshd\" is not valid"
      ),
      (
        ["LOADTEST_RESULTS_DIR": "/dev/null/results"],
        "cannot write to the results directory /dev/null/results"
      ),
      (
        ["LOADTEST_THRESHOLDS": try thresholds(#"{"command_throughput": {"p98_ms": 3}}"#)],
        "command_throughput has no threshold \"p98_ms\"; valid are"
      ),
      (
        ["LOADTEST_MCP_URL": "http://127.0.0.1:1/mcp"],
        "server/discover ended in transport_error: connect to 127.0.0.1:1: Connection refused"
      ),
      (["LOADTEST_MCP_URL": "ftp://127.0.0.1"], "it must begin with http://"),
      (
        ["LOADTEST_MCP_URL": "http://no-such-host.invalid/mcp"],
        "cannot resolve no-such-host.invalid"
      ),
    ]
    for (environment, words) in cases {
      let run = try NestedRun(environment: environment)
      let status = try await run.waitForExit()
      XCTAssertEqual(status, .exited(1), "\(environment): \(run.output)")
      XCTAssertTrue(run.output.contains(words), "\(environment): \(run.output)")
    }
  }

  private func thresholds(_ json: String) throws -> String {
    let path = FileManager.default.temporaryDirectory.path + "/thresholds-\(UUID()).json"
    try json.write(toFile: path, atomically: true, encoding: .utf8)
    addTeardownBlock { try? FileManager.default.removeItem(atPath: path) }
    return path
  }
}
