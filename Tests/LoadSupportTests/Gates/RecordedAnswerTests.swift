import Foundation
import FoundationXML
import XCTest

@testable import LoadSupport

/// Comparisons and searches are judged again to the same bytes.
final class RecordedAnswerTests: XCTestCase {
  private var directory: TemporaryDirectory!

  override func setUpWithError() throws { directory = try TemporaryDirectory() }

  private static let comparison = GatePlan.Comparison(
    scenario: ScenarioName.commandThroughput.rawValue,
    tolerance: 0.05,
    firstLook: 3
  )

  /// Puts a made-up run where a gate's run would be.
  private func record(_ run: MadeUpRun, into recording: RecordingLayout) throws -> RecordedTrial {
    try FileManager.default.copyItem(
      atPath: run.recorded().recording.directory,
      toPath: recording.directory
    )
    return try XCTUnwrap(RecordedTrial(ScenarioName.commandThroughput.rawValue, in: recording))
  }

  private func fail(_ reason: String, in recording: RecordingLayout) throws -> RecordedTrial {
    try ResultFile.makeDirectory(recording.directory)
    return .failed(ScenarioName.commandThroughput.rawValue, NetworkError(reason), in: recording)
  }

  private func files(_ names: [String]) throws -> [Data] {
    try names.map { try Data(contentsOf: URL(fileURLWithPath: "\(directory.path)/\($0)")) }
  }

  /// Compares two servers, of which head is so many times as slow; `stop` tells after which run somebody
  /// stops it.
  private func compare(
    slowerBy factor: Double,
    stopAfter stop: Int = .max
  ) throws -> ComparisonReport {
    var pairs = try ComparisonPairs(Self.comparison, in: directory.path)
    var count = 0
    while let side = pairs.next, count < stop {
      let recording = pairs.recording(side)
      count += 1
      if count == 3 {
        pairs.note(try fail("out of luck", in: recording), side)
        continue
      }
      var run = MadeUpRun()
      run.latencyMilliseconds = (side == .head ? 10 * factor : 10) + 0.01 * Double(count)
      pairs.note(try record(run, into: recording), side)
    }
    return try pairs.end()
  }

  func testComparison_isTheSame_whenJudgedAgain() throws {
    let report = try compare(slowerBy: 1.5)
    XCTAssertEqual(report.ending, .regression, report.text)
    XCTAssertEqual(report.pairs.map(\.invalid), [nil, "head: out of luck", nil, nil])
    let names = ["comparison.json", "comparison.md", "comparison.html"]
    try report.write(to: directory.path, environment: [:])
    let first = try files(names)
    let answer = try XCTUnwrap(RecordedAnswer(in: directory.path))
    try answer.write(to: directory.path, environment: [:])
    XCTAssertEqual(try files(names), first)
    XCTAssertEqual(answer.text, report.text)
    XCTAssertEqual(answer.exitStatus(isStrict: false), 1)
    try FileSchema.comparison.assertTakes(directory.path + "/comparison.json")
  }

  func testComparison_staysInterrupted_whenJudgedAgain() throws {
    let report = try compare(slowerBy: 1.5, stopAfter: 5)
    XCTAssertEqual(report.ending, .interrupted)
    let answer = try XCTUnwrap(RecordedAnswer(in: directory.path))
    XCTAssertEqual(answer.text, report.text)
    XCTAssertEqual(answer.exitStatus(isStrict: false), 130)
  }

  /// Nobody wrote down how it ended, and its last run is the beginning of one.
  func testComparison_countsWholePairs_whenItWasKilled() throws {
    var pairs = try ComparisonPairs(Self.comparison, in: directory.path)
    for isKilled in [false, false, false, true] {
      let side = try XCTUnwrap(pairs.next)
      var run = MadeUpRun()
      run.isKilled = isKilled
      pairs.note(try record(run, into: pairs.recording(side)), side)
    }
    guard case .comparison(let report) = try RecordedAnswer(in: directory.path) else {
      return XCTFail("no comparison")
    }
    XCTAssertEqual(report.pairs.map(\.name), ["pair-01"])
    XCTAssertEqual(report.ending, .interrupted)
  }

