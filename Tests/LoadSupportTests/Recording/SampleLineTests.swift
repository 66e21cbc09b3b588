import EventIO
import Foundation
import XCTest

@testable import LoadSupport

final class SampleLineTests: XCTestCase {
  private func line(_ sample: Sample, _ origin: ClockOrigin) -> [UInt8] {
    var line: [UInt8] = []
    SampleLine.append(sample, origin: origin, to: &line)
    return line
  }

  /// A line gives instants as offsets from the origin.
  private func relative(_ sample: Sample, to origin: ClockOrigin) -> Sample {
    var sample = sample
    sample.attempt.planned = origin.offset(sample.attempt.planned)
    sample.attempt.done = origin.offset(sample.attempt.done)
    sample.attempt.sent = sample.attempt.sent.map(origin.offset)
    sample.attempt.firstByte = sample.attempt.firstByte.map(origin.offset)
    sample.attempt.firstProgress = sample.attempt.firstProgress.map(origin.offset)
    return sample
  }

  func testLine_givesTheSampleBack_whateverIsInIt() throws {
    let seed: UInt64 = 20_260_212
    var random = SeededRandom(seed: seed)
    let origin = ClockOrigin(
      monotonicNanoseconds: 987_654_321_012_345,
      epochMilliseconds: 1_770_910_245_123
    )
    var names = NameTable()
    for round in 0..<5_000 {
      let sample = random.sample(around: origin)
      let line = line(sample, origin)
      let context = "seed \(seed), round \(round): \(String(decoding: line, as: UTF8.self))"
      XCTAssertEqual(line.firstIndex(of: 0x0A), line.count - 1, context)
      XCTAssertFalse(line.dropLast().contains { $0 < 0x20 }, context)
      let parsed = try line.dropLast().withUnsafeBytes { try SampleLine.parse($0, names: &names) }
      XCTAssertEqual(parsed, relative(sample, to: origin), context)
      XCTAssertEqual(
        parsed.operation.unicodeScalars.elementsEqual(sample.operation.unicodeScalars),
        true
      )
    }
  }

  /// Differences and sums of what is read must not overflow.
  func testLine_isRefused_whenAnInstantIsBeyondAnyRun() throws {
    for (key, value) in [
      ("planned_ns", Int64.min + 1), ("planned_ns", .max), ("done_ns", .max), ("sent_ns", .min + 1),
      ("first_byte_ns", 1 << 51), ("connect_ns", .max),
    ] {
      let text =
        #"{"worker":0,"op":"a","outcome":"success","phase":"measure","planned_ns":1,"done_ns":2,"#
        + "\"\(key)\":\(value)}"
      var names = NameTable()
      let line = Array(text.utf8)
      XCTAssertThrowsError(
        try line.withUnsafeBytes { try SampleLine.parse($0, names: &names) },
        text
      )
    }
  }

  func testLine_hasTheKeysOfTheFormat_asFoundationReadsIt() throws {
    let seed: UInt64 = 7
    var random = SeededRandom(seed: seed)
    let origin = ClockOrigin(monotonicNanoseconds: 5, epochMilliseconds: 1_770_910_245_123)
    for round in 0..<500 {
      let sample = random.sample(around: origin)
      let attempt = sample.attempt
      let context = "seed \(seed), round \(round)"
      let object = try XCTUnwrap(
        JSONSerialization.jsonObject(with: Data(line(sample, origin))) as? [String: Any],
        context
      )
      XCTAssertEqual(
        object["ts"] as? Int64,
        1_770_910_245_123 + (attempt.planned - 5) / 1_000_000,
        context
      )
      XCTAssertEqual(object["worker"] as? Int, sample.worker, context)
      XCTAssertEqual(withoutMarks(object["op"] as? String), withoutMarks(sample.operation), context)
      let latency = try XCTUnwrap(object["latency_ms"] as? Double, context)
      XCTAssertEqual(latency, Double(attempt.done - attempt.planned) / 1e6, accuracy: 0.000_51)
      XCTAssertEqual(
        object["status"] as? String,
        attempt.outcome == .success ? "success" : "error",
        context
      )
      XCTAssertEqual(object["outcome"] as? String, attempt.outcome.rawValue, context)
      XCTAssertEqual(object["phase"] as? String, sample.phase.rawValue, context)
      XCTAssertEqual(withoutMarks(object["step"] as? String), withoutMarks(sample.step), context)
      XCTAssertEqual(object["planned_ns"] as? Int64, attempt.planned - 5, context)
      XCTAssertEqual(object["sent_ns"] as? Int64, attempt.sent.map { $0 - 5 }, context)
      XCTAssertEqual(object["first_byte_ns"] as? Int64, attempt.firstByte.map { $0 - 5 }, context)
      XCTAssertEqual(
        object["first_progress_ns"] as? Int64,
        attempt.firstProgress.map { $0 - 5 },
        context
      )
      XCTAssertEqual(object["progress"] as? Int, attempt.progress, context)
      XCTAssertEqual(object["done_ns"] as? Int64, attempt.done - 5, context)
      XCTAssertEqual(object["connect_ns"] as? Int64, attempt.connecting, context)
      XCTAssertEqual(object["sent_bytes"] as? Int64, attempt.bytesSent, context)
      XCTAssertEqual(object["received_bytes"] as? Int64, attempt.bytesReceived, context)
      XCTAssertEqual(object["http_status"] as? Int, attempt.httpStatus, context)
      XCTAssertEqual(object["retry_after_s"] as? Int, attempt.retryAfterSeconds, context)
      XCTAssertEqual(object["foreign_answer"] as? Bool ?? false, attempt.metForeignAnswer, context)
      XCTAssertEqual(object["errno"] as? Int, attempt.systemError, context)
      XCTAssertEqual(withoutMarks(object["error"] as? String), withoutMarks(attempt.error), context)
    }
  }

