public import LoadSupport

/// Short names of the figures that any load has.
extension Threshold.Metric {
  /// The median of latency, in milliseconds.
  public static var p50: Self { .p50Milliseconds }

  /// The 90th percentile of latency, in milliseconds.
  public static var p90: Self { .p90Milliseconds }

  /// The 95th percentile of latency, in milliseconds.
  public static var p95: Self { .p95Milliseconds }

  /// The 99th percentile of latency, in milliseconds.
  public static var p99: Self { .p99Milliseconds }

  /// The 99.9th percentile of latency, in milliseconds.
  public static var p999: Self { .p999Milliseconds }

  /// Successes a second.
  public static var throughput: Self { .throughputPerSecond }
}
