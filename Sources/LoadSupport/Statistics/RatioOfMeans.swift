import Glibc

/// How many times as large the mean of one group of values is as that of another.
///
/// It answers whether a figure changed within a run: throughput in blocks of the last third against
/// blocks of the first. The values must be nearly independent, so they should be means of blocks
/// much longer than whatever makes neighbours alike, not single requests.
struct RatioOfMeans: Sendable, Equatable {
  /// The mean of the first group divided by that of the second.
  let ratio: Double

  /// The 95 % confidence interval of the ratio.
  ///
  /// It is that of the difference of the logarithms of the means, each with the variance
  /// s² ÷ (n · mean²) by the delta method, and degrees of freedom by Welch ("The generalization of
  /// Student's problem when several different population variances are involved", Biometrika 34,
  /// 1947).
  let interval: ClosedRange<Double>

  /// Compares two groups; nil with fewer than three values in one, or one that is not positive.
  init?(of values: [Double], to reference: [Double]) {
    guard let group = Group(values), let other = Group(reference) else { return nil }
    ratio = group.mean / other.mean
    let variance = group.variance + other.variance
    guard variance > 0 else {
      interval = ratio...ratio
      return
    }
    // Each variance as a share of their sum, so that tiny ones do not vanish when squared.
    let freedom =
      1
      / (pow(group.variance / variance, 2) / group.degreesOfFreedom
        + pow(other.variance / variance, 2) / other.degreesOfFreedom)
    let factor = exp(
      StudentT.quantile(0.975, degreesOfFreedom: freedom) * variance.squareRoot()
    )
    interval = ratio / factor...ratio * factor
  }

  private struct Group {
    let mean: Double
    let degreesOfFreedom: Double

    /// The variance of the logarithm of the mean.
    let variance: Double

    init?(_ values: [Double]) {
      guard values.count >= 3, values.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
      let n = Double(values.count)
      let mean = values.reduce(0, +) / n
      let squares = values.reduce(0) { $0 + pow($1 / mean - 1, 2) }
      self.mean = mean
      degreesOfFreedom = n - 1
      variance = squares / (n - 1) / n
    }
  }
}
