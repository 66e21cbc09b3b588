import XCTest

@testable import LoadSupport

final class BinomialTests: XCTestCase {
  /// Computed with SciPy 1.17 (`binom.cdf(k)`, `binom.sf(k - 1)`, `binom.pmf(k)`).
  private static let known:
    [(n: Int, p: Double, k: Int, atMost: Double, atLeast: Double, exactly: Double)] = [
      (1, 0.3, 0, 0.7, 1, 0.7),
      (10, 0.5, 3, 0.171875, 0.9453125, 0.1171875),
      (20, 0.9, 12, 4.156350188455e-04, 0.99994014146826, 3.557764871051e-04),
      (59, 0.95, 58, 0.95150547475058, 0.19908278786605, 0.15058826261663),
      (1_000, 0.01, 10, 0.5830408033011, 0.54269940782511, 0.12574021112621),
      (1_000, 0.01, 25, 0.99998441334947, 4.202920844837e-05, 2.644255791902e-05),
      (1_000, 0.99, 980, 0.0032883597877275, 0.99850351845229, 0.0017918782400182),
      (20_000, 0.99, 19_770, 0.019713468487182, 0.98331244352077, 0.0030259120079562),
      (100_000, 0.3, 29_000, 2.272974109610e-12, 0.99999999999784, 1.087953303157e-13),
      (1_000_000, 0.001, 1_100, 0.99913710024801, 9.574669700285e-04, 9.456721803970e-05),
      (100_000_000, 0.01, 1_000_000, 0.50026596484436, 0.50013498720014, 4.009520444931e-04),
      (100_000_000, 0.01, 1_005_000, 0.9999997439434, 2.573979051278e-07, 1.341307984812e-09),
      (100_000_000, 0.5, 50_010_000, 0.97725526687855, 0.022755531314786, 1.079819334761e-05),
      (100_000_000, 0.99, 98_998_000, 0.022264598766502, 0.97778859721062, 5.319597713178e-05),
      (100_000_000, 0.999, 99_899_000, 7.954701437366e-04, 0.99921309085934, 8.561003077855e-06),
    ]

  func testProbabilities_matchSciPy_whenTrialsRangeFromOneToAHundredMillion() {
    for row in Self.known {
      let binomial = Binomial(n: row.n, p: row.p)
      let name = "n \(row.n), p \(row.p), k \(row.k)"
      for (ours, theirs) in [
        (binomial.probability(atMost: row.k), row.atMost),
        (binomial.probability(atLeast: row.k), row.atLeast),
        (binomial.probability(of: row.k), row.exactly),
      ] {
        XCTAssertEqual(ours, theirs, accuracy: 1e-9 * theirs, name)
      }
    }
  }

  func testProbabilities_sumToOne_whenEveryOutcomeIsCounted() {
    for p in [0, 0.003, 0.3, 0.5, 0.97, 1] {
      for n in [0, 1, 2, 15, 16, 17, 200] {
        let binomial = Binomial(n: n, p: p)
        var total = 0.0
        for k in 0...n {
          let name = "n \(n), p \(p), k \(k)"
          XCTAssertEqual(binomial.probability(atLeast: k), 1 - total, accuracy: 1e-12, name)
          total += binomial.probability(of: k)
          XCTAssertEqual(binomial.probability(atMost: k), total, accuracy: 1e-12, name)
        }
        XCTAssertEqual(total, 1, accuracy: 1e-12, "n \(n), p \(p)")
      }
    }
  }

  func testProbabilities_areZeroOrOne_whenOutOfRange() {
    let binomial = Binomial(n: 10, p: 0.4)
    XCTAssertEqual(binomial.probability(of: -1), 0)
    XCTAssertEqual(binomial.probability(of: 11), 0)
    XCTAssertEqual(binomial.probability(atMost: -1), 0)
    XCTAssertEqual(binomial.probability(atMost: 10), 1)
    XCTAssertEqual(binomial.probability(atLeast: 0), 1)
    XCTAssertEqual(binomial.probability(atLeast: 11), 0)
  }

  func testMinimumSamples_areTheTextbookOnes_whenConfidenceIs95Percent() {
    XCTAssertEqual(Binomial.minimumSamples(forQuantile: 0.5), 5)
    XCTAssertEqual(Binomial.minimumSamples(forQuantile: 0.95), 59)
    XCTAssertEqual(Binomial.minimumSamples(forQuantile: 0.99), 299)
    XCTAssertEqual(Binomial.minimumSamples(forQuantile: 0.999), 2_995)
    XCTAssertEqual(Binomial.minimumSamples(forQuantile: 0.99, confidence: 0.99), 459)
    XCTAssertEqual(Binomial.minimumSamples(forQuantile: 0.5, confidence: 0.75), 2)
    XCTAssertEqual(Binomial.minimumSamples(forQuantile: 0), 1)
    XCTAssertEqual(Binomial.minimumSamples(forQuantile: 1), .max)
  }
}
