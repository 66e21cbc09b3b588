import Foundation
import XCTest

@testable import LoadSupport

final class ValidityTests: XCTestCase {
  /// A sound run: two workers in a closed loop for six seconds, 10 ms a request, and a generator that
  /// has little to do.
  private struct Run {
    var workers = 2
    var seconds = 6
    var arrivalRate: Double?
    var latencyMilliseconds = 10.0
    /// From the instant at which a request is due to the one at which it is sent.
    var lateMilliseconds = 0.02
    var connectingMilliseconds: Double?
    /// From an answer to the next request of a closed loop.
    var idleMilliseconds = 0.0
    /// How much longer each request takes at the end than at the beginning.
    var slowdown = 1.0
    var busyWorkers = 2
    var failures = 0
    var cpuShare = 0.3
    var latestTick = 0.5
    var stealShare = 0.001
    var sessionsGranted = 2
    var sessionsCounted: Double? = 2
    var hasGenerator = true
    var arrivalsMissing = 0
    var unanswered = 0

    func recorded() throws -> RecordedScenario {
      let recorded = try RecordedScenario(
        RecordedScenario.header(
          workers: workers,
          arrivalRate: arrivalRate,
          seconds: Double(seconds),
          sessions: 2,
          operations: ["a"]
        )
      )
      let samples = (0..<busyWorkers).map(samples)
      for (worker, samples) in samples.enumerated() {
        try recorded.write(samples, worker: worker)
      }
      let end = Int64(seconds) * 1_000_000_000
      try recorded.write([
        RunEvent(.measure, at: 0, until: end, workers: arrivalRate == nil ? workers : nil),
        RunEvent(.stepEnd, at: end + 10_000_000), RunEvent(.drain, at: end + 10_000_000),
        RunEvent(.end, at: end + 20_000_000, attempts: samples.joined().count),
      ])
      try recorded.write([
        ServerMetricsLine(.before, at: -2_000, "x 1"),
        ServerMetricsLine(
          .loadStart,
          at: -1_000,
          sessionsCounted.map { "mcp_ssh_sessions_active \($0)" } ?? "x 1"
        ),
      ])
      if hasGenerator { try writeGenerator(recorded) }
      return recorded
    }

    private func samples(of worker: Int) -> [Sample] {
      var samples: [Sample] = []
      if worker < sessionsGranted {
        samples.append(
          Sample("ssh_connect", planned: -900, done: -800, phase: .setup, worker: worker)
        )
      }
      let whole = Double(seconds) * 1_000
      // In an open loop each of two workers takes every second arrival.
      let gap = arrivalRate.map { 2_000 / $0 }
      var at = gap.map { $0 * Double(worker) / 2 } ?? 0
      var index = 0
      while at < whole {
        let latency = latencyMilliseconds * (1 + (slowdown - 1) * at / whole)
        var sample = Sample(
          "a",
          index < failures ? .toolError : .success,
          planned: at,
          done: index < unanswered ? at + whole : at + latency,
          sent: at + lateMilliseconds + (connectingMilliseconds ?? 0),
          worker: worker
        )
        sample.attempt.connecting = connectingMilliseconds.map { Int64($0 * 1e6) }
        if index >= arrivalsMissing { samples.append(sample) }
        index += 1
        at += gap ?? latency + idleMilliseconds
      }
      return samples
    }

    private func writeGenerator(_ recorded: RecordedScenario) throws {
      let lines = (0...seconds).map { second in
        GeneratorLine(
          at: Int64(second) * 1_000_000_000,
          loop: 0,
          cpuSeconds: cpuShare * Double(second),
          lateMilliseconds: second == 3 ? latestTick : 0.1,
          stealSeconds: 100 + stealShare * Double(recorded.header.machine.cores * second)
        )
      }
      try recorded.write(
        lines.flatMap { try RecordingJSON.encodeLine($0) },
        to: recorded.layout.generator
      )
    }
  }

  private func validity(_ change: (inout Run) -> Void = { _ in }) throws -> Validity {
    var run = Run()
    change(&run)
    return Validity(try run.recorded().analysis())
  }

  private func assertInvalid(
    _ name: String,
    _ words: [String],
    line: UInt = #line,
    _ change: (inout Run) -> Void
  ) throws {
    let validity = try validity(change)
    let failed = validity.checks.filter { $0.outcome == .fail }
    XCTAssertEqual(failed.map(\.name), [name], "\(validity)", line: line)
    XCTAssertEqual(validity.state, .invalid, line: line)
    for word in words {
      XCTAssertEqual(validity.reason?.contains(word), true, "\(validity)", line: line)
    }
  }

