import EventIO
import XCTest

@testable import LoadSupport

final class LoadRunTests: XCTestCase {
  /// What is true of every run: lines, the generator's own count and the totals are the same.
  private func assertAccounted(_ run: LoadRunHarness, line: UInt = #line) throws {
    let attempts = try XCTUnwrap(run.event(.end)?.attempts, "no count", line: line)
    XCTAssertEqual(run.samples.count, attempts, "lines and attempts", line: line)
    let summary = try Judge(run.recorded.recording).judge(RecordedScenario.name).summary
    XCTAssertEqual(summary.attempts, attempts, line: line)
    var totals: [String: [String: Int]] = [:]
    for sample in run.samples {
      let outcome = sample.attempt.outcome.rawValue
      totals[sample.phase.rawValue, default: [:]][outcome, default: 0] += 1
    }
    XCTAssertEqual(summary.totals, totals, line: line)
    XCTAssertEqual(summary.unreadableLines, 0, line: line)
  }

  /// Phases follow from the planned instants.
  private func assertPhases(_ run: LoadRunHarness, line: UInt = #line) throws {
    let measure = try XCTUnwrap(run.event(.measure), line: line)
    let end = try XCTUnwrap(measure.until, line: line)
    let start = try XCTUnwrap(run.event(.warmup), line: line).at
    XCTAssertEqual(run.event(.warmup)?.until, measure.at, line: line)
    for sample in run.load {
      let planned = sample.attempt.planned
      XCTAssertGreaterThanOrEqual(planned, start, line: line)
      XCTAssertLessThan(planned, end, line: line)
      XCTAssertEqual(sample.phase, planned < measure.at ? .warmup : .measure, line: line)
    }
  }

  // MARK: Closed loop

  func testClosedLoop_recordsEveryAttemptOfEveryWorker() async throws {
    var options = LoadRunHarness.Options()
    options.workers = 3
    let run = try await LoadRunHarness(options, against: FakeMCP().script)
    try assertAccounted(run)
    try assertPhases(run)
    XCTAssertEqual(try run.recorded.layout.sampleFiles().count, 3)
    XCTAssertEqual(Set(run.samples.map(\.worker)), [0, 1, 2])
    XCTAssertTrue(run.samples.allSatisfy { $0.attempt.outcome == .success })
    // Scrapes of the metrics are no attempts.
    XCTAssertEqual(run.requests.count { $0.method != "GET" }, run.samples.count)
    for worker in 0..<3 {
      let own = run.samples.filter { $0.worker == worker }
      XCTAssertEqual(
        own.filter { $0.phase == .setup }.map(\.operation),
        ["initialize", "notifications/initialized", "ssh_connect"]
      )
      XCTAssertEqual(
        own.filter { $0.phase == .drain }.map(\.operation),
        ["ssh_disconnect", "session_delete"]
      )
      let load = run.load.filter { $0.worker == worker }
      XCTAssertGreaterThan(load.count, 4)
      // In turn, each worker from its own place on.
      for (index, sample) in load.enumerated() {
        XCTAssertEqual(sample.operation, (index + worker).isMultiple(of: 2) ? "a" : "b")
      }
      for (earlier, later) in zip(load, load.dropFirst()) {
        XCTAssertGreaterThanOrEqual(later.attempt.planned, earlier.attempt.done)
      }
    }
    XCTAssertEqual(try run.recorded.analysis().problems, [])
  }

  func testClosedLoop_thinksBetweenRequests_andDoesNotCountThatAsLatency() async throws {
    var options = LoadRunHarness.Options()
    options.workers = 1
    options.arrivals = .closed(thinkTime: .milliseconds(20))
    let run = try await LoadRunHarness(options, against: FakeMCP().script)
    XCTAssertGreaterThan(run.load.count, 1)
    for (earlier, later) in zip(run.load, run.load.dropFirst()) {
      XCTAssertGreaterThanOrEqual(later.attempt.planned - earlier.attempt.done, 20_000_000)
    }
    try assertAccounted(run)
  }

