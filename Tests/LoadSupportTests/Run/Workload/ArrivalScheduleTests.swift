import Glibc
import XCTest

@testable import LoadSupport

final class ArrivalScheduleTests: XCTestCase {
  func testConstant_hasNoDrift_whenABillionArrivalsHavePassed() throws {
    // Three a second is no whole number of nanoseconds apart.
    for (rate, perNanosecond) in [(3.0, 3), (1_000, 1_000), (30_000, 30_000)] {
      for arrival in [0, 1, 2, 999, 1_000_000, 999_999_999, 1_000_000_000] {
        // The share that begins at an arrival shows what the whole schedule has there.
        var schedule = try XCTUnwrap(
          ArrivalSchedule(
            .constant(ratePerSecond: rate),
            seed: 0,
            share: arrival,
            of: 1_000_000_001
          )
        )
        let (quotient, remainder) = (arrival * 1_000_000_000).quotientAndRemainder(
          dividingBy: perNanosecond
        )
        let nearest = quotient + (2 * remainder >= perNanosecond ? 1 : 0)
        XCTAssertEqual(schedule.next(), Int64(nearest), "rate \(rate), arrival \(arrival)")
      }
    }
  }

  func testConstant_isTheInterleavingOfItsShares_whenSplit() throws {
    let process = ArrivalProcess.constant(ratePerSecond: 777.7)
    let whole = try instants(process, seed: 1, count: 2_100)
    for shares in [2, 3, 7] {
      let parts = try (0..<shares).map {
        try instants(process, seed: 1, share: $0, of: shares, count: 2_100 / shares)
      }
      XCTAssertEqual(parts.flatMap { $0 }.sorted(), whole)
      XCTAssertEqual((0..<2_100).map { parts[$0 % shares][$0 / shares] }, whole)
    }
  }

  func testPoisson_isExponential_whenTestedByAndersonAndDarling() throws {
    // 2.492 is the 5 % point for a fully given distribution (Marsaglia and Marsaglia, 2004), so
    // the number of false alarms among the seeds is itself binomial.
    let seeds: Range<UInt64> = 0..<200
    var alarms = 0
    for seed in seeds {
      let gaps = try self.gaps(.poisson(ratePerSecond: 100), seed: seed, count: 1_000)
      if andersonDarling(gaps, mean: 1e7) > 2.492 { alarms += 1 }
    }
    let expected = Binomial(n: seeds.count, p: 0.05)
    XCTAssertGreaterThan(expected.probability(atLeast: alarms), 0.001, "seeds \(seeds)")
    XCTAssertGreaterThan(expected.probability(atMost: alarms), 0.001, "seeds \(seeds)")
  }

  func testAndersonDarling_raisesTheAlarm_whenGapsAreNotExponentialOrTheRateIsOff() throws {
    let gaps = try self.gaps(.poisson(ratePerSecond: 100), seed: 1, count: 1_000)
    var random = SeededRandom(seed: 2)
    XCTAssertLessThan(andersonDarling(gaps, mean: 1e7), 3.857)
    XCTAssertGreaterThan(andersonDarling(gaps, mean: 1.2e7), 3.857)
    XCTAssertGreaterThan(
      andersonDarling(gaps.map { _ in random.uniform() * 2e7 }, mean: 1e7),
      3.857
    )
  }

  func testPoisson_sharesAreExponentialAndJoinToThePoissonWhole_whenSplit() throws {
    let seed: UInt64 = 9
    let process = ArrivalProcess.poisson(ratePerSecond: 100)
    var joined: [Int64] = []
    for share in 0..<4 {
      let part = try instants(process, seed: seed, share: share, of: 4, count: 2_000)
      XCTAssertLessThan(andersonDarling(gaps(of: part), mean: 4e7), 6, "seed \(seed)")
      joined += part
    }
    // Beyond the 7,000th, shares that have run out would be missing.
    let whole = gaps(of: Array(joined.sorted().prefix(7_000)))
    XCTAssertLessThan(andersonDarling(whole, mean: 1e7), 6, "seed \(seed)")
  }

