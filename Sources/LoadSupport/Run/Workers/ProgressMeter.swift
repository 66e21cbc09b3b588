import EventIO
import Synchronization

/// What a run does, and has done so far, for whoever watches it; it judges nothing.
///
/// Workers of all loops add to it with every sample: a lock that hardly anybody else wants and a
/// count in a histogram, some 50 ns.
package final class ProgressMeter: Sendable {
  /// What a run does now.
  package enum Phase: Sendable, Equatable {
    /// The network is opened and tried.
    case starting

    /// Workers open their sessions.
    case setup

    /// Others are waited for; whom, in words.
    case waiting(String)
    case load

    /// Sessions are closed.
    case drain
    case judging
  }

  /// What a watcher sees.
  struct Snapshot: Sendable {
    /// Attempts, by outcome, and latencies of the successes.
    struct Counts: Sendable {
      var outcomes: [Outcome: Int] = [:]
      var latency = Histogram()
      var since: MonotonicInstant

      /// Successes that are not among the outcomes yet: to find their place takes a hash each time, some 1 % of a request.
      private var successes = 0

      init(since: MonotonicInstant = .now()) { self.since = since }

      fileprivate mutating func add(_ attempt: Attempt) {
        if attempt.outcome == .success {
          successes += 1
          latency.record(attempt.latency)
        } else {
          outcomes[attempt.outcome, default: 0] += 1
        }
      }

      /// Puts successes among the outcomes.
      fileprivate mutating func settle() {
        if successes > 0 { outcomes[.success, default: 0] += successes }
        successes = 0
      }

      fileprivate mutating func add(_ other: Counts) {
        outcomes.merge(other.outcomes, uniquingKeysWith: +)
        latency.merge(other.latency)
      }
    }

    var phase = Phase.starting

    /// The steps of the load, the number of the present or last one, from 0, and its window; nil before the first.
    var steps: [StepForecast] = []
    var step = 0
    var window: LoadWindow?

    /// The number of the present stretch in its step, from 0, and when the next one begins.
    var stretchNumber = 0
    fileprivate var nextStretch = Int64.max

    /// When the first load began; nil before.
    var loadStart: MonotonicInstant?

    /// Attempts of the load so far, by outcome, without opening and closing sessions.
    var outcomes: [Outcome: Int] = [:]

    /// Those that were planned in the present stretch, and those since the last snapshot.
    var present = Counts()
    var recent = Counts()

    /// Those that count to both, until either is asked for.
    fileprivate var fresh = Counts()

    /// How many were made in the present step, and the seconds that each took of the last step that had a number of them.
    var stepRequests = 0
    var secondsPerRequest: Double?

    /// The longest that a request was sent after its instant, since the last snapshot, in nanoseconds.
    var recentLateness: Int64 = 0

    /// The workers of the run, and those that have had their sessions.
    var crew = 0
    var workers = 0

    /// What failed last.
    var lastFailure: (operation: String, attempt: Attempt)?

    /// The server's pooled connections, in use and idle; nil if it does not tell.
    var pool: (active: Double, idle: Double)?
  }

  private let state = Mutex(Snapshot())

  /// A meter that has seen nothing.
  package init() {}

  /// Adds an attempt, which may be one of the load.
  func record(_ sample: Sample, isLoad: Bool) {
    let attempt = sample.attempt
    state.withLock { state in
      if attempt.outcome != .success, attempt.outcome != .interrupted {
        state.lastFailure = (sample.operation, attempt)
      }
      guard isLoad else { return }
      state.moveOn(to: attempt.done)
      state.stepRequests += 1
      if attempt.planned >= state.present.since.nanoseconds {
        state.fresh.add(attempt)
      } else {
        state.recent.add(attempt)
      }
      let lateness = attempt.sent.map { $0 - attempt.planned } ?? 0
      state.recentLateness = max(state.recentLateness, lateness)
    }
  }

  /// Says what the run does next; where it starts, also once more, what was done before is forgotten.
  package func begin(_ phase: Phase) {
    state.withLock { state in
      if phase == .starting { state = Snapshot() }
      state.phase = phase
    }
  }

  /// Says what so many workers are about to do.
  func plan(_ steps: [StepForecast], workers: Int) {
    state.withLock { ($0.steps, $0.crew, $0.phase) = (steps, workers, .setup) }
  }

  /// Says that one more worker has its sessions.
  func noteReady() {
    state.withLock { $0.workers += 1 }
  }

  /// Says that a step begins, by its number from 0.
  func begin(step: Int, in window: LoadWindow) {
    state.withLock { $0.begin(step, window) }
  }

  /// Notes what the server says of its pool.
  package func note(active: Double, idle: Double) {
    state.withLock { $0.pool = (active, idle) }
  }

  /// What has been done; what is recent begins anew.
  func take(at now: MonotonicInstant = .now()) -> Snapshot {
    state.withLock { state in
      state.moveOn(to: now.nanoseconds)
      state.settle()
      state.outcomes.merge(state.recent.outcomes, uniquingKeysWith: +)
      let snapshot = state
      (state.recent, state.recentLateness) = (Snapshot.Counts(since: now), 0)
      return snapshot
    }
  }
}

