import Foundation
import XCTest

@testable import LoadSupport

final class NightRunsTests: XCTestCase {
  private func runs(_ recorded: [RecordedScenario], commit: String? = nil) -> NightRuns {
    var circumstances = NightRuns.Circumstances()
    circumstances.commit = commit
    var runs = NightRuns(circumstances)
    for run in recorded { runs.add(run.recording, scenarios: [RecordedScenario.name]) }
    return runs
  }

  private func night(
    _ recorded: [RecordedScenario],
    commit: String? = nil
  ) -> NightRuns.Summary {
    runs(recorded, commit: commit).summary(of: [RecordedScenario.name])
  }

  func testLine_isTheMedianOverTheRuns() throws {
    let recorded = try [30.0, 10, 12].map { try RecordedScenario.steady(milliseconds: $0) }
    let night = night(recorded, commit: "abc")
    XCTAssertEqual(night.missing, [:])
    XCTAssertEqual(night.remarks, [])
    let line = try XCTUnwrap(night.lines.first)
    XCTAssertEqual(line.runs, 3)
    XCTAssertEqual(line.commit, "abc")
    XCTAssertEqual(line.night, Night(Date()))
    XCTAssertEqual(line.key, NightLine.Hardware(.current()))
    XCTAssertNotNil(line.versions["toolchain"])
    let p50 = try XCTUnwrap(line.metrics["p50_ms"])
    XCTAssertEqual(p50.median, 12, accuracy: 0.02)
    XCTAssertEqual(p50.values.count, 3)
    XCTAssertEqual(p50.values[0], 30, accuracy: 0.04)
    XCTAssertEqual(line.metrics["throughput_per_s"]?.median, 200)
    XCTAssertNil(line.metrics["cpu_ms_per_request"])
  }

  func testRun_isLeftOutWithTheReason_whenItSaysNothing() throws {
    let good = try (0..<2).map { _ in try RecordedScenario.steady() }
    var late = MadeUpRun()
    late.latestTick = 500
    let invalid = try late.recorded()
    let brokenOff = try RecordedScenario.steady(events: [.measured])
    let other = try RecordedScenario.steady(RecordedScenario.header(workers: 9))
    let empty = try RecordedScenario(RecordedScenario.header(.latencyTest))
    for (recorded, reason) in [
      (invalid, "INVALID (generator_late_tick_ms 500"),
      (brokenOff, "not complete (the recording breaks off"),
      (other, "another load than the first: 9 workers, the first 2 workers"), (empty, "not run"),
    ] {
      let night = night(good + [recorded])
      XCTAssertEqual(night.lines.map(\.runs), [2])
      XCTAssertTrue(night.remarks.first?.contains(reason) ?? false, "\(night.remarks)")
      let few = self.night([good[0], recorded])
      XCTAssertEqual(few.lines, [])
      let why = try XCTUnwrap(few.missing[RecordedScenario.name])
      XCTAssertTrue(why.hasPrefix("valid runs: 1 of 2, a night needs 2; "), why)
      XCTAssertTrue(why.contains(reason), why)
    }
  }

  /// Loads that differ in what no other figure of theirs tells.
  func testLoad_isAnother_whenPausesOrTheWorkloadDiffer() throws {
    func load(_ own: String?, _ stages: [Stage], _ digest: String = "a") -> NightLine.Load {
      var header = RecordedScenario.header(ofOwn: own)
      (header.stages, header.workloadDigest) = (stages, digest)
      return NightLine.Load(header)
    }
    let plain = Stage(name: nil, kind: .steady, workers: 2)
    for own in [nil, "shop"] {
      for (key, words) in [
        (\Stage.thinkSeconds, "0.5 s of think time"), (\Stage.paceSeconds, "a pace of 0.5 s"),
      ] {
        var paused = plain
        paused[keyPath: key] = 0.5
        let other = load(own, [paused])
        XCTAssertNotEqual(other, load(own, [plain]))
        XCTAssertTrue(other.description(unlike: load(own, [plain])).hasPrefix(words))
        // Of several stages those of a user's own workload tell.
        XCTAssertEqual(load(own, [plain, paused]) != load(own, [plain, plain]), own != nil)
      }
    }
    XCTAssertEqual(
      load("shop", [plain], "b").description(unlike: load("shop", [plain])),
      "workload b"
    )
    // Of the suite's scenarios the name and the settings tell.
    XCTAssertEqual(load(nil, [plain], "b"), load(nil, [plain]))
  }

