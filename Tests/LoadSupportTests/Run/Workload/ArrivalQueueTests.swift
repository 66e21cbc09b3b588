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

  func testQueue_isNil_whenTheWindowIsEmpty() {
    XCTAssertNil(ArrivalQueue(.constant(ratePerSecond: 5), seed: 1, from: 10, until: 10))
  }

  /// Half a second before its time, and then 0.3 s that are no whole number of arrivals.
  func testQueue_countsOnOverJoints() throws {
    let steady = Workload.Stage(rate: .steady(10))
    let faster = Workload.Stage(rate: .steady(20))
    let second: Int64 = 1_000_000_000
    let queue = try XCTUnwrap(
      ArrivalQueue(
        [
          TimedStage(
            plan: steady,
            window: LoadWindow(start: 0, measureStart: second / 2, end: 3 * second / 4)
          ),
          TimedStage(
            plan: faster,
            window: LoadWindow(start: 3 * second / 4, measureStart: 3 * second / 4, end: second)
          ),
        ],
        seed: 1
      )
    )
    var planned: [Int64] = []
    while let next = queue.next() { planned.append(next / 1_000_000) }
    // 7.5 arrivals by the joint: the eighth is half a gap of the higher rate behind it.
    XCTAssertEqual(planned, [0, 100, 200, 300, 400, 500, 600, 700, 775, 825, 875, 925, 975])
  }
}

extension ArrivalQueue {
  convenience init?(_ process: ArrivalProcess, seed: UInt64, from start: Int64, until end: Int64) {
    let window = LoadWindow(start: start, measureStart: start, end: end)
    self.init([TimedStage(plan: process.stage, window: window)], seed: seed)
  }
}
