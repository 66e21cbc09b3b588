import Glibc
import XCTest

@testable import LoadSupport

/// How often pairs of runs on a noisy machine give a wrong answer, or the right one.
///
/// Runs scatter by 3 % with an autocorrelation of 0.3, and 4 % of them lose 10 to 15 % of their
/// throughput.
final class PairedVerdictSimulationTests: XCTestCase {
  /// A machine whose luck strikes each metric on its own, or all of them for a part.
  private struct Machine {
    /// The correlation of two metrics' noise; if not 0, a bad run is bad in all of them.
    var correlation: Double
    var common = NoisySeries(noise: 0.03, badLoss: 0.1...0.15)
    var own = GateMetric.allCases.map { _ in NoisySeries(noise: 0.03, badLoss: 0.1...0.15) }

    /// One run of a build whose figures are those of the base times the factors.
    mutating func run(
      _ factors: [GateMetric: Double],
      _ random: inout SeededRandom
    ) -> [GateMetric: Double] {
      let shared = common.next(&random)
      var figures: [GateMetric: Double] = [:]
      for (index, metric) in GateMetric.allCases.enumerated() {
        let luck = own[index].next(&random)
        let gain =
          correlation.squareRoot() * shared.noise + (1 - correlation).squareRoot() * luck.noise
          + (correlation > 0 ? shared.bad : luck.bad)
        figures[metric] =
          100 * exp(metric.isHigherBetter ? gain : -gain) * (factors[metric] ?? 1)
      }
      return figures
    }
  }

  /// The outcomes of comparisons with 8 pairs and, where these do not tell, 16 in all.
  private func outcomes(
    of head: [GateMetric: Double],
    correlation: Double,
    trials: Int,
    seed: UInt64
  ) -> [GateOutcome: Int] {
    var random = SeededRandom(seed: seed)
    var outcomes: [GateOutcome: Int] = [:]
    for _ in 0..<trials {
      var machine = Machine(correlation: correlation)
      let pairs = (0..<16).map { index -> PairedVerdict.Pair in
        // Base, head, head, base.
        if index.isMultiple(of: 2) {
          let base = machine.run([:], &random)
          return (base, machine.run(head, &random))
        }
        let first = machine.run(head, &random)
        return (machine.run([:], &random), first)
      }
      var verdict = PairedVerdict(Array(pairs.prefix(8)))
      if !verdict.stands { verdict = PairedVerdict(pairs) }
      outcomes[verdict.outcome, default: 0] += 1
    }
    return outcomes
  }

  func testIdenticalBuilds_areCalledARegression_inLessThanOneOfAHundred() {
    for (correlation, seed) in [(0, 71), (0.7, 72), (1, 73)] as [(Double, UInt64)] {
      let outcomes = outcomes(of: [:], correlation: correlation, trials: 1_000, seed: seed)
      let name = "correlation \(correlation), seed \(seed): \(outcomes)"
      XCTAssertLessThanOrEqual(outcomes[.regression] ?? 0, 10, name)
      XCTAssertLessThanOrEqual(outcomes[.improvement] ?? 0, 10, name)
      XCTAssertGreaterThanOrEqual(outcomes[.noChange] ?? 0, 650, name)
    }
  }

  func testBuild_isCalledARegression_inNineOfTen_whenItDoesATenthLess() {
    let slower: [GateMetric: Double] = [
      .throughput: 0.9, .p50: 1 / 0.9, .p99: 1 / 0.9, .cpu: 1 / 0.9,
    ]
    for (correlation, seed) in [(0, 74), (0.7, 75)] as [(Double, UInt64)] {
      let outcomes = outcomes(of: slower, correlation: correlation, trials: 1_000, seed: seed)
      let name = "correlation \(correlation), seed \(seed): \(outcomes)"
      XCTAssertGreaterThanOrEqual(outcomes[.regression] ?? 0, 900, name)
      XCTAssertLessThanOrEqual(outcomes[.noChange] ?? 0, 2, name)
    }
  }

  func testBuild_isCalledARegression_inNineOfTen_whenOneMetricAloneTellsIt() {
    let seed: UInt64 = 77
    let outcomes = outcomes(of: [.throughput: 0.9], correlation: 0, trials: 2_000, seed: seed)
    XCTAssertGreaterThanOrEqual(outcomes[.regression] ?? 0, 1_800, "seed \(seed): \(outcomes)")
  }

  /// On the limit itself the two looks may err in one of twenty, and so they do.
  func testBuild_isCalledARegression_inOneOfTwenty_whenItIsWorseByJustDelta() {
    let seed: UInt64 = 78
    let onTheLimit: [GateMetric: Double] = [
      .throughput: 1 / 1.05, .p50: 1.05, .p99: 1.05, .cpu: 1.05,
    ]
    let outcomes = outcomes(of: onTheLimit, correlation: 0, trials: 1_000, seed: seed)
    XCTAssertLessThanOrEqual(outcomes[.regression] ?? 0, 60, "seed \(seed): \(outcomes)")
  }
}
