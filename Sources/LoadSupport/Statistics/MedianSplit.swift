/// The place where a series most likely went from one level to another.
///
/// Of all places it is the one with the least sum of absolute deviations of the values from the
/// medians of the two parts: least squares with medians for means, so that single wild values move
/// it little (Bai, "Least absolute deviation estimation of a shift", Econometric Theory 11, 1995).
/// It always finds one; `explained` says whether it is worth naming. Time grows with the square of
/// the number of values: it is meant for tens.
struct MedianSplit: Sendable, Equatable {
  /// The index of the first value of the second part.
  let index: Int

  /// The median of the first part.
  let before: Double

  /// The median of the second part.
  let after: Double

  /// The share of the sum of absolute deviations from one median that the split takes away, 0 to 1.
  let explained: Double

  /// The fewest values on either side: fewer have a median that one wild value decides.
  static let leastPart = 3

  /// Splits values in the order of time; nil with fewer than six, or when one is not finite.
  init?(_ values: [Double]) {
    guard values.count >= 2 * Self.leastPart, values.allSatisfy(\.isFinite) else { return nil }
    let whole = Level(values[...])
    let splits = (Self.leastPart...values.count - Self.leastPart).map { index in
      (index: index, before: Level(values[..<index]), after: Level(values[index...]))
    }
    guard
      let best = splits.min(by: {
        $0.before.deviation + $0.after.deviation < $1.before.deviation + $1.after.deviation
      })
    else { return nil }
    index = best.index
    before = best.before.median
    after = best.after.median
    let left = best.before.deviation + best.after.deviation
    explained = whole.deviation > 0 ? max(0, 1 - left / whole.deviation) : 0
  }

  private struct Level {
    let median: Double

    /// The sum of absolute deviations from the median.
    let deviation: Double

    init(_ values: ArraySlice<Double>) {
      let median = Array(values).median ?? 0
      self.median = median
      deviation = values.reduce(0) { $0 + abs($1 - median) }
    }
  }
}