  func testWorkers_areSpreadOverLoops() async throws {
    var options = LoadRunHarness.Options()
    options.workers = 5
    options.loops = 2
    let run = try await LoadRunHarness(options, against: FakeMCP().script)
    try assertAccounted(run)
    try assertPhases(run)
    XCTAssertEqual(Set(run.load.map(\.worker)), [0, 1, 2, 3, 4])
    XCTAssertEqual(try run.recorded.layout.sampleFiles().count, 5)
  }

  func testWorkersOfALoop_shareAFile_whenThereAreMany() async throws {
    var options = LoadRunHarness.Options()
    options.workers = 300
    options.loops = 2
    options.warmUp = .zero
    options.duration = .milliseconds(100)
    let run = try await LoadRunHarness(options, against: FakeMCP().script)
    try assertAccounted(run)
    XCTAssertEqual(Set(run.samples.map(\.worker)), Set(0..<300))
    let files = try run.recorded.layout.sampleFiles()
    XCTAssertEqual(files.count, 2)
    for (index, file) in files.enumerated() {
      var reader = SampleReader()
      try reader.read(file) { XCTAssertEqual($0.worker % 2, index) }
    }
  }

  // MARK: Open loop

  func testOpenLoop_plansExactlyTheInstantsOfItsSchedule() async throws {
    var options = LoadRunHarness.Options()
    options.workers = 3
    options.arrivals = .constant(ratePerSecond: 300)
    let run = try await LoadRunHarness(options, against: FakeMCP().script)
    try assertAccounted(run)
    try assertPhases(run)
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
    try assertAccounted(run)
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
    try assertAccounted(run)
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
    try assertAccounted(run)
    try assertScheduled(run, options)
  }

  // MARK: Ends

  func testStop_finishesWhatIsInFlight_andClosesSessions() async throws {
    for arrivals in [ArrivalProcess.closed(thinkTime: .zero), .constant(ratePerSecond: 200)] {
      var options = LoadRunHarness.Options()
      options.duration = .seconds(600)
      options.arrivals = arrivals
      let control = RunControl()
      var fake = FakeMCP()
      fake.onRun = { number, id in
        guard number == 30 else { return nil }
        control.end(.stop, reason: "somebody has seen enough")
        return [.pause(.milliseconds(60)), .send(Answer.http(200, Answer.result(id)))]
      }
      let run = try await LoadRunHarness(options, control: control, against: fake.script)
      try assertAccounted(run)
      let stopped = try XCTUnwrap(run.event(.stopped))
      XCTAssertEqual(stopped.message, "somebody has seen enough")
      XCTAssertTrue(run.load.allSatisfy { $0.attempt.outcome == .success })
      XCTAssertTrue(run.load.contains { $0.attempt.done > stopped.at }, "nothing was in flight")
      XCTAssertTrue(run.load.allSatisfy { $0.attempt.planned <= stopped.at + 1_000_000_000 })
      XCTAssertEqual(run.calls(of: "ssh_disconnect"), 2)
      XCTAssertEqual(run.requests.count { $0.method == "DELETE" }, 2)
      let analysis = try run.recorded.analysis()
      XCTAssertEqual(analysis.aggregate.window.ending, .stopped)
      XCTAssertTrue(analysis.problems.contains { $0.contains("seen enough") })
    }
  }

