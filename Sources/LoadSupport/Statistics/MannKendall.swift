import Glibc

/// A test of whether values in order tend to rise or to fall, whatever their distribution.
///
/// It counts pairs, so that a few wild values do little to it (Mann, "Nonparametric tests against
/// trend", Econometrica 13, 1945; Kendall, "Rank Correlation Methods", 1975, chapter 4). Values
/// must be independent: autocorrelated ones raise false alarms, so they should be those of blocks
/// much longer than whatever makes neighbours alike. Time grows with the square of their number.
struct MannKendall: Sendable, Equatable {
  /// S: the pairs of which the later value is larger, less those of which it is smaller.
  let statistic: Int

  /// S moved by 1 towards zero, for it moves in steps of 2, in standard deviations.
  let z: Double

  /// The two-sided probability of an S at least so far from zero when there is no trend, by the
  /// normal approximation.
  let probability: Double

  /// Tests values in the order of time; nil with fewer than eight, where the approximation is
  /// poor, or when one is not finite.
  init?(_ values: [Double]) {
    guard values.count >= 8, values.allSatisfy(\.isFinite) else { return nil }
    var balance = 0
    for (index, later) in values.enumerated() {
      for earlier in values[..<index] where later != earlier { balance += later > earlier ? 1 : -1 }
    }
    let variance = Self.variance(ofCount: values.count, ties: [values])
    statistic = balance
    z = balance == 0 ? 0 : Double(balance - balance.signum()) / variance.squareRoot()
    probability = erfc(abs(z) / 2.0.squareRoot())
  }

  /// The variance of S when nothing but chance orders the values.
  ///
  /// (n(n − 1)(2n + 5) − Σ t(t − 1)(2t + 5)) ÷ 18, with t running over the sizes of the groups of
  /// equal values in each of `ties` (Kendall, chapter 4); zero when all are equal.
  static func variance(ofCount count: Int, ties: [[Double]]) -> Double {
    func untied(_ count: Int) -> Double {
      let n = Double(count)
      return n * (n - 1) * (2 * n + 5) / 18
    }
    return ties.reduce(untied(count)) { variance, values in
      Dictionary(grouping: values) { $0 }.values.reduce(variance) { $0 - untied($1.count) }
    }
  }
}
