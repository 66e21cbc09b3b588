import EventIO

/// A figure by which versions of a server are compared: at most four, for each further one makes a
/// false alarm likelier.
package enum GateMetric: String, Sendable, Codable, CaseIterable {
  /// Successes a second in a closed loop; in an open loop the load sets it, and it is no figure of the
  /// server.
  case throughput = "throughput_per_s"

  /// The latency that half of all successes stayed below, in milliseconds.
  case p50 = "p50_ms"

  /// The same of 99 in 100.
  case p99 = "p99_ms"

  /// CPU time in milliseconds that server, sshd and all their children used for a success.
  case cpu = "cpu_ms_per_request"

  /// Whether a higher figure is a better one.
  var isHigherBetter: Bool { self == .throughput }

  /// Successes below which a 99th percentile is little more than the slowest of them.
  private static let fewestForP99 = 200

  /// The figures of a recording; those that it does not tell are absent.
  ///
  /// Of a scenario with several steps one part is compared.
  static func figures(of analysis: RecordingAnalysis) -> [GateMetric: Double] {
    let slices = analysis.aggregate.window.slices
    let part = part(of: analysis)
    let filter = Aggregate.Filter(steps: part.steps, outcomes: [.success])
    let latency = analysis.aggregate.latency(filter)
    var figures: [GateMetric: Double] = [:]
    func percentile(_ p: Double) -> Double? {
      latency.value(atQuantile: p).map { Double($0) / 1e6 }
    }
    figures[.p50] = percentile(0.5)
    if latency.count >= fewestForP99 { figures[.p99] = percentile(0.99) }
    let isPaced = analysis.scenario.isOpenLoop || part.isPaced
    let rate = analysis.aggregate.averageRate(filter)
    if !isPaced, rate > 0 { figures[.throughput] = rate }
    let measured = slices.filter { slice in part.steps.map { $0.contains(slice.step ?? "") } ?? true
    }
    let used = measured.map { analysis.servingCPUSeconds(in: $0) }
    let successes = analysis.aggregate.successes(filter)
    if successes > 0, !used.isEmpty, used.allSatisfy({ $0 != nil }) {
      let seconds = used.compactMap(\.self).reduce(0, +)
      if seconds > 0 { figures[.cpu] = seconds * 1_000 / Double(successes) }
    }
    return figures
  }

  /// How many of a recording's requests failed.
  ///
  /// Where refusals are asked for, as often as the generator can, it is those of the part that is compared.
  static func failed(of analysis: RecordingAnalysis) -> FailedRequests {
    let part = part(of: analysis)
    let outcomes = analysis.aggregate.requests(
      Aggregate.Filter(steps: part.isRefusedElsewhere ? part.steps : nil)
    )
    let requests = outcomes.values.reduce(0, +)
    return FailedRequests(requests: requests, failed: requests - (outcomes[.success] ?? 0))
  }

  private static func part(of analysis: RecordingAnalysis) -> ComparedPart {
    ScenarioName.judge(of: analysis.scenario.scenario).comparedPart(analysis)
  }
}
