import EventIO
import Synchronization

/// What a run has done so far, for whoever watches it; it judges nothing.
///
/// Workers of all loops add to it with every sample: a lock that hardly anybody else wants and one
/// count in a histogram, some 40 ns.
package final class ProgressMeter: Sendable {
  /// What a watcher sees.
  struct Snapshot: Sendable {
    /// The part of the run.
    var phase = "starting"

    /// When the first load began; nil before.
    var loadStart: MonotonicInstant?

    /// When the last load is planned to end; nil before the first.
    var loadEnd: MonotonicInstant?

    /// Attempts of the load so far, by outcome, without opening and closing sessions.
    var outcomes: [Outcome: Int] = [:]

    /// Attempts of the load since the last snapshot, by outcome.
    var recentOutcomes: [Outcome: Int] = [:]

    /// Latencies of the successes since the last snapshot.
    var recentLatency = Histogram()

    /// The longest that a request was sent after its instant, since the last snapshot, in nanoseconds.
    var recentLateness: Int64 = 0

    /// The workers that have their sessions.
    var workers = 0

    /// When the last snapshot was taken.
    var since = MonotonicInstant.now()

    /// The server's pooled connections, in use and idle; nil if it does not tell.
    var pool: (active: Double, idle: Double)?
  }

  private let state = Mutex(Snapshot())

  /// A meter that has seen nothing.
  package init() {}

  /// Adds an attempt of the load.
  func record(_ attempt: Attempt) {
    state.withLock { state in
      state.outcomes[attempt.outcome, default: 0] += 1
      state.recentOutcomes[attempt.outcome, default: 0] += 1
      if attempt.outcome == .success { state.recentLatency.record(attempt.latency) }
      let lateness = attempt.sent.map { $0 - attempt.planned } ?? 0
      state.recentLateness = max(state.recentLateness, lateness)
    }
  }

  /// Says which part of the run begins.
  package func begin(_ phase: String) {
    state.withLock { $0.phase = phase }
  }

  /// Says when the load of so many workers begins, and is planned to end.
  func beginLoad(of workers: Int, at start: MonotonicInstant, until end: MonotonicInstant) {
    state.withLock { state in
      state.workers = workers
      state.loadStart = start
      state.loadEnd = end
    }
  }

  /// Notes what the server says of its pool.
  package func note(active: Double, idle: Double) {
    state.withLock { $0.pool = (active, idle) }
  }

  /// What has been done; what is recent begins anew.
  func take() -> Snapshot {
    state.withLock { state in
      let snapshot = state
      state.recentOutcomes = [:]
      state.recentLatency = Histogram()
      state.recentLateness = 0
      state.since = .now()
      return snapshot
    }
  }
}
