/// The confidence interval of a probability of which k successes of n trials are known.
///
/// Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the
/// binomial", Biometrika 26, 1934: the interval holds all p for which neither so many successes
/// nor so few would be rarer than alpha ÷ 2. It covers at least 1 − alpha whatever n and p are.
enum ProportionInterval {
  /// The exact two-sided interval of the share of `k` of `n`; nil when `n` is 0 or `k` is not in
  /// 0...n.
  ///
  /// Trials that are not independent are worth n ÷ `overdispersion`, rounded down but at least
  /// one (see `Dispersion`). Successes in proportion are no whole number then: the lower bound takes
  /// the next smaller and the upper bound the next larger, which only widens the interval.
  static func clopperPearson(
    _ k: Int,
    of n: Int,
    alpha: Double = 0.05,
    overdispersion: Double = 1
  ) -> ClosedRange<Double>? {
    guard n > 0, (0...n).contains(k), alpha > 0, alpha < 1 else { return nil }
    let worth = max(Dispersion.worth(of: n, overdispersion: overdispersion), 1)
    func scaled(_ count: Int) -> Int { Int(Int128(count) * Int128(worth) / Int128(n)) }
    let least = lowerBound(scaled(k), of: worth, tail: alpha / 2)
    let leastFailing = lowerBound(scaled(n - k), of: worth, tail: alpha / 2)
    return least...1 - leastFailing
  }

  /// The p at which `k` successes or more have the probability `tail`, by bisection.
  private static func lowerBound(_ k: Int, of n: Int, tail: Double) -> Double {
    guard k > 0 else { return 0 }
    var low = 0.0
    var high = Double(k) / Double(n)
    // Sixty halvings leave nothing of a bracket in the precision of its width.
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if Binomial(n: n, p: middle).probability(atLeast: k) < tail {
        low = middle
      } else {
        high = middle
      }
    }
    return low
  }
}
