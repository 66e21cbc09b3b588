import EventIO
import Foundation
import XCTest

@testable import LoadSupport

final class RecordingMergeTests: XCTestCase {
  /// A sound load of eight workers in a closed loop.
  private func split(
    into count: Int = 4,
    _ change: (inout MadeUpRun) -> Void = { _ in }
  ) throws -> SplitRecording {
    var run = MadeUpRun(workers: 8, busyWorkers: 8, sessionsAsked: 8, sessionsGranted: 8)
    run.sessionsCounted = 8
    change(&run)
    return try SplitRecording(run.recorded(), into: count)
  }

  private func assertRefused(
    _ split: SplitRecording,
    _ directories: [String]? = nil,
    isPartial: Bool = false,
    because words: String,
    line: UInt = #line
  ) {
    XCTAssertThrowsError(try split.merged(directories, isPartial: isPartial), line: line) { error in
      XCTAssertTrue("\(error)".contains(words), "\(error)", line: line)
    }
    let left = try? FileManager.default.contentsOfDirectory(atPath: split.results)
    XCTAssertEqual(left, [], "something half-written is left", line: line)
  }

  private func failed(_ judged: Judge.Judged) -> [Validity.Check] {
    judged.summary.validity?.checks.filter { $0.outcome == .fail } ?? []
  }

  /// Figures of a summary; what names generators, and where it lies, is another.
  private func figures(_ judged: Judge.Judged) throws -> [String: Any] {
    var object = try SplitRecording.object(judged.summary)
    for key in [
      "generators", "run_id", "test_id", "started", "configuration", "validity", "machine",
    ] {
      object[key] = nil
    }
    return object
  }

  // MARK: The whole

  private func assertFiguresAreThoseOfOneRecording(
    _ whole: RecordedScenario,
    into count: Int = 4,
    line: UInt = #line
  ) throws {
    let split = try SplitRecording(whole, into: count)
    let merged = try split.judged()
    let alone = try Judge(whole.recording).evaluate(split.name)
    let (one, other) = (try figures(alone), try figures(merged))
    for key in Set(one.keys).union(other.keys).sorted() {
      XCTAssertEqual(
        one[key] as? NSObject,
        other[key] as? NSObject,
        "\(key) of \(split.name)",
        line: line
      )
    }
    XCTAssertEqual(
      alone.summary.validity?.state,
      merged.summary.validity?.state,
      split.name,
      line: line
    )
    XCTAssertEqual(alone.exports.files.values.sorted(), merged.exports.files.values.sorted())
    XCTAssertGreaterThan(alone.summary.attempts, 100, line: line)
  }

  func testFigures_areThoseOfOneRecording_whenItIsSplitInFour() throws {
    for scenario in ScenarioName.allCases where scenario != .restartRecovery {
      try assertFiguresAreThoseOfOneRecording(
        SyntheticScenario(scenario, meanMilliseconds: 5).recorded(seed: 3)
      )
    }
    var run = MadeUpRun(workers: 9, busyWorkers: 9, sessionsAsked: 9, sessionsGranted: 9)
    (run.failures, run.unanswered) = (3, 2)
    try assertFiguresAreThoseOfOneRecording(run.recorded())
    try assertFiguresAreThoseOfOneRecording(MadeUpRun(arrivalRate: 100).recorded(), into: 2)
  }

  /// What follows without a break still does, so that an answer counts in the stage that it came in.
  func testWindow_isTheCommonOne_whenPartsBeginOneAfterTheOther() throws {
    let parts = [0, 100, 40].map { (shift: Int64) in
      let events = [
        RunEvent(.warmup, at: 0, until: 1_000, step: "a"),
        RunEvent(.measure, at: 1_000, until: 2_000, step: "a", workers: 2),
        RunEvent(.measure, at: 2_000, until: 3_000, step: "b", workers: 1),
        RunEvent(.stepEnd, at: 3_100), RunEvent(.drain, at: 3_200),
        RunEvent(.remark, at: 3_250, message: "so it was"),
        RunEvent(.end, at: 3_300, attempts: 7),
      ]
      return MergedEvents.Part(
        name: "part of \(shift)",
        events: events.map { $0.shifted(by: shift) },
        lastDone: nil
      )
    }
    let events = try MergedEvents(parts).events
    XCTAssertEqual(
      events.prefix(6),
      [
        RunEvent(.warmup, at: 0, until: 1_100, step: "a"),
        RunEvent(.measure, at: 1_100, until: 2_100, step: "a", workers: 6),
        RunEvent(.measure, at: 2_100, until: 3_000, step: "b", workers: 3),
        RunEvent(.stepEnd, at: 3_200), RunEvent(.drain, at: 3_300),
        RunEvent(.end, at: 3_400, attempts: 21),
      ]
    )
    XCTAssertEqual(
      events.dropFirst(6).map(\.message),
      ["part of 0: so it was", "part of 100: so it was", "part of 40: so it was"]
    )
    let window = MeasuredWindow(events: events, lastDone: nil)
    XCTAssertEqual(Set(window.slices.map(\.chain)).count, 1)
  }

