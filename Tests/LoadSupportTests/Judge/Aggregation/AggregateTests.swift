import XCTest

@testable import LoadSupport

final class AggregateTests: XCTestCase {
  private static func event(_ kind: RunEvent.Kind, at: Double, until: Double? = nil) -> RunEvent {
    RunEvent(kind, at: Int64(at * 1e6), until: until.map { Int64($0 * 1e6) })
  }

  /// A window from 1,000 to 3,000 ms.
  private static let complete = [
    event(.warmup, at: 500, until: 1_000), event(.measure, at: 1_000, until: 3_000),
    event(.drain, at: 3_001),
  ]

  private func aggregate(
    _ files: [[Sample]],
    events: [RunEvent] = complete
  ) throws -> Aggregate {
    let recorded = try RecordedScenario()
    for (index, samples) in files.enumerated() { try recorded.write(samples, worker: index) }
    return try Aggregate(
      RecordedSamples(of: recorded.layout),
      events: events,
      workload: ["a", "b"]
    )
  }

  func testRate_countsSuccessesByTheirEnd_latencyByThePlan() throws {
    let aggregate = try aggregate([
      [
        Sample("a", planned: 900, done: 999, phase: .warmup),
        Sample("a", planned: 950, done: 1_000, phase: .warmup),
        Sample("a", planned: 1_000, done: 1_500),
      ],
      [
        Sample("b", planned: 1_001, done: 2_999.999_999),
        Sample("b", planned: 2_900, done: 3_000),
        Sample("b", planned: 2_950, done: 9_000),
      ],
    ])
    XCTAssertEqual(aggregate.successes(), 3)
    XCTAssertEqual(aggregate.successesBySecond, [2, 1])
    XCTAssertEqual(aggregate.averageRate(), 1.5)
    XCTAssertEqual(aggregate.peakRate, 2)
    let latency = aggregate.latency()
    XCTAssertEqual(latency.count, 4)
    XCTAssertEqual(latency.minimum, 100_000_000)
    XCTAssertEqual(latency.maximum, 6_050_000_000, "the slowest was cut off")
    XCTAssertEqual(
      aggregate.latency(Aggregate.Filter(operation: "a", outcomes: [.success])).count,
      1
    )
    XCTAssertEqual(aggregate.operations, ["a", "b"])
    XCTAssertEqual(aggregate.totals, [.warmup: [.success: 2], .measure: [.success: 4]])
    XCTAssertEqual(aggregate.lines, 6)
  }

  /// A worker may pause up to the load's end; what has waited for it is late from then on.
  func testLateness_countsFromTheEndAtTheEarliest_whenARequestIsSentBehindIt() throws {
    let aggregate = try aggregate([
      [
        Sample("a", planned: 1_000, done: 2_800, sent: 1_000),
        Sample("a", planned: 1_100, done: 2_850, sent: 2_801),
        Sample("a", planned: 1_200, done: 3_050, sent: 3_003),
        Sample("a", planned: 1_300, done: 3_060, sent: 3_052),
      ]
    ])
    XCTAssertEqual(aggregate.lateness.count, 4)
    XCTAssertEqual(Double(aggregate.lateness.maximum ?? 0) / 1e6, 3, accuracy: 0.01)
  }

  func testFailures_areKeptApart_fromLatenciesAndFromEachOther() throws {
    let aggregate = try aggregate([
      [
        Sample("a", planned: 1_000, done: 1_100),
        Sample("a", .rateLimited, planned: 1_100, done: 1_100.5, error: "slow down"),
        Sample("a", .rateLimited, planned: 1_200, done: 1_200.5, error: "please"),
        Sample("b", .timeout, planned: 1_300, done: 2_900),
        Sample("b", .timeout, planned: 700, done: 1_100, phase: .warmup, error: "late"),
      ]
    ])
    XCTAssertEqual(aggregate.latency().count, 1)
    XCTAssertEqual(aggregate.latency().minimum, 100_000_000)
    XCTAssertEqual(aggregate.latency(Aggregate.Filter(outcomes: [.rateLimited])).maximum, 500_000)
    XCTAssertEqual(aggregate.latency(Aggregate.Filter(outcomes: [.timeout, .dropped])).count, 1)
    XCTAssertEqual(aggregate.latency(Aggregate.Filter(outcomes: Outcome.allCases)).count, 4)
    XCTAssertEqual(aggregate.requests(), [.success: 1, .rateLimited: 2, .timeout: 1])
    XCTAssertEqual(aggregate.successes(), 1)
    XCTAssertEqual(
      aggregate.failures,
      [
        .init(step: nil, operation: "a", outcome: .rateLimited): .init(
          count: 2,
          example: "slow down"
        ),
        .init(step: nil, operation: "b", outcome: .timeout): .init(
          count: 2,
          example: "no reason was recorded"
        ),
      ]
    )
  }