  /// Foundation loses some byte order marks inside strings.
  private func withoutMarks(_ text: String?) -> String? {
    text.map { text in
      String(String.UnicodeScalarView(text.unicodeScalars.filter { $0 != "\u{FEFF}" }))
    }
  }

  func testLatency_hasThreeDecimals_rounded() {
    for (nanoseconds, text) in [
      (0, "0.000"), (499, "0.000"), (500, "0.001"), (1_000_000, "1.000"), (42_123_456, "42.123"),
      (999_999_500, "1000.000"), (-1_500_000, "-1.500"), (-400, "0.000"),
      (3_600_000_000_000, "3600000.000"),
    ] as [(Int64, String)] {
      let sample = Sample(
        worker: 0,
        operation: "x",
        phase: .measure,
        attempt: Attempt(outcome: .success, planned: 0, done: nanoseconds)
      )
      let line = line(sample, ClockOrigin(monotonicNanoseconds: 0, epochMilliseconds: 0))
      let expected = "\"latency_ms\":\(text),"
      XCTAssertTrue(String(decoding: line, as: UTF8.self).contains(expected), expected)
    }
  }

  func testTimestamp_isTheWallTimeOfThePlannedInstant() throws {
    let origin = ClockOrigin.now()
    let before = Date().timeIntervalSince1970 * 1_000
    let now = MonotonicInstant.now().nanoseconds
    let after = Date().timeIntervalSince1970 * 1_000
    let timestamp = Double(origin.epochMilliseconds(at: origin.offset(now)))
    XCTAssertGreaterThan(timestamp, before - 2)
    XCTAssertLessThan(timestamp, after + 2)
  }

  func testParser_refusesALine_thatLacksAKeyOrHasNonsenseInIt() throws {
    let whole =
      #"{"ts":1,"worker":0,"op":"id","latency_ms":1,"status":"success","outcome":"success","#
      + #""phase":"measure","planned_ns":1,"done_ns":2}"#
    func parse(_ text: String) throws -> Sample {
      var names = NameTable()
      return try Array(text.utf8).withUnsafeBytes { try SampleLine.parse($0, names: &names) }
    }
    XCTAssertNoThrow(try parse(whole))
    for (part, replacement) in [
      (#""worker":0,"#, ""), (#""op":"id","#, ""), (#""outcome":"success","#, ""),
      (#""phase":"measure","#, ""), (#""planned_ns":1,"#, ""), (#","done_ns":2"#, ""),
      (#""success","phase"#, #""splendid","phase"#), ("\"measure\"", "\"tea\""),
      ("\"worker\":0", "\"worker\":\"0\""), ("\"op\":\"id\"", "\"op\":7"),
      (#""planned_ns":1"#, #""planned_ns":1.5"#), ("}", ""), ("}", "}}"), ("}", ",}"), ("{", "[{"),
    ] {
      let damaged = whole.replacingOccurrences(of: part, with: replacement)
      XCTAssertNotEqual(damaged, whole)
      XCTAssertThrowsError(try parse(damaged), damaged)
    }
    // A newer writer may know more, in any order.
    let more = #"{"done_ns":9,"new":{"a":[1]},"# + whole.dropFirst()
    XCTAssertEqual(try parse(more), try parse(whole))
  }

  func testParser_doesNotCrash_whenLinesAreDamaged() {
    let seed: UInt64 = 3
    var random = SeededRandom(seed: seed)
    let origin = ClockOrigin(monotonicNanoseconds: 0, epochMilliseconds: 0)
    let samples = (0..<20).map { _ in line(random.sample(around: origin), origin) }
    var mutator = ByteMutator(seed: seed)
    var names = NameTable()
    var readable = 0
    for _ in 0..<50_000 {
      let bytes = mutator.mutation(of: samples)
      if (try? bytes.withUnsafeBytes { try SampleLine.parse($0, names: &names) }) != nil {
        readable += 1
      }
    }
    XCTAssertGreaterThan(readable, 0, "seed \(seed)")
  }
}