  func testFiles_areCopiedAsTheyAre() throws {
    let split = try split()
    let merged = try split.merged()
    for (index, part) in split.parts.enumerated() {
      let names = try XCTUnwrap(FileManager.default.subpaths(atPath: part.directory))
      XCTAssertTrue(names.contains("\(split.name)/w0.jsonl"))
      for name in names {
        let copy = "\(merged.part(index).directory)/\(name)"
        XCTAssertTrue(
          FileManager.default.contentsEqual(atPath: "\(part.directory)/\(name)", andPath: copy),
          name
        )
      }
    }
    let header = try RunHeader(of: merged)
    XCTAssertEqual(header.merged, MergedParts(runID: "night", of: 4, present: [0, 1, 2, 3]))
    XCTAssertEqual(header.testID, merged.testID)
  }

  func testReports_showTheGenerators() throws {
    let judged = try split().judged()
    XCTAssertEqual(judged.summary.result, .pass, judged.report)
    XCTAssertEqual(judged.summary.generators?.map(\.part), [0, 1, 2, 3])
    XCTAssertEqual(judged.summary.generators?.map(\.workers), [2, 2, 2, 2])
    XCTAssertTrue(judged.report.contains("GENERATORS"), judged.report)
    XCTAssertTrue(judged.html.contains("Generators"))
  }

  /// Parts that are told an instant open their sessions when they like, also before part 0 looks at the server.
  func testSessions_areAllThatTheServerCounts_whenPartsHadSomeAtTheFirstLook() throws {
    let judged = try split { ($0.sessionsBefore, $0.sessionsCounted) = (6, 8) }.judged()
    let sessions = judged.summary.validity?.checks.first { $0.subject == .sessions }
    XCTAssertEqual(sessions?.outcome, .pass, "\(String(describing: sessions))")
  }

  // MARK: What is refused

  func testMerge_isRefused_whenAPartIsMissing() throws {
    let split = try split()
    try FileManager.default.removeItem(atPath: split.parts[2].directory)
    assertRefused(split, because: "these are missing: 2")
    let judged = try split.judged(isPartial: true)
    XCTAssertEqual(judged.summary.result, .invalid)
    XCTAssertEqual(failed(judged).map(\.subject), [.partsMissing])
    XCTAssertTrue(judged.summary.verdicts.allSatisfy { $0.outcome != .pass })
  }

  func testMerge_isRefused_whenAPartWasStartedTwice() throws {
    let split = try split()
    let again = split.run + "/part1_20260212_153046"
    try FileManager.default.copyItem(atPath: split.parts[1].directory, toPath: again)
    try split.edit(again + "/run.json") { header in
      var part = header["part"] as? [String: Any]
      part?["attempt"] = "ffffffffffffffff"
      header["part"] = part
    }
    for isPartial in [false, true] {
      assertRefused(split, isPartial: isPartial, because: "both hold part 1 of the run night")
      assertRefused(split, isPartial: isPartial, because: split.parts[1].directory)
      assertRefused(split, isPartial: isPartial, because: again)
    }
  }

  func testStart_isLeftOut_whenItSentNothing_andAnotherOfItsPartDid() throws {
    let split = try split()
    let again = RecordingLayout(directory: split.run + "/part1_20260212_153046")
    try FileManager.default.copyItem(
      atPath: split.parts[1].directory,
      toPath: again.directory
    )
    try SplitRecording.write(
      [RunEvent(.setup, at: 0), RunEvent(.failed, at: 1, message: "too late")],
      to: again.scenario(split.name).events
    )
    let judged = try split.judged()
    XCTAssertEqual(judged.summary.result, .pass)
    XCTAssertTrue(judged.report.contains("\(again.directory) sent nothing"), judged.report)
  }