  func testSoundRun_isValid() throws {
    let closed = try validity()
    XCTAssertEqual(closed.state, .valid, "\(closed)")
    XCTAssertEqual(
      closed.checks.map(\.name),
      [
        "generator_cpu", "generator_lateness_p99_ms", "generator_late_tick_ms", "steal", "sessions",
        "littles_law", "drift",
      ]
    )
    XCTAssertTrue(closed.checks.allSatisfy { $0.outcome == .pass }, "\(closed)")
    XCTAssertNil(closed.reason)
    let open = try validity { $0.arrivalRate = 200 }
    XCTAssertEqual(open.state, .valid, "\(open)")
    XCTAssertTrue(open.checks.contains { $0.name == "rate_reached" && $0.outcome == .pass })
    XCTAssertTrue(open.checks.contains { $0.name == "arrivals_off_plan" && $0.outcome == .pass })
  }

  func testSickGenerator_makesTheRunInvalid_andSaysWhatToChange() throws {
    try assertInvalid("generator_cpu", ["0.9", "LOADTEST_LOOPS"]) { $0.cpuShare = 0.9 }
    try assertInvalid("generator_lateness_p99_ms", ["1.2 ms", "processor"]) {
      $0.lateMilliseconds = 1.2
    }
    try assertInvalid("generator_late_tick_ms", ["140 ms"]) { $0.latestTick = 140 }
    try assertInvalid("steal", ["0.05"]) { $0.stealShare = 0.05 }
  }

  /// A tenth of what is measured may be the generator's own, and connecting is the network's.
  func testLateness_isJudgedBesideWhatIsMeasured() throws {
    let slow = try validity { ($0.lateMilliseconds, $0.latencyMilliseconds) = (5, 100) }
    XCTAssertEqual(slow.state, .valid, "\(slow)")
    let connecting = try validity { $0.connectingMilliseconds = 5 }
    XCTAssertEqual(connecting.state, .valid, "\(connecting)")
  }

  func testMissingLoad_makesTheRunInvalid() throws {
    try assertInvalid("sessions", ["sessions 1, limit 2"]) { $0.sessionsCounted = 1 }
    // What a server reports may be any number.
    XCTAssertEqual(try validity { $0.sessionsCounted = 1e300 }.state, .valid)
    try assertInvalid("sessions", ["without a session"]) {
      ($0.sessionsCounted, $0.sessionsGranted) = (nil, 1)
    }
    try assertInvalid("littles_law", ["0.3333", "workers were missing"]) { $0.workers = 3 }
    try assertInvalid("arrivals_off_plan", ["did not keep to its schedule"]) {
      ($0.arrivalRate, $0.arrivalsMissing) = (200, 5)
    }
  }

  /// Between fast answers the generator's own work is much of a worker's time, and is not missing load.
  func testGeneratorsOwnWork_isNamed_notFailed_besideFastAnswers() throws {
    let fast = try validity { ($0.latencyMilliseconds, $0.idleMilliseconds) = (0.4, 0.04) }
    XCTAssertEqual(fast.state, .valid, "\(fast)")
    let check = try XCTUnwrap(fast.checks.first { $0.name == "littles_law" })
    XCTAssertEqual(try XCTUnwrap(check.statistic), 0.0909, accuracy: 0.001)
    XCTAssertTrue(check.message.contains("40.0 us of the generator's own a request"), "\(check)")
    try assertInvalid("littles_law", ["workers were missing"]) {
      ($0.latencyMilliseconds, $0.idleMilliseconds) = (0.4, 0.06)
    }
  }

  /// Workers pause after failures, and a server that fails is no fault of the generator.
  func testIdleWorkers_areNoFault_whereRequestsFailed() throws {
    let failing = try validity { ($0.workers, $0.failures) = (3, 5) }
    XCTAssertEqual(failing.state, .valid, "\(failing)")
    let check = failing.checks.first { $0.name == "littles_law" }
    XCTAssertEqual(check?.outcome, .inconclusive)
  }

  func testDrift_makesTheRunInvalid_unlessItIsWhatTheScenarioJudges() throws {
    try assertInvalid("drift", ["warm up for longer"]) { $0.slowdown = 1.5 }
    let small = try validity { $0.slowdown = 1.02 }
    XCTAssertEqual(small.state, .valid, "\(small)")
  }

  /// Steal counts from a quarter of what makes a run invalid; the server's own doing does not count.
  func testDisturbance_isTheWorstOfWhatAComparedRunCanBear() throws {
    let both: (inout Run) -> Void = { ($0.stealShare, $0.latestTick) = (0.01, 400) }
    for (change, ratio, reason) in [
      ({ _ in }, nil, nil), ({ $0.stealShare = 0.004 }, nil, nil),
      ({ $0.stealShare = 0.01 }, 2, "steal 0.01, beyond 0.005"),
      (both, 4, "generator_late_tick_ms 400, beyond 100"), ({ $0.cpuShare = 0.9 }, nil, nil),
      ({ ($0.arrivalRate, $0.slowdown) = (200, 1.5) }, nil, nil),
    ] as [((inout Run) -> Void, Double?, String?)] {
      let disturbance = try validity(change).disturbance
      XCTAssertEqual(disturbance?.ratio ?? 0, ratio ?? 0, accuracy: 0.01)
      XCTAssertEqual(disturbance?.reason, reason)
    }
    let drift = try XCTUnwrap(try validity { $0.slowdown = 1.5 }.disturbance)
    XCTAssertTrue(drift.reason.hasPrefix("drift "), "\(drift)")
    XCTAssertGreaterThan(drift.ratio, 1)
  }

