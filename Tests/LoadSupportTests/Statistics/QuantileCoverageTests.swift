import Glibc
import XCTest

@testable import LoadSupport

/// How often the interval of a percentile has the true one in it.
final class QuantileCoverageTests: LongTestCase {
  func testInterval_coversTheTrueP99_whenSamplesAreIndependent() {
    assertCoverage(of: \.p99, atQuantile: 0.99, counts: [400, 2_000, 20_000], seed: 21)
  }

  func testInterval_coversTheTrueP95_whenSamplesAreIndependent() {
    assertCoverage(of: \.p95, atQuantile: 0.95, counts: [72, 400, 5_000], seed: 22)
  }

  private func assertCoverage(
    of truth: KeyPath<LatencyPopulation, Double>,
    atQuantile p: Double,
    counts: [Int],
    seed: UInt64
  ) {
    var random = SeededRandom(seed: seed)
    for population in [LatencyPopulation.exponential, .lognormal, .bimodal] {
      for n in counts {
        // Of 1,000 trials at 95 %, fewer than 930 are covered by chance in 2 of 1,000 cases.
        let trials = n < 10_000 ? 1_000 : 500
        var covered = 0
        for _ in 0..<trials {
          var histogram = Histogram()
          for _ in 0..<n { histogram.record(Int64(population.draw(&random))) }
          let interval = histogram.interval(atQuantile: p)
          if interval?.contains(Int64(population[keyPath: truth])) == true { covered += 1 }
        }
        let share = Double(covered) / Double(trials)
        XCTAssertGreaterThanOrEqual(share, 0.93, "\(population.name), n \(n), seed \(seed)")
      }
    }
  }

  func testTrueP99_isThatOfArithmetic_whenTheStreamStalls() {
    // A wait is longer than x if a stall began in the last 0.5 s − x: 1 − exp(−rate · (0.5 s − x)).
    for stallsPerSecond in [0.05, 0.2] {
      var random = SeededRandom(seed: 23)
      let simulated = StalledStream(stallsPerSecond: stallsPerSecond).trueP99(&random)
      let expected = 0.5 + 0.005 + log(0.99) / stallsPerSecond
      XCTAssertEqual(Double(simulated) / 1e9, expected, accuracy: 0.03 * expected, "seed 23")
    }
  }

  func testInterval_coversTheTrueP99OfStalls_onlyWhenCorrectedForDispersion() {
    // Three, six and twelve stalls a run, and four in one that is too short for windows of 1 s.
    for stream in [
      StalledStream(stallsPerSecond: 0.05), StalledStream(stallsPerSecond: 0.1),
      StalledStream(stallsPerSecond: 0.2), StalledStream(seconds: 20, stallsPerSecond: 0.2),
    ] {
      let seed: UInt64 = 24
      var random = SeededRandom(seed: seed)
      let truth = stream.trueP99(&random)
      let windowSeconds = stream.seconds >= Double(Dispersion.leastWindows) ? 1 : 0.1
      let trials = 400
      var naive = 0
      var corrected = 0
      var refused = 0
      for _ in 0..<trials {
        let run = stream.run(&random)
        let own = run.histogram.value(atQuantile: 0.99) ?? 0
        let factor = Dispersion.factor(of: run.counts(above: own, windowSeconds: windowSeconds))
        if run.histogram.interval(atQuantile: 0.99)?.contains(truth) == true { naive += 1 }
        guard
          let interval = run.histogram.interval(atQuantile: 0.99, overdispersion: factor ?? 1)
        else {
          refused += 1
          continue
        }
        if interval.contains(truth) { corrected += 1 }
      }
      let name = "\(stream), seed \(seed): \(naive), \(corrected), \(refused) of \(trials)"
      XCTAssertLessThan(Double(naive), 0.6 * Double(trials), name)
      // With few stalls there are often too few independent requests for any interval.
      XCTAssertGreaterThanOrEqual(Double(corrected), 0.75 * Double(trials - refused), name)
      XCTAssertLessThan(refused, trials / 2, name)
    }
  }
}
