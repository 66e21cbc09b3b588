/// A line of `generator.jsonl`: how one event loop of the load generator fares, once a second.
///
/// A generator that is starved or late measures itself: these lines let a reader see it.
struct GeneratorLine: Sendable, Equatable, Codable, RecordedLine {
  /// When, in nanoseconds since the recording's origin.
  var at: Int64

  /// Which of the loops that carry workers, from 0.
  var loop: Int

  /// CPU time of the loop's thread since it began, in seconds.
  let cpuSeconds: Double

  /// The latest of the ticks, ten a second, since the last line: how long after its instant it came,
  /// in milliseconds.
  let lateMilliseconds: Double

  /// Time of all cores that the machine's host gave to others since the machine started, in seconds;
  /// only of loop 0, nil where the kernel does not say.
  let stealSeconds: Double?

  /// Periods of the control group's processor quota so far in which it ran, and those of them in which
  /// it was stopped; only of loop 0, nil where there is no quota.
  var quotaPeriods: Int?
  var throttledPeriods: Int?

  /// How long the loop's thread was ready to run and had to wait for a processor since it began, in
  /// seconds, and how often it got one; nil where the kernel does not say.
  var waitedSeconds: Double?
  var turns: Int?

  private enum CodingKeys: String, CodingKey {
    case at = "at_ns"
    case loop
    case waitedSeconds = "waited_s"
    case turns
    case quotaPeriods = "quota_periods"
    case throttledPeriods = "throttled_periods"
    case cpuSeconds = "cpu_s"
    case lateMilliseconds = "late_ms"
    case stealSeconds = "steal_s"
  }

  package var isPossible: Bool {
    RecordedInstant.arePossible(at) && RecordedNumber.count.contains(loop)
      && RecordedNumber.limit.contains(turns ?? 0)
  }

  /// Makes a line.
  package init(
    at: Int64,
    loop: Int,
    cpuSeconds: Double,
    lateMilliseconds: Double,
    stealSeconds: Double? = nil
  ) {
    self.at = at
    self.loop = loop
    self.cpuSeconds = cpuSeconds
    self.lateMilliseconds = lateMilliseconds
    self.stealSeconds = stealSeconds
  }
}