  /// Searches at one rate, which holds; the second trial cannot be run.
  private func search(stopAfter stop: Int = .max) throws -> CapacityReport {
    let objective = try ServiceObjective(parsing: "p50<20ms,success>0.9")
    var trials = try CapacityTrials(
      GatePlan.Capacity(objective: objective, lowestPerSecond: 200, highestPerSecond: 200),
      in: directory.path
    )
    while let rate = trials.next, trials.trials.count < stop {
      if trials.trials.count == 1 {
        trials.note(try fail("no descriptor is left", in: trials.recording))
        continue
      }
      var run = MadeUpRun()
      run.arrivalRate = rate
      run.busyWorkers = 2
      trials.note(try record(run, into: trials.recording))
    }
    return try trials.end()
  }

  func testCapacity_isTheSame_whenJudgedAgain() throws {
    let report = try search()
    XCTAssertEqual(report.holdsPerSecond, 200, report.text)
    XCTAssertEqual(report.trials[1].reason, "no descriptor is left")
    let names = ["capacity.json", "capacity.html"]
    try report.write(to: directory.path)
    let first = try files(names)
    let answer = try XCTUnwrap(RecordedAnswer(in: directory.path))
    try answer.write(to: directory.path, environment: [:])
    XCTAssertEqual(try files(names), first)
    XCTAssertEqual(answer.text, report.text)
    XCTAssertEqual(answer.exitStatus(isStrict: false), 0)
    XCTAssertTrue(answer.text.hasPrefix("    rate/s   reached/s"), answer.text)
    try FileSchema.capacity.assertTakes(directory.path + "/capacity.json")
  }

  func testCapacityPage_hasALineARate_theObjectiveAndTheAnswer() throws {
    let page = try search().html
    let parser = XMLParser(data: Data(page.utf8))
    XCTAssertTrue(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "")")
    for part in [
      "answer: holds ×3, invalid", "objective: p50 below 20 ms", "answer: 200.0/s", "p50, holds",
      "class=\"line limit dash\"", "class=\"marker s0 pass\"",
    ] {
      XCTAssertTrue(page.contains(part), "no \(part) in \(page)")
    }
    XCTAssertEqual(page.components(separatedBy: "<th scope=\"row\">").count, 2)
  }

  func testCapacity_hasNoAnswer_whenItWasInterrupted() throws {
    let report = try search(stopAfter: 2)
    XCTAssertEqual(report.answer, "no answer: the search was interrupted")
    let answer = try XCTUnwrap(RecordedAnswer(in: directory.path))
    XCTAssertEqual(answer.text, report.text)
    XCTAssertEqual(answer.exitStatus(isStrict: false), 130)
  }

  func testAnswer_isInterrupted_whereSomebodyStoppedItBeforeItsFirstRunWasOver() throws {
    _ = try search(stopAfter: 0)
    XCTAssertEqual(try RecordedAnswer(in: directory.path)?.exitStatus(isStrict: false), 130)
    _ = try compare(slowerBy: 1, stopAfter: 0)
    XCTAssertEqual(try RecordedAnswer(in: directory.path)?.exitStatus(isStrict: false), 130)
  }

  func testAnswer_isNone_whereTheFirstRunCouldNotBegin() throws {
    let pairs = try ComparisonPairs(Self.comparison, in: directory.path)
    let side = try XCTUnwrap(pairs.next)
    _ = try fail("nobody listens", in: pairs.recording(side))
    XCTAssertThrowsError(try RecordedAnswer(in: directory.path)) { error in
      XCTAssertTrue("\(error)".contains("could not begin: nobody listens"), "\(error)")
    }
  }

  /// What is left of a comparison would be another answer.
  func testAnswer_isNone_whereAPairIsMissing() throws {
    let report = try compare(slowerBy: 1.5)
    let (name, count) = (report.pairs[1].name, report.pairs.count)
    try FileManager.default.removeItem(atPath: "\(directory.path)/\(name)-head")
    XCTAssertThrowsError(try RecordedAnswer(in: directory.path)) { error in
      XCTAssertTrue(
        "\(error)".contains("\(name)-* is missing or damaged: \(count) pairs"),
        "\(error)"
      )
    }
  }

