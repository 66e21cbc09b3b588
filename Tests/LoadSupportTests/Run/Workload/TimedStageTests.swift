import EventIO
import XCTest

@testable import LoadSupport

final class TimedStageTests: XCTestCase {
  private func stage(workers: Workload.Ramp?) -> TimedStage {
    TimedStage(
      plan: Workload.Stage(workers: workers),
      window: LoadWindow(start: 100, measureStart: 1_000, end: 9_000)
    )
  }

  func testBusyTime_isAllOfASteadyStage_forAsManyAsItHas() {
    for position in 0..<5 {
      XCTAssertEqual(stage(workers: nil).busyTime(ofWorker: position), 100..<9_000)
      let expected = position < 3 ? Int64(100)..<9_000 : nil
      XCTAssertEqual(stage(workers: .steady(3)).busyTime(ofWorker: position), expected)
    }
    XCTAssertNil(stage(workers: .steady(0)).busyTime(ofWorker: 0))
  }

  func testBusyTime_beginsWhereARisingNumberReachesTheWorker_andEndsWhereAFallingOneLeaves() {
    let rising = stage(workers: Workload.Ramp(from: 1, to: 5))
    let falling = stage(workers: Workload.Ramp(from: 5, to: 1))
    for (position, turn) in [(1, 1_000), (2, 3_000), (3, 5_000), (4, 7_000)] as [(Int, Int64)] {
      XCTAssertEqual(rising.busyTime(ofWorker: position), 1_000 + turn..<9_000)
      XCTAssertEqual(falling.busyTime(ofWorker: position), 100..<9_000 - turn)
    }
    XCTAssertEqual(rising.busyTime(ofWorker: 0), 100..<9_000)
    XCTAssertEqual(falling.busyTime(ofWorker: 0), 100..<9_000)
    XCTAssertNil(rising.busyTime(ofWorker: 5))
  }

  func testStages_followEachOther_andTheOneWithoutALengthTakesTheRest() {
    let group = WorkerGroup(
      "whole",
      workers: WorkerSelection(0..<1),
      mix: .inTurn([]),
      stages: [Workload.Stage("one", length: .nanoseconds(300)), Workload.Stage()]
    )
    func windows(_ duration: Int) -> [LoadWindow] {
      group.timed(
        in: LoadWindow(start: 0, warmUp: .nanoseconds(50), duration: .nanoseconds(duration))
      ).map(\.window)
    }
    XCTAssertEqual(group.stages.map(\.name), ["one", "whole"])
    XCTAssertEqual(
      windows(1_000),
      [
        LoadWindow(start: 0, measureStart: 50, end: 350),
        LoadWindow(start: 350, measureStart: 350, end: 1_050),
      ]
    )
    // A step that ends before its stages do cuts them off.
    XCTAssertEqual(windows(200), [LoadWindow(start: 0, measureStart: 50, end: 250)])
    XCTAssertEqual(windows(0), [LoadWindow(start: 0, measureStart: 50, end: 50)])
  }

  func testStretches_joinStagesOfOneKind() throws {
    let plans = [
      Workload.Stage("a", rate: .steady(1)), Workload.Stage("b", rate: .steady(2)),
      Workload.Stage("c", rate: .steady(2), arrivals: .poisson), Workload.Stage("d"),
      Workload.Stage("e"), Workload.Stage("silence", rate: .steady(0)),
    ]
    let stages = plans.enumerated().map { index, plan in
      let start = Int64(index) * 10_000_000_000
      return TimedStage(
        plan: plan,
        window: LoadWindow(start: start, measureStart: start, end: start + 10_000_000_000)
      )
    }
    let kinds = LoadStretch.all(of: stages, random: SeededRandom(seed: 1)).map { stretch in
      switch stretch {
      case .open: "open"
      case .closed(let stages): stages.compactMap(\.plan.name).joined(separator: " ")
      }
    }
    XCTAssertEqual(kinds, ["open", "open", "d e"])
  }

  func testPause_isDrawnWithinItsBoundsAndWithItsMean() {
    var random = SeededRandom(seed: 5)
    let uniform = Workload.Pause.uniform(.milliseconds(2), .milliseconds(6))
    let exponential = Workload.Pause.exponential(.milliseconds(4))
    var sums = [0.0, 0]
    let n = 10_000
    for _ in 0..<n {
      let pause = uniform.drawn(&random)
      XCTAssertGreaterThanOrEqual(pause, .milliseconds(2))
      XCTAssertLessThan(pause, .milliseconds(6))
      sums[0] += pause.seconds
      sums[1] += exponential.drawn(&random).seconds
    }
    for sum in sums { XCTAssertEqual(sum / Double(n), 0.004, accuracy: 0.0002, "seed 5") }
    XCTAssertEqual(Workload.Pause.constant(.seconds(1)).drawn(&random), .seconds(1))
  }
}
