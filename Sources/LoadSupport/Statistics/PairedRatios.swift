import Glibc

/// How many times as large a figure is with one build of a server as with another, from pairs of
/// runs.
///
/// The two runs of a pair follow each other on one machine, so what slows both cancels in their
/// ratio, and the pair is one piece of evidence, however many requests it had: requests of one run
/// share that run's luck (Kalibera and Jones, "Rigorous benchmarking in reasonable time", ISMM 2013).
/// Logarithms of the ratios, d = ln(head ÷ base), make a gain and a loss alike; their mean has
/// Student's t distribution (the paired t test).
struct PairedRatios: Sendable, Equatable {
  /// The pairs that count.
  let count: Int

  /// The pairs of which a figure was missing, not finite or not positive.
  let dropped: Int

  /// The geometric mean of base over those pairs; nil without any.
  let base: Double?

  /// The geometric mean of head ÷ base, exp(d̄); nil without pairs.
  let ratio: Double?

  /// The 95 % confidence interval of the ratio, exp(d̄ ± t(0.975, n − 1) · s ÷ √n); nil for fewer
  /// than two pairs.
  let interval: ClosedRange<Double>?

  private let mean: Double
  private let standardError: Double

  /// Compares the figures of pairs of runs; a pair in which one is no figure is dropped and counted.
  init(_ pairs: [(base: Double?, head: Double?)]) {
    let counting = pairs.compactMap { pair -> (base: Double, head: Double)? in
      guard let base = pair.base, let head = pair.head, base > 0, head > 0, base.isFinite,
        head.isFinite
      else { return nil }
      return (log(base), log(head))
    }
    let logarithms = counting.map { $0.head - $0.base }
    base = counting.isEmpty ? nil : exp(counting.map(\.base).reduce(0, +) / Double(counting.count))
    count = logarithms.count
    dropped = pairs.count - count
    let n = Double(count)
    mean = logarithms.reduce(0, +) / max(1, n)
    ratio = logarithms.isEmpty ? nil : exp(mean)
    guard count >= 2 else {
      standardError = 0
      interval = nil
      return
    }
    let squares = logarithms.reduce(0) { [mean] in $0 + ($1 - mean) * ($1 - mean) }
    standardError = (squares / (n - 1) / n).squareRoot()
    let reach = standardError * StudentT.quantile(0.975, degreesOfFreedom: n - 1)
    interval = exp(mean - reach)...exp(mean + reach)
  }

  /// The one-sided p-value of "the ratio is above the limit": small where it is; nil for fewer than
  /// two pairs.
  func pValue(above limit: Double) -> Double? { pValue(excess: mean - log(limit)) }

  /// The one-sided p-value of "the ratio is below the limit": small where it is; nil for fewer than
  /// two pairs.
  func pValue(below limit: Double) -> Double? { pValue(excess: log(limit) - mean) }

  private func pValue(excess: Double) -> Double? {
    guard count >= 2 else { return nil }
    guard standardError > 0 else { return excess > 0 ? 0 : 1 }
    return StudentT.upperTail(excess / standardError, degreesOfFreedom: Double(count - 1))
  }
}
