import Synchronization

/// The arrivals of an open loop, given out in order to whichever worker is free.
///
/// One queue for all workers of all loops: an arrival waits only while every worker is busy, and
/// its waiting counts, because its planned instant stays what it was.
final class ArrivalQueue: Sendable {
  private let schedule: Mutex<ArrivalSchedule>
  private let start: Int64
  private let end: Int64

  /// A queue of what arrives in stages that follow each other, or of a share of it; nil where nothing does.
  ///
  /// Before its measured time a stage has the rate that it begins with. Arrivals count on over joints: the
  /// distance between the last of a stage and the first of the next is that of the rates between them.
  init?(_ stages: [TimedStage], seed: UInt64, share: LoadShare = .whole) {
    guard let first = stages.first, let last = stages.last else { return nil }
    var rate = CumulativeRate()
    for stage in stages {
      guard let ramp = stage.plan.rate else { return nil }
      let window = stage.window
      rate.append(.steady(ramp.from), nanoseconds: window.measureStart - window.start)
      rate.append(ramp, nanoseconds: window.end - window.measureStart)
    }
    let schedule = ArrivalSchedule(
      rate,
      first.plan.arrivals,
      seed: seed,
      share: share.index,
      of: share.count
    )
    guard let schedule else { return nil }
    self.schedule = Mutex(schedule)
    start = first.window.start
    end = last.window.end
  }

  /// The planned instant of the next arrival; nil when there are no more.
  func next() -> Int64? {
    let offset = schedule.withLock { $0.next() }
    return offset < end - start ? start + offset : nil
  }
}