extension ProgressMeter.Snapshot {
  /// The present or last step, and its present stretch.
  private var forecast: StepForecast? { window == nil ? nil : steps[step] }
  var stretch: StepForecast.Stretch? { forecast?.stretches[stretchNumber] }

  /// How many stages the load has.
  var stages: Int { steps.last?.stretches.last?.number ?? 0 }

  /// Counts what is fresh to the present stretch and to what is recent.
  fileprivate mutating func settle() {
    recent.settle()
    fresh.settle()
    if fresh.outcomes.isEmpty { return }
    present.add(fresh)
    recent.add(fresh)
    fresh = Counts()
  }

  fileprivate mutating func begin(_ number: Int, _ window: LoadWindow) {
    settle()
    if let before = self.window, forecast?.requests != nil, stepRequests > 0 {
      secondsPerRequest = Double(window.start - before.start) / 1e9 / Double(stepRequests)
    }
    (step, self.window, stretchNumber, stepRequests) = (number, window, 0, 0)
    let start = MonotonicInstant(nanoseconds: window.start)
    (phase, loadStart, present) = (.load, loadStart ?? start, Counts(since: start))
    nextStretch = startOfNextStretch
  }

  /// When the stretch after the present one begins; never after the last.
  private var startOfNextStretch: Int64 {
    guard let window, let stretches = forecast?.stretches, stretchNumber + 1 < stretches.count
    else { return .max }
    return window.start + stretches[stretchNumber + 1].time.lowerBound
  }

  fileprivate mutating func moveOn(to instant: Int64) {
    while instant >= nextStretch {
      settle()
      stretchNumber += 1
      present = Counts(since: MonotonicInstant(nanoseconds: nextStretch))
      nextStretch = startOfNextStretch
    }
  }

  /// What of a figure is planned for an instant of the present stretch.
  func planned(
    _ figure: (StepForecast.Stretch) -> Workload.Ramp?,
    at now: MonotonicInstant
  ) -> Double? {
    guard let window, let stretch, let ramp = figure(stretch) else { return nil }
    let length = Double(stretch.time.upperBound - stretch.time.lowerBound)
    let passed = Double(now.nanoseconds - window.start - stretch.time.lowerBound)
    let share = length > 0 ? min(1, max(0, passed / length)) : 0
    return ramp.from + (ramp.to - ramp.from) * share
  }

  /// Seconds of load until `now`, and those that are left; nil before the load and after it.
  ///
  /// What is left is an estimate as long as a step is to come, or goes on, that ends with its requests or its outage.
  func time(at now: MonotonicInstant) -> (passed: Double, left: Double, isEstimate: Bool)? {
    guard phase == .load, let loadStart, let window, let present = forecast else { return nil }
    let passed = max(0, Double(now.nanoseconds - window.start) / 1e9)
    let length = Double(window.end - window.start) / 1e9
    var left = length - passed
    if let requests = present.requests, stepRequests > 0 {
      left = min(left, (requests / Double(stepRequests) - 1) * passed)
    } else if !present.isTimed {
      left = min(left, present.expected - passed)
    }
    let later = steps[(step + 1)...]
    left = max(0, left)
    for step in later {
      // Each of its requests takes as long as those of an earlier step of its kind.
      let known = (step.requests ?? 0) * (secondsPerRequest ?? 0)
      left += max(step.expected, min(step.longest, known))
    }
    return (
      max(0, (now - loadStart).seconds), left,
      !(present.isTimed && later.allSatisfy(\.isTimed))
    )
  }
}
