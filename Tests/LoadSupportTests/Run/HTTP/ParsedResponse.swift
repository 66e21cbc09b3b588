import XCTest

@testable import LoadSupport

/// What a parser made of a response and of the end of its connection.
struct ParsedResponse: Equatable {
  var status = 0
  var body: [UInt8] = []
  var keepsAlive = false
  var consumed = 0
  var session: String?
  var error: HTTPError?

  /// Feeds the pieces one after the other; all of a piece must be taken unless the response ends.
  init(of pieces: [ArraySlice<UInt8>], limits: HTTPLimits = HTTPLimits()) {
    var parser = HTTPResponseParser(limits: limits)
    do throws(HTTPError) {
      for piece in pieces {
        let taken = try piece.withUnsafeBufferPointer { bytes throws(HTTPError) in
          try parser.consume(UnsafeRawBufferPointer(bytes))
        }
        consumed += taken
        if parser.isComplete { break }
        XCTAssertEqual(taken, piece.count, "input was left over")
      }
      try parser.finish()
      XCTAssertTrue(parser.isComplete && parser.hasHead)
      status = parser.head.status
      body = parser.body
      keepsAlive = parser.head.keepsAlive
      session = parser.head.value(of: "mcp-session-id")
    } catch {
      self.error = error
      // How much of it came before the failure depends on the pieces.
      consumed = 0
    }
  }

  init(status: Int, body: String, keepsAlive: Bool, consumed: Int, session: String? = nil) {
    self.status = status
    self.body = Array(body.utf8)
    self.keepsAlive = keepsAlive
    self.consumed = consumed
    self.session = session
  }
}
