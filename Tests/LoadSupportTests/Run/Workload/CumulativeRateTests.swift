import Foundation
import XCTest

@testable import LoadSupport

final class CumulativeRateTests: XCTestCase {
  private typealias Ramp = Workload.Ramp

  private func rate(_ pieces: (Ramp, seconds: Double)...) -> CumulativeRate {
    var rate = CumulativeRate()
    for (ramp, seconds) in pieces { rate.append(ramp, nanoseconds: Int64(seconds * 1e9)) }
    return rate
  }

  func testInstant_solvesTheIntegral_whenTheRateRisesFromZeroOrFallsToIt() {
    let rising = rate((Ramp(from: 0, to: 200), 2))
    let falling = rate((Ramp(from: 200, to: 0), 2))
    XCTAssertEqual([rising.total, falling.total], [200, 200])
    for (count, instant) in [(0, 0), (0.5, 0.1), (50, 1), (112.5, 1.5), (200, .infinity)] {
      let expected = instant.isFinite ? Int64(instant * 1e9) : .max
      XCTAssertEqual(rising.instant(of: count), expected, "\(count)")
    }
    for (count, instant) in [(0, 0), (87.5, 0.5), (150, 1), (199.5, 1.9)] {
      XCTAssertEqual(falling.instant(of: count), Int64(instant * 1e9), "\(count)")
    }
  }

  func testInstant_isExactAtAJoint_andGoesOnBehindIt() {
    let rate = rate((Ramp(from: 0, to: 200), 2), (.steady(200), 1), (Ramp(from: 200, to: 100), 2))
    XCTAssertEqual(rate.instant(of: 200), 2_000_000_000)
    XCTAssertEqual(rate.instant(of: 201), 2_005_000_000)
    XCTAssertEqual(rate.instant(of: 399), 2_995_000_000)
    XCTAssertEqual(rate.instant(of: 400), 3_000_000_000)
    XCTAssertEqual(rate.total, 700)
    XCTAssertEqual(rate.instant(of: 700), .max)
  }

  func testInstant_skipsWhatHasNoArrivals() {
    let rate = rate((.steady(0), 5), (.steady(10), 1), (.steady(0), 2), (Ramp(from: 0, to: 10), 1))
    XCTAssertEqual(rate.instant(of: 0), 5_000_000_000)
    XCTAssertEqual(rate.instant(of: 10), 8_000_000_000)
  }

  /// One stage after a warm-up with the same rate has the instants of one that lasts as long as both.
  func testInstant_isThatOfOnePiece_whenTheRateStays() {
    let parts = rate((.steady(777.7), 0.1), (.steady(777.7), 3.3), (.steady(777.7), 9))
    let whole = rate((.steady(777.7), 12.4))
    for count in 0..<9_600 {
      XCTAssertEqual(parts.instant(of: Double(count)), whole.instant(of: Double(count)))
    }
  }

  func testInstant_isThatOfASteadyRate_whenTheSlopeIsTiny() {
    for slope in [1e-15, 1e-12, -1e-12, -1e-15] {
      let sloping = rate((Ramp(from: 1_000, to: 1_000 + 1_000 * slope), 1_000))
      let steady = rate((.steady(1_000), 1_000))
      for count in stride(from: 0.0, to: 999_999, by: 99_991) {
        let distance = sloping.instant(of: count) - steady.instant(of: count)
        XCTAssertLessThanOrEqual(abs(distance), 1, "\(slope) \(count)")
      }
    }
  }

  func testInstants_areAsManyAsTheIntegral_whateverThePieces() {
    for seed: UInt64 in 1...50 {
      var random = SeededRandom(seed: seed)
      var rate = CumulativeRate()
      var pieces: [(ramp: Ramp, length: Int64)] = []
      for _ in 0..<(1 + Int(random.uniform() * 6)) {
        func value() -> Double { random.uniform() < 0.3 ? 0 : random.uniform() * 500 }
        let from = value()
        let ramp = Ramp(from: from, to: random.uniform() < 0.3 ? from : value())
        pieces.append((ramp, 1 + Int64(random.uniform() * 3e9)))
        rate.append(ramp, nanoseconds: pieces[pieces.count - 1].length)
      }
      XCTAssertEqual(rate.total, integral(pieces, until: .max), accuracy: 1e-6, "seed \(seed)")
      let instants = (0..<Int(rate.total.rounded(.up))).map { rate.instant(of: Double($0)) }
      XCTAssertEqual(instants, instants.sorted(), "seed \(seed)")
      for (count, instant) in instants.enumerated() {
        // Half a nanosecond of rounding.
        let reached = integral(pieces, until: instant)
        XCTAssertEqual(reached, Double(count), accuracy: 1e-6, "seed \(seed), arrival \(count)")
      }
      let length = pieces.reduce(0) { $0 + $1.length }
      for _ in 0..<20 {
        let ends = [random.uniform(), random.uniform()].map { Int64($0 * Double(length)) }.sorted()
        let count = instants.count { $0 >= ends[0] && $0 < ends[1] }
        let expected = integral(pieces, until: ends[1]) - integral(pieces, until: ends[0])
        XCTAssertLessThanOrEqual(abs(Double(count) - expected), 1 + 1e-6, "seed \(seed), \(ends)")
      }
    }
  }

  func testPoisson_hasTheIntegralAsItsMean_inEachPartOfARamp() throws {
    let rate = rate((Ramp(from: 0, to: 100), 2), (Ramp(from: 100, to: 20), 1))
    var counts = [0, 0, 0]
    let seeds = 200
    for seed in 0..<seeds {
      var schedule = try XCTUnwrap(ArrivalSchedule(rate, .poisson, seed: UInt64(seed)))
      var latest: Int64 = 0
      while case let next = schedule.next(), next < .max {
        XCTAssertGreaterThanOrEqual(next, latest)
        latest = next
        counts[Int(next / 1_000_000_000)] += 1
      }
    }
    for (count, mean) in zip(counts, [25.0, 75, 60]) {
      let expected = mean * Double(seeds)
      XCTAssertEqual(Double(count), expected, accuracy: 4 * expected.squareRoot())
    }
  }

  private func integral(_ pieces: [(ramp: Ramp, length: Int64)], until end: Int64) -> Double {
    var start: Int64 = 0
    var total = 0.0
    for (ramp, length) in pieces where start < end {
      let t = Double(min(length, end - start)) / 1e9
      let slope = (ramp.to - ramp.from) / (Double(length) / 1e9)
      total += ramp.from * t + slope * t * t / 2
      start += length
    }
    return total
  }
}