  func testPoisson_isReproducibleAndSeeded_whenCreatedAgain() throws {
    let process = ArrivalProcess.poisson(ratePerSecond: 5_000)
    let first = try instants(process, seed: 1, count: 1_000)
    XCTAssertEqual(try instants(process, seed: 1, count: 1_000), first)
    XCTAssertNotEqual(try instants(process, seed: 2, count: 1_000), first)
    XCTAssertEqual(first.sorted(), first)
    XCTAssertNotEqual(try instants(process, seed: 1, share: 1, of: 2, count: 1_000), first)
  }

  func testSchedule_isNil_whenThereIsNothingToPlan() {
    XCTAssertNil(ArrivalSchedule(.closed(thinkTime: .zero), seed: 0))
    for rate in [0, -1, .nan, Double.infinity] {
      XCTAssertNil(ArrivalSchedule(.constant(ratePerSecond: rate), seed: 0))
      XCTAssertNil(ArrivalSchedule(.poisson(ratePerSecond: rate), seed: 0))
    }
    for (share, count) in [(-1, 2), (2, 2), (0, 0)] {
      XCTAssertNil(
        ArrivalSchedule(.constant(ratePerSecond: 1), seed: 0, share: share, of: count)
      )
    }
  }

  func testSchedule_saysNever_whenTheRateIsTooLowToCount() throws {
    XCTAssertEqual(try instants(.constant(ratePerSecond: 1e-12), seed: 0, count: 2), [0, .max])
  }

  func testArrivalProcess_survivesCoding_whenWrittenAsJSON() throws {
    for process: ArrivalProcess in [
      .closed(thinkTime: .milliseconds(250)), .constant(ratePerSecond: 12.5),
      .poisson(ratePerSecond: 2_000),
    ] {
      let coded = try JSONEncoder().encode(process)
      XCTAssertEqual(try JSONDecoder().decode(ArrivalProcess.self, from: coded), process)
    }
  }

  // MARK: -

  private func instants(
    _ process: ArrivalProcess,
    seed: UInt64,
    share: Int = 0,
    of shares: Int = 1,
    count: Int
  ) throws -> [Int64] {
    var schedule = try XCTUnwrap(ArrivalSchedule(process, seed: seed, share: share, of: shares))
    return (0..<count).map { _ in schedule.next() }
  }

  private func gaps(_ process: ArrivalProcess, seed: UInt64, count: Int) throws -> [Double] {
    gaps(of: try instants(process, seed: seed, count: count))
  }

  /// The distances of the instants, the first counting from the start of the load.
  private func gaps(of instants: [Int64]) -> [Double] {
    zip(instants, [0] + instants).map { Double($0 - $1) }
  }

  /// The statistic A² of a sample against the exponential distribution with a given mean.
  ///
  /// A² = −n − (1/n) Σ (2i − 1)·(ln F(xᵢ) + ln(1 − F(xₙ₊₁₋ᵢ))), with x in order (Anderson and
  /// Darling, "A test of goodness of fit", 1954).
  private func andersonDarling(_ sample: [Double], mean: Double) -> Double {
    // A gap that was rounded to zero stands for one of half a nanosecond at most.
    let sorted = sample.map { max($0, 0.5) / mean }.sorted()
    let n = Double(sorted.count)
    var total = 0.0
    for (index, pair) in zip(sorted, sorted.reversed()).enumerated() {
      total += Double(2 * index + 1) * (log(-expm1(-pair.0)) - pair.1)
    }
    return -n - total / n
  }
}

extension ArrivalSchedule {
  /// The schedule of a rate that stays, without an end.
  init?(_ process: ArrivalProcess, seed: UInt64, share: Int = 0, of count: Int = 1) {
    guard let ramp = process.stage.rate else { return nil }
    var rate = CumulativeRate()
    rate.append(ramp, nanoseconds: .max)
    self.init(rate, process.stage.arrivals, seed: seed, share: share, of: count)
  }
}
