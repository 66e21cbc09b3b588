/// A test of whether a few values lie above others, by their ranks alone.
///
/// How far a value lies above does not matter, so wild ones do little, and the probability is exact
/// whatever the distribution (Mann and Whitney, "On a test of whether one of two random variables is
/// stochastically larger than the other", Annals of Mathematical Statistics 18, 1947).
struct RankSum: Sendable, Equatable {
  /// U: the pairs of a value and another in which the value is not above the other.
  ///
  /// Equal ones count in full. Any other way to break ties would make U smaller, so the probability
  /// is never too low; with mid-ranks it can be.
  let statistic: Int

  /// The one-sided probability of a U at most so large when all are drawn alike and independently.
  let probability: Double

  /// Tests whether values lie above others; nil where either are missing or one is not a number.
  init?(_ values: [Double], above others: [Double]) {
    guard !values.isEmpty, !others.isEmpty, !(values + others).contains(where: \.isNaN) else {
      return nil
    }
    statistic = values.reduce(0) { sum, value in sum + others.count { value <= $0 } }
    probability = Self.probability(ofAtMost: statistic, count: values.count, others: others.count)
  }

  /// P(U ≤ u) for so many values and so many others, none of them equal.
  ///
  /// The largest of m + n is one of the m values with a probability of m ÷ (m + n), and then adds
  /// nothing to U; else it is one of the n others, is above all m values and adds m (the recurrence
  /// of Mann and Whitney). Time grows with m · n · u: it is meant for tens.
  static func probability(ofAtMost u: Int, count m: Int, others n: Int) -> Double {
    guard u >= 0 else { return 0 }
    let last = min(u, m * n)
    // chance[k] is P(U = k) for the values so far and each number of others in turn.
    let certain = [1.0] + Array(repeating: 0, count: last)
    var rows = Array(repeating: certain, count: n + 1)
    for i in stride(from: 1, through: m, by: 1) {
      for j in stride(from: 1, through: n, by: 1) {
        let share = Double(i) / Double(i + j)
        let (fewerValues, fewerOthers) = (rows[j], rows[j - 1])
        rows[j] = (0...last).map { k in
          share * fewerValues[k] + (k < i ? 0 : (1 - share) * fewerOthers[k - i])
        }
      }
    }
    return min(1, rows[n].reduce(0, +))
  }
}
