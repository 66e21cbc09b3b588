import XCTest

@testable import LoadSupport

final class ServerOutageTests: XCTestCase {
  /// Ten seconds of a server that is asked every 10 ms, and is away for a time.
  private func restart(
    away: Range<Double> = 0..<0,
    isSilent: Bool = false,
    outcome: Outcome = .transportError,
    _ pages: [String] = [],
    reopens: Bool = true,
    words: String = "connect: Connection refused",
    systemError: Int32? = nil
  ) throws -> ServerOutage? {
    let recorded = try RecordedScenario(RecordedScenario.header(seconds: 10))
    let samples = (0..<1_000).compactMap { index -> Sample? in
      let at = Double(index) * 10
      guard away.contains(at / 1_000) else {
        var sample = Sample("a", planned: at, done: at + 5, sent: at)
        // Whoever ends closes its connections.
        if reopens, index == 170 { sample.attempt.connecting = 10_000 }
        return sample
      }
      guard !isSilent else { return nil }
      var sample = Sample("a", outcome, planned: at, done: at + 1, error: words)
      sample.attempt.systemError = systemError.map { Int($0) }
      return sample
    }
    try recorded.write(samples)
    try recorded.write([
      RunEvent(.measure, at: 0, until: 10_000_000_000), RunEvent(.drain, at: 10_000_000_001),
      RunEvent(.end, at: 10_000_000_002, attempts: samples.count),
    ])
    try recorded.write(
      pages.enumerated().map { ServerMetricsLine(.tick, at: Double($0) * 1_000, $1) }
    )
    let analysis = try recorded.analysis()
    XCTAssertEqual(
      analysis.problems.contains { $0.contains("several processes alternately") },
      analysis.outage == nil && !pages.isEmpty && !analysis.metrics.isReported,
      "\(analysis.problems)"
    )
    if let outage = analysis.outage {
      XCTAssertEqual(analysis.problems.first, outage.message)
      XCTAssertEqual(outage.message, "the server ended during the run: \(outage.text)")
    }
    return analysis.outage
  }

  func testRestart_isNamed_byEachSign() throws {
    let refused = try XCTUnwrap(try restart(away: 3..<5))
    XCTAssertEqual(refused.count, 1)
    XCTAssertEqual(
      refused.text,
      "connections were refused between 3.0 s and 5.0 s of the window"
    )
    let process = try XCTUnwrap(
      try restart([1_000, 1_000, 1_500, 1_500].map { "process_start_time_seconds \($0)" })
    )
    XCTAssertEqual(
      process.text,
      "process_start_time_seconds changed between 1.0 s and 2.0 s of the window"
    )
    let counters = try XCTUnwrap(try restart([5, 9, 2, 4].map { "x_total \($0)" }))
    XCTAssertEqual(
      counters.text,
      "counters went down between 1.0 s and 2.0 s of the window (x_total)"
    )
    let twice = try restart([1_000, 1_500, 2_000].map { "process_start_time_seconds \($0)" })
    XCTAssertEqual(twice?.count, 2)
  }

  /// Ten seconds of four workers who wait for each answer, of a server that hangs for a time; where it does,
  /// each waits for `timeout`.
  private func hang(
    _ away: Range<Double>,
    timeout: Double = 0.5,
    outcome: Outcome = .timeout,
    httpStatus: Int? = nil,
    workers: Int = 4,
    chance: Int? = nil,
    operations: [String] = ["a"],
    standstill: Double = 0,
    links: [LinkCondition]? = nil
  ) throws -> ServerOutage? {
    let header = RecordedScenario.header(seconds: 10, operations: ["a"], links: links)
    let recorded = try RecordedScenario(header)
    var count = 0
    for worker in 0..<workers {
      var samples: [Sample] = []
      var at = Double(worker)
      while at < 10_000 {
        let hangs = away.contains(at / 1_000)
        let fails = hangs || chance.map { samples.count % $0 == 0 } == true
        let done = at + (hangs && outcome == .timeout ? timeout * 1_000 : 5)
        var sample = Sample(
          operations[samples.count % operations.count],
          fails ? outcome : .success,
          planned: at,
          done: done,
          sent: at,
          error: fails ? "oh" : nil,
          worker: worker
        )
        sample.attempt.httpStatus = httpStatus
        samples.append(sample)
        at = done + (fails ? 50 : 0)
      }
      try recorded.write(samples, worker: worker)
      count += samples.count
    }
    try recorded.write([
      RunEvent(.measure, at: 0, until: 10_000_000_000), RunEvent(.drain, at: 12_000_000_000),
      RunEvent(.end, at: 12_000_000_002, attempts: count),
    ])
    let lines = (0...12).map { second in
      GeneratorLine(
        at: Int64(second) * 1_000_000_000,
        loop: 0,
        cpuSeconds: 0,
        lateMilliseconds: second == 5 ? standstill : 0.1
      )
    }
    try recorded.write(
      lines.flatMap { try RecordingJSON.encodeLine($0) },
      to: recorded.layout.generator
    )
    return try recorded.analysis().outage
  }

