import Foundation
import XCTest

@testable import LoadSupport

final class ValidityTests: XCTestCase {
  private func validity(_ change: (inout MadeUpRun) -> Void = { _ in }) throws -> Validity {
    var run = MadeUpRun()
    change(&run)
    return Validity(try run.recorded().analysis())
  }

  private func assertInvalid(
    _ name: String,
    _ words: [String],
    line: UInt = #line,
    _ change: (inout MadeUpRun) -> Void
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
    try assertInvalid("generator_lateness_p99_ms", ["1.2 ms", "starved of CPU"]) {
      $0.lateMilliseconds = 1.2
    }
    try assertInvalid("generator_late_tick_ms", ["140 ms"]) { $0.latestTick = 140 }
    // Half of what is measured is the generator's own, or a millisecond.
    try assertInvalid("generator_wait_ms", ["6 ms, limit at most 4.99 ms", "starved of CPU"]) {
      $0.waitMilliseconds = 6
    }
    XCTAssertEqual(try validity { $0.waitMilliseconds = 4 }.state, .valid)
    // Where answers take long because the generator waits, that is no measure of its waits: half of all time is.
    try assertInvalid("generator_wait_ms", ["6 ms, limit at most 5 ms", "starved of CPU"]) {
      ($0.waitMilliseconds, $0.latencyMilliseconds) = (6, 100)
    }
    XCTAssertEqual(
      try validity { ($0.waitMilliseconds, $0.latencyMilliseconds) = (4, 100) }.state,
      .valid
    )
    // Of two loops the one is judged that is beyond its own limit, not the one that waits for longer.
    try assertInvalid("generator_wait_ms", ["1.2 ms, limit at most 1 ms", "starved of CPU"]) {
      ($0.waitMilliseconds, $0.secondLoop) = (4, (1.2, 600))
    }
    // A queue makes no delay of the generator small: here 990 of 1,000 ms are one.
    let queued = try validity {
      ($0.arrivalRate, $0.lateMilliseconds, $0.latencyMilliseconds) = (200, 990, 1_000)
      $0.waitMilliseconds = 6
    }
    let wait = queued.checks.first { $0.subject == .processorWait }
    XCTAssertEqual(wait?.outcome, .fail, "\(queued)")
    XCTAssertEqual(wait?.limit ?? 0, 5, accuracy: 0.1)
    XCTAssertEqual(
      try validity { ($0.waitMilliseconds, $0.latencyMilliseconds) = (0.9, 0.5) }.state,
      .valid
    )
    try assertInvalid("steal", ["0.05"]) { $0.stealShare = 0.05 }
  }

  /// A page that is kept for a second shows sessions late; one that never changes counts others.
  func testSessions_areThoseThatWereOpened_whereThePageIsNotOfTheMoment() throws {
    XCTAssertEqual(try validity { ($0.sessionsBefore, $0.isCached) = (0, true) }.state, .valid)
    XCTAssertEqual(
      try validity { ($0.sessionsBefore, $0.sessionsCounted) = (7, 7) }.checks
        .first { $0.subject == .sessions }?.outcome,
      .pass
    )
    let fewer = try validity { ($0.sessionsBefore, $0.sessionsCounted) = (0, 1) }
    XCTAssertEqual(fewer.checks.first { $0.subject == .sessions }?.outcome, .fail)
  }

  /// A tenth of what is measured may be the generator's own, and connecting is the network's.
  func testLateness_isJudgedBesideWhatIsMeasured() throws {
    let slow = try validity { ($0.lateMilliseconds, $0.latencyMilliseconds) = (5, 100) }
    XCTAssertEqual(slow.state, .valid, "\(slow)")
    let connecting = try validity { $0.connectingMilliseconds = 5 }
    XCTAssertEqual(connecting.state, .valid, "\(connecting)")
  }

  func testMissingLoad_makesTheRunInvalid() throws {
    // What a server reports may be any number.
    XCTAssertEqual(try validity { $0.sessionsCounted = 1e300 }.state, .valid)
    try assertInvalid("littles_law", ["0.3333", "workers were missing"]) { $0.workers = 3 }
    try assertInvalid("arrivals_off_plan", ["did not keep to its schedule"]) {
      ($0.arrivalRate, $0.arrivalsMissing) = (200, 5)
    }
  }

