import EventIO
import XCTest

@testable import LoadSupport

final class OpenLoopTests: XCTestCase {
  func testOpenLoop_plansExactlyTheInstantsOfItsSchedule() async throws {
    var options = LoadRunHarness.Options()
    options.workers = 3
    options.arrivals = .constant(ratePerSecond: 300)
    let run = try await LoadRunHarness(options, against: FakeMCP().script)
    try run.assertAccounted()
    try run.assertPhases()
    try assertScheduled(run, options)
    for sample in run.load {
      if let sent = sample.attempt.sent {
        XCTAssertGreaterThanOrEqual(sent, sample.attempt.planned, "sent before its time")
      }
    }
  }

  /// Every arrival of the schedule has exactly one line.
  private func assertScheduled(
    _ run: LoadRunHarness,
    _ options: LoadRunHarness.Options,
    line: UInt = #line
  ) throws {
    let start = try XCTUnwrap(run.event(.warmup)).at
    let end = try XCTUnwrap(run.event(.measure)?.until)
    var schedule = try XCTUnwrap(ArrivalSchedule(options.arrivals, seed: 1))
    var planned: [Int64] = []
    while case let next = start + schedule.next(), next < end { planned.append(next) }
    XCTAssertEqual(run.load.map(\.attempt.planned), planned, line: line)
  }

  /// What would come behind a pause is left out where the load ends before.
  func testPause_isCutShort_whenItLastsBeyondTheEnd() async throws {
    var options = LoadRunHarness.Options()
    options.workers = 1
    options.warmUp = .zero
    options.sequences = [
      "buy": [.call("a"), .pause(.constant(.seconds(3_600))), .call("b")]
    ]
    func load(_ arrivals: ArrivalProcess) async throws -> [Sample] {
      options.steps = [
        LoadStep(
          length: .fixed(.milliseconds(100)),
          groups: [
            WorkerGroup(
              workers: WorkerSelection(0..<1),
              mix: .inTurn(["buy"]),
              stages: [arrivals.stage]
            )
          ]
        )
      ]
      return try await LoadRunHarness(options, against: FakeMCP().script).load
    }
    let open = try await load(.constant(ratePerSecond: 100))
    XCTAssertEqual(open.map(\.operation), Array(repeating: "a", count: 10))
    let closed = try await load(.closed(thinkTime: .zero))
    XCTAssertEqual(closed.map(\.operation), ["a"])
  }

  func testLatency_countsFromThePlannedInstant_whenTheServerStalls() async throws {
    var options = LoadRunHarness.Options()
    options.workers = 1
    options.duration = .milliseconds(400)
    options.arrivals = .constant(ratePerSecond: 100)
    var fake = FakeMCP()
    fake.onRun = { number, id in
      let answer = ScriptedServer.Step.send(Answer.http(200, Answer.result(id)))
      return number == 15 ? [.pause(.milliseconds(150)), answer] : nil
    }
    let run = try await LoadRunHarness(options, against: fake.script)
    try run.assertAccounted()
    try assertScheduled(run, options)
    XCTAssertTrue(run.load.allSatisfy { $0.attempt.outcome == .success })
    let stalled = try XCTUnwrap(run.load.first { $0.attempt.latency >= 150_000_000 }).attempt
    let behind = run.load.map(\.attempt)
      .filter { $0.planned > stalled.planned && $0.planned < stalled.done }
    XCTAssertGreaterThanOrEqual(behind.count, 10)
    for attempt in behind {
      // Only the one worker could have sent it, and only after the stall.
      XCTAssertGreaterThanOrEqual(try XCTUnwrap(attempt.sent), stalled.done)
      XCTAssertGreaterThanOrEqual(attempt.latency, stalled.done - attempt.planned)
    }
    let slow = try run.recorded.analysis().aggregate.latency()
      .count(above: 40_000_000)
    XCTAssertGreaterThanOrEqual(slow, 10, "the stall is hidden from the percentiles")
  }

  func testArrivals_areDroppedAndRecorded_whenNobodyIsFreeInTime() async throws {
    var options = LoadRunHarness.Options()
    options.workers = 1
    options.duration = .milliseconds(400)
    options.timeout = .milliseconds(80)
    options.arrivals = .constant(ratePerSecond: 200)
    var fake = FakeMCP()
    fake.onRun = { number, _ in number >= 20 ? [] : nil }
    let run = try await LoadRunHarness(options, against: fake.script)
    try run.assertAccounted()
    try assertScheduled(run, options)
    let dropped = run.load.map(\.attempt).filter { $0.outcome == .dropped }
    XCTAssertGreaterThan(dropped.count, 0)
    for attempt in dropped {
      XCTAssertGreaterThanOrEqual(attempt.latency, 80_000_000)
      XCTAssertNil(attempt.sent)
      XCTAssertNotNil(attempt.error)
    }
    XCTAssertTrue(run.load.contains { $0.attempt.outcome == .timeout })
  }

  func testPoissonArrivals_areThoseOfTheSeed() async throws {
    var options = LoadRunHarness.Options()
    options.arrivals = .poisson(ratePerSecond: 200)
    let run = try await LoadRunHarness(options, against: FakeMCP().script)
    try run.assertAccounted()
    try assertScheduled(run, options)
  }
}
