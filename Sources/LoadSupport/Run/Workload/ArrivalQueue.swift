import Synchronization

/// The arrivals of an open loop, given out in order to whichever worker is free.
///
/// One queue for all workers of all loops: an arrival waits only while every worker is busy, and
/// its waiting counts, because its planned instant stays what it was.
final class ArrivalQueue: Sendable {
  private let schedule: Mutex<ArrivalSchedule>
  private let start: Int64
  private let end: Int64

  /// A queue of the arrivals between two instants of the monotonic clock, in nanoseconds; nil for a
  /// closed loop, which has none.
  init?(_ process: ArrivalProcess, seed: UInt64, from start: Int64, until end: Int64) {
    guard let schedule = ArrivalSchedule(process, seed: seed) else { return nil }
    self.schedule = Mutex(schedule)
    self.start = start
    self.end = end
  }

  /// The planned instant of the next arrival; nil when there are no more.
  func next() -> Int64? {
    let offset = schedule.withLock { $0.next() }
    return offset < end - start ? start + offset : nil
  }
}