  /// A server that hangs, or has only errors, for everybody was away as much as one that refuses.
  func testSilence_isAnOutage_whereNobodyWasAnswered() throws {
    let hung = try XCTUnwrap(try hang(3..<5))
    XCTAssertEqual(hung.count, 1)
    XCTAssertTrue(
      hung.message.hasPrefix(
        "the server stopped answering during the run: no command was answered between 3.0 s and 5."
      ),
      hung.message
    )
    XCTAssertTrue(hung.message.hasSuffix("that failed most by timeout: oh"), hung.message)
    // For good, with a timeout that outlasts the window.
    let gone = try XCTUnwrap(try hang(4..<10, timeout: 30))
    XCTAssertTrue(
      gone.text.hasPrefix("no command was answered from 4.0 s of the window on"),
      gone.text
    )
    XCTAssertNotNil(try hang(4..<10, timeout: 30, workers: 1))
    XCTAssertNotNil(try hang(3..<5, outcome: .httpError, httpStatus: 503))
    XCTAssertNotNil(try hang(3..<5, outcome: .transportError))
    XCTAssertNotNil(try hang(3..<5, chance: 20))
  }

  /// A server that stands still and then answers all has answered nobody meanwhile.
  func testPause_isAnOutage_whereAllWhoAskedWaitedForItsEnd() throws {
    func pause(
      _ seconds: Double,
      latency: Double = 5,
      standstill: Double = 0
    ) throws -> ServerOutage? {
      let recorded = try RecordedScenario(RecordedScenario.header(seconds: 10))
      var count = 0
      for worker in 0..<4 {
        var samples: [Sample] = []
        var at = Double(worker)
        while at < 10_000 {
          let isLast = at < 3_000 && at + latency >= 3_000
          let done = at + latency + (isLast ? seconds * 1_000 : 0)
          samples.append(Sample("a", planned: at, done: done, sent: at, worker: worker))
          at = done
        }
        try recorded.write(samples, worker: worker)
        count += samples.count
      }
      try recorded.write([
        RunEvent(.measure, at: 0, until: 10_000_000_000, workers: 4),
        RunEvent(.drain, at: 12_000_000_000), RunEvent(.end, at: 12_000_000_002, attempts: count),
      ])
      let line = GeneratorLine(
        at: 5_000_000_000,
        loop: 0,
        cpuSeconds: 0,
        lateMilliseconds: standstill
      )
      try recorded.write(RecordingJSON.encodeLine(line), to: recorded.layout.generator)
      return try recorded.analysis().outage
    }
    let outage = try XCTUnwrap(try pause(4))
    XCTAssertTrue(
      outage.message.hasPrefix(
        "the server stopped answering during the run: no command was answered "
      ),
      outage.message
    )
    XCTAssertTrue(
      outage.message.hasSuffix("and those under way waited for its end"),
      outage.message
    )
    XCTAssertNil(try pause(1))
    XCTAssertNil(try pause(4, latency: 400))
    XCTAssertNil(try pause(4, standstill: 3_800))
  }

