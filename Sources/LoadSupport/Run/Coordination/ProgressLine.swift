import EventIO

/// A run's progress for programs, and for people who look at many generators at once: a line of JSON.
struct ProgressLine: Encodable {
  private let runID: String
  private let index: Int
  private let of: Int
  private let scenario: String

  /// The step of the load, or what the run does beside it.
  private let step: String

  /// Seconds since the load began; nil before.
  private let seconds: Double?

  /// Requests of the load so far, and those of them that were no success.
  private let requests: Int
  private let failures: Int

  /// Successes a second since the line before.
  private let perSecond: Double

  /// The 99th percentile of their latency; nil where there were none.
  private let p99Milliseconds: Double?

  /// The longest that a request was sent after its instant, since the line before.
  private let latenessMilliseconds: Double
  private let workers: Int

  private enum CodingKeys: String, CodingKey {
    case runID = "run_id"
    case index
    case of
    case scenario
    case step
    case seconds = "t_s"
    case requests
    case failures
    case perSecond = "per_second"
    case p99Milliseconds = "p99_ms"
    case latenessMilliseconds = "lateness_ms"
    case workers
  }

  /// Tells what a meter gave.
  init(
    _ snapshot: ProgressMeter.Snapshot,
    of part: RecordingPart,
    scenario: String,
    now: MonotonicInstant = .now()
  ) {
    (runID, index, of) = (part.runID, part.index, part.of)
    (self.scenario, step, workers) = (scenario, snapshot.phase, snapshot.workers)
    seconds = snapshot.loadStart.flatMap { $0 <= now ? Self.rounded((now - $0).seconds) : nil }
    requests = snapshot.outcomes.values.reduce(0, +)
    failures = requests - (snapshot.outcomes[.success] ?? 0)
    let successes = Double(snapshot.recentOutcomes[.success] ?? 0)
    let interval = (now - snapshot.since).seconds
    perSecond = interval > 0 ? Self.rounded(successes / interval) : 0
    p99Milliseconds = snapshot.recentLatency.value(atQuantile: 0.99)
      .map { Self.rounded(Double($0) / 1e6) }
    latenessMilliseconds = Self.rounded(Double(snapshot.recentLateness) / 1e6)
  }

  private static func rounded(_ value: Double) -> Double { (value * 1_000).rounded() / 1_000 }
}
