import EventIO

/// When the segments of one direction of one connection come out of an emulated link.
///
/// As netem does on the way out of a real target, it delays each segment by the whole round trip of
/// the link and a jitter of its own, uniform and independent, and loses some; the other direction
/// needs no schedule. Since a stream has no gaps, a loss shows as what TCP makes of it: the segment
/// comes when it was sent again, and everything behind it waits. Pure: it knows no clock and depends
/// on nothing but its seed and the arrivals.
package struct LinkSchedule: Sendable {
  /// What a segment carries at most, in bytes: an Ethernet frame's 1,500 less the headers of IP and
  /// of TCP with timestamps (RFC 9293 §3.7.1, RFC 7323 §3).
  package static let segmentBytes = 1_448

  /// How many segments there have been.
  private(set) var segmentCount = 0

  /// How many transmissions were lost; of a segment that was lost twice, both.
  private(set) var lossCount = 0

  private static let longestTimeoutNanoseconds = 120e9

  private let delayNanoseconds: Double
  private let jitterNanoseconds: Double
  private let lossProbability: Double
  private var random: SeededRandom
  private var previous = MonotonicInstant(nanoseconds: .min)

  /// Creates the schedule of a link's connection; equal arguments give equal schedules.
  package init(_ condition: LinkCondition, seed: UInt64, connection: Int) {
    delayNanoseconds = condition.delayMilliseconds * 1e6
    jitterNanoseconds = condition.jitterMilliseconds * 1e6
    lossProbability = condition.lossPercent / 100
    random = SeededRandom(seed: seed).stream(named: "link").stream(Int(condition.port))
      .stream(connection)
  }

  /// When the next segment, which came to the link at `arrival`, may go on; never before the one
  /// ahead of it.
  ///
  /// A lost segment is sent again after a retransmission timeout of 1.5 round trips, at least 200 ms,
  /// which doubles with each further loss of it up to 120 s (RFC 6298 §5.5; the bounds are Linux's
  /// TCP_RTO_MIN and TCP_RTO_MAX). TCP can notice a loss sooner by what comes behind it (RFC 8985);
  /// the exchanges of an interactive session mostly have nothing behind them.
  package mutating func release(arrival: MonotonicInstant) -> MonotonicInstant {
    segmentCount += 1
    var offset = delayNanoseconds + jitterNanoseconds * (2 * random.uniform() - 1)
    var timeout = max(200e6, 1.5 * delayNanoseconds)
    while random.uniform() < lossProbability {
      lossCount += 1
      offset += timeout
      timeout = min(2 * timeout, Self.longestTimeoutNanoseconds)
    }
    previous = max(previous, arrival + .nanoseconds(Int64(offset)))
    return previous
  }
}
