import XCTest

@testable import mcp_ssh_server

final class BearerTokenTests: XCTestCase {
  func testToken_isTheFirstLine_andLongEnough() throws {
    XCTAssertNil(BearerToken(file: "short\n"))
    XCTAssertNil(BearerToken(file: ""))
    XCTAssertNil(BearerToken(file: "0123456789 abcdef"))
    XCTAssertNil(BearerToken(file: "0123456789abcde\u{E9}"))
    for lineEnd in ["\n", "\r\n", "\r", ""] {
      let file = "0123456789abcdef\(lineEnd)"
      XCTAssertEqual(BearerToken(file: file)?.isPresented(by: "bearer 0123456789abcdef"), true)
    }
    let token = try XCTUnwrap(BearerToken(file: " 0123456789abcdef \nmore\n"))
    XCTAssertTrue(token.isPresented(by: "Bearer 0123456789abcdef"))
    XCTAssertFalse("\(token)".contains("0123"))
  }

  func testToken_isNotPresented_byAnythingElse() throws {
    let token = try XCTUnwrap(BearerToken(file: "0123456789abcdef"))
    for field in [
      nil, "", "Bearer", "Bearer ", "Basic 0123456789abcdef", "Bearer 0123456789abcdeg",
      "Bearer 0123456789abcdef0", "Bearer 0123456789abcde",
      "Bearer 0123456789abcdef0123456789abcdef", "Bearer\u{301} 0123456789abcdef",
      "Bearer 0123456789abcdef\u{301}", "Bearer\u{A0}0123456789abcdef",
      "Bea\u{200D}rer 0123456789abcdef", "Bearer 0123456789abcdef\u{200D}",
    ] {
      XCTAssertFalse(token.isPresented(by: field), field ?? "none")
    }
  }
}
