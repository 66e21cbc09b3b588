import EventIO
import Synchronization

/// Ends a run early: gracefully, or at once.
///
/// Any thread may ask. Workers look at it between requests; those that sleep are woken.
package final class RunControl: Sendable {
  /// How a run is being ended.
  enum Level: Int, Sendable, Comparable {
    /// It is not.
    case none

    /// Nothing new is sent, what is in flight is waited for, sessions are closed.
    case stop

    /// What is in flight is cut off.
    case interrupt

    static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
  }

  private struct State {
    var level = Level.none
    var stoppedAt: Int64?
    var reason: String?
    var hasFailed = false

    /// The limit that ended the run, as reports name it; nil where none did, or somebody asked for an end since.
    var limit: String?
    var loops: [LoopInterrupter] = []
  }

  private let state = Mutex(State())
  private let isEnding = Atomic(false)

  /// Answers that its sessions wait for.
  let awaited = AwaitedAnswers()

  private let hearPlan: @Sendable (Duration) -> Void

  /// A control that nobody has used; `hearPlan` gets how long each load will take, when it begins.
  package init(hearPlan: @escaping @Sendable (Duration) -> Void = { _ in }) {
    self.hearPlan = hearPlan
  }

  /// Says how long the load that begins will take if nobody ends it.
  package func plan(_ length: Duration) { hearPlan(length) }

  /// Whether anybody asked for an end.
  @inline(__always)
  package var isStopping: Bool { isEnding.load(ordering: .relaxed) }

  /// How the run is being ended.
  var level: Level { state.withLock { $0.level } }

  /// When the end was first asked for, in nanoseconds of the monotonic clock.
  var stoppedAt: Int64? { state.withLock { $0.stoppedAt } }

  /// Why the run is ended early, in a sentence.
  package var reason: String? { state.withLock { $0.reason } }

  /// What the end waits for, in a clause; nil for nothing.
  package var awaitedShown: String? {
    let count = awaited.count
    return count > 0 ? "waiting for \(count) answer\(count == 1 ? "" : "s")" : nil
  }

  /// Whether a failure of our own ends the run, not somebody who asked for it.
  package var hasFailed: Bool { state.withLock { $0.hasFailed } }

  /// Ends the run because it cannot go on.
  package func fail(reason: String) {
    state.withLock { state in
      if state.level == .none { state.hasFailed = true }
    }
    end(.stop, reason: reason)
  }

  /// Ends the present run because a limit of its load has failed; what comes after it goes on.
  package func abort(limit: String, reason: String) {
    let isFirst = state.withLock { state in
      guard state.level == .none else { return false }
      state.limit = limit
      return true
    }
    if isFirst { stop(.stop, reason: reason) }
  }

  /// The limit that ended the run; nil where none did.
  var abortedLimit: String? { state.withLock { $0.limit } }

  /// Forgets that a limit ended the last run, before the next one.
  package func endAbort() {
    state.withLock { state in
      guard state.limit != nil else { return }
      (state.level, state.stoppedAt, state.reason, state.limit) = (.none, nil, nil, nil)
      isEnding.store(false, ordering: .relaxed)
    }
  }

  /// Asks for an end; a stronger request follows a weaker one, never the other way round.
  func end(_ level: Level, reason: String) {
    state.withLock { state in
      // Whoever asks while a limit ends the run wants the end of all.
      if state.limit != nil { (state.limit, state.reason) = (nil, reason) }
    }
    stop(level, reason: reason)
  }

  private func stop(_ level: Level, reason: String) {
    let loops = state.withLock { state in
      guard level > state.level else { return [LoopInterrupter]() }
      state.level = level
      state.stoppedAt = state.stoppedAt ?? MonotonicInstant.now().nanoseconds
      state.reason = state.reason ?? reason
      return state.loops
    }
    isEnding.store(true, ordering: .relaxed)
    for loop in loops { wake(loop, level) }
  }

  /// Includes a loop's waits in an end that is asked for, or already was.
  ///
  /// What is in flight is cut off from `cutOff` on.
  func attach(_ loop: EventLoop, cuttingOffAt cutOff: Level = .interrupt) {
    let interrupter = LoopInterrupter(loop: loop, cutOff: cutOff)
    let level = state.withLock { state in
      state.loops.append(interrupter)
      return state.level
    }
    if level > .none { wake(interrupter, level) }
  }

  /// Forgets the loops, which are about to end.
  func detachLoops() {
    state.withLock { $0.loops = [] }
  }

  /// Forgets a loop, which is about to end.
  func detach(_ loop: EventLoop) {
    state.withLock { state in state.loops.removeAll { $0.loop === loop } }
  }

  private func wake(_ loop: LoopInterrupter, _ level: Level) {
    Task { await loop.interrupt(level) }
  }
}

/// Wakes what waits on a loop.
private actor LoopInterrupter: LoopBound {
  nonisolated let loop: EventLoop
  private let cutOff: RunControl.Level

  init(loop: EventLoop, cutOff: RunControl.Level) {
    self.loop = loop
    self.cutOff = cutOff
  }

  func interrupt(_ level: RunControl.Level) {
    loop.interruptSleepers()
    if level >= cutOff { loop.interruptChannels() }
  }
}