  func testSessionsSteps_areNoLoad_evenInsideTheWindow() throws {
    let aggregate = try aggregate([
      [
        Sample("initialize", planned: 1_100, done: 1_110),
        Sample("ssh_connect", .rejected, planned: 1_110, done: 1_120),
        Sample("a", planned: 1_200, done: 1_300),
      ]
    ])
    XCTAssertEqual(aggregate.requests(), [.success: 1])
    XCTAssertEqual(aggregate.successes(), 1)
    XCTAssertEqual(aggregate.operations, ["a"])
    XCTAssertEqual(aggregate.latency(Aggregate.Filter(outcomes: Outcome.allCases)).count, 1)
    XCTAssertEqual(aggregate.totals[.measure], [.success: 2, .rejected: 1])
    XCTAssertEqual(aggregate.failures.count, 1)
  }

  func testServiceTime_isThatOfWhatWasSent() throws {
    let aggregate = try aggregate([
      [
        Sample("a", planned: 1_000, done: 1_500, sent: 1_400),
        Sample("a", .dropped, planned: 1_100, done: 1_600),
        Sample("a", planned: 900, done: 1_000, sent: 901, phase: .warmup),
      ]
    ])
    XCTAssertEqual(aggregate.serviceTime(Aggregate.Filter(outcomes: Outcome.allCases)).count, 1)
    XCTAssertEqual(aggregate.serviceTime().maximum, 100_000_000)
    XCTAssertEqual(aggregate.latency().maximum, 500_000_000)
    XCTAssertEqual(aggregate.connecting.count, 0)
  }

  func testPeak_isThatOfWholeSeconds() throws {
    let events = [
      Self.event(.measure, at: 0, until: 1_500), Self.event(.drain, at: 1_500),
    ]
    let late = (0..<10).map { Sample("a", planned: 0, done: 1_000 + Double($0)) }
    let aggregate = try aggregate([[Sample("a", planned: 0, done: 1)] + late], events: events)
    XCTAssertEqual(aggregate.peakRate, 1, "half a second is no second")
    XCTAssertEqual(aggregate.successes(), 11)
    XCTAssertEqual(aggregate.averageRate(), 11 / 1.5, accuracy: 1e-9)
    let short = try self.aggregate(
      [[Sample("a", planned: 0, done: 1)]],
      events: [Self.event(.measure, at: 0, until: 900), Self.event(.drain, at: 900)]
    )
    XCTAssertNil(short.peakRate)
  }

  func testWindow_endsWithTheRecording_whenItBreaksOff() throws {
    let aggregate = try aggregate(
      [[Sample("a", planned: 1_000, done: 1_200)], [Sample("a", planned: 1_900, done: 2_000)]],
      events: [Self.event(.measure, at: 1_000, until: 3_000)]
    )
    XCTAssertEqual(aggregate.window.ending, .brokenOff)
    XCTAssertEqual(aggregate.window.seconds(), 1)
    // The last sample lies on the end and no longer in it.
    XCTAssertEqual(aggregate.averageRate(), 1)
  }

  func testAggregate_isEmpty_whenNothingWasRecorded() throws {
    for events in [[], Self.complete] {
      let aggregate = try aggregate([], events: events)
      XCTAssertEqual(aggregate.lines, 0)
      XCTAssertEqual(aggregate.averageRate(), 0)
      XCTAssertEqual(aggregate.operations, [])
      XCTAssertNil(aggregate.latency().value(atQuantile: 0.99))
    }
  }

  // MARK: Steps

