import XCTest

@testable import LoadSupport

final class EventStreamParserTests: XCTestCase {
  private struct Sample {
    let name: String
    let stream: String
    let events: [(type: String, data: String)]

    init(_ name: String, _ stream: String, _ events: [(type: String, data: String)]) {
      self.name = name
      self.stream = stream
      self.events = events
    }
  }

  /// What a client needs to come again: the id of the last event that is whole, and when.
  func testResumption_isKnownByIDAndRetry() throws {
    for (stream, id, retry) in [
      ("id: 7\nretry: 25\ndata:\n\n", "7", 25), ("id: 7\ndata: a\n\nid: 8\ndata: b\n", "7", nil),
      ("id: 7\ndata: a\n\ndata: b\n\n", "7", nil), ("id: 7\n\nid\n\n", "", nil),
      ("id: 7\n\nid: a\u{0}b\n\n", "7", nil), ("retry: 5\nretry: 1s\nretry: -1\n\n", "", 5),
      ("retry: 99999999999999999999\n\n", "", nil),
    ] as [(String, String, Int?)] {
      var parser = EventStreamParser()
      for byte in stream.utf8 { _ = parser.consume([byte]) }
      XCTAssertEqual(String(decoding: parser.lastID, as: UTF8.self), id, stream)
      XCTAssertEqual(parser.retryMilliseconds, retry, stream)
    }
  }

  private static let samples = [
    Sample("one line", "data: {}\n\n", [("message", "{}")]),
    Sample("carriage returns", "data: a\r\rdata: b\r\r", [("message", "a"), ("message", "b")]),
    Sample("both", "data: a\r\n\r\ndata: b\r\n\r\n", [("message", "a"), ("message", "b")]),
    Sample(
      "mixed line ends",
      "data: a\r\ndata: b\n\rdata: c\r\r\n",
      [("message", "a\nb"), ("message", "c")]
    ),
    Sample("a byte order mark", "\u{FEFF}data: a\n\n", [("message", "a")]),
    Sample("a byte order mark in the middle", "data: a\n\n\u{FEFF}data: b\n\n", [("message", "a")]),
    Sample("comments", ": ping\n\n:\ndata: a\n: in between\n\n", [("message", "a")]),
    Sample(
      "several lines",
      "data: {\ndata: \"a\": 1\ndata: }\n\n",
      [("message", "{\n\"a\": 1\n}")]
    ),
    Sample("one space less", "data:a\ndata:  b\ndata:\tc\n\n", [("message", "a\n b\n\tc")]),
    Sample("empty data", "data:\n\ndata\n\n", [("message", ""), ("message", "")]),
    Sample("empty lines of data", "data\ndata\n\n", [("message", "\n")]),
    Sample("a name", "event: ping\ndata: a\n\ndata: b\n\n", [("ping", "a"), ("message", "b")]),
    Sample("a name without data", "event: ping\n\ndata: a\n\n", [("message", "a")]),
    Sample("an empty name", "event: x\nevent:\ndata: a\n\n", [("message", "a")]),
    Sample(
      "other fields",
      "id: 7\nretry: 10\nDATA: no\nfoo\ndata: a\nx: y\n\n",
      [("message", "a")]
    ),
    Sample("a colon in the data", "data: a: b\n\n", [("message", "a: b")]),
    Sample("a stream that breaks off", "data: a\n\ndata: b\n", [("message", "a")]),
    Sample("a line that breaks off", "data: a\n\ndata", [("message", "a")]),
    Sample("nothing", "", []),
    Sample("empty lines", "\n\r\n\r\n\n", []),
    Sample("other scripts", "data: \u{E9}\u{1F600}\n\n", [("message", "\u{E9}\u{1F600}")]),
  ]

  func testParser_readsTheEventsOfEachSample() {
    for sample in Self.samples {
      XCTAssertEqual(
        Self.events(in: [Array(sample.stream.utf8)[...]]),
        sample.events.map { EventStreamParser.Event(type: $0.type, data: Array($0.data.utf8)) },
        sample.name
      )
    }
  }

  func testParser_readsTheSame_whereverTheStreamIsSplit() {
    for sample in Self.samples {
      let bytes = Array(sample.stream.utf8)
      let whole = Self.events(in: [bytes[...]])
      for cut in 0...bytes.count {
        XCTAssertEqual(
          Self.events(in: [bytes[..<cut], bytes[cut...]]),
          whole,
          "\(sample.name), split at \(cut)"
        )
      }
      XCTAssertEqual(Self.events(in: bytes.indices.map { bytes[$0...$0] }), whole, sample.name)
    }
  }

  /// The answer must not wait for the line feed behind the carriage return that ends it.
  func testParser_givesTheEventAtOnce_whenItEndsWithACarriageReturn() {
    var parser = EventStreamParser()
    XCTAssertEqual(parser.consume("data: a\r\n\r".utf8).count, 1)
    XCTAssertEqual(parser.consume("\ndata: b\r\n\r\n".utf8).count, 1)
  }

  func testParser_doesNotDependOnPieces_whenStreamsAreDamaged() {
    let samples = Self.samples.map { Array($0.stream.utf8) }
    let seed: UInt64 = 926
    var mutator = ByteMutator(seed: seed)
    for round in 0..<100_000 {
      let bytes = mutator.mutation(of: samples)
      let whole = Self.events(in: [bytes[...]])
      guard whole == Self.events(in: mutator.pieces(of: bytes)) else {
        XCTFail("seed \(seed), round \(round): \(bytes)")
        return
      }
      // Nothing is invented.
      XCTAssertLessThanOrEqual(whole.reduce(0) { $0 + $1.data.count }, bytes.count)
    }
  }

  private static func events(in pieces: [ArraySlice<UInt8>]) -> [EventStreamParser.Event] {
    var parser = EventStreamParser()
    return pieces.flatMap { parser.consume($0) }
  }
}