  func testInterrupt_recordsWhatWasInFlight_andTellsTheServerNothing() async throws {
    for arrivals in [ArrivalProcess.closed(thinkTime: .zero), .constant(ratePerSecond: 200)] {
      var options = LoadRunHarness.Options()
      options.duration = .seconds(600)
      options.arrivals = arrivals
      let control = RunControl()
      var fake = FakeMCP()
      fake.onRun = { number, _ in
        if number == 30 { control.end(.interrupt, reason: "at once") }
        return number >= 30 ? [] : nil
      }
      let run = try await LoadRunHarness(options, control: control, against: fake.script)
      try assertAccounted(run)
      XCTAssertTrue(run.load.contains { $0.attempt.outcome == .interrupted })
      XCTAssertTrue(
        run.load.allSatisfy { [.success, .interrupted, .dropped].contains($0.attempt.outcome) }
      )
      XCTAssertEqual(run.calls(of: "ssh_disconnect"), 0)
      XCTAssertEqual(run.requests.count { $0.method == "DELETE" }, 0)
    }
  }

  /// Whoever presses Ctrl-C twice does not wait for a server that hangs.
  func testInterrupt_cutsOffTheClosingOfSessions() async throws {
    let control = RunControl()
    var fake = FakeMCP()
    fake.onRequest = { request in
      guard request.json["params"]?["name"]?.string == "ssh_disconnect" else { return nil }
      control.end(.interrupt, reason: "at once")
      return []
    }
    var options = LoadRunHarness.Options()
    options.workers = 1
    let run = try await LoadRunHarness(options, control: control, against: fake.script)
    try assertAccounted(run)
    let last = try XCTUnwrap(run.samples.last)
    XCTAssertEqual(last.operation, "ssh_disconnect")
    XCTAssertEqual(last.attempt.outcome, .interrupted)
    XCTAssertEqual(run.requests.count { $0.method == "DELETE" }, 0)
    // The window itself was over by then.
    XCTAssertEqual(try run.recorded.analysis().aggregate.window.ending, .complete)
  }

  func testRun_endsWithoutLoad_whenStoppedBeforehand() async throws {
    let control = RunControl()
    control.end(.stop, reason: "never mind")
    var options = LoadRunHarness.Options()
    options.duration = .seconds(600)
    let run = try await LoadRunHarness(options, control: control, against: FakeMCP().script)
    try assertAccounted(run)
    XCTAssertEqual(run.load.count, 0)
    XCTAssertEqual(try run.recorded.analysis().aggregate.window.ending, .neverBegan)
  }

  // MARK: Bad servers

  func testAttempts_areBounded_whenTheServerDies() async throws {
    for arrivals in [ArrivalProcess.closed(thinkTime: .zero), .constant(ratePerSecond: 100)] {
      var options = LoadRunHarness.Options()
      options.arrivals = arrivals
      options.duration = .milliseconds(400)
      var fake = FakeMCP()
      fake.onRun = { number, _ in number == 20 ? [.die] : nil }
      let run = try await LoadRunHarness(options, against: fake.script)
      try assertAccounted(run)
      let failed = run.load.filter { $0.attempt.outcome == .transportError }
      XCTAssertGreaterThan(failed.count, 0)
      // In a closed loop each worker pauses longer and longer; in an open one the rate is given.
      XCTAssertLessThan(failed.count, 70)
      XCTAssertTrue(failed.allSatisfy { $0.attempt.error?.isEmpty == false })
      XCTAssertEqual(try run.recorded.analysis().aggregate.window.ending, .complete)
    }
  }

  func testRun_saysWhyItNeverBegan_whenLoginsAreRefused() async throws {
    var options = LoadRunHarness.Options()
    options.password = Secret("hunter2")
    var fake = FakeMCP()
    fake.onConnect = { _, id in
      let text = Answer.text("Permission denied for load:hunter2", isError: true)
      return [.send(Answer.http(200, Answer.result(id, text)))]
    }
    let run = try await LoadRunHarness(options, against: fake.script)
    try assertAccounted(run)
    XCTAssertEqual(run.load.count, 0)
    let analysis = try run.recorded.analysis()
    XCTAssertEqual(analysis.aggregate.window.ending, .neverBegan)
    XCTAssertTrue(analysis.problems.contains("the load never began"))
    let problem = try XCTUnwrap(analysis.problems.first)
    XCTAssertTrue(problem.contains("2 of 2 workers could not begin"), problem)
    XCTAssertTrue(problem.contains("Permission denied"), problem)
    // The MCP sessions that did open are closed.
    XCTAssertEqual(run.requests.count { $0.method == "DELETE" }, 2)
    let everything = try run.recorded.everything()
    XCTAssertTrue(everything.contains("(secret)"))
    XCTAssertFalse(everything.contains("hunter2"))
  }