  func testMerge_isRefused_whenAPartIsOfAnotherPlan() throws {
    let split = try split()
    try split.edit(split.layout(3).header) { $0["timeout_s"] = 31 }
    assertRefused(split, because: "they differ in timeout_s")
    try split.edit(split.layout(3).header) { header in
      header["timeout_s"] = 30
      header["plan_digest"] = "0123456789abcdef"
    }
    assertRefused(split, because: "they differ in plan_digest")
    assertRefused(split, isPartial: true, because: "they differ in plan_digest")
    try split.edit(split.layout(3).header) { header in
      header["plan_digest"] = nil
      var network = header["network"] as? [String: Any]
      network?["server"] = "http://other:3000/mcp"
      header["network"] = network
    }
    assertRefused(split, because: "they differ in network.server")
  }

  func testMerge_isRefused_whenLinesAreMissing() throws {
    let split = try split()
    let file = split.layout(1).samples(1)
    let lines = try String(contentsOfFile: file, encoding: .utf8).lines()
    try Data(lines.dropLast(3).map { $0 + "\n" }.joined().utf8)
      .write(to: URL(fileURLWithPath: file))
    assertRefused(split, because: "part 1 (host")
    assertRefused(split, isPartial: true, because: "copy all of its files again")
  }

  func testMerge_isRefused_whenADirectoryIsNoPart() throws {
    let split = try split()
    assertRefused(split, [split.results], because: "holds no part of a load")
    assertRefused(split, [split.directory.path + "/none"], because: "cannot be read")
    let alone = try MadeUpRun().recorded()
    assertRefused(split, [alone.recording.directory], because: "is no part of a load of several")
    let merged = try split.merged()
    XCTAssertThrowsError(try RecordingMerge([merged.directory], isPartial: false))
    XCTAssertEqual(try Judge(RecordingLayout(directory: split.run)).scenarios(), [])
    // One that lies beside the parts is none of them.
    try FileManager.default.moveItem(atPath: merged.directory, toPath: split.run + "/loadtest_x")
    XCTAssertEqual(try split.judged().summary.result, .pass)
  }

  func testOnePart_isMerged_whereItIsAllOfALoad() throws {
    let split = try split(into: 1)
    let judged = try split.judged()
    XCTAssertEqual(judged.summary.result, .pass)
    XCTAssertTrue(judged.report.contains("GENERATORS"), judged.report)
  }

  func testRefusal_namesThePart_andNotItsCopy() throws {
    let split = try split()
    try split.edit(split.layout(3).header) { $0["workers"] = "x" }
    assertRefused(split, because: split.layout(3).header)
  }

  func testMerge_isRefused_whenNoTimeIsCommonToAllParts() throws {
    let split = try split()
    try split.move(2, by: 60_000)
    assertRefused(split, because: "no time is common to all")
  }

  // MARK: What makes the whole INVALID

  /// What the others did is there to see.
  func testLoad_isInvalid_andShown_whenAPartSentNothing() throws {
    let split = try split()
    try SplitRecording.write(
      [RunEvent(.setup, at: 0), RunEvent(.failed, at: 1, message: "it was ready 300 ms too late")],
      to: split.layout(1).events
    )
    for number in 0..<2 {
      try Data().write(to: URL(fileURLWithPath: split.layout(1).samples(number)))
    }
    assertRefused(split, because: "part 1 (host")
    let judged = try split.judged(isPartial: true)
    XCTAssertEqual(judged.summary.result, .brokenOff)
    XCTAssertTrue(failed(judged).contains { $0.subject == .partsEnded && $0.part == 1 })
    XCTAssertEqual(judged.summary.throughput.windowSeconds, 6, accuracy: 0.02)
    XCTAssertTrue(judged.report.contains("300 ms too late"), judged.report)
  }

  func testLoad_isBrokenOff_whenAGeneratorWasKilled() throws {
    let split = try split()
    try split.kill(2, at: 3_000)
    assertRefused(split, because: "part 2 (host")
    let judged = try split.judged(isPartial: true)
    XCTAssertEqual(judged.summary.result, .brokenOff)
    XCTAssertEqual(failed(judged).map(\.subject), [.partsEnded])
    XCTAssertEqual(failed(judged).map(\.part), [2])
    XCTAssertEqual(judged.summary.throughput.windowSeconds, 3, accuracy: 0.02)
    XCTAssertTrue(
      judged.summary.problems.contains {
        $0.contains("breaks off after 3.0 s") && $0.contains("part 2 (host")
      },
      "\(judged.summary.problems)"
    )
  }

