import XCTest

@testable import LoadSupport

final class ConnectionJudgeTests: XCTestCase {
  /// A server that logs in 3 times a second for each worker, and whose pool is at its best with one.
  private struct Server {
    var coldMilliseconds = 400.0
    var pooledMilliseconds = 5.0
    var coldConnects = [30, 60]
    var pooledConnects = [500, 510]
    var failures = 0
    var createsUncounted = 0.0
    var sessionsBefore = 0
    var sessionsAfter = 0
    var reports = true
    var attemptsLost = 0
    var lacks: [ServerFeature]?

    func recorded() throws -> RecordedScenario {
      let recorded = try RecordedScenario(
        RecordedScenario.header(
          .connectionRate,
          operations: ["connect", "disconnect"],
          lacks: lacks
        )
      )
      var samples: [Sample] = []
      var events: [RunEvent] = []
      var metrics = [
        ServerMetricsLine(.before, at: -2, "mcp_ssh_sessions_active \(sessionsBefore)"),
        ServerMetricsLine(.loadStart, at: -1, "x 1", cpuSeconds: 7),
      ]
      var creates = 0.0
      var cpu = 7.0
      let steps =
        coldConnects.enumerated().map { ($0 + 1, false, $1, coldMilliseconds, 0.05) }
        + pooledConnects.enumerated().map { ($0 + 1, true, $1, pooledMilliseconds, 0.001) }
      for (position, (workers, pooled, count, milliseconds, cpuEach)) in steps.enumerated() {
        let name = StepName.connecting(workers: workers, pooled: pooled)
        let start = Double(position) * 10_010
        events += RunEvent.step(name, from: start, until: start + 10_000)
        for index in 0..<count {
          let planned = start + Double(index) * 10_000 / Double(count)
          let done = planned + milliseconds
          samples.append(Sample("connect", planned: planned, done: done, step: name))
          samples.append(Sample("disconnect", planned: done, done: done + 1, step: name))
        }
        if !pooled { creates += Double(count) }
        cpu += Double(count) * cpuEach
        metrics.append(
          ServerMetricsLine(
            .tick,
            at: start + 10_005,
            "mcp_pool_creates_total \(creates - (position >= 1 ? createsUncounted : 0))",
            cpuSeconds: cpu
          )
        )
      }
      samples += failed
      metrics.append(
        ServerMetricsLine(.after, at: 50_000, "mcp_ssh_sessions_active \(sessionsAfter)")
      )
      events += [
        RunEvent(.drain, at: 40_100_000_000),
        RunEvent(.end, at: 40_200_000_000, attempts: samples.count + attemptsLost),
      ]
      try recorded.write(samples)
      try recorded.write(events)
      if reports { try recorded.write(metrics) }
      return recorded
    }

    private var failed: [Sample] {
      (0..<failures).map {
        Sample(
          "connect",
          .toolError,
          planned: 9_000 * Double($0) / Double(failures),
          done: 9_900,
          step: "cold workers=1"
        )
      }
    }
  }

  func testVerdicts_tellAGoodServerFromBadOnes() throws {
    let cases: [VerdictCase<Server>] = [
      VerdictCase(.successRate, .fail, "60 of 2,260 requests failed") { $0.failures = 60 },
      VerdictCase(.successRate, .inconclusive, "299 requests needed") {
        ($0.coldConnects, $0.pooledConnects) = ([20], [20])
      },
      VerdictCase(.coldConnectP95Milliseconds, .fail, "cold_connect_p95_ms 11,000") {
        $0.coldMilliseconds = 11_000
      },
      VerdictCase(.coldConnectP95Milliseconds, .inconclusive, "59 requests needed") {
        $0.coldConnects = [20, 38]
      },
      VerdictCase(.coldConnectP95Milliseconds, .inconclusive, "no request that counts for this") {
        $0.coldConnects = []
      },
      VerdictCase(.pooledConnectP99Milliseconds, .fail, "pooled_connect_p99_ms 600") {
        $0.pooledMilliseconds = 600
      },
      VerdictCase(.pooledConnectP99Milliseconds, .inconclusive, "299 requests needed") {
        $0.pooledConnects = [298]
      },
      VerdictCase(.unmatchedLogins, .fail, "clients were told of 90 fresh logins, which differs") {
        $0.createsUncounted = 3
      },
      VerdictCase(.unmatchedLogins, .fail, "unmatched_logins 5") { $0.createsUncounted = -5 },
      VerdictCase(.unmatchedLogins, .inconclusive, "does not report") { $0.reports = false },
      VerdictCase(.unmatchedLogins, .inconclusive, "no request that counts for this") {
        $0.coldConnects = []
      },
      VerdictCase(.sessionsLeftBehind, .fail, "was 1 before and 4 after the load") {
        ($0.sessionsBefore, $0.sessionsAfter) = (1, 4)
      },
      VerdictCase(.sessionsLeftBehind, .pass, "was 4 before and 1 after the load") {
        ($0.sessionsBefore, $0.sessionsAfter) = (4, 1)
      },
      VerdictCase(.sessionsLeftBehind, .inconclusive, "does not report") { $0.reports = false },
      VerdictCase(.unaccountedAttempts, .fail, "made 2,202 attempts, the files hold 2,200") {
        $0.attemptsLost = 2
      },
      // Where a caller cannot ask for a fresh login.
      VerdictCase(.unmatchedLogins, .inconclusive, "cannot ask for a fresh login") {
        ($0.lacks, $0.pooledConnects) = ([.reuse], [])
      },
      VerdictCase(.pooledConnectP99Milliseconds, .inconclusive, "cannot choose") {
        ($0.lacks, $0.pooledConnects) = ([.reuse], [])
      },
    ]
    try assertVerdicts(of: Server(), cases) { try $0.recorded() }
  }

