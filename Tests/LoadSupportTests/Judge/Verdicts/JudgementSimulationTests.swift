import XCTest

@testable import LoadSupport

/// How often a p99 ceiling is judged wrongly, and how often it finds what it is there for.
final class JudgementSimulationTests: LongTestCase {
  /// Where the dispersion of slow requests is taken from.
  private enum Correction: CaseIterable {
    case none
    case aboveOwnP99
    case aboveLimit
  }

  private typealias Tally = [Correction: [Verdict.Outcome: Int]]

  private static let populations = [LatencyPopulation.exponential, .lognormal]

  func testFalseAlarms_areOnePercent_whenTheTrueP99IsAtTheLimit() {
    for population in Self.populations {
      let tally = Self.judgeIndependent(population, limit: population.p99, runs: 2_000, seed: 61)
      // 1 % of 2,000 runs is 20 ± 4.4.
      for (correction, outcomes) in tally {
        XCTAssertLessThanOrEqual(
          outcomes[.fail] ?? 0,
          33,
          "\(population.name), \(correction), seed 61: \(outcomes)"
        )
      }
    }
  }

  func testVerdict_isFail_whenTheTrueP99Is30PercentOverTheLimit() {
    for population in Self.populations {
      let tally = Self.judgeIndependent(
        population,
        limit: population.p99 / 1.3,
        runs: 500,
        seed: 62
      )
      for (correction, outcomes) in tally {
        XCTAssertGreaterThanOrEqual(
          outcomes[.fail] ?? 0,
          450,
          "\(population.name), \(correction), seed 62: \(outcomes)"
        )
      }
    }
  }

  func testVerdict_isPass_whenTheTrueP99Is20PercentUnderTheLimit() {
    for population in Self.populations {
      let tally = Self.judgeIndependent(
        population,
        limit: population.p99 / 0.8,
        runs: 500,
        seed: 63
      )
      for (correction, outcomes) in tally {
        XCTAssertGreaterThanOrEqual(
          outcomes[.pass] ?? 0,
          400,
          "\(population.name), \(correction), seed 63: \(outcomes)"
        )
        XCTAssertNil(outcomes[.fail], "\(population.name), \(correction), seed 63")
      }
    }
  }

  func testFalseAlarms_areMany_onlyWhenStallsAreTakenForIndependentRequests() {
    for stallsPerSecond in [0.05, 0.1] {
      let seed: UInt64 = 64
      var random = SeededRandom(seed: seed)
      let stream = StalledStream(stallsPerSecond: stallsPerSecond)
      let limit = stream.trueP99(&random)
      var tally: Tally = [:]
      for _ in 0..<1_000 { Self.judge(stream.run(&random), limit: limit, into: &tally) }
      let name = "\(stallsPerSecond) stalls a second, seed \(seed): \(tally)"
      func alarms(_ correction: Correction) -> Int { tally[correction]?[.fail] ?? 0 }
      XCTAssertGreaterThan(alarms(.none), 200, name)
      XCTAssertLessThan(alarms(.aboveOwnP99), 100, name)
      XCTAssertLessThan(alarms(.aboveLimit), 25, name)
    }
  }

  /// Judges runs of 5,000 independent requests at equal distances over 60 s.
  private static func judgeIndependent(
    _ population: LatencyPopulation,
    limit: Double,
    runs: Int,
    seed: UInt64
  ) -> Tally {
    var random = SeededRandom(seed: seed)
    var tally: Tally = [:]
    for _ in 0..<runs {
      var run = StalledStream.Run(seconds: 60)
      run.requests.reserveCapacity(5_000)
      for index in 0..<5_000 {
        let latency = Int64(population.draw(&random))
        run.histogram.record(latency)
        run.requests.append((Double(index) * 60 / 5_000, latency))
      }
      judge(run, limit: Int64(limit), into: &tally)
    }
    return tally
  }

  /// Judges one run with the dispersion from each source, in windows of 1 s.
  private static func judge(_ run: StalledStream.Run, limit: Int64, into tally: inout Tally) {
    let own = run.histogram.value(atQuantile: 0.99) ?? 0
    for correction in Correction.allCases {
      let factor: Double? =
        switch correction {
        case .none: 1
        case .aboveOwnP99: Dispersion.factor(of: run.counts(above: own, windowSeconds: 1))
        case .aboveLimit: Dispersion.factor(of: run.counts(above: limit, windowSeconds: 1))
        }
      let outcome = Judgement.share(
        bad: run.histogram.count(above: limit),
        of: run.histogram.count,
        allowed: 0.01,
        overdispersion: factor ?? 1
      )
      tally[correction, default: [:]][outcome, default: 0] += 1
    }
  }
}
