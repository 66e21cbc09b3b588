import Glibc
import XCTest

@testable import LoadSupport

/// How often the nights of a noisy machine raise a false alert, and how soon a true one.
///
/// Nights scatter by 2 % with an autocorrelation of 0.3, and 4 % of them lose 5 to 12 % of their
/// throughput. If bad nights were worse than the change that is looked for, two of them in a
/// baseline would hide it.
final class NightlyVerdictSimulationTests: LongTestCase {
  private typealias Baseline = (_ nights: ArraySlice<Double>) -> ArraySlice<Double>

  private func verdict(
    _ nights: [Double],
    tonight: Int,
    _ baseline: Baseline = { $0.suffix(30) }
  ) -> NightlyVerdict {
    NightlyVerdict(
      recent: Array(nights[(tonight - 2)...tonight]),
      baseline: Array(baseline(nights[..<(tonight - 2)])),
      isHigherBetter: true
    )
  }

  private func nights(_ count: Int, _ random: inout SeededRandom) -> [Double] {
    var series = NoisySeries(noise: 0.02, badLoss: 0.05...0.12)
    return series.factors(count, &random)
  }

  /// The share of series with a regression on one of the nights from 33 on, on which the throughput
  /// is so many times as large.
  private func seen(_ factor: Double, within count: Int, seed: UInt64) -> Double {
    var random = SeededRandom(seed: seed)
    let trials = 2_000
    let seen = (0..<trials).count { _ in
      var nights = nights(33 + count, &random)
      for night in 33..<33 + count { nights[night] *= factor }
      return (33..<33 + count).contains { verdict(nights, tonight: $0).outcome == .regression }
    }
    return Double(seen) / Double(trials)
  }

  func testAlerts_areTwoInAThousandNightsAtMost_whenNothingChanges() {
    let seed: UInt64 = 81
    var random = SeededRandom(seed: seed)
    var alerts = [0, 0, 0]
    let (trials, span) = (200, 100)
    for _ in 0..<trials {
      let nights = nights(33 + span, &random)
      for tonight in 33..<33 + span {
        let rolling = verdict(nights, tonight: tonight).outcome
        let anchored = verdict(nights, tonight: tonight) { $0.prefix(30) }.outcome
        for (index, outcome) in [rolling, anchored].enumerated() where outcome == .regression {
          alerts[index] += 1
        }
        if rolling == .improvement { alerts[2] += 1 }
      }
    }
    // Each alerting night counts, also one after another.
    for count in alerts {
      XCTAssertLessThanOrEqual(count, trials * span / 500, "seed \(seed): \(alerts)")
    }
  }

  func testATenthLess_isSeenWithinThreeNights_inNineOfTen() {
    XCTAssertGreaterThanOrEqual(seen(0.9, within: 3, seed: 82), 0.9, "seed 82")
  }

  func testAFifthLess_isSeenTheSameNight_inNineOfTen() {
    XCTAssertGreaterThanOrEqual(seen(0.8, within: 1, seed: 83), 0.9, "seed 83")
  }

  func testACreep_isSeenAgainstAnchoredNights_andNotAgainstThoseJustBefore() {
    let seed: UInt64 = 84
    var random = SeededRandom(seed: seed)
    let (trials, weeks) = (200, 16)
    var firstWeeks: [Double] = []
    var rolling = 0
    for _ in 0..<trials {
      var nights = nights(33 + 7 * weeks, &random)
      for night in 33..<nights.count { nights[night] *= pow(0.995, Double(night - 32) / 7) }
      let first = (33..<nights.count).first { tonight in
        verdict(nights, tonight: tonight) { $0.prefix(30) }.outcome == .regression
      }
      firstWeeks.append(first.map { Double($0 - 32) / 7 } ?? .infinity)
      rolling += (33..<nights.count).count {
        verdict(nights, tonight: $0).outcome == .regression
      }
    }
    let name = "seed \(seed): \(firstWeeks.sorted()), \(rolling)"
    // 0.5 % a week is 5 % after ten weeks; noise takes the three nights there before.
    XCTAssertEqual(firstWeeks.median ?? 0, 8, accuracy: 1.5, name)
    XCTAssertGreaterThanOrEqual(firstWeeks.count(where: \.isFinite), trials * 17 / 20, name)
    // A month of creep and noise together are on the limit now and then, as noise alone rarely is.
    XCTAssertLessThanOrEqual(rolling, trials * 7 * weeks / 100, name)
  }
}
