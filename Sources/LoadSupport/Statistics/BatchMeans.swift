/// The confidence interval of a rate from counts in windows that are not independent.
///
/// A busy second is followed by a busy one, so the scatter of single windows says too little about
/// that of their mean. Means of long batches of neighbours are nearly independent and nearly normal,
/// and Student's t gives their interval (Conway, "Some tactical problems in digital simulation",
/// Management Science 10, 1963; Law and Kelton, "Simulation Modeling and Analysis", section 9.5.3).
/// Batches must be several times as long as whatever makes neighbours alike.
enum BatchMeans {
  /// The interval in events a second at confidence 1 − `alpha`; nil under ten windows.
  ///
  /// There are 10 to 20 batches (Schmeiser, "Batch size effects in the analysis of simulation
  /// output", Operations Research 30, 1982: more add little): the number that leaves out the fewest
  /// windows, and of those the smallest, for the longest batches. What is left over is taken from
  /// the start, where a server is most likely not yet in its stride. A rate is never negative. Of a rate
  /// that is known better than from whole batches, `center`, they tell the scatter only.
  static func interval(
    of counts: [Int],
    windowSeconds: Double,
    alpha: Double = 0.05,
    around center: Double? = nil
  ) -> ClosedRange<Double>? {
    guard counts.count >= 10, windowSeconds > 0, alpha > 0, alpha < 1 else { return nil }
    let batches =
      (10...min(20, counts.count)).min { counts.count % $0 < counts.count % $1 } ?? 10
    let size = counts.count / batches
    let seconds = Double(size) * windowSeconds
    let rates = (1...batches).map { batch in
      let end = counts.count - (batches - batch) * size
      return Double(counts[end - size..<end].reduce(0, +)) / seconds
    }
    let mean = rates.reduce(0, +) / Double(batches)
    let squares = rates.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let error = (squares / Double(batches - 1) / Double(batches)).squareRoot()
    let reach =
      error * StudentT.quantile(1 - alpha / 2, degreesOfFreedom: Double(batches - 1))
    let middle = center ?? mean
    return max(0, middle - reach)...middle + reach
  }
}
