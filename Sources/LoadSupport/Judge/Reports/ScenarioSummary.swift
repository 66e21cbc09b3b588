/// `summary.json` of a scenario: figures and verdicts for machines.
package struct ScenarioSummary: Sendable, Codable {
  /// Percentiles of one set of attempts, in milliseconds.
  struct Latency: Sendable, Codable, Equatable {
    let n: Int
    let min: Double
    let mean: Double
    let p50: Double
    let p90: Double
    let p95: Double
    let p99: Double
    let p999: Double
    let max: Double

    /// 95 % confidence intervals of those percentiles that have one.
    let intervals: [String: Verdict.Interval]?

    /// The factor D by which the requests above each of those percentiles came in clusters, of which the
    /// interval was made; absent where the run is too short to tell, and D was taken to be 1.
    let dispersions: [String: Double]?

    private enum CodingKeys: String, CodingKey {
      case n
      case min
      case mean
      case p50
      case p90
      case p95
      case p99
      case p999 = "p99_9"
      case max
      case intervals = "intervals_95"
      case dispersions
    }

    /// The percentiles of a histogram; nil if it is empty.
    ///
    /// `estimate` tells how sure one is.
    init?(_ histogram: Histogram, estimate: ((Double) -> QuantileEstimate?)? = nil) {
      guard let minimum = histogram.minimum, let maximum = histogram.maximum,
        let mean = histogram.mean
      else { return nil }
      func quantile(_ p: Double) -> Double {
        Double(histogram.value(atQuantile: p) ?? maximum) / 1e6
      }
      n = histogram.count
      min = Double(minimum) / 1e6
      self.mean = mean / 1e6
      p50 = quantile(0.5)
      p90 = quantile(0.9)
      p95 = quantile(0.95)
      p99 = quantile(0.99)
      p999 = quantile(0.999)
      max = Double(maximum) / 1e6
      var intervals: [String: Verdict.Interval] = [:]
      var dispersions: [String: Double] = [:]
      for (name, p) in [
        ("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99_9", 0.999),
      ] {
        guard let estimate = estimate?(p) else { continue }
        if estimate.interval != nil { dispersions[name] = estimate.dispersion }
        intervals[name] = estimate.interval.flatMap {
          Verdict.Interval(Double($0.lowerBound) / 1e6, Double($0.upperBound) / 1e6)
        }
      }
      self.intervals = intervals.isEmpty ? nil : intervals
      self.dispersions = dispersions.isEmpty ? nil : dispersions
    }
  }

  /// The load's requests that were planned in the window.
  struct Requests: Sendable, Codable, Equatable {
    let total: Int
    let successful: Int
    let failed: Int
    let outcomes: [String: Int]

    /// The 95 % confidence interval of the share that succeeded.
    let successInterval: Verdict.Interval?

    /// The factor D by which failures came in clusters, of which it was made; nil where the run is too
    /// short to tell, and D was taken to be 1.
    let dispersion: Double?

    private enum CodingKeys: String, CodingKey {
      case total
      case successful
      case failed
      case outcomes
      case successInterval = "success_rate_interval_95"
      case dispersion = "failures_dispersion"
    }
  }

  /// Successes that were done in the window.
  struct Throughput: Sendable, Codable, Equatable {
    let successes: Int
    let windowSeconds: Double

    /// Successes a second; nil in scenarios with steps, of which each has its own.
    let averagePerSecond: Double?
    let peakPerSecond: Int?

    /// The 95 % confidence interval of the average.
    let interval: Verdict.Interval?

    private enum CodingKeys: String, CodingKey {
      case interval = "interval_95"
      case successes
      case windowSeconds = "window_s"
      case averagePerSecond = "avg_per_s"
      case peakPerSecond = "peak_per_s"
    }
  }

  /// One kind of failure.
  package struct Failure: Sendable, Codable, Equatable {
    package let operation: String
    package let outcome: String
    package let count: Int
    package let example: String

    private enum CodingKeys: String, CodingKey {
      case operation = "op"
      case outcome
      case count
      case example
    }
  }

  /// A step of a scenario with several.
  struct Step: Sendable, Codable, Equatable {
    let step: String
    let seconds: Double

    /// Nil where what succeeded was done only after the step's end.
    let successesPerSecond: Double?

    /// The 95 % confidence interval of those.
    let interval: Verdict.Interval?
    let outcomes: [String: Int]
    let latency: [String: [String: Latency]]

    private enum CodingKeys: String, CodingKey {
      case step
      case seconds = "window_s"
      case successesPerSecond = "avg_per_s"
      case interval = "interval_95"
      case outcomes
      case latency = "latency_ms"
    }
  }

  /// Percentiles of one of the server's own histograms under load: estimates as wide as its buckets.
  struct BucketEstimates: Sendable, Codable, Equatable {
    let n: Double
    let p50: Double?
    let p95: Double?
    let p99: Double?

    init(_ estimate: BucketEstimate) {
      n = estimate.count
      p50 = estimate.quantile(0.5)
      p95 = estimate.quantile(0.95)
      p99 = estimate.quantile(0.99)
    }
  }

  /// The server's metrics around the load; absent ones were not reported.
  struct Metrics: Sendable, Codable, Equatable {
    let poolHitRate: Double?
    let poolPeakActive: Double?
    let resets: [String]
    let bucketEstimates: [String: BucketEstimates]
    let before: [String: Double]?
    let after: [String: Double]?
    let difference: [String: Double]?
    let differenceUnderLoad: [String: Double]?

    private enum CodingKeys: String, CodingKey {
      case poolHitRate = "pool_hit_rate"
      case poolPeakActive = "pool_peak_active"
      case resets
      case bucketEstimates = "bucket_estimates"
      case before
      case after
      case difference
      case differenceUnderLoad = "difference_under_load"
    }
  }

  /// Iterations of the load, over all phases.
  struct Iterations: Sendable, Codable, Equatable {
    /// Those of which all was attempted.
    let complete: Int

    /// Those of which the rest was not, since an answer lacked what the next call needs.
    let cut: Int
  }

  package let format: Int
  package let testID: String
  package let scenario: String
  let ending: MeasuredWindow.Ending
  package let verdict: Verdict.Outcome

  /// Latencies in milliseconds, with timeouts and drops as slower than any.
  struct Unanswered: Sendable, Codable, Equatable {
    /// How many timed out or were dropped.
    let unanswered: Int

    /// Nil where so many were that the percentile has no end.
    let p50: Double?
    let p95: Double?
    let p99: Double?

    /// Nil where all were answered.
    init?(_ aggregate: Aggregate) {
      let (histogram, unanswered) = aggregate.latencyCountingUnanswered()
      guard unanswered > 0 else { return nil }
      func quantile(_ p: Double) -> Double? {
        histogram.value(atQuantile: p).flatMap {
          $0 < Histogram.highestTrackable ? Double($0) / 1e6 : nil
        }
      }
      self.unanswered = unanswered
      (p50, p95, p99) = (quantile(0.5), quantile(0.95), quantile(0.99))
    }
  }

  /// What the scenario came to, with all that kept it from a verdict.
  package let result: RunResult
  package let problems: [String]
  package let verdicts: [Verdict]
  let validity: Validity?
  package let totals: [String: [String: Int]]
  package let attempts: Int
  let unreadableLines: Int
  let requests: Requests

  /// Over all phases; nil where there were none.
  let unknownSessions: UnknownSessions?

  /// Nil where each is one request.
  let iterations: Iterations?
  let throughput: Throughput
  let latency: [String: [String: Latency]]
  let latencyOfAllSuccesses: Latency?

  /// Percentiles with timeouts and drops as infinitely slow, which is what ceilings are judged by; nil
  /// where there were none, and with steps.
  let latencyCountingUnanswered: Unanswered?
  let serviceTime: [String: Latency]
  let connecting: Latency?

  /// Of TLS handshakes; nil where there were none.
  let handshaking: Latency?

  /// How many of those took up an earlier session.
  let resumedHandshakes: Int?
  package let failures: [Failure]
  let steps: [Step]
  let worstSecond: WorstSecond?
  package let figures: [String: Double]
  let serverMetrics: Metrics

  /// Side by side, where several made the load.
  let generators: [Generator]?

  /// The run that they have in common; nil where one generator made all of the load.
  let runID: String?

  /// Nil for a server over HTTP.
  let serverProcesses: ServerProcesses?
  let configuration: ScenarioHeader
  let machine: Machine
  package let started: String

  private enum CodingKeys: String, CodingKey {
    case format
    case testID = "test_id"
    case scenario
    case ending
    case verdict
    case result
    case problems
    case verdicts
    case validity
    case totals
    case attempts
    case unreadableLines = "unreadable_lines"
    case requests
    case unknownSessions = "unknown_sessions"
    case iterations
    case throughput
    case latency = "latency_ms"
    case latencyOfAllSuccesses = "latency_all_successes_ms"
    case latencyCountingUnanswered = "latency_counting_unanswered_ms"
    case serviceTime = "service_time_ms"
    case connecting = "connecting_ms"
    case handshaking = "tls_handshake_ms"
    case resumedHandshakes = "tls_resumed"
    case failures
    case steps
    case worstSecond = "worst_second"
    case figures
    case serverMetrics = "server_metrics"
    case generators
    case runID = "run_id"
    case serverProcesses = "server_processes"
    case configuration
    case machine
    case started
  }

  /// Puts a scenario's figures and verdicts together.
  init(
    _ analysis: RecordingAnalysis,
    validity: Validity? = nil,
    verdicts: [Verdict],
    figures: [String: Double] = [:]
  ) {
    let aggregate = analysis.aggregate
    format = RunHeader.currentFormat
    testID = analysis.run.testID
    scenario = analysis.scenario.scenario
    ending = aggregate.window.ending
    self.verdicts = verdicts
    self.validity = validity
    verdict = Self.overall(verdicts)
    result = RunResult(analysis, verdicts)
    problems = analysis.problems
    totals = Dictionary(
      uniqueKeysWithValues: aggregate.totals.map { phase, outcomes in
        (phase.rawValue, Self.named(outcomes))
      }
    )
    attempts = aggregate.lines
    unreadableLines = aggregate.unreadableLines
    requests = Requests(aggregate)
    unknownSessions = analysis.unknownSessions
    iterations = analysis.iterations.map {
      Iterations(complete: max(0, $0.begun - $0.cut), cut: $0.cut)
    }
    let hasSteps = aggregate.window.hasSteps
    throughput = Throughput(aggregate)
    latency = Self.latency(aggregate, step: nil)
    let successes = aggregate.latency()
    latencyOfAllSuccesses =
      hasSteps
      ? nil : Latency(successes) { aggregate.estimate($0, .successes, of: successes) }
    latencyCountingUnanswered = hasSteps ? nil : Unanswered(aggregate)
    serviceTime = Dictionary(
      uniqueKeysWithValues: aggregate.operations.compactMap { operation in
        let filter = Aggregate.Filter(operation: operation, outcomes: [.success])
        return Latency(aggregate.serviceTime(filter)).map { (operation, $0) }
      }
    )
    connecting = Latency(aggregate.connecting)
    handshaking = Latency(aggregate.handshaking)
    resumedHandshakes = handshaking == nil ? nil : aggregate.resumedHandshakes
    self.figures = figures.filter(\.value.isFinite)
    worstSecond = WorstSecond(analysis)
    steps = aggregate.window.steps.map { Step($0, aggregate) }
    failures = Self.failures(aggregate)
    serverMetrics = Metrics(analysis.metrics)
    generators = Self.generators(analysis)
    runID = analysis.run.merged?.runID
    serverProcesses = analysis.serverProcesses
    configuration = analysis.scenario
    machine = analysis.run.machine
    started = analysis.run.started
  }
}
