import XCTest

@testable import LoadSupport

final class ScenarioJudgeTests: XCTestCase {
  /// The verdict on one limit, from a recording of ten seconds with so many requests of each kind.
  private func verdict(
    _ threshold: Threshold,
    fast: Int = 0,
    slow: Int = 0,
    _ others: [Outcome: Int] = [:],
    attempts: Int? = nil,
    metrics: [ServerMetricsLine] = []
  ) throws -> Verdict {
    let recorded = try RecordedScenario()
    // Evenly over the window: what comes in clusters is worth less.
    func add(_ name: String, _ outcome: Outcome, _ count: Int, _ milliseconds: Double) -> [Sample] {
      (0..<count).map { index in
        let at = 10_000 * Double(index) / Double(count)
        return Sample(name, outcome, planned: at, done: at + milliseconds)
      }
    }
    var samples = add("a", .success, fast, 10) + add("b", .success, slow, 900)
    for (outcome, count) in others { samples += add("b", outcome, count, 1) }
    try recorded.write(samples)
    try recorded.write([
      RunEvent(.measure, at: 0, until: 10_000_000_000), RunEvent(.drain, at: 10_000_000_001),
      RunEvent(.end, at: 10_000_000_002, attempts: attempts),
    ])
    try recorded.write(metrics)
    let verdicts = try CommandThroughputJudge().verdicts(recorded.analysis(), [threshold])
    XCTAssertEqual(verdicts.count, 1)
    let verdict = try XCTUnwrap(verdicts.first)
    XCTAssertTrue(verdict.message.contains(NumberText.plain(threshold.limit)), verdict.message)
    XCTAssertEqual(verdict.limit, threshold.limit)
    return verdict
  }

  func testP99_isJudgedByTheShareThatIsSlower() throws {
    let limit = Threshold(.p99Milliseconds, 500)
    for (slow, outcome) in [
      (0, .pass), (4, .pass), (5, .inconclusive), (18, .inconclusive), (19, .fail),
    ]
      as [(Int, Verdict.Outcome)]
    {
      let verdict = try verdict(limit, fast: 1_000 - slow, slow: slow)
      XCTAssertEqual(verdict.outcome, outcome, "\(slow) slow")
      XCTAssertEqual(verdict.n, 1_000)
      XCTAssertEqual(try XCTUnwrap(verdict.value), slow > 10 ? 900 : 10, accuracy: 1)
    }
  }

  func testP99_takesTimeoutsAndDroppedArrivalsForEndless() throws {
    let limit = Threshold(.p99Milliseconds, 500)
    for outcomes in [[.timeout: 19], [.dropped: 19], [.timeout: 10, .dropped: 9]]
      as [[Outcome: Int]]
    {
      let verdict = try verdict(limit, fast: 981, outcomes)
      XCTAssertEqual(verdict.outcome, .fail)
      XCTAssertEqual(verdict.n, 1_000)
      XCTAssertNil(verdict.value, "a p99 without an end has no value")
      XCTAssertTrue(verdict.message.contains("unknown"), verdict.message)
    }
    let few = try verdict(limit, fast: 996, [.timeout: 4])
    XCTAssertEqual(few.outcome, .pass)
    XCTAssertEqual(try XCTUnwrap(few.value), 10, accuracy: 0.1)
  }

  /// Refusals that come back at once are not fast answers.
  func testP99_doesNotCountRefusals() throws {
    let verdict = try verdict(
      Threshold(.p99Milliseconds, 500),
      fast: 200,
      slow: 100,
      [.rateLimited: 20_000]
    )
    XCTAssertEqual(verdict.outcome, .fail)
    XCTAssertEqual(verdict.n, 300)
  }

  func testVerdict_isInconclusive_andSaysHowManyWouldDo_whenThereAreTooFew() throws {
    for limit in [Threshold(.p99Milliseconds, 500), Threshold(.successRate, 0.99)] {
      let verdict = try verdict(limit, fast: 298)
      XCTAssertEqual(verdict.outcome, .inconclusive)
      XCTAssertTrue(verdict.message.contains("299 requests needed"), verdict.message)
      XCTAssertEqual(try self.verdict(limit, fast: 299).outcome, .pass)
    }
  }

  func testVerdict_isInconclusive_whenNothingWasMeasured() throws {
    for limit in [Threshold(.p99Milliseconds, 500), Threshold(.successRate, 0.99)] {
      let verdict = try verdict(limit)
      XCTAssertEqual(verdict.outcome, .inconclusive)
      XCTAssertNil(verdict.value)
      XCTAssertEqual(verdict.n, 0)
    }
    XCTAssertEqual(
      try verdict(Threshold(.p99Milliseconds, 500), [.rejected: 500]).outcome,
      .inconclusive
    )
    XCTAssertEqual(try verdict(Threshold(.successRate, 0.99), [.rejected: 500]).outcome, .fail)
  }

