import EventIO
import XCTest

@testable import LoadSupport

/// A server that is bad on purpose fails the tests that are about its fault, in words that name it.
final class BadServerTests: LongTestCase {
  func testLimits_fail_whenTheServerHasNone() async throws {
    let run = try await run(
      "PoolExhaustionTests",
      of: .exhaustionTest,
      against: "--pool-limit 100 --rate-limit 0",
      ["LOADTEST_DURATION": "1", "LOADTEST_WORKERS": "11"]
    )
    assertFailure(
      "PoolExhaustionTests.testPool_grantsExactlyItsLimit",
      of: run,
      says: "all 11 who asked got a session: the server does not enforce its pool limit of 10"
    )
    assertFailure(
      "PoolExhaustionTests.testRateLimit_letsNothingThroughBeyondIt",
      of: run,
      says: "none was refused: the server has no rate limit of 100"
    )
    // What cannot be judged without a refusal is neither passed nor failed.
    let summary = try run.summary(of: .exhaustionTest)
    for metric in [Threshold.Metric.refusalMilliseconds, .untrueRetryAfters] {
      XCTAssertEqual(summary.verdicts.first { $0.metric == metric }?.outcome, .inconclusive)
    }
    for test in ["testNoAnswer_isBroken", "testHealth_isUpAllTheTime"] {
      XCTAssertNil(run.failures["PoolExhaustionTests.\(test)"])
    }
  }

  func testBrokenAnswers_fail_whenTheServerHangsUpOrAnswers500() async throws {
    let run = try await run(
      "PoolExhaustionTests",
      of: .exhaustionTest,
      against: "--inject-drops 0.05 --inject-failures 0.05 --rate-window 1",
      ["LOADTEST_DURATION": "1", "LOADTEST_WORKERS": "11"]
    )
    let failures = try run.summary(of: .exhaustionTest).failures
    let kinds = [("http_error", "HTTP 500"), ("transport_error", "closed")]
    for (outcome, words) in kinds {
      let found = failures.contains { $0.outcome == outcome && $0.example.contains(words) }
      XCTAssertTrue(found, "\(outcome): \(failures)")
    }
    assertFailure(
      "PoolExhaustionTests.testNoAnswer_isBroken",
      of: run,
      says: "most often (http_error: HTTP 500|transport_error: )"
    )
  }

  func testLatency_fails_whenTheServerIsSlow() async throws {
    let run = try await run(
      "CommandThroughputTests",
      of: .commandThroughput,
      against: "--inject-delay 600ms",
      ["LOADTEST_DURATION": "1", "LOADTEST_WORKERS": "3"]
    )
    assertFailure(
      "CommandThroughputTests.testLatencyP99_isAtMostItsCeiling",
      of: run,
      says: "p99_ms [0-9.,]+ ms.*, limit at most 500 ms, n = ([0-9,]+): "
        + "\\1 of \\1 requests were slower"
    )
    XCTAssertNil(run.failures["CommandThroughputTests.testSuccessRate_isAtLeastItsFloor"])
  }

  func testSuccessRate_fails_whenTheServerFailsCalls() async throws {
    let run = try await run(
      "CommandThroughputTests",
      of: .commandThroughput,
      against: "--inject-errors 0.2",
      ["LOADTEST_DURATION": "1", "LOADTEST_WORKERS": "6"]
    )
    assertFailure(
      "CommandThroughputTests.testSuccessRate_isAtLeastItsFloor",
      of: run,
      says:
        "success_rate 0\\.[6-9].*, limit at least 0.99, n = [0-9,]+: [0-9,]+ of [0-9,]+ requests failed"
    )
    let failures = try run.summary(of: .commandThroughput).failures
    XCTAssertTrue(
      failures.contains {
        $0.outcome == "tool_error" && $0.example.contains("failed by --inject-errors")
      },
      "\(failures)"
    )
  }

  /// One worker: its few connections are soon all there, and counts can be compared.
  func testDescriptors_fail_whenTheServerLeaksThem() async throws {
    let run = try await run(
      "SustainedLoadTests",
      of: .sustainedLoad,
      against: "--inject-descriptor-leak 5",
      ["LOADTEST_DURATION": "7", "LOADTEST_WORKERS": "1"]
    )
    assertFailure(
      "SustainedLoadTests.testDescriptors_doNotGrow",
      of: run,
      says:
        "at [0-9]+ pooled connections [0-9]+ were open in the first third and [0-9]+ in the last"
    )
    XCTAssertNil(run.failures["SustainedLoadTests.testNoSession_isLeftBehind"])
  }

