import XCTest

@testable import LoadSupport

final class AbortWatchTests: XCTestCase {
  private func watch(_ run: StagedRun) throws -> (watch: AbortWatch?, recorded: RecordedScenario) {
    let recorded = try run.recorded()
    return (try AbortWatch(run.header, in: recorded.recording), recorded)
  }

  private func run(_ limit: Workload.Limit, until seconds: Double) -> StagedRun {
    var run = StagedRun()
    run.limits = [limit]
    run.recordedUntil = seconds
    return run
  }

  func testWatch_isNone_withoutALimitThatEndsTheRun() throws {
    XCTAssertNil(try watch(run(.init("p99_ms", 100), until: 5)).watch)
  }

  func testLook_tellsTheLimitThatFailed_longBeforeTheEnd() throws {
    for (limit, change) in [
      (
        Workload.Limit("p99_ms", 100, in: StagedRun.peak, abort: true),
        {
          $0.latencyMilliseconds = { _, second in
            second.truncatingRemainder(dividingBy: 0.2) < 0.02 ? 300 : 20
          }
        }
      ),
      (
        Workload.Limit("success_rate", 0.99, abort: true),
        { $0.outcome = { _, number in number % 10 == 0 ? .timeout : .success } }
      ),
    ] as [(Workload.Limit, (inout StagedRun) -> Void)] {
      var bad = run(limit, until: 16)
      change(&bad)
      var (watch, _) = try watch(bad)
      XCTAssertEqual(watch?.nextLook, .seconds(5.5))
      let verdict = try XCTUnwrap(try watch?.look())
      XCTAssertEqual(verdict.outcome, .fail)
      XCTAssertTrue(verdict.message.contains(limit.metric), verdict.message)
    }
  }

  func testLook_tellsNothing_whileItCannotBeKnown() throws {
    // Good ones, those too short for clusters to be seen, and those without anything in them.
    var (good, _) = try watch(run(.init("p99_ms", 100, abort: true), until: 30))
    XCTAssertNil(try good?.look())
    var short = run(.init("p99_ms", 1, in: StagedRun.peak, abort: true), until: 12)
    XCTAssertNil(
      try watch(short).watch.map { watch in
        var watch = watch
        return try watch.look()
      } ?? nil
    )
    short.recordedUntil = 0
    var (empty, _) = try watch(short)
    XCTAssertNil(try empty?.look())
    XCTAssertEqual(empty?.nextLook, .seconds(5))
  }

  func testLooks_areFurtherApart_theLongerAStageLasts() throws {
    var (early, _) = try watch(run(.init("p99_ms", 100, abort: true), until: 13))
    _ = try early?.look()
    XCTAssertEqual(early?.nextLook, .seconds(5))
    var late = run(.init("p99_ms", 100, abort: true), until: 70)
    late.peakSeconds = 100
    var (watch, _) = try watch(late)
    _ = try watch?.look()
    XCTAssertEqual(try XCTUnwrap(watch?.nextLook) / .seconds(1), 30, accuracy: 0.1)
  }

  func testLimit_thatEndedARun_failsIt() throws {
    var bad = run(.init("p99_ms", 100, in: StagedRun.peak, abort: true), until: 20)
    bad.latencyMilliseconds = { _, _ in 300 }
    bad.endedBy = "p99_ms in \"peak load\""
    let recorded = try bad.recorded()
    let judged = try Judge(recorded.recording).judge(bad.name)
    XCTAssertEqual(judged.summary.result, .fail, judged.report)
    XCTAssertEqual(judged.summary.result.exitStatus(isStrict: false), 1)
    XCTAssertTrue(judged.report.contains("ended early by the limit on p99_ms"), judged.report)
    // One that is not seen to have failed in the end is no PASS either.
    bad.latencyMilliseconds = { _, _ in 20 }
    let good = try Judge(bad.recorded().recording).judge(bad.name)
    XCTAssertEqual(good.summary.result, .inconclusive, good.report)
  }

  /// A server that just meets a limit, looked at 200 times: the false alarms of all looks together.
  func testLooks_makeNoMoreFalseAlarmsThanOne() {
    var alarms = 0
    let runs = 1_000
    for seed in 0..<UInt64(runs) {
      var random = SeededRandom(seed: seed)
      var (n, bad) = (0, 0)
      for look in 1...200 {
        n += 50
        for _ in 0..<50 where random.uniform() < 0.01 { bad += 1 }
        // Only those above their share can fail, and the binomial is dear.
        guard Double(bad) > 0.013 * Double(n) else { continue }
        let parts = AbortWatch.parts(ofLook: look)
        if Judgement.share(bad: bad, of: n, allowed: 0.01, windows: parts) == .fail {
          alarms += 1
          break
        }
      }
    }
    XCTAssertLessThanOrEqual(Double(alarms) / Double(runs), 0.02)
  }
}
