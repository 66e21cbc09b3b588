/// What decides when a request should start.
///
/// In a closed loop a worker waits for an answer, thinks, and asks again, so a slow server is asked
/// less. In an open loop requests arrive at a rate that the server has no influence on, as they do
/// from independent users; latency then counts from the planned instant.
package enum ArrivalProcess: Sendable, Equatable, Codable {
  /// Each worker asks again when it has its answer and has paused for the think time.
  case closed(thinkTime: Duration)

  /// Requests arrive at equal distances.
  case constant(ratePerSecond: Double)

  /// Requests arrive independently of each other, which bunches some of them.
  case poisson(ratePerSecond: Double)

  /// The rate asked for, over all workers; nil in a closed loop.
  var ratePerSecond: Double? {
    switch self {
    case .closed: nil
    case .constant(let ratePerSecond), .poisson(let ratePerSecond): ratePerSecond
    }
  }
}

/// The planned instants of an open loop, or of one worker's equal share of it, in order.
///
/// An instant is an offset in nanoseconds from the start of the load. A schedule depends on nothing
/// but what it was created with: not on the clock, and not on how the server keeps up.
struct ArrivalSchedule: Sendable {
  private static let nanosecondsPerSecond = 1e9

  private enum Plan {
    case constant(ratePerSecond: Double, next: Int, step: Int)
    case poisson(meanGapNanoseconds: Double, last: Double, random: SeededRandom)
  }

  private var plan: Plan

  /// Creates the schedule of share `index` of `count` equal ones.
  ///
  /// Share i of a constant rate has the arrivals i, i + count, i + 2·count, …, so that all shares
  /// together are exactly the whole. Shares of a Poisson process are independent Poisson processes
  /// of rate ÷ count, whose sum is one of the whole rate (Kingman, "Poisson Processes", 1993, 2.2).
  /// Nil for a closed loop, for a rate that is not positive and finite, and for no such share.
  init?(
    _ process: ArrivalProcess,
    seed: UInt64,
    share index: Int = 0,
    of count: Int = 1
  ) {
    guard index >= 0, index < count else { return nil }
    guard let rate = process.ratePerSecond, rate > 0, rate.isFinite else { return nil }
    switch process {
    case .closed:
      return nil
    case .constant:
      plan = .constant(ratePerSecond: rate, next: index, step: count)
    case .poisson:
      plan = .poisson(
        meanGapNanoseconds: Self.nanosecondsPerSecond * Double(count) / rate,
        last: 0,
        random: SeededRandom(seed: seed).stream(named: "arrivals").stream(index)
      )
    }
  }

  /// The next planned instant, never before the one returned last.
  ///
  /// Arrival k of a constant rate is k ÷ rate, computed anew each time, so that it is right to the
  /// nanosecond however many arrivals came before. The first is at 0; that of a Poisson process
  /// comes after a gap. What would be after 292 years is `Int64.max`.
  mutating func next() -> Int64 {
    switch plan {
    case .constant(let rate, let arrival, let step):
      plan = .constant(ratePerSecond: rate, next: arrival + step, step: step)
      return Self.instant(ofArrival: Double(arrival), ratePerSecond: rate)
    case .poisson(let meanGap, var last, var random):
      last += random.exponential(mean: meanGap)
      plan = .poisson(meanGapNanoseconds: meanGap, last: last, random: random)
      return Self.wholeNanoseconds(last)
    }
  }

  /// Takes the whole seconds off first: nanoseconds of a long run have more digits than a Double.
  private static func instant(ofArrival arrival: Double, ratePerSecond rate: Double) -> Int64 {
    let seconds = (arrival / rate).rounded(.down)
    guard seconds < 9_223_372_036 else { return .max }
    // What is left of the arrivals after those seconds, rounded only once (fused multiply-add).
    let left = arrival.addingProduct(-seconds, rate)
    return Int64(seconds) * 1_000_000_000 + wholeNanoseconds(left * nanosecondsPerSecond / rate)
  }

  private static func wholeNanoseconds(_ offset: Double) -> Int64 {
    offset < 0x1p63 ? Int64(offset.rounded()) : .max
  }
}
