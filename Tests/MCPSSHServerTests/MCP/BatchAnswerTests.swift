import EventIO
import XCTest

@testable import mcp_ssh_server

final class BatchAnswerTests: XCTestCase {
  private func result(_ id: Int, _ size: Int) -> JSONValue {
    JSONValue.string(String(repeating: "x", count: size)).asResult(of: .number(String(id)))
  }

  func testAnswer_isTheArrayOfAll_whenTheyFit() throws {
    var answer = BatchAnswer(limitBytes: 1000)
    XCTAssertTrue(answer.isEmpty)
    for id in 1...3 { answer.append(result(id, 10), to: .number(String(id))) }
    XCTAssertNil(answer.refusal)
    let array = try XCTUnwrap(try JSONValue(parsing: answer.encoded).array)
    XCTAssertEqual(array, (1...3).map { result($0, 10) })
  }

  func testAnswer_isAnErrorUnderTheRequestsID_whenItDoesNotFit() throws {
    for first in [true, false] {
      var answer = BatchAnswer(limitBytes: 1000)
      if !first { answer.append(result(1, 10), to: 1) }
      answer.append(result(2, 1000), to: 2)
      let refusal = try XCTUnwrap(answer.refusal)
      answer.append(refusal.response(to: 3), to: 3)
      XCTAssertLessThan(answer.encoded.count, 2000)
      let array = try XCTUnwrap(try JSONValue(parsing: answer.encoded).array)
      XCTAssertEqual(array.map { $0["id"] }, first ? [2, 3] : [1, 2, 3])
      let errors = array.compactMap { $0["error"] }
      XCTAssertEqual(errors.map { $0["data"]?["limit"] }, [1000, 1000])
      // A client must know which calls it may repeat.
      XCTAssertTrue(errors[0]["message"]?.string?.contains("was carried out") == true)
      XCTAssertTrue(errors[1]["message"]?.string?.contains("was not carried out") == true)
    }
  }
}