  /// Whatever a file of others says is refused with its name, and nothing traps.
  func testPlan_isRefused_whenNoCommandLineCanHaveAskedForIt() throws {
    _ = try compare(slowerBy: 1.5)
    let plan = try XCTUnwrap(GatePlan.read(in: directory.path))
    let text = String(decoding: try RecordingJSON.encodeFile(plan), as: UTF8.self)
    for (part, other) in [
      (#""first_look" : 3"#, #""first_look" : 4611686018427387904"#),
      (#""first_look" : 3"#, #""first_look" : 0"#), (#""first_look" : 3"#, #""first_look" : 3.5"#),
      (#""tolerance" : 0.05"#, #""tolerance" : 1e308"#),
      (#""tolerance" : 0.05"#, #""tolerance" : -1"#), (#""format" : 1"#, #""format" : 2"#),
      (#""format" : 1"#, #""format" : 0"#),
    ] {
      let changed = text.replacing(part, with: other)
      XCTAssertNotEqual(changed, text, part)
      _ = try directory.write(changed.utf8, to: "plan.json")
      XCTAssertThrowsError(try RecordedAnswer(in: directory.path), other) { error in
        XCTAssertTrue("\(error)".contains("plan.json "), "\(error)")
      }
    }
  }

  func testAnswer_isNone_orSaysWhatIsMissing() throws {
    XCTAssertNil(try RecordedAnswer(in: directory.path))
    _ = try search(stopAfter: 1)
    try FileManager.default.removeItem(atPath: directory.path + "/trial-01")
    XCTAssertThrowsError(try RecordedAnswer(in: directory.path)) { error in
      XCTAssertTrue("\(error)".contains("trial-01 is missing or damaged"), "\(error)")
    }
    _ = try directory.write("{".utf8, to: "plan.json")
    XCTAssertThrowsError(try RecordedAnswer(in: directory.path))
  }

  // MARK: Formats

  private func keys(_ value: Any) -> Set<String> {
    switch value {
    case let object as [String: Any]:
      object.values.reduce(into: Set(object.keys)) { $0.formUnion(keys($1)) }
    case let list as [Any]: list.reduce(into: []) { $0.formUnion(keys($1)) }
    default: []
    }
  }

  func testFiles_haveAFormat_andNamesWithoutCapitals() throws {
    var files = [try RecordingJSON.encodeFile(compare(slowerBy: 1))]
    files += try self.files(["plan.json"])
    directory = try TemporaryDirectory()
    files.append(try RecordingJSON.encodeFile(search()))
    files += try self.files(["plan.json"])
    for file in files {
      let object = try XCTUnwrap(JSONSerialization.jsonObject(with: file) as? [String: Any])
      XCTAssertNotNil(object["format"] as? Int)
      XCTAssertEqual(keys(object).filter { $0 != $0.lowercased() }, [])
    }
  }

  func testFilesOfTheFirstFormat_areRead() throws {
    func old(_ report: some Encodable, _ change: (inout [String: Any]) -> Void) throws -> Data {
      let data = try RecordingJSON.encodeFile(report)
      var object = try XCTUnwrap(JSONSerialization.jsonObject(with: data) as? [String: Any])
      object["format"] = nil
      change(&object)
      return try JSONSerialization.data(withJSONObject: object)
    }
    let comparison = try compare(slowerBy: 1.5)
    let first = try old(comparison) { $0["firstLook"] = $0.removeValue(forKey: "first_look") }
    let read = try JSONDecoder().decode(ComparisonReport.self, from: first)
    XCTAssertEqual(read.format, 1)
    XCTAssertEqual(read.text, comparison.text)
    directory = try TemporaryDirectory()
    let capacity = try search()
    let again = try JSONDecoder().decode(CapacityReport.self, from: old(capacity) { _ in })
    XCTAssertEqual(again.text, capacity.text)
  }
}