  /// Runs in a closed loop, and in an open one, half of whose requests fail.
  func testNight_hasFailed_whereARunFailedAThreshold() throws {
    for rate in [nil, 100.0] {
      let half = MadeUpRun(arrivalRate: rate, failures: rate == nil ? 300 : 150)
      let recorded = try [half, half, MadeUpRun(arrivalRate: rate)].map { try $0.recorded() }
      let night = night(recorded)
      let line = try XCTUnwrap(night.lines.first)
      XCTAssertEqual(line.failures.map { Array($0.keys) }, ["success_rate"])
      let words = try XCTUnwrap(line.failures?["success_rate"])
      XCTAssertTrue(words.hasPrefix("success_rate 0.5"), words)
      XCTAssertEqual(line.failed.failed, rate == nil ? 1_200 : 600)
      XCTAssertEqual(line.failed.requests, rate == nil ? 3_600 : 1_800)
      XCTAssertEqual(line.runs, 3)
      // One is enough to know it, and its own limits are those of the user.
      XCTAssertEqual(self.night([recorded[0]]).lines.map(\.failures?.count), [1])
      // In a closed loop the half that failed makes it a drift, and INVALID.
      guard rate != nil else { continue }
      let lenient = try ThresholdOverrides(
        parsing: [RecordedScenario.name: ["success_rate": 0.4]],
        scenarios: [RecordedScenario.name: [Threshold(.successRate, 0.99)]]
      )
      var runs = NightRuns(NightRuns.Circumstances(), overrides: lenient)
      for run in recorded { runs.add(run.recording, scenarios: [RecordedScenario.name]) }
      XCTAssertEqual(runs.summary(of: [RecordedScenario.name]).lines.map(\.failures), [nil])
    }
  }

  func testNight_hasFailed_whereTheServerGrantedNoSessionsOrEnded() throws {
    var (ungranted, restarted) = (MadeUpRun(), MadeUpRun())
    (ungranted.sessionsAsked, ungranted.sessionsCounted) = (5, nil)
    (restarted.isRestarted, restarted.latestTick) = (true, 500)
    for (run, name) in [(ungranted, "sessions_missing"), (restarted, "server_outages")] {
      let recorded = try run.recorded()
      let night = night([recorded, recorded])
      let line = try XCTUnwrap(night.lines.first, "\(night.missing)")
      XCTAssertNotNil(line.failures?[name], "\(line.failures ?? [:])")
      XCTAssertEqual(line.metrics, [:])
      XCTAssertEqual(night.remarks, [])
      // Another try would be no other.
      XCTAssertEqual(runs([recorded, recorded]).next(of: [RecordedScenario.name], runs: 2), [])
    }
  }

  func testScenario_isRunAgain_whenTheMachineSpoiltARun() throws {
    let spoilt = try RecordedScenario.steady()
    let late = GeneratorLine(at: 1_000_000_000, loop: 0, cpuSeconds: 0.1, lateMilliseconds: 500)
    try spoilt.write(RecordingJSON.encodeLine(late), to: spoilt.layout.generator)
    let ungranted = try RecordedScenario.steady(RecordedScenario.header(sessions: 5))
    let good = try RecordedScenario.steady()
    let (name, other) = (RecordedScenario.name, "another")
    for (recorded, next) in [
      ([], [name, other]), ([spoilt], [name, other]), ([good, spoilt], [name]),
      ([good, spoilt, spoilt], [name]), ([good, spoilt, spoilt, spoilt], []),
      ([good, spoilt, good], []), ([good, good], []),
      // The server will grant no more sessions another time.
      ([good, ungranted], []),
    ] as [([RecordedScenario], [String])] {
      XCTAssertEqual(runs(recorded).next(of: [name, other], runs: 2), next, "\(recorded.count)")
    }
    let remarks = night([good, spoilt, good]).remarks
    XCTAssertEqual(remarks.first?.contains("generator_late_tick_ms"), true, "\(remarks)")
  }

  /// A round that repeats one scenario lacks the others, and that is no fault of theirs.
  func testScenario_lacksNoRun_whereARoundWasForAnother() throws {
    let good = try RecordedScenario.steady()
    var runs = runs([good, good])
    runs.add(try RecordedScenario(RecordedScenario.header(.latencyTest)).recording, scenarios: [])
    XCTAssertEqual(runs.summary(of: [RecordedScenario.name]).remarks, [])
  }

  func testScenario_isMissing_withoutAnyRun() {
    XCTAssertEqual(
      night([]).missing,
      [RecordedScenario.name: "valid runs: 0 of 0, a night needs 2"]
    )
  }
}

extension RecordedScenario {
  /// A recording of 400 successes in two seconds, all of the same latency.
  static func steady(
    _ header: ScenarioHeader = RecordedScenario.header(),
    milliseconds: Double = 10,
    events: [RunEvent] = [.measured, .drained]
  ) throws -> RecordedScenario {
    let recorded = try RecordedScenario(header)
    try recorded.write(
      (0..<400).map { index in
        Sample(
          index.isMultiple(of: 2) ? "a" : "b",
          planned: Double(index) * 4.9,
          done: Double(index) * 4.9 + milliseconds
        )
      }
    )
    try recorded.write(events)
    return recorded
  }
}
