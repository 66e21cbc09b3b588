import Foundation
import XCTest

@testable import mcp_ssh_server

final class Base64Tests: XCTestCase {
  func testEncoding_agreesWithFoundation_whateverTheLength() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = TestRandom(seed: seed)
    for length in 0..<100 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      XCTAssertEqual(Base64.encode(bytes), Data(bytes).base64EncodedString(), "seed \(seed)")
    }
  }
}