  func testSilence_isNone_whereItIsChanceOrSomebodyElsesDoing() throws {
    XCTAssertNil(try hang(0..<0))
    XCTAssertNil(try hang(0..<0, outcome: .httpError, httpStatus: 500, chance: 2))
    XCTAssertNil(try hang(3..<3.4, outcome: .httpError, httpStatus: 503))
    XCTAssertNil(try hang(0..<10))
    XCTAssertNil(try hang(3..<5, outcome: .toolError))
    XCTAssertNil(try hang(3..<5, outcome: .httpError, httpStatus: 429))
    // One whose one request was lost, at the end too, when nobody asks any more.
    XCTAssertNil(try hang(9.5..<9.501, timeout: 30))
    XCTAssertNil(try hang(3..<3.004, timeout: 1.2, workers: 1))
    // What runs no command does not count, nor what bad links do, nor a time when nobody could listen.
    XCTAssertNil(try hang(3..<5, operations: ["connect"]))
    XCTAssertNil(try hang(3..<5, links: LinkCondition.all))
    XCTAssertNil(try hang(3..<5, outcome: .transportError, standstill: 1_900))
  }

  /// Several processes behind one address answer by turns, and none of them was restarted.
  func testRestart_isNone_whereSeveralProcessesAnswer() throws {
    XCTAssertNil(
      try restart([1_000, 1_500, 1_000, 1_500].map { "process_start_time_seconds \($0)" })
    )
    XCTAssertNil(try restart([5, 2, 7, 4].map { "x_total \($0)" }))
  }

  /// Pages of another process, while no connection broke and nothing failed: a balancer shows them, and what
  /// they count is not what this one did.
  func testMetrics_areLeftOut_wherePagesAreOfSeveralProcesses() throws {
    for pages in [
      [1_000, 1_500, 1_000, 1_500].map { "process_start_time_seconds \($0)\nx_total 5" },
      [1_000, 1_000, 1_500, 1_500].map { "process_start_time_seconds \($0)\nx_total 5" },
      [5, 2, 7, 4].map { "x_total \($0)" }, [5, 9, 2, 4].map { "x_total \($0)" },
    ] {
      XCTAssertNil(try restart(pages, reopens: false), "\(pages)")
    }
  }

  /// A clock that was set moves the start of a process that goes on, and what is called a count may be the
  /// length of a queue.
  func testRestart_isNone_whereTheServersCountersGoOn() throws {
    let page = { (start: Int, count: Int) in
      "process_start_time_seconds \(start)\nx_total \(count)\ny_total \(2 * count)"
    }
    XCTAssertNil(try restart([page(1_000, 5), page(1_000, 9), page(1_500, 12), page(1_500, 15)]))
    XCTAssertNotNil(try restart([page(1_000, 5), page(1_000, 9), page(1_500, 2), page(1_500, 4)]))
    XCTAssertNil(try restart([5, 9, 2, 4].map { "queue_count \($0)" }))
    XCTAssertNil(
      try restart(
        [5, 9, 2, 12].enumerated().map { index, value in
          "odd_total \(value)\n" + (0..<5).map { "x\($0)_total \(10 + index)\n" }.joined()
        }
      )
    )
  }

  /// Words are for people, and all there is in a recording whose lines tell no number.
  func testRefusal_isToldByItsNumber_whateverTheWords() throws {
    let sign = "connections were refused between 3.0 s and 5.0 s of the window"
    XCTAssertEqual(
      try restart(away: 3..<5, words: "nobody there", systemError: ECONNREFUSED)?.text,
      sign
    )
    var unreachable = Attempt(
      outcome: .transportError,
      planned: 0,
      done: 1,
      error: "Connection refused"
    )
    XCTAssertTrue(unreachable.foundNobody)
    unreachable.systemError = Int(EHOSTUNREACH)
    XCTAssertFalse(unreachable.foundNobody)
  }

  /// A server that is gone for good is refused until the end; a moment's refusal is none, and failures of
  /// our own are not the server's.
  func testOutage_isToldWithoutAReturn_andIsNone_whereNothingWasRefusedForLong() throws {
    XCTAssertEqual(
      try restart(away: 3..<10)?.text,
      "connections were refused from 3.0 s of the window on"
    )
    XCTAssertNil(try restart())
    XCTAssertNil(try restart(away: 0..<10))
    XCTAssertNil(try restart(away: 3..<3.05))
    XCTAssertNil(try restart(away: 3..<5, isSilent: true))
    XCTAssertNil(try restart(away: 3..<5, outcome: .ownShortage))
  }
}
