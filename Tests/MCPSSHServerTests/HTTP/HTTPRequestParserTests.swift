import XCTest

@testable import mcp_ssh_server

final class HTTPRequestParserTests: XCTestCase {
  private static let plain = "GET /health?x=1 HTTP/1.1\r\nHost: a\r\nX-Two: 1\r\nx-two:  2 \r\n\r\n"
  private static let fixed = "POST /mcp HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
  private static let chunked =
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    + "3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: t\r\n\r\n"
  private static let old = "POST /mcp HTTP/1.0\nContent-Length: 2\n\nok"

  private func parse(_ pieces: [[UInt8]]) throws -> [HTTPRequest] {
    var parser = HTTPRequestParser()
    var requests: [HTTPRequest] = []
    for piece in pieces {
      piece.withUnsafeBytes { parser.append($0) }
      while case let event = try parser.next(), event != .needsMore {
        if case .request(let request) = event { requests.append(request) }
      }
    }
    XCTAssertFalse(parser.isInsideRequest)
    return requests
  }

  func testParser_readsPipelinedRequests_whenSplitAnywhere() throws {
    let bytes = Array((Self.plain + Self.fixed + Self.chunked + "\r\n" + Self.old).utf8)
    let whole = try parse([bytes])
    XCTAssertEqual(whole.map(\.method), ["GET", "POST", "POST", "POST"])
    XCTAssertEqual(whole.map(\.path), ["/health", "/mcp", "/", "/mcp"])
    XCTAssertEqual(
      whole.map { String(decoding: $0.body, as: UTF8.self) },
      ["", "hello", "hello", "ok"]
    )
    XCTAssertEqual(whole.map(\.keepsAlive), [true, true, true, false])
    XCTAssertEqual(whole[0].headers["x-two"], "1, 2")
    for cut in 0...bytes.count {
      XCTAssertEqual(
        try parse([Array(bytes[..<cut]), Array(bytes[cut...])]),
        whole,
        "cut at \(cut)"
      )
    }
    XCTAssertEqual(try parse(bytes.map { [$0] }), whole)
  }

  func testParser_asksToContinue_whenTheClientWaitsForIt() throws {
    var parser = HTTPRequestParser()
    let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    Array(head.utf8).withUnsafeBytes { parser.append($0) }
    guard case .head(let first) = try parser.next() else { return XCTFail("no head") }
    XCTAssertEqual(first.path, "/")
    XCTAssertEqual(try parser.next(), .expectsContinue)
    XCTAssertEqual(try parser.next(), .needsMore)
    Array("ok".utf8).withUnsafeBytes { parser.append($0) }
    guard case .request(let request) = try parser.next() else { return XCTFail("no request") }
    XCTAssertEqual(request.body, Array("ok".utf8))
  }

  func testParser_refuses_whatTwoPartiesCouldReadDifferently() {
    let cases: [(String, Int)] = [
      ("GET  / HTTP/1.1\r\n", 400),
      ("GET / HTTP/2.0\r\n", 505),
      ("GET /\r\n", 400),
      ("GET / HTTP/1.1\r\n\r\n", 400),
      ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
      ("GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", 400),
      ("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400),
      ("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
      ("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400),
      ("GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
      ("GET http://a@b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
      ("GET / HTTP/1.1\u{301}\r\n", 505),
      ("GET / HTTP/1.1\r\nHost : a\r\n", 400),
      ("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n", 400),
      ("GET / HTTP/1.1\r\nHost: a\r\nX: \u{1}\r\n", 400),
      ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
      ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
      ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 413),
      (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        400
      ),
      ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
      ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chun\u{212A}ed\r\n\r\n", 501),
      ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
      ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFF\r\n", 413),
      ("POST / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\n\r\n", 417),
      ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", 400),
    ]
    for (text, status) in cases {
      XCTAssertThrowsError(try parse([Array(text.utf8)]), text) { error in
        XCTAssertEqual((error as? HTTPRequestError)?.status, status, text)
      }
    }
  }

  func testParser_refuses_whenTheHeadIsTooLarge() {
    let text = "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 17_000)
    XCTAssertThrowsError(try parse([Array(text.utf8)])) { error in
      XCTAssertEqual((error as? HTTPRequestError)?.status, 431)
    }
    let many = "GET / HTTP/1.1\r\n" + String(repeating: "X: y\r\n", count: 4000)
    XCTAssertThrowsError(try parse([Array(many.utf8)])) { error in
      XCTAssertEqual((error as? HTTPRequestError)?.status, 431)
    }
    let fields = "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X:\r\n", count: 100)
    XCTAssertThrowsError(try parse([Array(fields.utf8)])) { error in
      XCTAssertEqual((error as? HTTPRequestError)?.status, 431)
    }
  }

  func testParser_takesTheTargetsAuthorityBeforeTheHostField() throws {
    let text = "GET HTTP://Other.example:80?x=/y HTTP/1.1\r\nHost: localhost\r\n\r\n"
    let request = try parse([Array(text.utf8)])[0]
    XCTAssertEqual(request.authority?.host, "other.example")
    XCTAssertEqual(request.path, "/")
  }

  func testParser_holdsWhatWasSent_notWhatWasPromised() throws {
    var parser = HTTPRequestParser()
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"
    Array(head.utf8).withUnsafeBytes { parser.append($0) }
    guard case .head = try parser.next() else { return XCTFail("no head") }
    XCTAssertEqual(parser.heldBytes, 0)
    for sent in 1...10 {
      [UInt8](repeating: 0x20, count: 100_000).withUnsafeBytes { parser.append($0) }
      XCTAssertEqual(parser.heldBytes, sent * 100_000)
      let event = try parser.next()
      if case .request(let request) = event {
        XCTAssertEqual(request.body.count, 1_000_000)
        XCTAssertEqual(sent, 10)
      } else {
        XCTAssertEqual(event, .needsMore)
      }
    }
    XCTAssertEqual(parser.heldBytes, 0)
  }

  func testParser_neitherCrashesNorHangs_whenBytesAreMutated() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = TestRandom(seed: seed)
    let sample = Array((Self.plain + Self.fixed + Self.chunked).utf8)
    for _ in 0..<20_000 {
      var bytes = sample
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        bytes[index] = UInt8.random(in: 0...255, using: &random)
      }
      var parser = HTTPRequestParser()
      bytes.withUnsafeBytes { parser.append($0) }
      var requests = 0
      var events = 0
      while let event = try? parser.next(), event != .needsMore {
        if case .request = event { requests += 1 }
        events += 1
      }
      XCTAssertLessThanOrEqual(requests, 10, "seed \(seed)")
      XCTAssertLessThanOrEqual(events, 30, "seed \(seed)")
    }
  }
}
