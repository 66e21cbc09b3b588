import Glibc
import XCTest

@testable import LoadSupport

/// How often pairs of runs on a noisy machine give a wrong answer, or the right one.
///
/// Runs scatter by 3 % with an autocorrelation of 0.3, and 4 % of them lose 10 to 15 % of their
/// throughput. Where the host steals a share of the machine from a run, the throughput is lower by that
/// share and the p99 higher by twenty times as much, which is more than was seen; the steal is known.
final class PairedVerdictSimulationTests: LongTestCase {
  /// A machine whose luck strikes each metric on its own, or all of them for a part.
  private struct Machine {
    /// The correlation of two metrics' noise; if not 0, a bad run is bad in all of them.
    var correlation: Double

    /// The share of runs that are stolen from, and the most that is stolen: 1 % at least, of which much
    /// is rarer than little.
    var disturbed = 0.0
    var mostStolen = 0.1
    var common = NoisySeries(noise: 0.03, badLoss: 0.1...0.15)
    var own = GateMetric.allCases.map { _ in NoisySeries(noise: 0.03, badLoss: 0.1...0.15) }

    /// One run of a build whose figures are those of the base times the factors.
    mutating func run(
      _ factors: [GateMetric: Double],
      _ random: inout SeededRandom
    ) -> (figures: [GateMetric: Double], steal: Double) {
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
      guard disturbed > 0, random.uniform() < disturbed else { return (figures, 0) }
      let steal = 0.01 * pow(mostStolen / 0.01, random.uniform())
      figures[.throughput]? *= 1 - steal
      figures[.p50]? /= 1 - steal
      figures[.p99]? *= 1 + 20 * steal
      figures[.cpu]? /= 1 - steal
      return (figures, steal)
    }
  }

  /// The outcomes of comparisons with 8 pairs and, where these do not tell, 16 in all; disturbed ones
  /// are run again, unless they are to count like others.
  private func outcomes(
    of head: [GateMetric: Double],
    correlation: Double,
    disturbed: Double = 0,
    mostStolen: Double = 0.1,
    counts: Bool = false,
    trials: Int,
    seed: UInt64
  ) -> [GateOutcome: Int] {
    var random = SeededRandom(seed: seed)
    var outcomes: [GateOutcome: Int] = [:]
    for _ in 0..<trials {
      var machine = Machine(
        correlation: correlation,
        disturbed: disturbed,
        mostStolen: mostStolen
      )
      var (pairs, disturbances): ([PairedVerdict.Pair], [Double?]) = ([], [])
      var verdict = PairedVerdict([])
      trial: while true {
        // Base, head, head, base.
        let isBaseFirst = pairs.count.isMultiple(of: 2)
        let first = machine.run(isBaseFirst ? [:] : head, &random)
        let second = machine.run(isBaseFirst ? head : [:], &random)
        let (base, changed) = isBaseFirst ? (first, second) : (second, first)
        pairs.append((base.figures, changed.figures))
        disturbances.append(counts ? 0 : max(base.steal, changed.steal))
        let plan = PairPlan(firstLook: 8, disturbances)
        guard plan.step != .run else { continue }
        verdict = PairedVerdict(plan.counting.map { pairs[$0] })
        if plan.step == .end || verdict.stands { break trial }
      }
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
    let outcomes = outcomes(of: [.throughput: 0.9], correlation: 0, trials: 4_000, seed: seed)
    XCTAssertGreaterThanOrEqual(outcomes[.regression] ?? 0, 3_600, "seed \(seed): \(outcomes)")
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

  /// A third of the pairs is disturbed: set aside, they cost few verdicts; counted, they cost most.
  func testIdenticalBuilds_areStillFoundAlike_whereDisturbedPairsAreSetAside() {
    func identical(counts: Bool) -> [GateOutcome: Int] {
      outcomes(of: [:], correlation: 0.7, disturbed: 0.2, counts: counts, trials: 1_000, seed: 79)
    }
    let (setAside, counted) = (identical(counts: false), identical(counts: true))
    XCTAssertLessThanOrEqual(setAside[.regression] ?? 0, 10, "\(setAside)")
    XCTAssertGreaterThanOrEqual(setAside[.noChange] ?? 0, 800, "\(setAside)")
    XCTAssertLessThanOrEqual(counted[.noChange] ?? 0, 150, "\(counted)")
    let slower = outcomes(
      of: [.throughput: 0.9, .p50: 1 / 0.9, .p99: 1 / 0.9],
      correlation: 0.7,
      disturbed: 0.2,
      trials: 1_000,
      seed: 80
    )
    XCTAssertGreaterThanOrEqual(slower[.regression] ?? 0, 900, "\(slower)")
  }

  /// The host steals from nine of ten runs, up to nine tenths of the machine.
  func testBuild_isJudgedByTheLeastDisturbedPairs_whereTheMachineIsNeverQuiet() {
    func compared(_ head: [GateMetric: Double], counts: Bool) -> [GateOutcome: Int] {
      outcomes(
        of: head,
        correlation: 0.7,
        disturbed: 0.9,
        mostStolen: 0.9,
        counts: counts,
        trials: 1_000,
        seed: 81
      )
    }
    let slower: [GateMetric: Double] = [
      .throughput: 1 / 1.15, .p50: 1.15, .p99: 1.15, .cpu: 1.15,
    ]
    let identical = compared([:], counts: false)
    XCTAssertLessThanOrEqual(identical[.regression] ?? 0, 10, "\(identical)")
    let (least, all) = (compared(slower, counts: false), compared(slower, counts: true))
    XCTAssertGreaterThanOrEqual(least[.regression] ?? 0, 650, "\(least)")
    XCTAssertLessThanOrEqual(all[.regression] ?? 0, 100, "\(all)")
  }
}