  /// Files that are gone are no fault of the server's, nor of the machine's.
  func testMissingFiles_areToldAsWhatTheyAre() throws {
    var run = MadeUpRun()
    (run.sessionsCounted, run.hasGenerator) = (nil, false)
    let recorded = try run.recorded()
    let last = try XCTUnwrap(recorded.layout.sampleFiles().last)
    try FileManager.default.removeItem(atPath: last)
    let summary = try Judge(recorded.recording).judge(RecordedScenario.name).summary
    let missing = try XCTUnwrap(summary.verdicts.first { $0.metric == .sessionsMissing })
    XCTAssertEqual(missing.outcome, .inconclusive, missing.message)
    XCTAssertTrue(missing.message.contains("attempts are in no file"), missing.message)
    let checks = try XCTUnwrap(summary.validity?.checks)
    for (subject, words) in [
      (.sessions, "attempts are in no file"), (.steal, "no lines of the generator"),
    ] as [(Validity.Subject, String)] {
      let check = try XCTUnwrap(checks.first { $0.subject == subject })
      XCTAssertEqual(check.outcome, .inconclusive, check.message)
      XCTAssertTrue(check.message.contains(words), check.message)
    }
  }

  /// What the server did is no matter of validity: it fails, with that reason first.
  func testMissingSessions_areTheServersFault() throws {
    for change in [
      { ($0.workers, $0.sessionsGranted, $0.sessionsCounted, $0.busyWorkers) = (3, 1, nil, 1) },
      { ($0.workers, $0.sessionsCounted) = (3, 1) },
    ] as [(inout MadeUpRun) -> Void] {
      var run = MadeUpRun()
      run.sessionsAsked = 3
      change(&run)
      let summary = try Judge(run.recorded().recording).judge(RecordedScenario.name).summary
      let validity = try XCTUnwrap(summary.validity)
      XCTAssertNotEqual(validity.state, .invalid, "\(validity)")
      XCTAssertFalse(validity.isWorthRepeating)
      XCTAssertEqual(
        validity.exclusion?.contains("sessions 1, limit at least 3"),
        true,
        "\(validity)"
      )
      XCTAssertEqual(summary.result, .fail)
      XCTAssertEqual(summary.verdicts.first?.metric, .sessionsMissing)
      XCTAssertEqual(summary.verdicts.first?.outcome, .fail)
      XCTAssertEqual(summary.verdicts.first?.value, 2)
      // Under the whole load the latency might have been worse.
      let p99 = try XCTUnwrap(summary.verdicts.first { $0.metric == .p99Milliseconds })
      XCTAssertEqual(p99.outcome, .inconclusive, p99.message)
      XCTAssertNil(p99.invalidBy)
      XCTAssertTrue(
        p99.message.hasPrefix("the load was not what was asked for (sessions 1"),
        p99.message
      )
      let rate = try XCTUnwrap(summary.verdicts.first { $0.metric == .throughputPerSecond })
      XCTAssertEqual(rate.outcome, .pass, rate.message)
      XCTAssertTrue(rate.message.contains("can only have made it harder"), rate.message)
    }
  }

  /// A generator that stood still until after the window writes the next line late, and says so late.
  func testStandstill_makesTheRunInvalid_howeverLongAfterTheWindowItEnds() throws {
    try assertInvalid("generator_late_tick_ms", ["limit at most 100 ms"]) { $0.standsStillFrom = 2 }
    // Ticks that never came at all.
    try assertInvalid("generator_late_tick_ms", ["limit at most 100 ms"]) {
      ($0.standsStillFrom, $0.wakesAfter) = (4, nil)
    }
  }

  /// A load that grows has no state that could drift, nor one number of workers, nor one rate.
  func testRamp_isNotHeldToOneState() throws {
    var ramp = MadeUpRun()
    (ramp.slowdown, ramp.workers, ramp.kind) = (1.5, 3, .ramp)
    let analysis = try ramp.recorded().analysis()
    let names = Validity(analysis).checks.map(\.name)
    XCTAssertEqual(names.filter { ["littles_law", "drift"].contains($0) }, [])
    XCTAssertNil(analysis.aggregate.rateInterval())
    ramp.kind = .steady
    let steady = try ramp.recorded().analysis()
    XCTAssertEqual(
      Validity(steady).checks.filter { $0.outcome == .fail }.map(\.name),
      ["littles_law", "drift"]
    )
    XCTAssertNotNil(steady.aggregate.rateInterval())
  }