  func testRun_goesOnWithTheOthers_whenOneLoginIsRefused() async throws {
    var fake = FakeMCP()
    fake.onConnect = { number, id in
      let text = Answer.text("pool limit reached", isError: true)
      return number == 1 ? [.send(Answer.http(200, Answer.result(id, text)))] : nil
    }
    var options = LoadRunHarness.Options()
    options.workers = 3
    let run = try await LoadRunHarness(options, against: fake.script)
    try assertAccounted(run)
    XCTAssertEqual(Set(run.load.map(\.worker)).count, 2)
    let problems = try run.recorded.analysis().problems
    XCTAssertTrue(
      problems.contains { $0.contains("1 of 3 workers could not begin") },
      "\(problems)"
    )
  }

  func testRun_saysSo_whenTheServerIsNoMCPServer() async throws {
    let run = try await LoadRunHarness(against: { _, _ in
      [.send(Answer.http(200, "<html>It works!</html>", type: "text/html"))]
    })
    try assertAccounted(run)
    let problem = try XCTUnwrap(try run.recorded.analysis().problems.first)
    XCTAssertTrue(problem.contains("initialize ended in protocol_error"), problem)
  }

  // MARK: Lost sessions

  func testWorker_opensAnotherSession_whenTheServerHasForgottenIt() async throws {
    var options = LoadRunHarness.Options()
    options.workers = 1
    var fake = FakeMCP()
    fake.onRun = { number, _ in number == 5 ? [.send(Answer.http(404))] : nil }
    let run = try await LoadRunHarness(options, against: fake.script)
    try assertAccounted(run)
    let opened = run.samples.filter { $0.operation == "initialize" }
    XCTAssertEqual(opened.count, 2)
    XCTAssertTrue([.warmup, .measure].contains(opened.last?.phase))
    XCTAssertEqual(run.load.count { $0.attempt.outcome == .httpError }, 1)
    XCTAssertEqual(run.load.last?.attempt.outcome, .success)
    let sessions = run.requests.compactMap { $0.fields["mcp-session-id"] }
    XCTAssertEqual(Set(sessions), ["mcp-0", "mcp-1"])
    XCTAssertEqual(sessions.last, "mcp-1")
  }