  func testFilters_selectBySteps_operationAndOutcome() throws {
    let events =
      RunEvent.step("s", from: 0, until: 1_000) + RunEvent.step("t", from: 2_000, until: 4_000)
      + [Self.event(.drain, at: 5_000)]
    let aggregate = try aggregate(
      [
        [
          Sample("a", planned: 0, done: 100, step: "s"),
          Sample("b", planned: 0, done: 200, step: "s"),
          // Done when another step is measured: no throughput of either.
          Sample("a", planned: 900, done: 2_500, step: "s"),
          Sample("a", .timeout, planned: 2_000, done: 2_300, step: "t"),
          Sample("a", planned: 2_000, done: 2_400, step: "t"),
          Sample("ssh_connect", planned: 2_000, done: 2_500, step: "t"),
          Sample("a", planned: 2_000, done: 2_600),
        ]
      ],
      events: events
    )
    XCTAssertEqual(aggregate.latency(.init(step: "s")).count, 3)
    XCTAssertEqual(aggregate.latency(.init(step: "s", operation: "a")).maximum, 1_600_000_000)
    XCTAssertEqual(aggregate.latency(.init(steps: ["s", "t"])).count, 5)
    XCTAssertEqual(aggregate.latency(.init(steps: [])).count, 0)
    XCTAssertEqual(aggregate.latency(.init(step: nil)).count, 6)
    XCTAssertEqual(aggregate.latency(.init(step: "t", operation: "ssh_connect")).count, 1)
    XCTAssertEqual(aggregate.requests(.init(step: "t")), [.timeout: 1, .success: 1])
    XCTAssertEqual(aggregate.requests(.init(step: "t", outcomes: [.timeout])), [.timeout: 1])
    XCTAssertEqual(aggregate.serviceTime(.init(step: "s")).count, 0)
    XCTAssertEqual(aggregate.successes(), 3)
    XCTAssertEqual(aggregate.successes(.init(step: "s")), 2)
    XCTAssertEqual(aggregate.averageRate(.init(step: "s")), 2)
    XCTAssertEqual(aggregate.averageRate(.init(step: "t")), 0.5)
    XCTAssertEqual(aggregate.averageRate(), 1, "three in three seconds of slices")
    XCTAssertEqual(aggregate.successesBySecond, [2, 0, 1, 0])
    let failure = try XCTUnwrap(aggregate.mostFrequentFailure(.init(step: "t")))
    XCTAssertEqual(failure.outcome, .timeout)
    XCTAssertNil(aggregate.mostFrequentFailure(.init(step: "s")))
  }

  func testThirds_areThoseOfTheWindow_byThePlannedInstant() throws {
    let aggregate = try aggregate([
      [
        Sample("a", planned: 1_000, done: 9_000), Sample("a", planned: 1_666, done: 1_667),
        Sample("b", planned: 1_667, done: 1_668), Sample("a", planned: 2_333, done: 2_334),
        Sample("a", planned: 2_334, done: 2_335), Sample("b", planned: 2_999.999, done: 3_100),
        Sample("a", .timeout, planned: 2_500, done: 2_600),
        Sample("ssh_connect", planned: 2_500, done: 2_600),
        Sample("a", planned: 900, done: 1_500, phase: .warmup),
      ]
    ])
    XCTAssertEqual(
      aggregate.thirds.map { $0.mapValues(\.count) },
      [["a": 2], ["a": 1, "b": 1], ["a": 1, "b": 1]]
    )
  }

  /// A damaged recording must not crash whoever reads it.
  func testAggregate_survivesStepsInTheWrongOrder() throws {
    let events =
      RunEvent.step("late", from: 5_000, until: 6_000)
      + RunEvent.step("early", from: 1_000, until: 2_000) + [Self.event(.drain, at: 9_000)]
    let aggregate = try aggregate(
      [
        [
          Sample("a", planned: 1_500, done: 1_600, step: "early"),
          Sample("a", planned: 5_500, done: 5_600, step: "late"),
        ]
      ],
      events: events
    )
    XCTAssertEqual(aggregate.successes(), 2)
    XCTAssertEqual(aggregate.window.start, 1_000_000_000)
  }
}
