import EventIO
import XCTest

@testable import LoadSupport

final class LinkScheduleTests: XCTestCase {
  private static let seeds: ClosedRange<UInt64> = 1...5
  private static let segments = 10_000

  /// How long the link holds segments that come too far apart to wait for each other.
  private func lonelySegments(
    _ condition: LinkCondition,
    seed: UInt64
  ) -> [(heldNanoseconds: Int64, losses: Int)] {
    var schedule = LinkSchedule(condition, seed: seed, connection: 0)
    let dayNanoseconds: Int64 = 86_400_000_000_000
    return (0..<Self.segments).map { index in
      let arrival = MonotonicInstant(nanoseconds: Int64(index) * dayNanoseconds)
      let losses = schedule.lossCount
      let held = schedule.release(arrival: arrival) - arrival
      return (held.nanoseconds, schedule.lossCount - losses)
    }
  }

  func testDelayAndJitter_areAsAsked_whenSegmentsAreNotLost() {
    for condition in LinkCondition.all {
      for seed in Self.seeds {
        let message = "\(condition), seed \(seed)"
        let held = lonelySegments(condition, seed: seed).filter { $0.losses == 0 }
          .map { Double($0.heldNanoseconds) / 1e6 }
        let mean = held.reduce(0, +) / Double(held.count)
        let variance = held.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(held.count)
        // A uniform distribution on ±a has the standard deviation a ÷ √3.
        let deviation = condition.jitterMilliseconds / 3.squareRoot()
        XCTAssertEqual(
          mean,
          condition.delayMilliseconds,
          accuracy: condition.delayMilliseconds / 10,
          message
        )
        XCTAssertEqual(variance.squareRoot(), deviation, accuracy: deviation / 10, message)
        for end in [held.min(), held.max()] {
          XCTAssertEqual(
            end ?? .nan,
            condition.delayMilliseconds,
            accuracy: condition.jitterMilliseconds + 1e-6,
            message
          )
        }
      }
    }
  }

  func testLosses_areAsAsked_whenTenThousandSegmentsPass() {
    for condition in LinkCondition.all {
      for seed in Self.seeds {
        let message = "\(condition), seed \(seed)"
        var schedule = LinkSchedule(condition, seed: seed, connection: 1)
        for _ in 0..<Self.segments { _ = schedule.release(arrival: .init(nanoseconds: 0)) }
        XCTAssertEqual(schedule.segmentCount, Self.segments)
        // k losses or more before the n-th arrival: k or more among the first n + k − 1 sent.
        let losses = schedule.lossCount
        let sent = Self.segments + losses
        let probability = condition.lossPercent / 100
        XCTAssertGreaterThan(
          Binomial(n: sent - 1, p: probability).probability(atLeast: losses),
          0.0001 / 2,
          message
        )
        XCTAssertGreaterThan(
          Binomial(n: sent, p: probability).probability(atMost: losses),
          0.0001 / 2,
          message
        )
      }
    }
  }

  func testPauses_doubleFromTheTimeout_whenOneSegmentIsLostRepeatedly() {
    for (delay, timeout) in [(0.0, 200.0), (50, 200), (100, 200), (200, 300), (500, 750)] {
      let condition = LinkCondition(
        port: 1,
        name: "",
        delayMilliseconds: delay,
        lossPercent: 40
      )
      var mostLosses = 0
      for (held, losses) in lonelySegments(condition, seed: 7) where losses < 7 {
        mostLosses = max(mostLosses, losses)
        let pauses = timeout * Double((1 << losses) - 1)
        XCTAssertEqual(Double(held), (delay + pauses) * 1e6, "\(losses) losses")
      }
      XCTAssertEqual(mostLosses, 6)
    }
  }

  func testPauses_growNoFurther_whenTheTimeoutIsTwoMinutes() {
    let condition = LinkCondition(port: 1, name: "", lossPercent: 90)
    // 0.2 s doubles nine times up to 102.4 s.
    let before = 0.2 * Double((1 << 10) - 1)
    let held = lonelySegments(condition, seed: 8).filter { $0.losses > 10 }
    XCTAssertGreaterThan(held.count, 0)
    for (held, losses) in held {
      let pauses = before + 120 * Double(losses - 10)
      XCTAssertEqual(Double(held), pauses * 1e9, accuracy: 1, "\(losses) losses")
    }
  }

  func testOrder_isKept_whenJitterAndLossWouldChangeIt() {
    for condition in LinkCondition.all {
      for seed in Self.seeds {
        var schedule = LinkSchedule(condition, seed: seed, connection: 2)
        var last = MonotonicInstant(nanoseconds: 0)
        for index in 0..<Self.segments {
          let arrival = MonotonicInstant(nanoseconds: Int64(index) * 100_000)
          let release = schedule.release(arrival: arrival)
          XCTAssertGreaterThanOrEqual(release, last, "\(condition), seed \(seed)")
          XCTAssertGreaterThanOrEqual(release, arrival, "\(condition), seed \(seed)")
          last = release
        }
      }
    }
  }

  func testSchedule_isTheSame_whenSeedLinkAndConnectionAre() {
    func releases(_ port: UInt16, seed: UInt64, connection: Int) -> [MonotonicInstant] {
      let condition = LinkCondition(
        port: port,
        name: "",
        delayMilliseconds: 50,
        jitterMilliseconds: 5,
        lossPercent: 5
      )
      var schedule = LinkSchedule(condition, seed: seed, connection: connection)
      return (0..<100).map { schedule.release(arrival: .init(nanoseconds: $0 * 1_000_000_000)) }
    }
    let reference = releases(1, seed: 2, connection: 3)
    XCTAssertEqual(releases(1, seed: 2, connection: 3), reference)
    XCTAssertNotEqual(releases(0, seed: 2, connection: 3), reference)
    XCTAssertNotEqual(releases(1, seed: 3, connection: 3), reference)
    XCTAssertNotEqual(releases(1, seed: 2, connection: 4), reference)
  }
}