  /// Between fast answers the generator's own work is much of a worker's time, and is not missing load.
  func testGeneratorsOwnWork_isNamed_notFailed_besideFastAnswers() throws {
    let fast = try validity { ($0.latencyMilliseconds, $0.idleMilliseconds) = (0.4, 0.04) }
    XCTAssertEqual(fast.state, .valid, "\(fast)")
    let check = try XCTUnwrap(fast.checks.first { $0.name == "littles_law" })
    XCTAssertEqual(try XCTUnwrap(check.statistic), 0.0909, accuracy: 0.001)
    XCTAssertTrue(check.message.contains("40.0 µs per request of the generator's own"), "\(check)")
    // The limit that is shown is the one that was applied: 50 us of 440.
    XCTAssertEqual(check.limit, 0.1136, accuracy: 0.001)
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
    let both: (inout MadeUpRun) -> Void = { ($0.stealShare, $0.latestTick) = (0.01, 400) }
    for (change, ratio, reason) in [
      ({ _ in }, nil, nil), ({ $0.stealShare = 0.004 }, nil, nil),
      ({ $0.stealShare = 0.01 }, 2, "steal 0.01, beyond 0.005"),
      (both, 4, "generator_late_tick_ms 400, beyond 100"), ({ $0.cpuShare = 0.9 }, nil, nil),
      ({ ($0.arrivalRate, $0.slowdown) = (200, 1.5) }, nil, nil),
    ] as [((inout MadeUpRun) -> Void, Double?, String?)] {
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
    func result(_ change: (inout MadeUpRun) -> Void) throws -> CapacitySearch.Result {
      var run = MadeUpRun()
      change(&run)
      let analysis = try run.recorded().analysis()
      return objective.result(analysis, Validity(analysis))
    }
    XCTAssertEqual(try result { $0.arrivalRate = 200 }, .holds)
    XCTAssertEqual(try result { ($0.arrivalRate, $0.slowdown) = (100, 1.8) }, .unclear)
    XCTAssertEqual(try result { ($0.arrivalRate, $0.unanswered) = (200, 30) }, .breaks)
    // A late generator makes an open loop's latencies worse: what passes all the same holds.
    XCTAssertEqual(try result { ($0.arrivalRate, $0.latestTick) = (200, 500) }, .holds)
    XCTAssertEqual(
      try result { ($0.arrivalRate, $0.latestTick, $0.latencyMilliseconds) = (200, 500, 2_000) },
      .invalid
    )
  }

  /// A server that becomes slower by a third on a quiet machine does so again, or has failed this time.
  func testRun_isNotRepeated_whereTheServerAloneBecameSlower() throws {
    let slower = try validity { $0.slowdown = 2 }
    XCTAssertEqual(slower.state, .invalid, "\(slower)")
    XCTAssertFalse(slower.isWorthRepeating)
    XCTAssertTrue(try validity { ($0.slowdown, $0.latestTick) = (2, 500) }.isWorthRepeating)
    let faster = try validity { $0.slowdown = 0.5 }
    XCTAssertEqual(faster.state, .invalid, "\(faster)")
    XCTAssertTrue(faster.isWorthRepeating)
  }

  /// Recordings of before the checks, and of other programs.
  func testChecks_areInconclusive_whereTheRecordingDoesNotTell() throws {
    let validity = try validity { $0.hasGenerator = false }
    XCTAssertEqual(validity.state, .valid, "\(validity)")
    let unknown = validity.checks.filter { $0.outcome == .inconclusive }.map(\.name)
    XCTAssertEqual(unknown, ["generator_cpu", "generator_late_tick_ms", "steal"])
  }

  func testVerdict_neitherPassesNorFails_whenTheRunIsInvalid() throws {
    var run = MadeUpRun()
    run.latestTick = 500
    let recorded = try run.recorded()
    let judged = try Judge(recorded.recording).judge(RecordedScenario.name)
    XCTAssertEqual(judged.summary.result, .invalid)
    let void = judged.summary.verdicts.filter { $0.invalidBy != nil }
    XCTAssertEqual(void.map(\.metric), [.successRate, .p99Milliseconds])
    for verdict in void {
      XCTAssertEqual(verdict.outcome, .inconclusive)
      XCTAssertEqual(verdict.invalidBy, ["generator_late_tick_ms"])
      XCTAssertTrue(
        verdict.message.hasPrefix("the run is INVALID (generator_late"),
        verdict.message
      )
      XCTAssertTrue(verdict.message.contains("would have been PASS: "), verdict.message)
    }
    // A generator that stands still can only do less.
    let rate = judged.summary.verdicts.first { $0.metric == .throughputPerSecond }
    XCTAssertEqual(rate?.outcome, .pass)
    XCTAssertTrue(judged.report.contains("Verdict:    INVALID"), judged.report)
    XCTAssertTrue(judged.report.contains("\n  FAIL  generator_late_tick_ms 500 ms"), judged.report)
    XCTAssertTrue(judged.html.contains("Validity: INVALID"))
    try Judge(recorded.recording).summarise()
    let markdown = try String(contentsOfFile: recorded.recording.markdown, encoding: .utf8)
    XCTAssertTrue(markdown.contains("| INVALID | INVALID (6 of 7 checks) |"), markdown)
    XCTAssertTrue(markdown.contains("- INVALID: ` generator_late_tick_ms"), markdown)
  }

  /// In an open loop latency runs from the schedule's instant: a late generator can only add to it.
  func testPass_stands_whereTheCheckCanOnlyHaveMadeItHarder() throws {
    var run = MadeUpRun()
    (run.arrivalRate, run.latestTick) = (200, 500)
    let verdicts = try Judge(run.recorded().recording).judge(RecordedScenario.name).summary.verdicts
    let p99 = try XCTUnwrap(verdicts.first { $0.metric == .p99Milliseconds })
    XCTAssertEqual(p99.outcome, .pass, p99.message)
    XCTAssertTrue(
      p99.message.contains("generator_late_tick_ms failed, which can only have made it")
    )
    run.latencyMilliseconds = 900
    let slow = try Judge(run.recorded().recording).judge(RecordedScenario.name).summary.verdicts
      .first { $0.metric == .p99Milliseconds }
    XCTAssertEqual(slow?.outcome, .inconclusive, slow?.message ?? "")
    XCTAssertEqual(slow?.invalidBy, ["generator_late_tick_ms"])
  }

  /// A drift from 10 to 15 ms says nothing against a limit of 500 ms, nor for one of 1 ms.
  func testVerdict_standsThoughTheRunDrifted_whereEveryThirdSaysTheSame() throws {
    var run = MadeUpRun()
    // A third alone has the requests that a verdict on p99 takes.
    (run.slowdown, run.seconds) = (1.5, 18)
    let recorded = try run.recorded()
    for (limit, outcome) in [
      (500.0, Verdict.Outcome.pass), (1, .fail), (14.8, .inconclusive),
    ] {
      let overrides = try ThresholdOverrides(
        parsing: [RecordedScenario.name: ["p99_ms": limit]],
        scenarios: ScenarioName.judges.mapValues(\.thresholds)
      )
      let summary = try Judge(recorded.recording, overrides: overrides)
        .evaluate(RecordedScenario.name).summary
      XCTAssertEqual(summary.validity?.state, .invalid)
      let verdict = try XCTUnwrap(summary.verdicts.first { $0.metric == .p99Milliseconds })
      XCTAssertEqual(verdict.outcome, outcome, verdict.message)
      XCTAssertEqual(verdict.invalidBy, outcome == .inconclusive ? ["drift"] : nil)
      if outcome != .inconclusive {
        XCTAssertTrue(verdict.message.contains("each third of it gives the same"), verdict.message)
      }
    }
  }

  /// What keeps a worker's sessions within their bounds takes its time once, whoever recorded it how.
  func testUpkeep_belongsToOneAttempt() throws {
    let validity = try validity { $0.upkeepMilliseconds = 4 }
    XCTAssertEqual(validity.state, .valid, "\(validity)")
    let check = try XCTUnwrap(validity.checks.first { $0.subject == .littlesLaw })
    XCTAssertTrue(check.message.contains("2.00 of 2 workers busy"), check.message)
  }

  func testVerdict_fails_whenNothingSucceeds_howeverBusyTheMachine() throws {
    var run = MadeUpRun()
    run.latestTick = 500
    run.failures = .max
    let summary = try Judge(run.recorded().recording).judge(RecordedScenario.name).summary
    XCTAssertEqual(summary.validity?.state, .invalid)
    XCTAssertEqual(summary.verdicts.first { $0.metric == .successRate }?.outcome, .fail)
    XCTAssertEqual(summary.result, .fail)
  }
}
