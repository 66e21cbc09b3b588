import XCTest

@testable import LoadSupport

final class LinkConditionTests: XCTestCase {
  func testArgument_givesTheSameLinkWithoutItsName_whenReadAgain() throws {
    for condition in LinkCondition.all {
      let read = try XCTUnwrap(LinkCondition(argument: condition.argument))
      XCTAssertEqual(read.argument, condition.argument)
      XCTAssertEqual(read.port, condition.port)
      XCTAssertEqual(read.delayMilliseconds, condition.delayMilliseconds)
      XCTAssertEqual(read.jitterMilliseconds, condition.jitterMilliseconds)
      XCTAssertEqual(read.lossPercent, condition.lossPercent)
      XCTAssertEqual(read.isUndisturbed, condition.port == 2222)
    }
  }

  func testArgument_isRefused_whenNoLinkCanBeLikeThat() {
    for argument in [
      "", "2322", "2322:100:10", "2322:100:10:0:0", "2322:100:10:", "65536:100:10:0", "x:1:1:0",
      "2322:-1:0:0", "2322:10:11:0", "2322:100:10:100", "2322:nan:0:0", "2322:inf:0:0",
    ] {
      XCTAssertNil(LinkCondition(argument: argument), argument)
    }
  }
}
