import XCTest

@testable import mcp_ssh_server

final class OutputCollectorTests: XCTestCase {
  private let mark = Array("\u{1E}abc:1:".utf8)

  private func collect(_ pieces: [[UInt8]], limit: Int = 1000) -> OutputCollector {
    var collector = OutputCollector(mark: mark, limit: limit)
    for piece in pieces { piece.withUnsafeBytes { collector.append($0) } }
    return collector
  }

  func testCollector_findsTheMark_whenSplitAnywhere() {
    // Beginnings of the mark and marks of other commands are output.
    let output = Array("one\u{1E}\u{1E}abc:\u{1E}abc:2:0\n\u{0}\u{1E}abc:1".utf8)
    let text = output + mark + Array("17\nlate".utf8)
    for first in 0...text.count {
      for second in stride(from: first, through: text.count, by: 3) {
        let pieces = [text[..<first], text[first..<second], text[second...]].map { Array($0) }
        let collector = collect(pieces)
        XCTAssertEqual(collector.bytes, output, "split at \(first) and \(second)")
        XCTAssertEqual(collector.trailer, Array("17".utf8), "split at \(first) and \(second)")
        XCTAssertFalse(collector.isTruncated)
      }
    }
  }

  func testCollector_needsNoTrailer_whenTheMarkEndsItsLine() {
    var collector = OutputCollector(mark: Array("\u{1E}abc:1\n".utf8), limit: 10)
    Array("error\u{1E}abc:1\n".utf8).withUnsafeBytes { collector.append($0) }
    XCTAssertEqual(collector.bytes, Array("error".utf8))
    XCTAssertEqual(collector.trailer, [])
  }

  func testCollector_stillFindsTheMark_whenTheOutputExceedsTheLimit() {
    let output = Array(repeating: UInt8(ascii: "x"), count: 500)
    let pieces = (output + mark + Array("0\n".utf8)).map { [$0] }
    let collector = collect(pieces, limit: 100)
    XCTAssertEqual(collector.bytes, Array(output.prefix(100)))
    XCTAssertTrue(collector.isTruncated)
    XCTAssertEqual(collector.trailer, Array("0".utf8))
  }

  func testCollector_isNotTruncated_whenTheOutputHasExactlyTheLimit() {
    let collector = collect([Array("12345".utf8) + mark + Array("0\n".utf8)], limit: 5)
    XCTAssertFalse(collector.isTruncated)
  }
}
