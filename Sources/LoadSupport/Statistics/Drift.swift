/// How far a figure moved while it was measured, and whether by more than chance.
///
/// A figure of a window in which the server was still warming up or already slowing down is a mean
/// of different servers. The size comes from `TheilSen`, the significance from `MannKendall`: in a
/// long run a drift can be certain and too small to matter, so both must speak. The blocks are
/// equal parts of the window in the order of time, such as the completions in each, long enough to
/// be independent. With few and noisy blocks the size itself is uncertain: at 20 blocks that
/// scatter by 3 % its standard error is 2.2 %.
struct Drift: Sendable, Equatable {
  /// The change from the first block to the last along the fitted line, as a share of the median.
  let share: Double

  /// The two-sided probability of so clear an order of the blocks when there is no trend.
  let probability: Double

  /// Measures the drift of block values; nil with fewer than eight, when one is not finite or
  /// their median is not positive.
  init?(blocks: [Double]) {
    guard let test = MannKendall(blocks), let median = blocks.median, median > 0,
      let line = TheilSen(blocks.enumerated().map { (x: Double($0), y: $1) })
    else { return nil }
    share = line.slope * Double(blocks.count - 1) / median
    probability = test.probability
  }

  /// Whether the drift is both beyond chance at `alpha` and at least the share `least`.
  func isSignificant(alpha: Double = 0.01, least: Double = 0.05) -> Bool {
    probability < alpha && abs(share) >= least
  }
}
