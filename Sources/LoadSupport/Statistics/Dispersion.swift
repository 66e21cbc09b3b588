/// How much more than chance the counts of events in equal windows of time vary.
///
/// Requests of one run are not independent: one stall makes many slow at once, so that n of them
/// say less than n independent ones would. The variance of the counts of slow requests divided by
/// their mean is 1 when they come at random and about the size of a cluster when they come
/// together (Fano, "Ionization yield of radiations. II", Physical Review 72, 1947; Cox and Lewis,
/// "The Statistical Analysis of Series of Events", 1966, section 4.3), and n requests are then
/// worth n ÷ D. It sees only clusters that fit into a window.
enum Dispersion {
  /// The fewest windows that `factor(of:)` takes.
  static let leastWindows = 30

  /// D = max(1, s² ÷ mean) of the counts in equal windows, s² being the sample variance (n − 1).
  ///
  /// 1 when nothing was counted. Nil under 30 windows, where D is noise: its standard deviation is
  /// √(2 ÷ (windows − 1)), a quarter at 30. Callers then take 1 for it and say so.
  static func factor(of counts: [Int]) -> Double? {
    guard counts.count >= leastWindows else { return nil }
    let total = counts.reduce(0.0) { $0 + Double($1) }
    guard total > 0 else { return 1 }
    let mean = total / Double(counts.count)
    let squares = counts.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    return max(1, squares / Double(counts.count - 1) / mean)
  }

  /// n ÷ D as a whole number, rounded down unless told otherwise: how many independent values `n`
  /// dependent ones are worth.
  ///
  /// D is itself a quotient of sums: what is whole to nine digits counts as whole. A factor that is
  /// not above 1 counts as 1.
  static func worth(
    of n: Int,
    overdispersion: Double,
    rounded rule: FloatingPointRoundingRule = .down
  ) -> Int {
    guard overdispersion > 1 else { return n }
    let quotient = Double(n) / overdispersion
    let whole = quotient.rounded()
    return Int(abs(quotient - whole) <= 1e-9 * quotient ? whole : quotient.rounded(rule))
  }
}