  func testTarget_fails_whenTheServerLeavesCommandsAndLoginsThere() async throws {
    let directory = FileManager.default.temporaryDirectory.path + "/bad-\(UUID())"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let client = directory + "/ssh"
    // Before each login there is one that leaves a command behind, and one that stays; the last word is the command.
    let script = """
      #!/bin/sh
      n=$# i=1
      for word; do
        [ $i = 1 ] && set --
        [ $i -lt $n ] && set -- "$@" "$word"
        i=$((i+1))
      done
      ssh "$@" 'sleep 300 </dev/null >/dev/null 2>&1 &' </dev/null >/dev/null 2>&1
      ssh "$@" 'exec sleep 300' </dev/null >/dev/null 2>&1 &
      exec ssh "$@" "$word"

      """
    try script.write(toFile: client, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: client)
    let run = try NestedRun(
      ["ConnectionRateTests"],
      environment: [
        "LOADTEST_SERVER": "'\(Bundle.main.bundlePath)/mcp-ssh-server' \"$@\" --ssh '\(client)'",
        "LOADTEST_DURATION": "2", "LOADTEST_WORKERS": "1",
      ]
    )
    let status = try await run.waitForExit()
    XCTAssertEqual(status, .exited(1), run.output)
    assertFailure(
      "ConnectionRateTests.testEveryAttempt_isAccountedForInTheFiles",
      of: run,
      says: "left_on_target [1-9][0-9]*, limit at most 0, .*logins on the target: .* after it; "
        + "[0-9]+ process(es)? of ended logins still ran there: sleep"
    )
    XCTAssertNil(run.failures["ConnectionRateTests.testNoSession_isLeftBehind"])
    try await run.waitForCleanUp()
  }

  /// Its second start fails: one pair is lost, and not what the others tell.
  func testHead_failsTheGate_whenItIsManyTimesSlower() async throws {
    let server = "'\(Bundle.main.bundlePath)/mcp-ssh-server'"
    let directory = FileManager.default.temporaryDirectory.path + "/head-\(UUID())"
    try FileManager.default.createDirectory(
      atPath: directory,
      withIntermediateDirectories: false
    )
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let head = """
      cd '\(directory)'; echo >> starts
      [ $(wc -l < starts) != 2 ] || { echo 'out of luck' >&2; exit 1; }
      exec \(server) --inject-delay 50ms "$@"
      """
    try head.write(toFile: directory + "/head", atomically: true, encoding: .utf8)
    let run = try NestedRun(
      ["RegressionGateTests"],
      environment: [
        "LOADTEST_BASE_SERVER": server, "LOADTEST_HEAD_SERVER": "sh '\(directory)/head'",
        "LOADTEST_PAIRS": "3", "LOADTEST_DURATION": "0.5", "LOADTEST_WORKERS": "1",
      ]
    )
    let status = try await run.waitForExit()
    if status == .exited(0), run.output.contains("the least disturbed ones") {
      throw XCTSkip("the machine was never quiet: \(run.output)")
    }
    XCTAssertEqual(status, .exited(1), run.output)
    let failure = run.failures["RegressionGateTests.testHead_isNotWorseThanBase"] ?? ""
    if failure.contains("too many runs were invalid") { throw XCTSkip(failure) }
    XCTAssertTrue(
      failure.contains("head is worse by more than 5 %: throughput_per_s -"),
      run.output
    )
    let recording = try XCTUnwrap(run.recording)
    let report = try RecordingJSON.decodeFile(
      ComparisonReport.self,
      at: recording.directory + "/comparison.json"
    )
    XCTAssertEqual(report.ending, .regression)
    let lost = report.pairs.first { $0.invalid?.contains("out of luck") == true }
    XCTAssertEqual(lost?.name, "pair-02", run.output)
    XCTAssertGreaterThan(report.rows.first { $0.metric == .p50 }?.ratio ?? 0, 5)
  }

  /// Runs a scenario's tests, some of which must fail, with an embedded server that is bad as its
  /// arguments say.
  private func run(
    _ testCase: String,
    of scenario: ScenarioName,
    against serverArguments: String,
    _ settings: [String: String] = [:]
  ) async throws -> NestedRun {
    let arguments = ["LOADTEST_SERVER_ARGUMENTS": serverArguments]
    let run = try NestedRun([testCase], environment: settings.merging(arguments) { $1 })
    let status = try await run.waitForExit()
    try run.skipIfInvalid(scenario)
    XCTAssertEqual(status, .exited(1), run.output)
    return run
  }

  private func assertFailure(
    _ test: String,
    of run: NestedRun,
    says pattern: String,
    line: UInt = #line
  ) {
    let words = run.failures[test] ?? "it did not fail"
    XCTAssertNotNil(
      words.range(of: pattern, options: .regularExpression),
      "\(test): \(words); output: \(run.output)",
      line: line
    )
  }
}