  /// Servers say in many ways that a session is gone.
  func testWorker_opensAnotherSession_whenTheServerSaysSoInWords() async throws {
    let answers: [(String, @Sendable (Int) -> [UInt8])] = [
      ("400", { _ in Answer.http(400, "Bad Request: No valid session ID provided") }),
      (
        "an error",
        {
          let error = #"{"code":-32001,"message":"Session not found"}"#
          return Answer.http(200, #"{"jsonrpc":"2.0","id":\#($0),"error":\#(error)}"#)
        }
      ),
      (
        "isError",
        {
          Answer.http(200, Answer.result($0, Answer.text("Invalid session: ssh-1", isError: true)))
        }
      ),
    ]
    for (name, answer) in answers {
      var options = LoadRunHarness.Options()
      options.workers = 1
      var fake = FakeMCP()
      fake.onRun = { number, id in number == 5 ? [.send(answer(id))] : nil }
      let run = try await LoadRunHarness(options, against: fake.script)
      try assertAccounted(run)
      XCTAssertEqual(run.samples.count { $0.operation == "initialize" }, 2, name)
      XCTAssertEqual(run.load.count { $0.attempt.outcome != .success }, 1, name)
      XCTAssertEqual(run.load.last?.attempt.outcome, .success, name)
      XCTAssertEqual(run.requests.compactMap { $0.fields["mcp-session-id"] }.last, "mcp-1", name)
    }
  }

  /// However it is worded: three errors in a row are reason enough.
  func testWorker_opensAnotherSession_whenNothingButErrorsCome() async throws {
    var options = LoadRunHarness.Options()
    options.workers = 1
    options.duration = .milliseconds(600)
    let isGone = FakeMCP.Counter()
    var fake = FakeMCP()
    fake.onRun = { number, _ in
      guard (5..<8).contains(number) else { return nil }
      _ = isGone.next()
      return [.send(Answer.http(400, "?"))]
    }
    let run = try await LoadRunHarness(options, against: fake.script)
    try assertAccounted(run)
    XCTAssertEqual(isGone.value, 3)
    XCTAssertEqual(run.samples.count { $0.operation == "initialize" }, 2)
    // What was given up is closed, so that it uses up nothing of the server's.
    XCTAssertEqual(run.calls(of: "ssh_connect"), 2)
    XCTAssertEqual(run.calls(of: "ssh_disconnect"), 2)
    let ended = run.requests.filter { $0.method == "DELETE" }
    XCTAssertEqual(ended.compactMap { $0.fields["mcp-session-id"] }, ["mcp-0", "mcp-1"])
    XCTAssertEqual(run.load.last?.attempt.outcome, .success)
  }

  // MARK: Wrong answers

  /// Nothing ran, and every answer reports success.
  func testLoad_hasNoSuccess_whenEveryCommandEndsWith127() async throws {
    var fake = FakeMCP()
    fake.onRun = { _, id in
      let result =
        #"{"content":[{"type":"text","text":"hunter2: not here"}],"structuredContent":{"exit_code":127}}"#
      return [.send(Answer.http(200, Answer.result(id, result)))]
    }
    var options = LoadRunHarness.Options()
    options.password = Secret("hunter2")
    let run = try await LoadRunHarness(options, against: fake.script)
    try assertAccounted(run)
    XCTAssertGreaterThan(run.load.count, 0)
    for sample in run.load {
      XCTAssertEqual(sample.attempt.outcome, .wrongAnswer)
      XCTAssertEqual(sample.attempt.error, "exit status 127: (secret): not here")
    }
    let summary = try Judge(run.recorded.recording).judge(RecordedScenario.name).summary
    XCTAssertEqual(summary.requests.successful, 0)
    let text = try run.recorded.everything()
    XCTAssertTrue(text.contains("wrong_answer"))
    XCTAssertFalse(text.contains("hunter2"))
  }

  func testLoad_countsSilence_whereTheSameCommandSpokeBefore() async throws {
    var fake = FakeMCP()
    let silent = FakeMCP.Counter()
    fake.onRequest = { request in
      let call = request.json["params"]
      guard let id = request.json["id"]?.integer, call?["name"]?.string == "ssh_run_command"
      else { return nil }
      if call?["arguments"]?["command"]?.string == "hostname" { _ = silent.next() }
      return [.send(Answer.http(200, Answer.result(id, Answer.text(""))))]
    }
    var options = LoadRunHarness.Options()
    options.spokenCommands = ["hostname"]
    let run = try await LoadRunHarness(options, against: fake.script)
    try assertAccounted(run)
    XCTAssertEqual(run.load.count { $0.attempt.outcome == .wrongAnswer }, silent.value)
    XCTAssertTrue(
      run.load.allSatisfy { ($0.attempt.outcome == .wrongAnswer) == ($0.operation == "a") }
    )
  }

  /// A server that refuses every command must not be flooded with logins.
  func testWorker_opensSessionsAtMostOnceASecond_whenEveryCommandIsRefused() async throws {
    var options = LoadRunHarness.Options()
    options.workers = 1
    options.duration = .milliseconds(500)
    var fake = FakeMCP()
    fake.onRun = { _, id in
      let text = Answer.text("command not allowed", isError: true)
      return [.send(Answer.http(200, Answer.result(id, text)))]
    }
    let run = try await LoadRunHarness(options, against: fake.script)
    try assertAccounted(run)
    XCTAssertGreaterThan(run.load.count, 3)
    XCTAssertEqual(run.calls(of: "ssh_connect"), 2)
    let problems = try run.recorded.analysis().problems
    XCTAssertTrue(
      problems.contains { $0.contains("none of") && $0.contains("command not allowed") },
      "\(problems)"
    )
  }

  // MARK: Metrics

  func testMetrics_areScrapedAroundTheLoad() async throws {
    let scrapes = FakeMCP.Counter()
    var fake = FakeMCP()
    fake.onRequest = { request in
      guard request.method == "GET" else { return nil }
      let text = "mcp_pool_hits_total{host=\"a\"} \(scrapes.next())\n"
      return [.send(Answer.http(200, text, type: "text/plain"))]
    }
    let run = try await LoadRunHarness(against: fake.script)
    let lines = RecordingJSON.decodeLines(
      ServerMetricsLine.self,
      at: run.recorded.layout.serverMetrics
    )
    let occasions: [ServerMetricsLine.Occasion] = [.before, .loadStart, .loadEnd, .after]
    // A machine that is slow today sees a tick in between.
    XCTAssertEqual(lines.map(\.occasion).filter { $0 != .tick }, occasions)
    let values = try lines.map { try XCTUnwrap($0.totals["mcp_pool_hits_total"]) }
    XCTAssertEqual(values, values.indices.map { Double($0) })
    XCTAssertTrue(run.requests.filter { $0.method == "GET" }.allSatisfy { $0.path == "/metrics" })
    let summary = try Judge(run.recorded.recording).judge(RecordedScenario.name).summary
    XCTAssertEqual(
      summary.serverMetrics.difference,
      ["mcp_pool_hits_total": try XCTUnwrap(values.last)]
    )
    XCTAssertEqual(
      summary.serverMetrics.differenceUnderLoad,
      ["mcp_pool_hits_total": try XCTUnwrap(values.last) - 2]
    )
  }

  /// A page that does not come in time, or is too large, costs the run one wait.
  func testMetrics_areGivenUp_whenThePageIsTooMuchFromTheFirst() async throws {
    let large = Answer.http(200, String(repeating: "a 1\n", count: 2_000_000))
    for steps in [[ScriptedServer.Step.send(large)], []] {
      var fake = FakeMCP()
      fake.onRequest = { $0.method == "GET" ? steps : nil }
      let run = try await LoadRunHarness(against: fake.script)
      try assertAccounted(run)
      XCTAssertEqual(run.requests.count { $0.method == "GET" }, 1)
      XCTAssertGreaterThan(run.load.count, 0)
      XCTAssertFalse(try run.recorded.analysis().metrics.isReported)
    }
  }

  func testMetrics_areAskedForOnce_whenTheServerHasNone() async throws {
    let run = try await LoadRunHarness(against: FakeMCP().script)
    XCTAssertEqual(run.requests.count { $0.method == "GET" }, 1)
    XCTAssertFalse(try run.recorded.analysis().metrics.isReported)
  }

  func testRun_namesTheFile_whenItCannotRecord() async throws {
    let url = HTTPURL(host: "127.0.0.1", port: 1)
    let load = LoadRun(
      workers: 1,
      loops: 1,
      plan: WorkerPlan(
        endpoint: try MCPEndpoint(url),
        profile: .standard,
        targets: [SSHTarget(host: "t", port: 22)]
      ),
      steps: []
    )
    do {
      try await load.run(
        into: ScenarioLayout(directory: "/dev/null/scenario"),
        origin: .now(),
        control: RunControl()
      )
      XCTFail("nothing was thrown")
    } catch {
      XCTAssertTrue("\(error)".contains("/dev/null/scenario/events.jsonl"), "\(error)")
    }
  }
}
