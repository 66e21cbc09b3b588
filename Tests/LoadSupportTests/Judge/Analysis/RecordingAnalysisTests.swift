import Foundation
import XCTest

@testable import LoadSupport

final class RecordingAnalysisTests: XCTestCase {
  private static let events = [
    RunEvent(.setup, at: 0), RunEvent(.warmup, at: 0, until: 0),
    RunEvent(.measure, at: 0, until: 2_000_000_000), RunEvent(.drain, at: 2_000_000_001),
    RunEvent(.end, at: 2_000_000_002, attempts: 1),
  ]

  private func problems(_ samples: [Sample], events: [RunEvent] = events) throws -> [String] {
    let recorded = try RecordedScenario()
    try recorded.write(samples)
    try recorded.write(events)
    return try recorded.analysis().problems
  }

  func testAnalysis_hasNoProblems_whenAllWentWell() throws {
    let samples = [Sample("a", planned: 1, done: 2), Sample("b", planned: 1, done: 2)]
    XCTAssertEqual(try problems(samples), [])
  }

  /// Files that are gone are no fault of the server's.
  func testAnalysis_saysSo_whenAttemptsStandInNoFile() throws {
    let end = Self.events.dropLast() + [RunEvent(.end, at: 2_000_000_002, attempts: 3)]
    XCTAssertEqual(
      try problems([Sample("a", planned: 1, done: 2)], events: Array(end)),
      ["2 of 3 attempts are in no file: files of samples are missing or cut off"]
    )
  }

  func testAnalysis_saysHowTheRunEnded() throws {
    let samples = [Sample("a", planned: 1, done: 500)]
    let stopped = Self.events + [RunEvent(.stopped, at: 1_500_000_000, message: "Ctrl-C")]
    XCTAssertEqual(
      try problems(samples, events: stopped),
      ["interrupted after 1.5 s of the measured window: Ctrl-C"]
    )
    XCTAssertEqual(
      try problems(samples, events: Array(Self.events.prefix(3))),
      ["the recording breaks off after 0.5 s of the measured window"]
    )
    XCTAssertEqual(try problems([], events: []), ["the load never began"])
    let problem = RunEvent(.problem, at: 1, message: "the roof leaks")
    XCTAssertEqual(try problems(samples, events: Self.events + [problem]), ["the roof leaks"])
  }

  /// A server that refuses every command is no fast server.
  func testAnalysis_saysSo_whenNothingOrOneOperationNeverSucceeded() throws {
    let refused = Sample("b", .toolError, planned: 1, done: 2, error: "no slashes")
    XCTAssertEqual(
      try problems([Sample("a", .timeout, planned: 1, done: 2, error: "late"), refused, refused]),
      ["none of the 3 requests succeeded; most often tool_error: no slashes"]
    )
    XCTAssertEqual(
      try problems([Sample("a", planned: 1, done: 2), refused]),
      ["b never succeeded while others did; most often tool_error: no slashes"]
    )
    // Sometimes is not never.
    XCTAssertEqual(
      try problems([Sample("a", planned: 1, done: 2), refused, Sample("b", planned: 3, done: 4)]),
      []
    )
  }

  /// A link that breaks after the sessions were opened leaves nothing to measure.
  func testAnalysis_saysSo_whenNothingWasMeasured() throws {
    XCTAssertEqual(
      try problems([Sample("a", planned: -1, done: 3000, phase: .warmup)]),
      ["no request of the load was measured: those before the measured window outlasted it"]
    )
    XCTAssertEqual(
      try problems([Sample("a", .timeout, planned: -1, done: 3000, phase: .warmup, error: "late")]),
      ["no request of the load was measured: most often timeout: late"]
    )
  }

