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
  package var isHigherBetter: Bool { self == .throughput }

  /// Successes below which a 99th percentile is little more than the slowest of them.
  private static let fewestForP99 = 200

  /// The figures of a recording; those that it does not tell are absent.
  ///
  /// Steps of a scenario differ on purpose, and their mixture is nobody's latency. So one step is
  /// compared: new logins by the most workers, the undisturbed link, the work of those who got one of
  /// the pool's connections.
  package static func figures(of analysis: RecordingAnalysis) -> [GateMetric: Double] {
    let slices = analysis.aggregate.window.slices
    let steps: [String]?
    switch ScenarioName(rawValue: analysis.scenario.scenario) {
    case .connectionRate:
      steps = slices.last { $0.step?.hasBytePrefix("cold ") ?? false }?.step.map { [$0] }
    case .latencyTest: steps = slices.first?.step.map { [$0] }
    case .exhaustionTest: steps = [StepName.alone]
    default: steps = nil
    }
    let filter = Aggregate.Filter(steps: steps, outcomes: [.success])
    let latency = analysis.aggregate.latency(filter)
    var figures: [GateMetric: Double] = [:]
    func percentile(_ p: Double) -> Double? {
      latency.value(atQuantile: p).map { Double($0) / 1e6 }
    }
    figures[.p50] = percentile(0.5)
    if latency.count >= fewestForP99 { figures[.p99] = percentile(0.99) }
    let isPaced =
      analysis.scenario.arrivalRate != nil
      || analysis.scenario.scenario == ScenarioName.exhaustionTest.rawValue
    let rate = analysis.aggregate.averageRate(filter)
    if !isPaced, rate > 0 { figures[.throughput] = rate }
    let measured = slices.filter { slice in steps.map { $0.contains(slice.step ?? "") } ?? true }
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
  /// Where the pool is to be exhausted refusals are asked for, as often as the generator can: there it is
  /// those of the step that is compared.
  package static func failed(of analysis: RecordingAnalysis) -> FailedRequests {
    let isExhaustion = analysis.scenario.scenario == ScenarioName.exhaustionTest.rawValue
    let outcomes = analysis.aggregate.requests(
      Aggregate.Filter(steps: isExhaustion ? [StepName.alone] : nil)
    )
    let requests = outcomes.values.reduce(0, +)
    return FailedRequests(requests: requests, failed: requests - (outcomes[.success] ?? 0))
  }
}
