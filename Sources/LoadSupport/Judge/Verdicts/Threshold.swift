import EventIO

/// A limit on one figure of a scenario.
public struct Threshold: Sendable, Equatable, Codable {
  /// The figure that is limited.
  public enum Metric: String, Sendable, Codable, CaseIterable {
    /// Share of the load's requests that succeeded.
    case successRate = "success_rate"

    /// 99th percentile of latency over all operations of the load, in milliseconds; requests that
    /// timed out or were dropped count as infinitely slow.
    case p99Milliseconds = "p99_ms"

    /// Other percentiles of the same, for limits of a user's own.
    case p50Milliseconds = "p50_ms"
    case p90Milliseconds = "p90_ms"
    case p95Milliseconds = "p95_ms"
    case p999Milliseconds = "p99_9_ms"

    /// Successes a second over the whole window.
    case throughputPerSecond = "throughput_per_s"

    /// SSH sessions that were asked for before the load and that the server did not grant, or no longer
    /// had by its own count.
    case sessionsMissing = "sessions_missing"

    /// Workers that could not begin: a session was not opened, or a call of the setup failed.
    case workersMissing = "workers_missing"

    /// How often the server ended while it was under test, whether it came back or not.
    case serverOutages = "server_outages"

    /// Attempts that the generator made and no line records, or the other way round.
    case unaccountedAttempts = "unaccounted_attempts"

    /// SSH connections that the server opened while the load ran on warm sessions.
    case connectionsCreatedUnderLoad = "connections_created_under_load"

    /// 95th percentile of connecting with a fresh login, in milliseconds: logins cost so much that a
    /// minute of them says nothing about a 99th.
    case coldConnectP95Milliseconds = "cold_connect_p95_ms"

    /// 99th percentile of connecting by a pooled connection, in milliseconds.
    case pooledConnectP99Milliseconds = "pooled_connect_p99_ms"

    /// Fresh logins that clients were told of and the server's count of new connections lacks, or
    /// the other way round.
    case unmatchedLogins = "unmatched_logins"

    /// SSH sessions that the server holds after the last was given back, beyond those before.
    case sessionsLeftBehind = "sessions_left_behind"

    /// Logins on the target after the last session was closed, beyond those before and those that the server says it
    /// keeps, and processes that outlived their login.
    case leftOnTarget = "left_on_target"

    /// Growth of the server's memory in bytes a request, over the growth from which it is a leak.
    case memoryGrowthOverLimit = "memory_growth_over_limit"

    /// Growth of the server's open descriptors from the first third to the last, at the same number
    /// of pooled connections.
    case descriptorGrowth = "descriptor_growth"

    /// Threads that the server has after the load beyond those before.
    case threadsLeftBehind = "threads_left_behind"

    /// Median latency of commands in the last third of the run over that in the first.
    case latencyDegradation = "latency_degradation"

    /// Throughput in the last third of the run over that in the first.
    case throughputRetained = "throughput_retained"

    /// Commands over any link slower than so many times what delay, jitter and loss explain, in the
    /// 95th percentile.
    case p95OverExplained = "p95_over_explained"

    /// Round trips between server and target that a command costs.
    case roundTripsPerCommand = "round_trips_per_command"

    /// SSH sessions that were granted beyond the pool's limit, or missing up to it.
    case sessionsOffLimit = "sessions_off_limit"

    /// The slowest refusal of a session, in milliseconds, or a refusal that names no limit.
    case refusalMilliseconds = "refusal_ms"

    /// Median latency of those who hold a session while others are refused, over that before.
    case holdersSlowdown = "holders_slowdown"

    /// Sessions that were given back and not granted to the next who asked.
    case freedSessionsRefused = "freed_sessions_refused"

    /// Requests of one session, or without sessions from one address, that were let through in a window beyond the
    /// rate limit.
    case requestsOverLimit = "requests_over_limit"

    /// Refusals without a Retry-After, and requests that failed after the time it named.
    case untrueRetryAfters = "untrue_retry_afters"

    /// Answers of 5xx, broken connections and answers that are none, in any phase.
    case brokenAnswers = "broken_answers"

    /// Questions for the server's health that were not answered by 200 in time.
    case healthFailures = "health_failures"

    /// Calls without an answer in time.
    case unansweredCalls = "unanswered_calls"

    /// Answers that came for another call than the one that they belong to.
    case foreignAnswers = "foreign_answers"

    /// First requests of new sessions, sent at the same instant, that failed.
    case failedFirstCalls = "failed_first_calls"

    /// The share of calls that failed, the slow one left out.
    case failedCallShare = "failed_call_share"

    /// Answers to the lane of a session that was served least, over the average of its lanes.
    case leastServedLane = "least_served_lane"

    /// What a quick call in another MCP session waits longer beside a slow one, in the median, over the slow
    /// one's length.
    case slowCallDelay = "slow_call_delay"

