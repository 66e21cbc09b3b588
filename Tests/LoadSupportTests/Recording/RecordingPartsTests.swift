import Foundation
import XCTest

@testable import LoadSupport

final class RecordingPartsTests: XCTestCase {
  /// A generator's part of a load of two workers each, unless it is said otherwise.
  private func part(
    _ index: Int,
    of count: Int = 2,
    run: String = "night",
    workers: Int = 2,
    begun milliseconds: Double = 1_770_910_245_000,
    _ samples: [Sample] = []
  ) throws -> RecordedScenario {
    let recorded = try RecordedScenario(RecordedScenario.header(workers: workers))
    let header = try JSONSerialization.jsonObject(with: RecordingJSON.encodeFile(recorded.header))
    var object = try XCTUnwrap(header as? [String: Any])
    object["part"] = ["run_id": run, "index": index, "of": count]
    // What a machine's own clock counts from says nothing to another machine.
    object["clock"] = ["monotonic_ns": 7_000 * (index + 1), "epoch_ms": milliseconds]
    try recorded.write(
      JSONSerialization.data(withJSONObject: object),
      to: recorded.recording.runHeader
    )
    try recorded.write(samples)
    return recorded
  }

  private func read(
    _ samples: RecordedSamples
  ) throws -> (
    all: [(part: Int, sample: Sample)], lines: RecordedSamples.Lines
  ) {
    var all: [(part: Int, sample: Sample)] = []
    let lines = try samples.read { all.append((part: $0, sample: $1)) }
    return (all, lines)
  }

  private func assertRefused(
    _ first: RecordedScenario,
    _ second: RecordedScenario,
    because words: String,
    line: UInt = #line
  ) {
    XCTAssertThrowsError(
      try RecordingParts([first.recording, second.recording]).samples(of: RecordedScenario.name),
      line: line
    ) { error in
      XCTAssertTrue(error is RecordingFormatError, "\(error)", line: line)
      XCTAssertTrue("\(error)".contains(words), "\(error)", line: line)
    }
  }

  func testParts_areReadAsOne_whenTheirClocksAndWorkersDiffer() throws {
    var early = Sample("a", planned: -1, done: 2, sent: 0, worker: 1)
    early.attempt.firstByte = 1_000_000
    early.attempt.connecting = 500
    let first = try part(0, workers: 3, [Sample("a", planned: 1, done: 2, worker: 2)])
    let second = try part(1, begun: 1_770_910_245_250, [early])
    let parts = try RecordingParts([second.recording, first.recording])
    XCTAssertEqual(parts.all.map(\.recording), [first.recording, second.recording])
    let (read, lines) = try read(try parts.samples(of: RecordedScenario.name))
    XCTAssertEqual(lines, RecordedSamples.Lines(read: 2, unreadable: 0))
    XCTAssertEqual(read.map(\.part), [0, 1])
    var rebased = Sample("a", planned: 249, done: 252, sent: 250, worker: 4)
    rebased.attempt.firstByte = 251_000_000
    rebased.attempt.connecting = 500
    XCTAssertEqual(read.map(\.sample), [Sample("a", planned: 1, done: 2, worker: 2), rebased])
  }

  /// The figures of a load are those of all its generators.
  func testAggregate_isOfAllParts() throws {
    let first = try part(0, [Sample("a", planned: 100, done: 200)])
    let second = try part(
      1,
      begun: 1_770_910_244_000,
      [Sample("a", planned: 1_900, done: 1_950), Sample("a", planned: 3_100, done: 3_200)]
    )
    let samples = try RecordingParts([first.recording, second.recording])
      .samples(of: RecordedScenario.name)
    let aggregate = try Aggregate(
      samples,
      events: [
        RunEvent(.measure, at: 0, until: 2_000_000_000), RunEvent(.drain, at: 2_000_000_000),
      ],
      workload: ["a"]
    )
    XCTAssertEqual(aggregate.lines, 3)
    XCTAssertEqual(aggregate.successes(), 2, "one was done after the window")
    XCTAssertEqual(aggregate.successesByWorker, [nil: [1, 0, 1]])
  }

  func testSample_isCountedAsUnreadable_whenItsPartHasNoSuchWorker() throws {
    let stray = Sample("a", planned: 1, done: 2, worker: 2)
    let first = try part(0, [stray, Sample("a", planned: 1, done: 2, worker: 1)])
    let second = try part(1)
    let parts = try RecordingParts([first.recording, second.recording])
    let (read, lines) = try read(try parts.samples(of: RecordedScenario.name))
    XCTAssertEqual(read.map(\.sample.worker), [1])
    XCTAssertEqual(lines, RecordedSamples.Lines(read: 1, unreadable: 1))
  }

  func testOnePart_isReadAsItStands() throws {
    let samples = [Sample("a", planned: 1, done: 2, worker: 1), Sample("b", planned: 3, done: 4)]
    let alone = try part(0, of: 1, workers: 1, samples)
    let (read, lines) = try read(
      try RecordingParts([alone.recording]).samples(of: RecordedScenario.name)
    )
    XCTAssertEqual(read.map(\.sample), samples)
    XCTAssertEqual(lines, RecordedSamples.Lines(read: 2, unreadable: 0))
  }

  func testParts_areRefused_whenOneIsMissing() throws {
    let alone = try part(1, of: 3)
    XCTAssertThrowsError(try RecordingParts([alone.recording])) { error in
      XCTAssertEqual(
        "\(error)",
        "the run night has the parts 0 to 2, of which these are missing: 0, 2; name the directories of all "
          + "parts"
      )
    }
    let largest = try part(0, of: 1_000)
    XCTAssertThrowsError(try RecordingParts([largest.recording])) { error in
      XCTAssertTrue("\(error)".contains("9, 10 and 989 more;"), "\(error)")
    }
    XCTAssertEqual(try RecordingParts([alone.recording], arePartial: true).all.count, 1)
  }

  /// Its figures would else be taken for those of the load.
  func testAnalysis_saysSo_whenItIsOfOnePartAlone() throws {
    let problems = try part(1, of: 3).analysis().problems
    XCTAssertEqual(
      problems.first,
      "this is part 1 of the run night alone, which has the parts 0 to 2: `loadtest merge` judges all of them as "
        + "one load"
    )
    XCTAssertFalse(try part(0, of: 1).analysis().problems.contains { $0.contains("alone") })
  }

  func testParts_areRefused_whenOneIsDoubledOrOfAnotherRun() throws {
    let (first, second) = (try part(0), try part(1))
    assertRefused(second, second, because: "both hold part 1 of the run night")
    assertRefused(first, try part(1, run: "day"), because: "of the run day")
    assertRefused(first, try part(1, of: 3), because: "of one of 3")
    assertRefused(first, try part(1, begun: 0), because: "more than 13 days apart")
    assertRefused(
      first,
      try part(1, workers: 999_999),
      because: "more workers than a load can have"
    )
  }

  func testPart_isRefused_whenItsPlaceCannotBe() throws {
    for (index, count) in [(2, 2), (-1, 2), (0, 0), (0, -1), (0, Int.max)] {
      XCTAssertThrowsError(try RecordingParts([part(index, of: count).recording])) { error in
        XCTAssertTrue("\(error)".contains("no run can have written"), "\(error)")
      }
    }
  }
}
