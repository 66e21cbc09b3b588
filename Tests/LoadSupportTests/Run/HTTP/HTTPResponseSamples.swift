@testable import LoadSupport

/// Responses as they occur, clean and unclean, and what is to become of them.
struct HTTPResponseSample {
  enum Expectation {
    case response(Int, String, keepsAlive: Bool = true, rest: Int = 0)
    case violation
    case endOfStream
  }

  let name: String
  let text: String
  let expectation: Expectation

  init(_ name: String, _ text: String, _ expectation: Expectation) {
    self.name = name
    self.text = text
    self.expectation = expectation
  }

  var bytes: [UInt8] { Array(text.utf8) }

  /// Small ones, so that every boundary of a response that exceeds them can be tried.
  static let limits: HTTPLimits = {
    var limits = HTTPLimits()
    limits.head = 400
    limits.body = 64
    return limits
  }()

  static let all = framed + chunked + heads + lengths + broken

  private static let framed = [
    HTTPResponseSample(
      "a length",
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
      .response(200, "{}")
    ),
    HTTPResponseSample(
      "a length of nothing",
      "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n",
      .response(202, "")
    ),
    HTTPResponseSample(
      "until the connection closes",
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nall there is",
      .response(200, "all there is", keepsAlive: false)
    ),
    HTTPResponseSample(
      "a connection that is closed afterwards",
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
      .response(200, "ok", keepsAlive: false)
    ),
    HTTPResponseSample(
      "close beside keep-alive",
      "HTTP/1.1 200 OK\r\nconnection: Keep-Alive, CLOSE\r\ncontent-length: 2\r\n\r\nok",
      .response(200, "ok", keepsAlive: false)
    ),
    HTTPResponseSample(
      "HTTP/1.0",
      "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
      .response(200, "ok", keepsAlive: false)
    ),
    HTTPResponseSample(
      "HTTP/1.0 that stays open",
      "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
      .response(200, "ok")
    ),
    HTTPResponseSample(
      "no content",
      "HTTP/1.1 204 No Content\r\nMcp-Session-Id: a\r\n\r\n",
      .response(204, "")
    ),
    HTTPResponseSample(
      "not modified, with the length of what was not sent",
      "HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n",
      .response(304, "")
    ),
    HTTPResponseSample(
      "interim responses first",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n"
        + "Content-Length: 7\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
      .response(200, "ok")
    ),
    HTTPResponseSample(
      "bytes after the end",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 Oops\r\n\r\n",
      .response(200, "ok", rest: 21)
    ),
    HTTPResponseSample(
      "a body where none belongs",
      "HTTP/1.1 204 No Content\r\n\r\nsurprise",
      .response(204, "", rest: 8)
    ),
  ]

  private static let chunked = [
    HTTPResponseSample(
      "chunks",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
      .response(200, "abcde")
    ),
    HTTPResponseSample(
      "chunks with extensions and trailers",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n00003;name=\"va;lue\"\r\nabc\r\n"
        + "A ; x\r\n0123456789\r\n0;last\r\nDigest: none\r\nContent-Length: 3\r\n\r\nrest",
      .response(200, "abc0123456789", rest: 4)
    ),
    HTTPResponseSample(
      "chunks with bare line feeds",
      "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nabc\n0\n\n",
      .response(200, "abc")
    ),
    HTTPResponseSample(
      "chunks beside a length",
      "HTTP/1.1 200 OK\r\nContent-Length: 50\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "2\r\nok\r\n0\r\n\r\n",
      .response(200, "ok", keepsAlive: false)
    ),
    HTTPResponseSample(
      "chunks behind another coding",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
      .response(200, "ok")
    ),
    HTTPResponseSample(
      "a coding that hides the end",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n2\r\nok",
      .response(200, "2\r\nok", keepsAlive: false)
    ),
    HTTPResponseSample(
      "no chunks",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      .response(200, "")
    ),
    HTTPResponseSample(
      "a chunk longer than its size",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
      .violation
    ),
    HTTPResponseSample(
      "a chunk without a size",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\nabc\r\n0\r\n\r\n",
      .violation
    ),
    HTTPResponseSample(
      "a negative chunk",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n",
      .violation
    ),
    HTTPResponseSample(
      "a chunk size that no number holds",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\na",
      .violation
    ),
    HTTPResponseSample(
      "a chunk of almost 2^60",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\na",
      .endOfStream
    ),
    HTTPResponseSample(
      "chunks that add up to too much",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n28\r\n"
        + String(repeating: "a", count: 40) + "\r\n28\r\n" + String(repeating: "b", count: 40),
      .violation
    ),
    HTTPResponseSample(
      "an endless chunk extension",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;"
        + String(repeating: "e", count: 450),
      .violation
    ),
    HTTPResponseSample(
      "chunk extensions that add up to too much",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        + String(repeating: "1;" + String(repeating: "e", count: 60) + "\r\na\r\n", count: 8),
      .violation
    ),
    HTTPResponseSample(
      "returns without end behind a chunk",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na"
        + String(repeating: "\r", count: 450),
      .violation
    ),
    HTTPResponseSample(
      "interim responses that add up to too much",
      String(repeating: "HTTP/1.1 102 Processing\r\n\r\n", count: 20)
        + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
      .violation
    ),
    HTTPResponseSample(
      "empty lines without end",
      String(repeating: "\r\n", count: 250) + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
      .violation
    ),
    HTTPResponseSample(
      "endless trailers",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        + String(repeating: "Trailer: t\r\n", count: 40),
      .violation
    ),
    HTTPResponseSample(
      "chunks without their last one",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
      .endOfStream
    ),
    HTTPResponseSample(
      "a trailer section without its end",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nDigest: none\r\n",
      .endOfStream
    ),
  ]