    /// The same of a question for the server's health.
    case slowCallHealthDelay = "slow_call_health_delay"

    /// Clients that were not served again after an outage that was made on purpose.
    case clientsNotServed = "clients_not_served"

    /// The longest from the end of such an outage until its last client was served again, in seconds.
    case recoverySeconds = "recovery_s"

    /// Answers to calls in a session that had ended with the server which were not 404.
    case endedSessionsNot404 = "ended_sessions_not_404"

    /// Calls that failed when a server that had been started again had served somebody already.
    case callsLostAfterRestart = "calls_lost_after_restart"

    /// Calls that failed since the server was stopped for a while.
    case callsLostInFreeze = "calls_lost_in_freeze"

    /// Calls that ended before their commands did, or got no answer after those.
    case callsCut = "calls_cut"

    /// Calls whose progress was told later than it can have been sent: something keeps streams back.
    case delayedProgress = "delayed_progress"

    /// Whether commands of calls that were cancelled were still running on the target (1).
    case commandsLeft = "commands_left"

    /// Event streams that were to be held and were refused or broken.
    case streamsRefused = "streams_refused"

    /// Calls that failed while event streams were held.
    case failuresBesideStreams = "failures_beside_streams"

    /// Memory that the server keeps of an event stream that its client broke, in bytes a stream.
    case brokenStreamBytes = "broken_stream_bytes"

    /// What else it keeps of a hundred of those: descriptors, processes and threads.
    case brokenStreamDescriptors = "broken_stream_descriptors"
    case brokenStreamProcesses = "broken_stream_processes"
    case brokenStreamThreads = "broken_stream_threads"

    /// Memory that the server keeps of an MCP session that was ended by DELETE, in bytes a session.
    case deletedSessionBytes = "deleted_session_bytes"

    /// What else it keeps of a hundred of those: descriptors, processes, threads, and the sessions themselves.
    case deletedSessionDescriptors = "deleted_session_descriptors"
    case deletedSessionProcesses = "deleted_session_processes"
    case deletedSessionThreads = "deleted_session_threads"
    case deletedSessionsAlive = "deleted_sessions_alive"

    /// Memory that the server keeps of an MCP session that was left without a word, when its idle time is over, in
    /// bytes a session.
    case leftSessionBytes = "left_session_bytes"

    /// What else it keeps of a hundred of those then.
    case leftSessionDescriptors = "left_session_descriptors"
    case leftSessionProcesses = "left_session_processes"
    case leftSessionThreads = "left_session_threads"
    case leftSessionsAlive = "left_sessions_alive"

    /// The percentile that it is; nil for other figures.
    package var quantile: Double? {
      switch self {
      case .p50Milliseconds: 0.5
      case .p90Milliseconds: 0.9
      case .p95Milliseconds: 0.95
      case .p99Milliseconds: 0.99
      case .p999Milliseconds: 0.999
      default: nil
      }
    }

    /// Whether it can be limited in any scenario, and for a part of its load.
    package var isGeneral: Bool {
      quantile != nil || self == .successRate || self == .throughputPerSecond
    }

    /// Whether a larger value is better.
    package var isFloor: Bool {
      switch self {
      case .successRate, .throughputPerSecond, .throughputRetained, .leastServedLane: true
      default: false
      }
    }

    /// The limits that can be judged.
    var validLimits: ClosedRange<Double> { self == .successRate ? 0...1 : 0...1e9 }

    /// The unit behind a value, with its space.
    var unit: String {
      switch self {
      case .p50Milliseconds, .p90Milliseconds, .p95Milliseconds, .p99Milliseconds,
        .p999Milliseconds, .coldConnectP95Milliseconds, .pooledConnectP99Milliseconds,
        .refusalMilliseconds:
        " ms"
      case .throughputPerSecond: "/s"
      case .recoverySeconds: " s"
      case .deletedSessionBytes, .leftSessionBytes, .brokenStreamBytes: " B"
      case .deletedSessionDescriptors, .deletedSessionProcesses, .deletedSessionThreads,
        .deletedSessionsAlive, .leftSessionDescriptors, .leftSessionProcesses, .leftSessionThreads,
        .leftSessionsAlive, .brokenStreamDescriptors, .brokenStreamProcesses, .brokenStreamThreads:
        " per 100"
      case .memoryGrowthOverLimit, .latencyDegradation, .throughputRetained, .holdersSlowdown,
        .p95OverExplained, .leastServedLane, .slowCallDelay, .slowCallHealthDelay:
        "x"
      default: ""
      }
    }
  }

  /// The figure.
  package let metric: Metric

  /// The least or the greatest value that passes.
  package let limit: Double

  /// The part of the load that is limited; nil for all of it.
  let scope: ThresholdScope?