  func testAnalysis_saysSo_whenNothingSucceededInOneStep() throws {
    func sample(_ step: String, _ outcome: Outcome) -> Sample {
      let attempt = Attempt(outcome: outcome, planned: 1, done: 2, error: "words")
      return Sample(worker: 0, operation: "a", phase: .measure, step: step, attempt: attempt)
    }
    let events = ["port=1", "port=2"].map {
      RunEvent(.measure, at: 0, until: 2_000_000_000, step: $0)
    }
    func problems(_ outcome: Outcome) throws -> [String] {
      try self.problems(
        [sample("port=1", .success), sample("port=2", outcome)],
        events: events + [RunEvent(.drain, at: 2_000_000_001)]
      )
    }
    XCTAssertEqual(
      try problems(.timeout),
      ["nothing succeeded in the step port=2 while others did; most often timeout: words"]
    )
    // Beyond a limit a refusal is the right answer.
    XCTAssertEqual(try problems(.rejected), [])
  }

  func testAnalysis_countsLinesThatCannotBeRead() throws {
    let recorded = try RecordedScenario()
    try recorded.write([Sample("a", planned: 1, done: 2)])
    try recorded.write(Self.events)
    try recorded.write(Array("garbage\n{\n".utf8), to: recorded.layout.samples(3))
    let analysis = try recorded.analysis()
    XCTAssertEqual(analysis.problems, ["2 lines of the recording could not be read"])
    XCTAssertEqual(analysis.attemptsMade, 1)
  }

  func testAnalysis_countsDamagedLines_ofEachFile() throws {
    let recorded = try RecordedScenario()
    try recorded.write([Sample("a", planned: 1, done: 2)])
    try recorded.write(Self.events)
    for path in [recorded.layout.serverMetrics, recorded.layout.generator] {
      try recorded.write(Array("garbage\n{\n".utf8), to: path)
    }
    XCTAssertEqual(
      try recorded.analysis().problems,
      [
        "2 lines of server_metrics.jsonl could not be read",
        "2 lines of generator.jsonl could not be read",
      ]
    )
  }

  /// A load of which there are attempts has begun.
  func testAnalysis_saysSo_whenNothingTellsWhenTheLoadBegan() throws {
    XCTAssertEqual(
      try problems([Sample("a", planned: 1, done: 2)], events: []),
      [
        "1 attempt of the load is there, but not when it began: events.jsonl is missing or damaged"
      ]
    )
  }

  func testAnalysis_isRefused_whenAHeaderIsMissingOrDamaged() throws {
    for keyPath in [\RecordingLayout.runHeader, \.firstScenarioHeader] {
      let recorded = try RecordedScenario()
      let path = recorded.recording[keyPath: keyPath]
      try recorded.write(Self.events)
      try recorded.write(Array("{\"format\": 1".utf8), to: path)
      XCTAssertThrowsError(try recorded.analysis()) { error in
        XCTAssertTrue("\(error)".contains("\(path) cannot be read"), "\(error)")
      }
      try FileManager.default.removeItem(atPath: path)
      XCTAssertThrowsError(try recorded.analysis()) { error in
        XCTAssertTrue("\(error)".contains("\(path) is missing"), "\(error)")
      }
      // It is found missing, and not passed over with all that it is of.
      XCTAssertEqual(try Judge(recorded.recording).scenarios(), [RecordedScenario.name])
    }
  }

  func testAnalysis_isRefused_whenTheFormatIsNewer() throws {
    let recorded = try RecordedScenario()
    let path = recorded.recording.runHeader
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let newer = text.replacingOccurrences(of: "\"format\" : 1", with: "\"format\" : 2")
    XCTAssertNotEqual(newer, text)
    try recorded.write(newer.utf8, to: path)
    XCTAssertThrowsError(try recorded.analysis()) { error in
      XCTAssertTrue("\(error)".contains("format 2"), "\(error)")
      XCTAssertTrue("\(error)".contains("reads up to 1"), "\(error)")
    }
  }
}

extension RecordingLayout {
  fileprivate var firstScenarioHeader: String { scenario(RecordedScenario.name).header }
}
