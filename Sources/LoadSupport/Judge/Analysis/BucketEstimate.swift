/// The distribution that the buckets of a server's histogram tell of.
///
/// An estimate only, as wide as a bucket: where in its bucket an observation lay is not known.
struct BucketEstimate: Sendable, Equatable {
  private struct Bucket: Equatable {
    let upperBound: Double
    var count: Double
  }

  /// By rising bound; the counts are cumulative, the last bound is infinite.
  private let buckets: [Bucket]

  /// Takes the cumulative counts by their upper bounds; nil without the infinite one.
  ///
  /// A count below that of a lower bound is raised to it, as Prometheus repairs buckets that were
  /// not read in one instant (`ensureMonotonic` in promql/quantile.go).
  init?(cumulative counts: [Double: Double]) {
    guard counts[.infinity] != nil else { return nil }
    var buckets: [Bucket] = []
    for (bound, count) in counts.sorted(by: { $0.key < $1.key }) {
      buckets.append(Bucket(upperBound: bound, count: max(count, buckets.last?.count ?? 0)))
    }
    self.buckets = buckets
  }

  /// The latencies of a course's successes, in nanoseconds, by their numbers in its buckets.
  init?(latencies: [Int]) {
    var cumulative: [Double: Double] = [:]
    var seen = 0
    for (bucket, count) in latencies.enumerated() {
      seen += count
      let isLast = bucket == TimeSeries.bucketCount - 1
      cumulative[isLast ? .infinity : TimeSeries.lowerBound(ofBucket: bucket + 1)] = Double(seen)
    }
    self.init(cumulative: cumulative)
  }

  /// How many observations there were.
  var count: Double { buckets.last?.count ?? 0 }

  /// An estimate of the quantile p, in the histogram's unit; nil without observations.
  ///
  /// As `histogram_quantile` of Prometheus: linear within a bucket, from 0 in a lowest one with a
  /// positive bound, the bound of a lowest one without; the highest finite bound when the quantile
  /// lies beyond all (promql/quantile.go, `bucketQuantile`).
  func quantile(_ p: Double) -> Double? {
    guard (0...1).contains(p), count > 0, buckets.count > 1 else { return nil }
    let rank = p * count
    let finite = buckets.dropLast()
    guard let index = finite.firstIndex(where: { $0.count > 0 && $0.count >= rank }) else {
      return finite.last?.upperBound
    }
    let bucket = buckets[index]
    guard index > 0 else {
      return bucket.upperBound <= 0 ? bucket.upperBound : bucket.upperBound * rank / bucket.count
    }
    let lower = buckets[index - 1]
    return lower.upperBound
      + (bucket.upperBound - lower.upperBound) * (rank - lower.count)
      / (bucket.count - lower.count)
  }
}
