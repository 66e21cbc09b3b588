/// What decides when a request should start, where it is the same all the time.
///
/// In a closed loop a worker waits for an answer, thinks, and asks again, so a slow server is asked
/// less. In an open loop requests arrive at a rate that the server has no influence on, as they do
/// from independent users; latency then counts from the planned instant.
package enum ArrivalProcess: Sendable, Equatable, Codable {
  /// Each worker asks again when it has its answer and has paused for the think time.
  case closed(thinkTime: Duration)

  /// Requests arrive at equal distances.
  case constant(ratePerSecond: Double)

  /// Requests arrive independently of each other, which bunches some of them.
  case poisson(ratePerSecond: Double)

  /// The rate asked for, over all workers; nil in a closed loop.
  var ratePerSecond: Double? {
    switch self {
    case .closed: nil
    case .constant(let ratePerSecond), .poisson(let ratePerSecond): ratePerSecond
    }
  }

  /// All of a step like that.
  package var stage: Workload.Stage {
    switch self {
    case .closed(let thinkTime): Workload.Stage(thinkTime: .constant(thinkTime))
    case .constant(let rate): Workload.Stage(rate: .steady(rate))
    case .poisson(let rate): Workload.Stage(rate: .steady(rate), arrivals: .poisson)
    }
  }
}
