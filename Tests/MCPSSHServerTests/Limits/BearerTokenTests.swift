import XCTest

@testable import mcp_ssh_server

final class BearerTokenTests: XCTestCase {
  func testToken_isTheFirstLine_andLongEnough() throws {
    XCTAssertNil(BearerToken(file: "short\n"))
    XCTAssertNil(BearerToken(file: ""))
    XCTAssertNil(BearerToken(file: "0123456789 abcdef"))
    let token = try XCTUnwrap(BearerToken(file: " 0123456789abcdef \nmore\n"))
    XCTAssertTrue(token.isPresented(by: "Bearer 0123456789abcdef"))
    XCTAssertFalse("\(token)".contains("0123"))
  }

  func testToken_isNotPresented_byAnythingElse() throws {
    let token = try XCTUnwrap(BearerToken(file: "0123456789abcdef"))
    for field in [
      nil, "", "Bearer", "Bearer ", "Basic 0123456789abcdef", "Bearer 0123456789abcdeg",
      "Bearer 0123456789abcdef0", "Bearer 0123456789abcde",
      "Bearer 0123456789abcdef0123456789abcdef",
    ] {
      XCTAssertFalse(token.isPresented(by: field), field ?? "none")
    }
  }
}
