import XCTest

@testable import LoadSupport

final class ArrivalQueueTests: XCTestCase {
  func testQueue_givesEachArrivalOnce_whenManyTake() async throws {
    let queue = try XCTUnwrap(
      ArrivalQueue(.constant(ratePerSecond: 1_000), seed: 1, from: 500, until: 10_000_000_500)
    )
    let taken = await withTaskGroup(of: [Int64].self) { group in
      for _ in 0..<4 {
        group.addTask {
          var taken: [Int64] = []
          while let next = queue.next() { taken.append(next) }
          return taken
        }
      }
      var all: [Int64] = []
      for await taken in group {
        XCTAssertEqual(taken, taken.sorted())
        all += taken
      }
      return all
    }
    XCTAssertEqual(taken.sorted(), (0..<10_000).map { 500 + $0 * 1_000_000 })
    XCTAssertNil(queue.next(), "an ended queue goes on")
  }

  func testQueue_isNil_whenTheLoopIsClosed() {
    XCTAssertNil(ArrivalQueue(.closed(thinkTime: .zero), seed: 1, from: 0, until: 1))
    XCTAssertNil(ArrivalQueue(.constant(ratePerSecond: 0), seed: 1, from: 0, until: 1))
  }

  func testQueue_ends_whenTheNextArrivalIsBeyondAllTime() throws {
    let start = Int64.max / 2
    let queue = try XCTUnwrap(
      ArrivalQueue(.constant(ratePerSecond: 1e-12), seed: 1, from: start, until: .max)
    )
    XCTAssertEqual(queue.next(), start)
    XCTAssertNil(queue.next())
  }

  func testQueue_isEmpty_whenTheWindowIs() throws {
    let queue = try XCTUnwrap(
      ArrivalQueue(.constant(ratePerSecond: 5), seed: 1, from: 10, until: 10)
    )
    XCTAssertNil(queue.next())
  }
}