  private static let heads = [
    HTTPResponseSample(
      "bare line feeds",
      "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
      .response(200, "ok")
    ),
    HTTPResponseSample(
      "mixed line ends",
      "HTTP/1.1 200 OK\nContent-Length: 2\r\n\nok",
      .response(200, "ok")
    ),
    HTTPResponseSample(
      "empty lines first",
      "\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
      .response(200, "ok")
    ),
    HTTPResponseSample(
      "empty lines of line feeds first",
      "\n\nHTTP/1.1 200 OK\nContent-Length: 2\n\nok",
      .response(200, "ok")
    ),
    HTTPResponseSample(
      "a folded field",
      "HTTP/1.1 200 OK\r\nX-Long: one\r\n two: 2\r\n\tContent-Length: 99\r\n"
        + "Content-Length: 2\r\n\r\nok",
      .response(200, "ok")
    ),
    HTTPResponseSample(
      "a line without a colon, and an empty field",
      "HTTP/1.1 200 OK\r\nno field at all\r\n: nameless\r\nX-Empty:\r\nContent-Length:2\r\n\r\nok",
      .response(200, "ok")
    ),
    HTTPResponseSample(
      "no reason phrase",
      "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok",
      .response(200, "ok")
    ),
    HTTPResponseSample(
      "an empty reason phrase",
      "HTTP/1.1 500 \r\nContent-Length: 2\r\n\r\nno",
      .response(500, "no")
    ),
    HTTPResponseSample(
      "bytes outside ASCII",
      "HTTP/1.1 200 \u{E9}\u{1F600}\r\nX-\u{DC}: \u{DF}\r\nContent-Length: 2\r\n\r\nok",
      .response(200, "ok")
    ),
    HTTPResponseSample(
      "white space around values",
      "HTTP/1.1 200 OK\r\nContent-Length: \t 2 \t\r\nConnection:  close  \r\n\r\nok",
      .response(200, "ok", keepsAlive: false)
    ),
    HTTPResponseSample(
      "an endless head",
      "HTTP/1.1 200 OK\r\n" + String(repeating: "X-Filler: 0123456789\r\n", count: 25),
      .violation
    ),
    HTTPResponseSample(
      "an endless line",
      "HTTP/1.1 200 OK\r\nX-Filler: " + String(repeating: "x", count: 450),
      .violation
    ),
  ]

  private static let lengths = [
    HTTPResponseSample(
      "a length twice",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
      .response(200, "ok")
    ),
    HTTPResponseSample(
      "a list of equal lengths",
      "HTTP/1.1 200 OK\r\nContent-Length: 2, 2,2\r\n\r\nok",
      .response(200, "ok")
    ),
    HTTPResponseSample(
      "two lengths",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!",
      .violation
    ),
    HTTPResponseSample(
      "a list of two lengths",
      "HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nok!",
      .violation
    ),
    HTTPResponseSample(
      "a negative length",
      "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok",
      .violation
    ),
    HTTPResponseSample(
      "a length with a sign",
      "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok",
      .violation
    ),
    HTTPResponseSample(
      "a hexadecimal length",
      "HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nok",
      .violation
    ),
    HTTPResponseSample(
      "an empty length",
      "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nok",
      .violation
    ),
    HTTPResponseSample(
      "a length that no number holds",
      "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nok",
      .violation
    ),
    HTTPResponseSample(
      "a length over the limit",
      "HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\nok",
      .violation
    ),
    HTTPResponseSample(
      "an endless body",
      "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 65),
      .violation
    ),
    HTTPResponseSample(
      "a body shorter than its length",
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok",
      .endOfStream
    ),
  ]

  private static let broken = [
    HTTPResponseSample("nothing", "", .endOfStream),
    HTTPResponseSample("empty lines only", "\r\n\r\n", .endOfStream),
    HTTPResponseSample("half a head", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", .endOfStream),
    HTTPResponseSample("half a version", "HTT", .endOfStream),
    HTTPResponseSample(
      "an interim response only",
      "HTTP/1.1 100 Continue\r\n\r\n",
      .endOfStream
    ),
    HTTPResponseSample("another protocol", "SSH-2.0-OpenSSH_9.2p1\r\n", .violation),
    HTTPResponseSample(
      "another protocol with an empty line",
      "220 mail ready\r\n\r\n",
      .violation
    ),
    HTTPResponseSample("HTTP/2", "HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\nok", .violation),
    HTTPResponseSample("HTTP/0.9", "<html>hello</html>\r\n\r\n", .violation),
    HTTPResponseSample("a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", .violation),
    HTTPResponseSample("a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", .violation),
    HTTPResponseSample("a status below 100", "HTTP/1.1 099 Low\r\n\r\n", .violation),
    HTTPResponseSample("a status that is no number", "HTTP/1.1 2x0 OK\r\n\r\n", .violation),
    HTTPResponseSample("no status", "HTTP/1.1\r\n\r\n", .violation),
    HTTPResponseSample(
      "a switch of protocols",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
      .violation
    ),
  ]
}
