/// A limit of a workload as its recording keeps it, so that another machine judges it without the workload.
///
/// What its names mean is known to the half that judges.
struct RecordedLimit: Sendable, Equatable, Codable {
  /// The figure's name, such as `p99_ms`.
  let metric: String

  /// The least or the greatest value that passes.
  let limit: Double

  /// The operation; nil for all.
  var operation: String?

  /// What the attempts came to; nil for successes, timeouts and dropped ones.
  var outcome: String?

  /// The stage by the name that its samples carry; nil for all that stay the same.
  var step: String?

  /// So many seconds at the end of the measured time; nil for all of it.
  var lastSeconds: Double?

  /// The worst stretch of so many seconds; nil for no stretches.
  var eachSeconds: Double?

  /// Whether the run ends early once the figure is beyond the limit; nil for no.
  var abort: Bool?

  private enum CodingKeys: String, CodingKey {
    case metric
    case limit
    case operation = "of"
    case outcome = "as"
    case step
    case lastSeconds = "last_s"
    case eachSeconds = "each_s"
    case abort
  }
}

extension RecordedLimit {
  /// Keeps a limit of a workload.
  init(_ limit: Workload.Limit) {
    self.init(
      metric: limit.metric,
      limit: limit.limit,
      operation: limit.operation,
      outcome: limit.outcome,
      step: limit.step,
      abort: limit.abort ? true : nil
    )
    switch limit.window {
    case .last(let length): lastSeconds = length / .seconds(1)
    case .each(let length): eachSeconds = length / .seconds(1)
    case nil: break
    }
  }

  /// Whether its numbers are those of a limit.
  var isPossible: Bool {
    (-1e9...1e9).contains(limit)
      && [lastSeconds, eachSeconds].allSatisfy { RecordedNumber.seconds.contains($0 ?? 0) }
  }
}
