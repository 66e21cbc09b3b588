import XCTest

@testable import LoadSupport

final class HTTPResponseParserTests: XCTestCase {
  func testParser_readsEachSample_whenItComesWhole() {
    for sample in HTTPResponseSample.all {
      let parsed = ParsedResponse(of: [sample.bytes[...]], limits: HTTPResponseSample.limits)
      switch sample.expectation {
      case .response(let status, let body, let keepsAlive, let rest):
        var expected = ParsedResponse(
          status: status,
          body: body,
          keepsAlive: keepsAlive,
          consumed: sample.bytes.count - rest
        )
        expected.session = parsed.session
        XCTAssertEqual(parsed, expected, sample.name)
      case .endOfStream:
        XCTAssertEqual(parsed.error, .endOfStream, sample.name)
      case .violation:
        guard case .violation = parsed.error else {
          XCTFail("\(sample.name) gave \(parsed)")
          continue
        }
      }
    }
  }

  func testParser_readsTheSame_whereverTheBytesAreSplit() {
    for sample in HTTPResponseSample.all {
      let bytes = sample.bytes
      let whole = ParsedResponse(of: [bytes[...]], limits: HTTPResponseSample.limits)
      for cut in 0...bytes.count {
        XCTAssertEqual(
          ParsedResponse(of: [bytes[..<cut], bytes[cut...]], limits: HTTPResponseSample.limits),
          whole,
          "\(sample.name), split at \(cut)"
        )
      }
      XCTAssertEqual(
        ParsedResponse(
          of: bytes.indices.map { bytes[$0...$0] },
          limits: HTTPResponseSample.limits
        ),
        whole,
        "\(sample.name), byte by byte"
      )
    }
  }

  func testParser_readsOneAfterTheOther_whenReset() throws {
    var parser = HTTPResponseParser(limits: HTTPResponseSample.limits)
    for sample in HTTPResponseSample.all + HTTPResponseSample.all.reversed() {
      guard case .response(let status, let body, _, _) = sample.expectation else { continue }
      parser.reset()
      XCTAssertFalse(parser.hasHead || parser.isComplete)
      _ = try sample.bytes.withUnsafeBytes { bytes in try parser.consume(bytes) }
      try parser.finish()
      XCTAssertEqual(parser.head.status, status, sample.name)
      XCTAssertEqual(String(decoding: parser.body, as: UTF8.self), body, sample.name)
    }
  }

  /// What a violation left behind must not show in the next response.
  func testParser_readsAGoodResponse_whenResetAfterEachSample() throws {
    let good = try XCTUnwrap(HTTPResponseSample.all.first)
    for sample in HTTPResponseSample.all {
      for end in sample.bytes.indices {
        var parser = HTTPResponseParser(limits: HTTPResponseSample.limits)
        _ = try? sample.bytes[..<end].withUnsafeBytes { bytes in try parser.consume(bytes) }
        parser.reset()
        _ = try good.bytes.withUnsafeBytes { bytes in try parser.consume(bytes) }
        XCTAssertTrue(parser.isComplete, "after \(sample.name) up to \(end)")
        XCTAssertEqual(parser.body, Array("{}".utf8), "after \(sample.name) up to \(end)")
      }
    }
  }

  func testHead_givesTheFirstFieldOfAName_withoutRegardToCase() throws {
    var parser = HTTPResponseParser()
    let text =
      "HTTP/1.1 200 OK\r\nMCP-SESSION-ID:  one two \r\nmcp-session-id: three\r\n"
      + "Content-Type: Text/Event-Stream; charset=utf-8\r\nRetry-After:60\r\n\r\n"
    _ = try Array(text.utf8).withUnsafeBytes { bytes in try parser.consume(bytes) }
    XCTAssertEqual(parser.head.value(of: "mcp-session-id"), "one two")
    XCTAssertEqual(parser.head.value(of: "retry-after"), "60")
    XCTAssertEqual(parser.head.content, .eventStream)
    XCTAssertNil(parser.head.value(of: "location"))
  }

  func testHead_tellsTheKindOfContent() throws {
    let kinds: [(String, HTTPResponseHead.Content)] = [
      ("application/json", .json), ("Application/JSON;charset=utf-8", .json),
      ("text/event-stream ; x=y", .eventStream), ("application/jsonlines", .other),
      ("text/html", .other), ("", .other), (";application/json", .other),
    ]
    for (type, kind) in kinds {
      var parser = HTTPResponseParser()
      let text = "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\n\r\n"
      _ = try Array(text.utf8).withUnsafeBytes { bytes in try parser.consume(bytes) }
      XCTAssertEqual(parser.head.content, kind, type)
    }
  }

  /// A hundred thousand damaged responses: each is read or refused, the same in any pieces.
  func testParser_neitherCrashesNorDependsOnPieces_whenSamplesAreDamaged() {
    let samples = HTTPResponseSample.all.map(\.bytes)
    let seed: UInt64 = 9_112
    var mutator = ByteMutator(seed: seed)
    for round in 0..<100_000 {
      let bytes = mutator.mutation(of: samples)
      let whole = ParsedResponse(of: [bytes[...]], limits: HTTPResponseSample.limits)
      let pieces = mutator.pieces(of: bytes)
      let pieced = ParsedResponse(of: pieces, limits: HTTPResponseSample.limits)
      guard whole == pieced else {
        XCTFail(
          "seed \(seed), round \(round): \(String(decoding: bytes, as: UTF8.self).debugDescription)"
            + " is \(whole) whole and \(pieced) in pieces of \(pieces.map(\.count))"
        )
        return
      }
    }
  }
}