  func testLoad_isInvalid_whenAPartEndedEarly() throws {
    let split = try split()
    let layout = split.layout(1)
    let events = RecordingJSON.decodeLines(RunEvent.self, at: layout.events).read
    try SplitRecording.write(
      events + [RunEvent(.stopped, at: 4_000_000_000, message: "signal 15")],
      to: layout.events
    )
    let judged = try split.judged()
    XCTAssertEqual(judged.summary.result.exitStatus(isStrict: false), 3)
    XCTAssertEqual(failed(judged).map(\.part), [1])
    XCTAssertTrue(judged.summary.problems.contains { $0.contains("signal 15, at 4.0 s") })
  }

  func testLoad_isInvalid_whenTheClockOfAPartIsThreeSecondsOff() throws {
    for (milliseconds, other) in [(3_000.0, "after part 0"), (-3_000, "before part 3")] {
      let split = try split()
      try split.move(2, by: milliseconds)
      let judged = try split.judged()
      XCTAssertEqual(judged.summary.result, .invalid)
      let check = try XCTUnwrap(failed(judged).first { $0.subject == .partsStart })
      XCTAssertEqual(check.part, 2)
      XCTAssertEqual(check.statistic, 3_000)
      XCTAssertTrue(check.message.contains(other), check.message)
      XCTAssertTrue(check.complaint?.contains("part 2: parts_start_ms") ?? false)
      XCTAssertEqual(judged.summary.throughput.windowSeconds, 3, accuracy: 0.001)
    }
    let near = try split()
    try near.move(2, by: 499)
    XCTAssertEqual(try near.judged().summary.result, .pass)
  }

  func testLoad_isInvalid_whenHostsDifferAndAClockIsNotSynchronised() throws {
    let split = try split()
    try split.move(3, to: "far")
    for part in split.parts { try split.edit(part.runHeader) { $0["clock_bound"] = nil } }
    XCTAssertEqual(try split.judged().summary.result, .pass, "nobody tells of clocks")
    func set(_ part: Int, error: Double, synchronised: Bool) throws {
      try split.edit(split.parts[part].runHeader) {
        $0["clock_bound"] = ["max_error_ms": error, "is_synchronised": synchronised]
      }
    }
    for part in 0..<4 { try set(part, error: 20, synchronised: true) }
    XCTAssertEqual(try split.judged().summary.result, .pass)
    for (error, synchronised) in [(501.0, true), (20, false)] {
      try set(1, error: error, synchronised: synchronised)
      let judged = try split.judged()
      XCTAssertEqual(judged.summary.result, .invalid)
      XCTAssertEqual(failed(judged).map(\.subject), [.partsClock])
      XCTAssertEqual(failed(judged).map(\.part), [1])
    }
    try split.move(3, to: RunHeader(testID: "x").machine.hostName)
    XCTAssertEqual(try split.judged().summary.result, .pass, "one machine has one clock")
  }

  func testLoad_isInvalid_whenAPartIs() throws {
    let split = try split()
    let late = try MadeUpRun(latestTick: 250).recorded()
    try FileManager.default.removeItem(atPath: split.layout(2).generator)
    try FileManager.default.copyItem(
      atPath: late.layout.generator,
      toPath: split.layout(2).generator
    )
    let judged = try split.judged()
    XCTAssertEqual(judged.summary.result, .invalid)
    XCTAssertEqual(failed(judged).map(\.name), ["generator_late_tick_ms"])
    XCTAssertEqual(failed(judged).map(\.part), [2])
    XCTAssertTrue(
      judged.summary.verdicts.contains { $0.message.contains("part 2: generator_late_tick_ms 250") }
    )
  }

  // MARK: Slow places

  func testSlowPart_isNamed_andAlikeOnesAreNot() throws {
    let synthetic = try SyntheticScenario(.commandThroughput, meanMilliseconds: 5)
      .recorded(seed: 8)
    let split = try SplitRecording(synthetic, into: 5)
    XCTAssertEqual(try split.judged().summary.problems.filter { $0.contains("slower") }, [])
    try split.move(3, to: "far")
    try split.change(3) { $0.attempt.done += 4_000_000 }
    let judged = try split.judged()
    let named = judged.summary.problems.filter { $0.contains("slower") }
    XCTAssertEqual(named.count, 1, "\(named)")
    XCTAssertTrue(named[0].contains("part 3 (host far) is slower: its median is"), named[0])
    XCTAssertEqual(
      judged.summary.generators?.filter { $0.slower ?? 1 < GeneratorContrast.alpha }.map(\.part),
      [3]
    )
  }
}