  /// The generator is healthy: that the server cannot carry the rate is a finding about the server.
  func testRateThatIsNotReached_isSaturation() throws {
    let validity = try validity {
      ($0.arrivalRate, $0.unanswered) = (200, 30)
    }
    XCTAssertEqual(validity.state, .saturated, "\(validity)")
    XCTAssertNil(validity.reason)
    XCTAssertTrue(
      validity.checks.contains { $0.name == "rate_reached" && $0.message.contains("SATURATED") }
    )
  }

  /// So does a queue that grows, which no warm-up would mend.
  func testLatencyThatGrowsInOpenLoop_isSaturation() throws {
    let growing = try validity { ($0.arrivalRate, $0.slowdown) = (100, 1.8) }
    XCTAssertEqual(growing.state, .saturated, "\(growing)")
    let shrinking = try validity { ($0.arrivalRate, $0.slowdown) = (100, 0.5) }
    XCTAssertEqual(shrinking.state, .invalid, "\(shrinking)")
  }

  /// A growing latency within its limit may be a moment's load; a rate that is not reached is not held.
  func testObjective_isUnclear_whereLatencyGrows_andBreaks_whereTheRateIsNotReached() throws {
    let objective = try ServiceObjective(parsing: "p50<1s")
    func result(_ change: (inout Run) -> Void) throws -> CapacitySearch.Result {
      var run = Run()
      change(&run)
      let analysis = try run.recorded().analysis()
      return objective.result(analysis, Validity(analysis))
    }
    XCTAssertEqual(try result { $0.arrivalRate = 200 }, .holds)
    XCTAssertEqual(try result { ($0.arrivalRate, $0.slowdown) = (100, 1.8) }, .unclear)
    XCTAssertEqual(try result { ($0.arrivalRate, $0.unanswered) = (200, 30) }, .breaks)
    XCTAssertEqual(try result { ($0.arrivalRate, $0.latestTick) = (200, 500) }, .invalid)
  }

  /// Recordings of before the checks, and of other programs.
  func testChecks_areInconclusive_whereTheRecordingDoesNotTell() throws {
    let validity = try validity { $0.hasGenerator = false }
    XCTAssertEqual(validity.state, .valid, "\(validity)")
    let unknown = validity.checks.filter { $0.outcome == .inconclusive }.map(\.name)
    XCTAssertEqual(unknown, ["generator_cpu", "generator_late_tick_ms", "steal"])
  }

  func testVerdict_neitherPassesNorFails_whenTheRunIsInvalid() throws {
    var run = Run()
    run.latestTick = 500
    let recorded = try run.recorded()
    let judged = try Judge(recorded.recording).judge(RecordedScenario.name)
    // The count of lines is not the run's, but the recording's.
    let figures = judged.summary.verdicts.filter { $0.metric != .unaccountedAttempts }
    XCTAssertTrue(figures.allSatisfy { $0.outcome == .inconclusive })
    XCTAssertEqual(judged.summary.shownVerdict, "INVALID")
    let passed = figures.filter { $0.message.contains("PASS it would be: ") }
    XCTAssertFalse(passed.isEmpty)
    XCTAssertTrue(passed.allSatisfy { $0.message.hasPrefix("the run is INVALID (generator_late") })
    XCTAssertTrue(judged.report.contains("Verdict:    INVALID"), judged.report)
    XCTAssertTrue(judged.report.contains("\n  FAIL  generator_late_tick_ms 500 ms"), judged.report)
    XCTAssertTrue(judged.html.contains("Validity: INVALID"))
    try Judge(recorded.recording).summarise()
    let markdown = try String(contentsOfFile: recorded.recording.markdown, encoding: .utf8)
    XCTAssertTrue(markdown.contains("| INVALID | INVALID (6 of 7 checks) |"), markdown)
    XCTAssertTrue(markdown.contains("- INVALID: ` generator_late_tick_ms"), markdown)
  }

  func testVerdict_fails_whenNothingSucceeds_howeverBusyTheMachine() throws {
    var run = Run()
    run.latestTick = 500
    run.failures = .max
    let summary = try Judge(run.recorded().recording).judge(RecordedScenario.name).summary
    XCTAssertEqual(summary.validity?.state, .invalid)
    XCTAssertEqual(summary.verdicts.first { $0.metric == .successRate }?.outcome, .fail)
    XCTAssertEqual(summary.shownVerdict, "FAIL")
  }
}
