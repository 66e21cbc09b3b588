/// When the load runs, in nanoseconds of the monotonic clock: warm-up, then the measured window.
struct LoadWindow: Sendable, Equatable {
  /// When the load begins.
  let start: Int64

  /// When the measured window begins.
  let measureStart: Int64

  /// When the measured window ends and nothing new is planned.
  let end: Int64

  /// Whether an attempt that is planned at an instant is measured.
  func isMeasured(plannedAt planned: Int64) -> Bool {
    planned >= measureStart && planned < end
  }
}

extension LoadWindow {
  /// A window of given lengths.
  init(start: Int64, warmUp: Duration, duration: Duration) {
    let measureStart = start + Int64(warmUp / .nanoseconds(1))
    self.init(
      start: start,
      measureStart: measureStart,
      end: measureStart + Int64(duration / .nanoseconds(1))
    )
  }
}
