import EventIO
import XCTest

@testable import LoadSupport

final class LoadShareTests: XCTestCase {
  /// Loads by chance: workers, parts, and a group among the workers.
  private func forEachLoad(
    _ body: (_ workers: Int, _ shares: [LoadShare], _ group: Range<Int>) throws -> Void
  ) rethrows {
    var random = SeededRandom(seed: 21)
    for _ in 0..<300 {
      let count = Int.random(in: 1...12, using: &random)
      let workers = Int.random(in: count...60, using: &random)
      let first = Int.random(in: 0..<workers, using: &random)
      let group = first..<Int.random(in: first + 1...workers, using: &random)
      let shares = (0..<count).map { LoadShare(index: $0, count: count) }
      try body(workers, shares, group)
    }
  }

  func testWorkers_areThoseOfOneGenerator_eachOnceAndInOrder() {
    forEachLoad { workers, shares, group in
      let all = shares.flatMap { share in
        share.own(0..<workers).map { share.number(ofWorker: $0) }
      }
      XCTAssertEqual(all.sorted(), Array(0..<workers))
      let counts = shares.map { $0.own(0..<workers).count }
      XCTAssertLessThanOrEqual((counts.max() ?? 0) - (counts.min() ?? 0), 1)
      var positions: [Int] = []
      for share in shares {
        let own = share.own(group)
        XCTAssertEqual(
          own.map { share.number(ofWorker: $0) },
          group.filter { $0 % shares.count == share.index }
        )
        for (position, worker) in own.enumerated() {
          let place = share.position(ofWorker: position, in: group)
          XCTAssertEqual(place, share.number(ofWorker: worker) - group.lowerBound)
          positions.append(place)
        }
      }
      XCTAssertEqual(positions.sorted(), Array(0..<group.count))
    }
  }

  func testWhole_isOneShareOfAll() {
    XCTAssertEqual(LoadShare.whole.own(3..<9), 3..<9)
    XCTAssertEqual(LoadShare.whole.position(ofWorker: 4, in: 3..<9), 4)
    XCTAssertEqual(LoadShare.whole.ofArrivals(at: 3..<9), .whole)
    let ramp = Workload.Ramp(from: 0.3, to: 7.7)
    XCTAssertEqual(LoadShare.whole.rate(ramp, of: 3..<9), ramp)
    XCTAssertEqual(LoadShare.whole.busy(ramp, of: 3..<9), ramp)
  }

  /// A rate that stays, and one that rises, by all parts that have workers for it.
  func testArrivals_areThoseOfOneGenerator_toTheNanosecond() throws {
    for ramp in [Workload.Ramp.steady(997), Workload.Ramp(from: 3, to: 700)] {
      let window = LoadWindow(start: 1_000, measureStart: 300_000_000, end: 1_700_000_011)
      let stage = TimedStage(plan: Workload.Stage(rate: ramp), window: window)
      func arrivals(_ share: LoadShare) throws -> [Int64] {
        let queue = try XCTUnwrap(ArrivalQueue([stage], seed: 3, share: share))
        return Array(sequence(state: queue) { $0.next() })
      }
      let whole = try arrivals(.whole)
      XCTAssertGreaterThan(whole.count, 400)
      try forEachLoad { _, shares, group in
        guard shares.count < 5 else { return }
        let sharing = shares.compactMap { $0.ofArrivals(at: group) }
        XCTAssertEqual(sharing.count, min(shares.count, group.count))
        XCTAssertEqual(try sharing.flatMap(arrivals).sorted(), whole)
      }
    }
  }

  /// Who has no workers of a group has none of its arrivals.
  func testArrivals_areSharedByThoseWithWorkers() {
    forEachLoad { _, shares, group in
      for share in shares {
        let hasWorkers = !share.own(group).isEmpty
        XCTAssertEqual(share.ofArrivals(at: group) != nil, hasWorkers)
        XCTAssertEqual(share.rate(.steady(60), of: group).from > 0, hasWorkers)
      }
      let rates = shares.map { $0.rate(.steady(60), of: group).from }
      XCTAssertEqual(rates.reduce(0, +), 60, accuracy: 1e-9)
      let busy = Double(group.count / 2)
      XCTAssertEqual(shares.map { $0.busy(.steady(busy), of: group).from }.reduce(0, +), busy)
    }
  }

  /// Independent parts of a Poisson process add up to one: its variance is its mean.
  func testPoissonArrivals_ofAllParts_areOneProcess() throws {
    let window = LoadWindow(start: 0, measureStart: 0, end: 100_000_000_000)
    let plan = Workload.Stage(rate: .steady(200), arrivals: .poisson)
    let stage = TimedStage(plan: plan, window: window)
    var counts = [Double](repeating: 0, count: 1_000)
    for index in 0..<4 {
      let share = LoadShare(index: index, count: 4)
      let queue = try XCTUnwrap(ArrivalQueue([stage], seed: 11, share: share))
      while let instant = queue.next() { counts[Int(instant / 100_000_000)] += 1 }
    }
    let mean = counts.reduce(0, +) / 1_000
    let variance = counts.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 999
    // Five standard errors.
    XCTAssertEqual(mean, 20, accuracy: 5 * (20.0 / 1_000).squareRoot())
    XCTAssertEqual(variance / mean, 1, accuracy: 5 * (2.0 / 1_000).squareRoot())
  }
}
