import Glibc

@testable import LoadSupport

/// A distribution of latencies in nanoseconds whose percentiles are known.
struct LatencyPopulation: Sendable {
  let name: String
  let p95: Double
  let p99: Double
  let draw: @Sendable (inout SeededRandom) -> Double

  static let exponential = LatencyPopulation(
    name: "exponential",
    p95: -1e6 * log(0.05),
    p99: -1e6 * log(0.01)
  ) { $0.exponential(mean: 1e6) }

  static let lognormal = LatencyPopulation(
    name: "lognormal",
    p95: 1e6 * exp(1.644_853_626_951_473),
    p99: 1e6 * exp(2.326_347_874_040_841)
  ) { 1e6 * exp(standardNormal(&$0)) }

  /// A tenth takes 20 ms and more; nothing else comes near that, so the tail is the tenth's own.
  static let bimodal = LatencyPopulation(
    name: "bimodal",
    p95: 20e6 - 5e6 * log(0.5),
    p99: 20e6 - 5e6 * log(0.1)
  ) { $0.uniform() < 0.1 ? 20e6 + $0.exponential(mean: 5e6) : $0.exponential(mean: 1e6) }
}