  /// Whether a run ends early once it has failed.
  var aborts = false

  /// Limits a figure.
  init(_ metric: Metric, _ limit: Double, scope: ThresholdScope? = nil) {
    self.metric = metric
    self.limit = limit
    self.scope = scope
  }

  /// The figure and its part as a file of limits names them.
  var key: String { metric.rawValue + (scope.map { " \($0.text)" } ?? "") }

  /// The limit with its side and unit: `at most 250 ms`.
  var limitText: String {
    NumberText.limit(NumberText.exact(limit), isFloor: metric.isFloor) + metric.unit
  }

  /// All of it: `p99_ms of hostname at most 250 ms`.
  package var text: String {
    "\(key) \(limitText)\(aborts ? ", ends the run once it has failed" : "")"
  }
}

extension [Threshold] {
  /// These limits with others in the place of those on the same figure of the same part, and the rest of
  /// the others behind them.
  func replaced(by others: [Threshold]) -> [Threshold] {
    func isSame(_ one: Threshold, _ other: Threshold) -> Bool {
      one.metric == other.metric && one.scope == other.scope
    }
    let replaced = map { threshold in
      var chosen = others.first { isSame($0, threshold) } ?? threshold
      chosen.aborts = chosen.aborts || threshold.aborts
      return chosen
    }
    return replaced + others.filter { other in !contains { isSame($0, other) } }
  }
}

/// What a threshold came to.
package struct Verdict: Sendable, Equatable, Codable {
  /// The three answers.
  package enum Outcome: String, Sendable, Codable, CaseIterable {
    case pass = "PASS"
    case fail = "FAIL"
    case inconclusive = "INCONCLUSIVE"
  }

  /// The figure that was judged.
  package let metric: Threshold.Metric

  /// The answer.
  package var outcome: Outcome

  /// What was measured; nil if nothing was.
  package let value: Double?

  /// The limit.
  package let limit: Double

  /// The number of samples behind the value.
  package let n: Int

  /// The part of the load that was judged, as the limit's key names it; nil for all of it.
  var scope: String?

  /// The same part as data; nil for all of it, and where it was read from a file.
  var part: ThresholdScope?

  /// The answer in a sentence.
  package private(set) var message: String

  /// The same without the figures, which a table has in columns of their own; nil where it was read from a
  /// file.
  private(set) var reason: String?

  /// The value's 95 % confidence interval; nil where there is none.
  var interval: Interval?

  /// The factor by which what was counted came in clusters: n samples are worth n ÷ D independent
  /// ones; nil where that does not matter or cannot be told.
  var dispersion: Double?

  /// The factor of which the interval was made, by the requests above the percentile; nil where there is
  /// none, or it cannot be told.
  var intervalDispersion: Double?

  /// The failed checks that kept it from passing or failing; nil where it is worth what it says.
  package var invalidBy: [String]?

  private enum CodingKeys: String, CodingKey {
    case invalidBy = "invalid_by"
    case metric
    case outcome
    case value
    case limit
    case n
    case scope
    case message
    case interval
    case dispersion
    case intervalDispersion = "interval_dispersion"
  }

  /// What a value lies between.
  struct Interval: Sendable, Equatable, Codable {
    /// The lower end.
    let lower: Double

    /// The upper end; nil for none, where requests without an end count as infinitely slow.
    let upper: Double?

    /// Makes one of a range of numbers.
    init?(_ range: ClosedRange<Double>) { self.init(range.lowerBound, range.upperBound) }

    /// Makes an interval; what is no number becomes none.
    init?(_ lower: Double, _ upper: Double?) {
      guard lower.isFinite else { return nil }
      self.lower = lower
      self.upper = upper.flatMap { $0.isFinite ? $0 : nil }
    }

    /// The same as a range, which may have no end.
    var range: ClosedRange<Double> { lower...max(lower, upper ?? .infinity) }
  }
}

extension Threshold.Metric {
  /// A value with its unit and what it lies between, in as many digits as the interval has.
  func shown(
    _ value: Double,
    _ interval: Verdict.Interval? = nil
  ) -> (value: String, between: String?) {
    guard unit == " ms" else {
      let text = NumberText.estimate(value, interval?.range)
      return (text.value + unit, text.between)
    }
    let text = NumberText.milliseconds(value, interval?.range)
    return (text.value.hasByteSuffix("s") ? text.value : text.value + unit, text.between)
  }
}

extension Verdict {
  /// Whether it is about a part of the load, whatever its outcomes and window are.
  package func isAbout(operation: String?, step: String?) -> Bool {
    part?.operation == operation && part?.step == step
  }

  /// The same with more words before and behind the sentence.
  func saying(before: String = "", after: String = "") -> Verdict {
    var verdict = self
    verdict.message = before + message + after
    verdict.reason = reason.map { before + $0 + after }
    return verdict
  }
}
