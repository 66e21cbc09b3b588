/// The planned instants of an open loop, or of one worker's equal share of it, in order.
///
/// An instant is an offset in nanoseconds from the start of the load. A schedule depends on nothing
/// but what it was created with: not on the clock, and not on how the server keeps up.
struct ArrivalSchedule: Sendable {
  private enum Counts {
    case even(next: Int, step: Int)
    case random(last: Double, mean: Double, random: SeededRandom)
  }

  private let rate: CumulativeRate
  private var counts: Counts
  private var latest: Int64 = 0

  /// Creates the schedule of share `index` of `count` equal ones.
  ///
  /// Share i of a constant process has the arrivals i, i + count, i + 2·count, …, so that all shares
  /// together are exactly the whole. Shares of a Poisson process are independent Poisson processes
  /// of rate ÷ count, whose sum is one of the whole rate (Kingman, "Poisson Processes", 1993, 2.2).
  /// Nil where nothing arrives, and for no such share.
  init?(
    _ rate: CumulativeRate,
    _ arrivals: Workload.Arrivals,
    seed: UInt64,
    share index: Int = 0,
    of count: Int = 1
  ) {
    guard index >= 0, index < count, rate.total > 0, rate.total.isFinite else { return nil }
    self.rate = rate
    switch arrivals {
    case .constant: counts = .even(next: index, step: count)
    case .poisson:
      counts = .random(
        last: 0,
        mean: Double(count),
        random: SeededRandom(seed: seed).stream(named: "arrivals").stream(index)
      )
    }
  }

  /// The next planned instant, never before the one returned last; `Int64.max` when there are no more.
  ///
  /// Arrival k of a constant rate is k ÷ rate, right to the nanosecond however many arrivals came before.
  /// The first is at 0, or where the rate begins to be more; that of a Poisson process comes after a gap.
  mutating func next() -> Int64 {
    let count: Double
    switch counts {
    case .even(let arrival, let step):
      counts = .even(next: arrival + step, step: step)
      count = Double(arrival)
    case .random(let last, let mean, var random):
      count = last + random.exponential(mean: mean)
      counts = .random(last: count, mean: mean, random: random)
    }
    latest = max(latest, rate.instant(of: count))
    return latest
  }
}