  func testSuccessRate_countsEveryOtherOutcomeAsAFailure() throws {
    for outcome in Outcome.allCases where outcome != .success {
      let limit = Threshold(.successRate, 0.99)
      XCTAssertEqual(try verdict(limit, fast: 996, [outcome: 4]).outcome, .pass)
      XCTAssertEqual(try verdict(limit, fast: 982, [outcome: 18]).outcome, .inconclusive)
      let failed = try verdict(limit, fast: 981, [outcome: 19])
      XCTAssertEqual(failed.outcome, .fail)
      XCTAssertEqual(try XCTUnwrap(failed.value), 0.981, accuracy: 1e-9)
      XCTAssertTrue(failed.message.contains("19 of 1,000"), failed.message)
    }
  }

  func testSuccessRate_of1_isMetByNoFailureAtAll() throws {
    let limit = Threshold(.successRate, 1)
    XCTAssertEqual(try verdict(limit, fast: 10).outcome, .pass)
    XCTAssertEqual(try verdict(limit, fast: 20_000, [.timeout: 1]).outcome, .fail)
  }

  func testRate_mayBeJustTheLimit() throws {
    let limit = Threshold(.throughputPerSecond, 20)
    XCTAssertEqual(try verdict(limit, fast: 200).outcome, .pass)
    XCTAssertEqual(try verdict(limit, fast: 199).outcome, .inconclusive)
    XCTAssertEqual(try verdict(limit, fast: 180).outcome, .fail)
    XCTAssertEqual(try verdict(limit, fast: 200, [.toolError: 900]).value, 20)
    XCTAssertEqual(try verdict(limit, [.toolError: 900]).outcome, .fail)
  }

  func testUnaccountedAttempts_areAnyDifferenceOfTheTwoCounts() throws {
    let limit = Threshold(.unaccountedAttempts, 0)
    XCTAssertEqual(try verdict(limit, fast: 5, attempts: 5).outcome, .pass)
    for attempts in [4, 6, 0] {
      let verdict = try verdict(limit, fast: 5, attempts: attempts)
      XCTAssertEqual(verdict.outcome, .fail)
      XCTAssertEqual(verdict.value, Double(abs(attempts - 5)))
    }
    let killed = try verdict(limit, fast: 5)
    XCTAssertEqual(killed.outcome, .inconclusive)
    XCTAssertTrue(killed.message.contains("ends before the generator's own count"), killed.message)
  }

  func testConnectionsUnderLoad_areThoseTheServerCounted() throws {
    let limit = Threshold(.connectionsCreatedUnderLoad, 0)
    func line(_ occasion: ServerMetricsLine.Occasion, _ text: String) -> ServerMetricsLine {
      ServerMetricsLine(at: 1, occasion: occasion, scrape: PrometheusText(parsing: text.utf8))
    }
    let start = line(.loadStart, "mcp_pool_creates_total 10\nmcp_ssh_commands_total 5")
    let same = line(.loadEnd, "mcp_pool_creates_total 10\nmcp_ssh_commands_total 105")
    let more = line(.loadEnd, "mcp_pool_creates_total 12\nmcp_ssh_commands_total 105")
    let reused = try verdict(limit, fast: 1, metrics: [start, same])
    XCTAssertEqual(reused.outcome, .pass)
    // By our own count: a server need not tell how many commands it ran, and an absent counter is not 0.
    XCTAssertEqual(reused.n, 1)
    let created = [
      line(.loadStart, "mcp_pool_creates_total 10"), line(.loadEnd, "mcp_pool_creates_total 10"),
    ]
    let silent = try verdict(limit, fast: 7, metrics: created)
    XCTAssertTrue(
      silent.message.contains("7 commands succeeded on 10 connections"),
      silent.message
    )
    let opened = try verdict(limit, fast: 1, metrics: [start, more])
    XCTAssertEqual(opened.outcome, .fail)
    XCTAssertEqual(opened.value, 2)
    // Not reported is not zero.
    for metrics in [[], [start], [line(.loadStart, "x 1"), line(.loadEnd, "x 1")]] {
      let unknown = try verdict(limit, fast: 1, metrics: metrics)
      XCTAssertEqual(unknown.outcome, .inconclusive)
      XCTAssertNil(unknown.value)
    }
  }
}
