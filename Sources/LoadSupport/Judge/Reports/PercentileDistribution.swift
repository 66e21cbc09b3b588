import Foundation

/// `latency_<operation>.hgrm`: a percentile curve as the plotter of HdrHistogram reads it, in
/// milliseconds.
///
/// The format is that of `outputPercentileDistribution` in HdrHistogram's AbstractHistogram.java:
/// five lines for each halving of the distance to 100 %, each with a value, the share of samples
/// that it covers at least, how many samples it covers, and 1 ÷ (1 - share). Values are the upper
/// ends of buckets, the last one is the maximum.
struct PercentileDistribution: Sendable {
  /// The curve with its final newline.
  let text: String

  /// Lays a curve out; nil if the histogram is empty.
  ///
  /// Mean and maximum are exact. The standard deviation (of the population) is computed from the
  /// buckets, as if each sample were in the middle of its own.
  init?(_ histogram: Histogram) {
    guard let maximum = histogram.maximum, let mean = histogram.mean else { return nil }
    var text = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
    var seen = 0
    var squares = 0.0
    var tick = 0
    for bucket in histogram.buckets {
      seen += bucket.count
      let middle = (Double(bucket.lowest) + Double(bucket.highest)) / 2
      squares += Double(bucket.count) * (middle - mean) * (middle - mean)
      let isLast = seen == histogram.count
      let value = Double(isLast ? maximum : bucket.highest) / 1e6
      while true {
        let remaining = Self.remainingShare(atTick: tick)
        guard let rank = Histogram.rank(ofQuantile: 1 - remaining, count: histogram.count),
          rank <= seen
        else { break }
        text += String(
          format: "%12.3f %2.12f %10ld %14.2f\n",
          value,
          1 - remaining,
          seen,
          1 / remaining
        )
        tick += 1
        if isLast { break }
      }
    }
    let greatest = Double(maximum) / 1e6
    // Buckets are powers of two here: the first has 1,024 parts, each other adds 512.
    self.text =
      text
      + String(format: "%12.3f %2.12f %10ld\n", greatest, 1.0, seen)
      + String(
        format: "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n",
        mean / 1e6,
        (squares / Double(seen)).squareRoot() / 1e6
      )
      + String(format: "#[Max     = %12.3f, Total count    = %12ld]\n", greatest, seen)
      + String(
        format: "#[Buckets = %12ld, SubBuckets     = %12ld]\n",
        (Histogram.bucketCount + 511) / 512 - 1,
        1024
      )
  }

  /// The share of samples beyond a line of the curve: 1, 0.9 … 0.6, 0.5, 0.45 … 0.3, 0.25 and so on.
  private static func remainingShare(atTick tick: Int) -> Double {
    let (halvings, step) = tick.quotientAndRemainder(dividingBy: 5)
    return (1 - Double(step) / 10) * Double(sign: .plus, exponent: -halvings, significand: 1)
  }
}
