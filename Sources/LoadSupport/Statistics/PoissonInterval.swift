import Glibc

/// The confidence interval of a count of few independent events.
enum PoissonInterval {
  /// From so many events on their own scatter over time tells more.
  static let largestCount = 30

  /// The 95 % interval of the mean number of events of which `count` were seen, or from that of a lower
  /// count to that of a higher one (Garwood, "Fiducial limits for the Poisson distribution", Biometrika
  /// 28, 1936): the means that show so many or more, or so few or fewer, in 2.5 % of cases.
  static func garwood(_ count: Int, _ highest: Int? = nil) -> ClosedRange<Double> {
    let highest = max(count, highest ?? count)
    let lower =
      count == 0 ? 0 : mean { 1 - probability(atMost: count - 1, mean: $0) < 0.025 }
    return lower...mean { probability(atMost: highest, mean: $0) > 0.025 }
  }

  /// The mean up to which something holds, by bisection.
  private static func mean(upTo holds: (Double) -> Bool) -> Double {
    var (low, high) = (0.0, 1.0)
    while holds(high) { high *= 2 }
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if holds(middle) { low = middle } else { high = middle }
    }
    return low
  }

  private static func probability(atMost count: Int, mean: Double) -> Double {
    var (term, sum) = (exp(-mean), exp(-mean))
    for index in stride(from: 1, through: count, by: 1) {
      term *= mean / Double(index)
      sum += term
    }
    return sum
  }
}