  func testFigures_nameTheFewestWorkersThatAreAsGoodAsMore_andWhatALoginCosts() throws {
    let figures = try Server().recorded().figures()
    let expected = [
      "cold_best_workers": 2, "pooled_best_workers": 1, "cold_connections_per_s": 6,
      "pooled_connections_per_s": 51, "login_cpu_s": 0.05,
    ]
    XCTAssertEqual(Set(figures.keys), Set(expected.keys))
    for (name, value) in expected {
      XCTAssertEqual(try XCTUnwrap(figures[name]), value, accuracy: 1e-6, name)
    }
    let text = try Server().recorded().reportText()
    for line in [
      "cold workers=1     30     3.0           400.0           400.0     too few    50.0\n",
      "                                 400.0 to 400.0         too few\n",
      "cold: best with 2 workers, 6.0 connections/s",
      "pooled: best with 1 worker, 50.0 connections/s",
      "one login costs 50.0 ms of CPU (server, ssh and sshd)",
    ] {
      XCTAssertTrue(text.contains(line), "no \"\(line)\" in\n\(text)")
    }
    // A server that says nothing costs what nobody knows.
    var silent = Server()
    silent.reports = false
    XCTAssertNil(try silent.recorded().figures()["login_cpu_s"])
  }

  /// Connects of 1 to 400 ms, one of each: a percentile's interval reads as the ranks of its ends,
  /// which were computed by hand from the binomial distribution, and from D in the second step.
  func testReport_hasTheIntervalOfEachPercentile_widerWhereSlowConnectsCluster() throws {
    let recorded = try RecordedScenario(
      RecordedScenario.header(.connectionRate, operations: ["connect"])
    )
    var samples: [Sample] = []
    func add(_ rank: Int, _ planned: Double, _ workers: Int) {
      let step = StepName.connecting(workers: workers, pooled: true)
      let done = planned + Double(rank)
      samples.append(Sample("connect", planned: planned, done: done, step: step))
    }
    for index in 0..<400 {
      let offset = Double(index) * 25
      // All over the step, and the slowest at its end.
      add(index * 241 % 400 + 1, offset, 1)
      add(index + 1, 20_000 + offset, 2)
    }
    try recorded.write(samples)
    try recorded.write(
      RunEvent.step("pooled workers=1", from: 0, until: 10_000)
        + RunEvent.step("pooled workers=2", from: 20_000, until: 30_000)
        + [RunEvent(.drain, at: 40_000_000_000)]
    )
    let text = try recorded.reportText()
    let lines = text.split(separator: "\n")
    for (step, expected) in [
      ("pooled workers=1", [181, 221, 372, 389, 392, 400]),
      ("pooled workers=2", [172, 231, 358, 397]),
    ] as [(String, [Double])] {
      let row = try XCTUnwrap(lines.firstIndex { $0.hasPrefix("  \(step)") }, text)
      let ends = lines[row + 1].split(separator: " ").compactMap { Double($0) }
      XCTAssertEqual(ends.count, expected.count, text)
      // A bucket of the histogram is up to a thousandth wide.
      for (end, rank) in zip(ends, expected) { XCTAssertEqual(end, rank, accuracy: 0.9, step) }
    }
    XCTAssertTrue(text.contains("172 to 231  358 to 397         too few\n"), text)
    XCTAssertFalse(text.contains("may be too narrow"), text)
    let page = try Judge(recorded.recording).evaluate(recorded.scenario.scenario).html
    XCTAssertTrue(page.contains(">380 <small>372 to 389</small></td>"), page)
  }

  func testReport_saysSo_whenStepsAreTooShortToTellClusters() throws {
    let recorded = try Server().recorded()
    try recorded.write(
      RunEvent.step("cold workers=1", from: 0, until: 2_900)
        + RunEvent.step("cold workers=2", from: 10_010, until: 20_010)
        + [RunEvent(.drain, at: 40_100_000_000)]
    )
    let note = "  intervals of steps under 3 s take requests to be independent"
    XCTAssertTrue(try recorded.reportText().contains(note))
    XCTAssertFalse(try Server().recorded().reportText().contains(note))
  }

  /// A login that outlasts its step is counted with the time that it took.
  func testRate_countsUntilTheLastAnswer() throws {
    let recorded = try Server().recorded()
    try recorded.write(
      RunEvent.step("cold workers=1", from: 0, until: 10_000, settled: 20_000)
        + [RunEvent(.drain, at: 20_000_000_000)]
    )
    XCTAssertEqual(try recorded.figures()["cold_connections_per_s"], 1.5)
  }

  func testReport_survivesStepsOfAnyName() throws {
    for name in ["cold", "cold workers=inf", "pooled workers=nan", "workers=1e300", ""] {
      let recorded = try Server().recorded()
      try recorded.write([Sample("connect", planned: 0, done: 1, step: name)])
      try recorded.write(RunEvent.step(name, from: 0, until: 1_000))
      XCTAssertTrue(try recorded.reportText().contains("CONNECTIONS"), name)
      XCTAssertNoThrow(try recorded.figures(), name)
    }
  }
}
