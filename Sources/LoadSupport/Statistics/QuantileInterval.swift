/// The ranks of two samples that have a quantile of the whole population between them.
///
/// A percentile of one run is an estimate, and only its interval says how good it is. This one
/// assumes nothing about the distribution: the quantile lies in [X(l), X(u)] with a probability of
/// at least B(u − 1; n, p) − B(l − 1; n, p), where B is the binomial distribution function (Hahn
/// and Meeker, "Statistical Intervals", 1991, section 5.2). Samples must be independent; for those
/// that are not, see `Histogram.interval(atQuantile:alpha:overdispersion:)`.
struct QuantileInterval: Sendable, Equatable {
  /// The rank l of the lower bound, counted from 1.
  let lowerRank: Int

  /// The rank u of the upper bound, counted from 1.
  let upperRank: Int

  /// B(u − 1; n, p) − B(l − 1; n, p): at least 1 − alpha, more because ranks are whole.
  let coverage: Double

  /// Finds the ranks for quantile `p` of `count` samples at confidence 1 − `alpha`.
  ///
  /// Either side gets half of alpha, or what the other cannot use when the outermost sample alone
  /// takes more; then the interval is narrowed as long as it covers enough. Nil when even the
  /// smallest and the largest sample do not cover enough, or `p` or `alpha` is not within (0, 1).
  init?(quantile p: Double, count: Int, alpha: Double = 0.05) {
    guard count > 1, p > 0, p < 1, alpha > 0, alpha < 1 else { return nil }
    let below = Binomial(n: count, p: p)
    let leastLow = below.probability(atMost: 0)
    let leastHigh = below.probability(atLeast: count)
    guard leastLow + leastHigh <= alpha else { return nil }

    let lowBudget = min(alpha - leastHigh, max(alpha / 2, leastLow))
    let highBudget = min(alpha - leastLow, max(alpha / 2, leastHigh))
    var lower = Self.lastRank(upTo: count) { below.probability(atMost: $0 - 1) <= lowBudget }
    var upper =
      count + 1
      - Self.lastRank(upTo: count) { below.probability(atLeast: count + 1 - $0) <= highBudget }

    var low = below.probability(atMost: lower - 1)
    var high = below.probability(atLeast: upper)
    while lower + 1 < upper {
      let raised = low + below.probability(of: lower)
      let lowered = high + below.probability(of: upper - 1)
      let canRaise = raised + high <= alpha
      let canLower = low + lowered <= alpha
      if canRaise, !canLower || raised <= lowered {
        low = raised
        lower += 1
      } else if canLower {
        high = lowered
        upper -= 1
      } else {
        break
      }
    }
    lowerRank = lower
    upperRank = upper
    coverage = 1 - low - high
  }

  /// The last rank of 1...count that satisfies a condition which holds up to some rank; else 1.
  private static func lastRank(upTo count: Int, where holds: (Int) -> Bool) -> Int {
    var good = 1
    var bad = count + 1
    while good + 1 < bad {
      let middle = good + (bad - good) / 2
      if holds(middle) { good = middle } else { bad = middle }
    }
    return good
  }
}

extension Histogram {
  /// The confidence interval of a quantile in nanoseconds; nil when there are too few values.
  ///
  /// Requests of one run are not independent: a stall hits many at once. `overdispersion` is the
  /// factor D by which the counts above the quantile in equal windows vary more than chance would
  /// make them (see `Dispersion`), and n values are then worth n ÷ D. The ranks found for that many
  /// stand for D ranks each here, of which the outer ones are taken. A factor below 1 counts as 1.
  func interval(
    atQuantile p: Double,
    alpha: Double = 0.05,
    overdispersion: Double = 1
  ) -> ClosedRange<Int64>? {
    let worth = Dispersion.worth(of: count, overdispersion: overdispersion)
    guard let ranks = QuantileInterval(quantile: p, count: worth, alpha: alpha) else { return nil }
    let ranksEach = Double(count) / Double(worth)
    let lower = Int(Double(ranks.lowerRank - 1) * ranksEach) + 1
    let upper = min(Int((Double(ranks.upperRank) * ranksEach).rounded(.up)), count)
    guard let lowest = value(atRank: lower), let highest = value(atRank: upper) else { return nil }
    return lowest...highest
  }

  /// A conservative interval of the ratio of two histograms' quantiles: its ends are those of the two
  /// quantiles' own intervals at √(1 − alpha) each, so that both hold with probability 1 − alpha.
  ///
  /// Nil when one of them has too few values.
  static func ratioInterval(
    _ numerator: Histogram,
    over denominator: Histogram,
    atQuantile p: Double,
    alpha: Double = 0.05
  ) -> ClosedRange<Double>? {
    let each = 1 - (1 - alpha).squareRoot()
    guard let above = numerator.interval(atQuantile: p, alpha: each),
      let below = denominator.interval(atQuantile: p, alpha: each), below.lowerBound > 0
    else { return nil }
    let least = Double(above.lowerBound) / Double(below.upperBound)
    return least...max(least, Double(above.upperBound) / Double(below.lowerBound))
  }
}
