/// When the load runs, in nanoseconds of the monotonic clock: warm-up, then the measured window.
struct LoadWindow: Sendable, Equatable {
  /// When the load begins.
  let start: Int64

  /// When the measured window begins.
  let measureStart: Int64

  /// When the measured window ends and nothing new is planned.
  let end: Int64

  /// A window of given lengths.
  init(start: Int64, warmUp: Duration, duration: Duration) {
    self.start = start
    measureStart = start + Int64(warmUp / .nanoseconds(1))
    end = measureStart + Int64(duration / .nanoseconds(1))
  }

  /// The phase of an attempt that is planned at an instant.
  func isMeasured(plannedAt planned: Int64) -> Bool {
    planned >= measureStart && planned < end
  }
}
