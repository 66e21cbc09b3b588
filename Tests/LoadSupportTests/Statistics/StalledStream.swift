@testable import LoadSupport

/// An open-loop stream of requests to a server that stands still now and then.
///
/// Requests and stalls come as Poisson processes. A request takes 5 ms on average, exponentially,
/// and one that arrives in a stall first waits until its end.
struct StalledStream {
  var requestsPerSecond = 200.0
  var seconds = 60.0
  var stallsPerSecond = 0.05
  var stallSeconds = 0.5

  /// One run: the latencies, and each with the instant at which it was planned.
  struct Run {
    var seconds: Double
    var histogram = Histogram()
    var requests: [(plannedSeconds: Double, latency: Int64)] = []

    /// How many requests of each window are slower than a limit.
    func counts(above limit: Int64, windowSeconds: Double) -> [Int] {
      var counts = Array(repeating: 0, count: Int((seconds / windowSeconds).rounded()))
      for request in requests where request.latency > limit {
        counts[min(Int(request.plannedSeconds / windowSeconds), counts.count - 1)] += 1
      }
      return counts
    }
  }

  func run(_ random: inout SeededRandom, keepsRequests: Bool = true) -> Run {
    var run = Run(seconds: seconds)
    if keepsRequests { run.requests.reserveCapacity(Int(1.1 * requestsPerSecond * seconds)) }
    // A stall may have begun before the first request.
    var stall = -2 * stallSeconds
    var nextStall = -stallSeconds + random.exponential(mean: 1 / stallsPerSecond)
    var planned = random.exponential(mean: 1 / requestsPerSecond)
    while planned < seconds {
      while nextStall <= planned {
        stall = nextStall
        nextStall += random.exponential(mean: 1 / stallsPerSecond)
      }
      let wait = max(0, stall + stallSeconds - planned)
      let latency = Int64((wait + random.exponential(mean: 0.005)) * 1e9)
      run.histogram.record(latency)
      if keepsRequests { run.requests.append((planned, latency)) }
      planned += random.exponential(mean: 1 / requestsPerSecond)
    }
    return run
  }

  /// The 99th percentile of latency in a run of 100,000 s.
  ///
  /// One request does not delay another, so a tenth of them tell the same at a tenth of the cost.
  func trueP99(_ random: inout SeededRandom) -> Int64 {
    var long = self
    long.seconds = 100_000
    long.requestsPerSecond /= 10
    return long.run(&random, keepsRequests: false).histogram.value(atQuantile: 0.99) ?? 0
  }
}
