import EventIO

/// A deadline that is moved for every command but hardly ever passes.
///
/// The loop keeps a cancelled timer until its instant, so a timer for each command would pile up.
/// This one lets its timer fire early and looks again.
@ServerLoop
final class Watchdog {
  private let action: () -> Void
  private var deadline: MonotonicInstant?
  private var timerInstant: MonotonicInstant?
  private var timer: LoopTimer?

  init(action: @escaping () -> Void) {
    self.action = action
  }

  /// Runs the action at `instant` unless the watchdog is disarmed or armed anew before.
  func arm(at instant: MonotonicInstant) {
    deadline = instant
    if let timerInstant, timerInstant <= instant { return }
    timer?.cancel()
    schedule(at: instant)
  }

  /// Lets the deadline pass without action.
  func disarm() {
    deadline = nil
  }

  /// Ends the watchdog: the timer no longer holds it.
  func cancel() {
    deadline = nil
    timer?.cancel()
    timer = nil
    timerInstant = nil
  }

  private func schedule(at instant: MonotonicInstant) {
    timerInstant = instant
    timer = EventLoop.server.schedule(at: instant) { [weak self] in self?.timerFired() }
  }

  private func timerFired() {
    timerInstant = nil
    guard let deadline else { return }
    if MonotonicInstant.now() < deadline {
      schedule(at: deadline)
    } else {
      self.deadline = nil
      action()
    }
  }
}
