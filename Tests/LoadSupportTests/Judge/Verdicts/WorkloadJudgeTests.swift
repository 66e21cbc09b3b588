import EventIO
import XCTest

@testable import LoadSupport

final class WorkloadJudgeTests: XCTestCase {
  private func judged(
    _ run: StagedRun,
    _ overrides: [String: [String: Double]] = [:]
  ) throws -> Judge.Judged {
    let recorded = try run.recorded()
    let limits = try ThresholdOverrides(
      parsing: overrides,
      scenarios: ScenarioName.judges.mapValues(\.thresholds),
      others: WorkloadJudge().thresholds
    )
    return try Judge(recorded.recording, overrides: limits).judge(run.name)
  }

  private func verdict(_ key: String, of judged: Judge.Judged) throws -> Verdict {
    try XCTUnwrap(judged.summary.verdicts.first { $0.key == key }, key)
  }

  func testWorkload_isJudged_whateverItsName() throws {
    var run = StagedRun()
    run.iterations = 1_000
    run.cut = 3
    let judged = try judged(run)
    XCTAssertEqual(judged.summary.result, .pass, judged.report)
    XCTAssertEqual(
      judged.summary.verdicts.map(\.metric),
      [.workersMissing, .successRate, .unaccountedAttempts]
    )
    XCTAssertEqual(judged.summary.validity?.state, .valid, judged.report)
    for words in ["STAGES", "0 to 100/s", "peak load", "997 complete, 3 cut", "2 stages"] {
      XCTAssertTrue(judged.report.contains(words), "\(words)\n\(judged.report)")
    }
    XCTAssertTrue(judged.html.contains("Planned and reached"))
    let json = String(decoding: try RecordingJSON.encodeFile(judged.summary), as: UTF8.self)
    XCTAssertTrue(json.contains(#""cut" : 3"#), json)
  }

  func testWorkload_isInAllThatSumsUpARun() throws {
    let recorded = try StagedRun().recorded()
    let judge = Judge(recorded.recording)
    try judge.judge("shop")
    XCTAssertEqual(try judge.summarise().scenarios.map(\.scenario), ["shop"])
    for path in [recorded.recording.markdown, recorded.recording.junit] {
      XCTAssertTrue(try String(contentsOfFile: path, encoding: .utf8).contains("shop"), path)
    }
    // Versions of a server are compared by the stage that stays the same.
    let analysis = try recorded.analysis()
    XCTAssertEqual(WorkloadJudge().comparedPart(analysis).steps, [StagedRun.peak])
    XCTAssertNil(GateMetric.figures(of: analysis)[.throughput])
    XCTAssertEqual(try XCTUnwrap(GateMetric.figures(of: analysis)[.p50]), 20, accuracy: 0.1)
  }

  func testArrivals_areAtRandom_whereTheirStageSaysSo() throws {
    var run = StagedRun()
    run.peakPerSecond = 101
    var recorded = try run.recorded()
    for (arrivals, outcome) in [(nil, Verdict.Outcome.fail), ("poisson", .pass)] {
      var header = run.header
      header.stages?[1] = Stage(
        name: StagedRun.peak,
        kind: .steady,
        workers: 20,
        rate: Stage.Course(from: 100, to: 100),
        arrivals: arrivals
      )
      try recorded.write(RecordingJSON.encodeFile(header), to: recorded.layout.header)
      let check = Validity(try recorded.analysis()).checks.first { $0.subject == .arrivals }
      XCTAssertEqual(check?.outcome, outcome, check?.message ?? "")
    }
    // Nothing tells which of an iteration's requests is the arrival.
    var header = run.header
    header.stages = header.stages?.map {
      var stage = $0
      stage.callsPerIteration = 2
      return stage
    }
    recorded = try run.recorded()
    try recorded.write(RecordingJSON.encodeFile(header), to: recorded.layout.header)
    XCTAssertFalse(Validity(try recorded.analysis()).checks.contains { $0.subject == .arrivals })
  }

  func testThreshold_isOfTheSteadyStages_unlessItNamesAnother() throws {
    var run = StagedRun()
    run.latencyMilliseconds = { stage, _ in stage == StagedRun.ramp ? 400 : 20 }
    let keys = [
      "p99_ms": 100.0, "p99_ms in ramp": 100, "p99_ms of \"my op\" in \"peak load\" each 10 s": 100,
      "throughput_per_s in \"peak load\"": 90, "throughput_per_s": 90, "p50_ms last 5 s": 100,
      "throughput_per_s in ramp": 1,
    ]
    let judged = try judged(run, ["shop": keys])
    func holds(_ key: String, _ outcome: Verdict.Outcome, _ words: String) throws {
      let verdict = try verdict(key, of: judged)
      XCTAssertEqual(verdict.outcome, outcome, verdict.message)
      XCTAssertTrue(verdict.message.contains(words), verdict.message)
    }
    try holds("p99_ms", .pass, "of the steady stages only")
    try holds("p99_ms in ramp", .fail, "in ramp: ")
    try holds("p99_ms of \"my op\" in \"peak load\" each 10 s", .pass, "; PASS in 3 of 3 intervals")
    try holds("throughput_per_s in \"peak load\"", .pass, "throughput_per_s 101")
    try holds("throughput_per_s", .pass, "steady stages")
    try holds("p50_ms last 5 s", .pass, "steady stages")
    try holds("throughput_per_s in ramp", .inconclusive, "says nothing of the server's rate")
  }

  func testThreshold_isOfTheRamp_whenNothingStaysTheSame() throws {
    var run = StagedRun()
    run.peakSeconds = 0.1
    run.limits = [Workload.Limit("p99_ms", 100)]
    let recorded = try run.recorded()
    try recorded.write([
      RunEvent(.measure, at: 0, until: 10_000_000_000, step: StagedRun.ramp, kind: .ramp),
      RunEvent(.drain, at: 12_000_000_000),
    ])
    let summary = try Judge(recorded.recording).evaluate(run.name).summary
    let verdict = try XCTUnwrap(summary.verdicts.first { $0.key == "p99_ms" })
    XCTAssertEqual(verdict.outcome, .pass)
    XCTAssertTrue(verdict.message.contains("varies all the time"), verdict.message)
  }

  // MARK: Limits

  func testLimits_ofTheSettings_winOverThoseOfTheFile_whichWinOverTheJudge() throws {
    var run = StagedRun()
    run.limits = [
      Workload.Limit("success_rate", 0.5), Workload.Limit("p99_ms", 100, of: "pay", abort: true),
      Workload.Limit("p99_ms", 100, in: StagedRun.peak, window: .last(.seconds(5))),
    ]
    let overrides = try ThresholdOverrides(
      parsing: ["shop": ["p99_ms of pay": 30]],
      scenarios: [:],
      others: WorkloadJudge().thresholds
    )
    let limits = try overrides.limits(of: run.header)
    let words = limits.map { "\($0.key) \($0.limit) \($0.aborts)" }
    XCTAssertEqual(
      words,
      [
        "sessions_missing 0.0 false", "server_outages 0.0 false", "left_on_target 0.0 false",
        "workers_missing 0.0 false", "success_rate 0.5 false",
        "unaccounted_attempts 0.0 false", "p99_ms of pay 30.0 true",
        "p99_ms in \"peak load\" last 5 s 100.0 false",
      ]
    )
    // A recording keeps them for whoever judges it.
    let header = try JSONDecoder().decode(
      ScenarioHeader.self,
      from: try RecordingJSON.encodeFile(run.header)
    )
    XCTAssertEqual(header.thresholds, run.header.thresholds)
  }

  func testWorkload_isJudgedByTheScenarioOfItsName_andItsOwnLimits() throws {
    var run = StagedRun()
    run.name = "command_throughput"
    run.limits = [Workload.Limit("p95_ms", 100)]
    let judged = try judged(run)
    let metrics = judged.summary.verdicts.map(\.metric)
    XCTAssertTrue(metrics.contains(.throughputPerSecond))
    XCTAssertEqual(metrics.last, .p95Milliseconds)
    XCTAssertTrue(judged.report.contains("STAGES"))
  }

  func testCheck_namesWhatThereIs_beforeTheLoad() throws {
    let cases: [(Workload.Limit, String)] = [
      (.init("p98_ms", 1), "has no threshold \"p98_ms\"; valid are left_on_target, p50_ms"),
      (.init("p99_ms", -1), "limited to -1"),
      (.init("p99_ms", 1, as: "wrong"), "valid outcomes are dropped, http_error"),
      (.init("success_rate", 1, as: "timeout"), "valid with percentiles"),
      (.init("p99_ms", 1, of: "buy"), "no operation \"buy\"; it has my op, pay"),
      (.init("p99_ms", 1, in: "off"), "no step \"off\"; it has peak load, ramp"),
      (.init("p99_ms", 1, window: .last(.seconds(50))), "this run is measured for 40 s"),
      (
        .init("p99_ms", 1, in: "ramp", window: .each(.seconds(11))),
        "that step is measured for 10 s"
      ), (.init("p99_ms", 1, window: .each(.milliseconds(10))), "stretches from 1 s"),
      (.init("unaccounted_attempts", 0, of: "pay"), "a part of the load is valid with p50_ms"),
      (.init("throughput_per_s", 9, abort: true), "only percentiles and success_rate"),
    ]
    var workload = Workload(
      "shop",
      operations: [
        "search": Workload.Operation(.tool("search", [:]), name: "my op"),
        "pay": Workload.Operation(.tool("pay", [:])),
        "login": Workload.Operation(.tool("login", [:])),
      ],
      sequences: ["buy": [.call("search"), .call("pay")]],
      setup: ["login"],
      steps: [
        Workload.Step(groups: [
          Workload.Group(
            mix: .inTurn(["buy"]),
            stages: [
              Workload.Stage(
                StagedRun.ramp,
                length: .seconds(10),
                rate: Workload.Ramp(from: 0, to: 100)
              ), Workload.Stage(StagedRun.peak, length: .seconds(30), rate: .steady(100)),
            ]
          )
        ])
      ]
    )
    XCTAssertNoThrow(try Judge.limits(of: workload))
    for (limit, words) in cases {
      workload.thresholds = [limit]
      XCTAssertThrowsError(try Judge.limits(of: workload)) { error in
        XCTAssertTrue(error is ThresholdError)
        XCTAssertTrue("\(error)".contains(words), "\(error)")
        XCTAssertTrue("\(error)".contains("shop has"), "\(error)")
      }
      // The same before the load, by its header.
      var run = StagedRun()
      run.limits = [limit]
      XCTAssertThrowsError(try ThresholdOverrides.none.check(run.header))
    }
  }

  // MARK: Validity

  func testChecks_areOfEachSteadyStage_andNameIt() throws {
    var run = StagedRun()
    // The peak's first answers are of requests of the ramp: without them it would seem to lack 2 %.
    run.latencyMilliseconds = { _, _ in 600 }
    let sound = try judged(run)
    let checks = try XCTUnwrap(sound.summary.validity?.checks)
    for subject in [Validity.Subject.arrivals, .rateReached, .drift] {
      let check = try XCTUnwrap(checks.first { $0.subject == subject })
      XCTAssertEqual(check.outcome, .pass, check.message)
      XCTAssertEqual(check.stage, StagedRun.peak)
      XCTAssertTrue(check.message.contains("in the step peak load: "), check.message)
    }
    // What a ramp comes to is never judged as a state.
    run.latencyMilliseconds = { stage, second in stage == StagedRun.ramp ? 20 + 100 * second : 20 }
    XCTAssertEqual(try judged(run).summary.validity?.state, .valid)
  }

  func testRate_isNotReached_inAStageThatTheServerDoesNotCarry() throws {
    var run = StagedRun()
    run.latencyMilliseconds = { stage, second in stage == StagedRun.ramp ? 20 : 20 + 200 * second }
    let judged = try judged(run)
    let checks = try XCTUnwrap(judged.summary.validity?.checks)
    let rate = try XCTUnwrap(checks.first { $0.subject == .rateReached })
    XCTAssertEqual(rate.outcome, .fail)
    XCTAssertEqual(judged.summary.validity?.state, .saturated, judged.report)
    XCTAssertTrue(rate.complaint?.contains("in the step peak load") == true, rate.message)
    XCTAssertTrue(judged.report.contains("at the end of peak load"), judged.report)
  }

  func testDrift_voidsWhatIsAboutItsStageAlone() throws {
    var run = StagedRun()
    run.latencyMilliseconds = { stage, second in
      stage == StagedRun.ramp ? 20 : 900 - 25 * second
    }
    let judged = try judged(
      run,
      ["shop": ["p99_ms in \"peak load\"": 2_000, "p99_ms in ramp": 100]]
    )
    let peak = try verdict("p99_ms in \"peak load\"", of: judged)
    XCTAssertEqual(peak.outcome, .inconclusive, peak.message)
    XCTAssertEqual(peak.invalidBy, ["drift"])
    let ramp = try verdict("p99_ms in ramp", of: judged)
    XCTAssertEqual(ramp.outcome, .pass, ramp.message)
  }
}
