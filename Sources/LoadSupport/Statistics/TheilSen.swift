/// A straight line through points, by medians, so that a few wild ones do little to it.
///
/// The slope is the median of the slopes between all pairs of points with different x (Theil,
/// "A rank-invariant method of linear and polynomial regression analysis", 1950), the intercept the
/// median of y − slope · x. Up to 29 % of the points may be anything. The slope has the unit of y
/// for each of x: bytes a second for memory over time, and for latency over the delay that a link
/// adds to a round trip, the round trips of a command. Time and memory grow with the square of the
/// number of points: it is meant for hundreds.
struct TheilSen: Sendable, Equatable {
  /// The median of the slopes between pairs, in units of y for each of x.
  let slope: Double

  /// Where the line is at x = 0, in units of y.
  let intercept: Double

  /// The 95 % confidence interval of the slope; nil when there are too few points for any.
  ///
  /// It reaches between the slopes whose ranks are (N ∓ 1.96 · σ) ÷ 2 among those of the N pairs,
  /// where σ² = (n(n − 1)(2n + 5) − Σ t(t − 1)(2t + 5)) ÷ 18 is the variance of Kendall's S, with
  /// t running over the sizes of the groups of equal x and of equal y (Sen, "Estimates of the
  /// regression coefficient based on Kendall's tau", JASA 63, 1968; Kendall, "Rank Correlation
  /// Methods", ch. 4). Fewer than five points cannot give 95 %. Errors must be independent: with
  /// autocorrelated ones the interval is too narrow.
  let interval: ClosedRange<Double>?

  /// Fits a line; nil with fewer than two different x, or when a coordinate is not finite.
  init?(_ points: [(x: Double, y: Double)]) {
    guard points.allSatisfy({ $0.x.isFinite && $0.y.isFinite }) else { return nil }
    var slopes: [Double] = []
    for (index, a) in points.enumerated() {
      for b in points[..<index] where a.x != b.x { slopes.append((a.y - b.y) / (a.x - b.x)) }
    }
    slopes.sort()
    guard let slope = slopes.median,
      let intercept = points.map({ $0.y - slope * $0.x }).median
    else { return nil }
    self.slope = slope
    self.intercept = intercept

    guard points.count >= 5 else {
      interval = nil
      return
    }
    let ties = [points.map(\.x), points.map(\.y)]
    let variance = max(MannKendall.variance(ofCount: points.count, ties: ties), 0)
    let rank = Int(((Double(slopes.count) - 1.959_964 * variance.squareRoot()) / 2).rounded())
    interval = rank < 1 ? nil : slopes[rank - 1]...slopes[slopes.count - rank]
  }

  /// How far a point lies above the line, in units of y.
  func residual(of point: (x: Double, y: Double)) -> Double {
    point.y - intercept - slope * point.x
  }
}

extension [Double] {
  /// The middle value, or the mean of the two middle ones; nil when there are none.
  package var median: Double? {
    guard !isEmpty else { return nil }
    let ordered = sorted()
    return (ordered[(count - 1) / 2] + ordered[count / 2]) / 2
  }
}
