extension ScenarioSummary {
  /// What one of several generators made and measured; in scenarios with steps in one of them.
  struct Generator: Sendable, Codable, Equatable {
    /// Which part of the load it made, and where.
    let part: Int
    let host: String
    let step: String?
    let workers: Int

    /// Requests that were planned in the window, and successes a second that were done in it.
    let requests: Int
    let successesPerSecond: Double?

    /// Of successes.
    let latency: Latency?

    /// In milliseconds, over all steps.
    let latenessP99: Double?

    /// The share of a core that the busiest of its event loops used, over all steps.
    let loopCPU: Double?

    /// The probability of so much slower successes when all places are alike; nil where there are too few to tell.
    let slower: Double?

    private enum CodingKeys: String, CodingKey {
      case part
      case host
      case step
      case workers
      case requests
      case successesPerSecond = "avg_per_s"
      case latency = "latency_ms"
      case latenessP99 = "lateness_p99_ms"
      case loopCPU = "loop_cpu"
      case slower = "slower_p"
    }
  }

  /// The generators of a load; nil where one made all of it.
  static func generators(_ analysis: RecordingAnalysis) -> [Generator]? {
    guard !analysis.parts.isEmpty else { return nil }
    let window = analysis.aggregate.window
    let steps: [String?] = window.hasSteps ? window.steps : [nil]
    return steps.flatMap { step in
      analysis.parts.map { part in
        let aggregate = part.aggregate
        let successes = Aggregate.Filter(step: step, outcomes: [.success])
        let latencies = aggregate.latency(successes)
        return Generator(
          part: part.partIndex,
          host: part.run.machine.hostName,
          step: step,
          workers: part.scenario.workers,
          requests: aggregate.requests(Aggregate.Filter(step: step)).values.reduce(0, +),
          successesPerSecond: aggregate.rateInWindow(Aggregate.Filter(step: step)),
          latency: Latency(latencies) { aggregate.estimate($0, successes, of: latencies) },
          latenessP99: aggregate.lateness.value(atQuantile: 0.99).map { Double($0) / 1e6 },
          loopCPU: Validity.generatorCPU(part)?.statistic,
          slower: analysis.contrasts.first { $0.part == part.partIndex && $0.step == step }?
            .probability
        )
      }
    }
  }
}

extension ScenarioReport {
  /// The generators side by side; nil where one made all of the load.
  var generators: ReportSection? {
    guard let generators = summary.generators else { return nil }
    let hasSteps = generators.contains { $0.step != nil }
    var section = ReportSection(
      "Generators",
      (summary.runID.map { "run \($0); " } ?? "")
        + "p50 and p99 in milliseconds, successes, 95 % intervals below",
      columns: ["part", "host"] + (hasSteps ? ["step"] : [])
        + ["workers", "requests", "/s", "p50", "p99", "late p99", "CPU"]
    )
    for row in generators {
      section.addRow(
        [.text(String(row.part)), .quoted(row.host)]
          + (hasSteps ? [.text(row.step.map(analysis.scenario.title) ?? NumberText.none)] : []) + [
            .count(row.workers), .count(row.requests),
            .optional(row.successesPerSecond) { .rate($0) },
            .optional(row.latency) { $0.cell("p50", 0.5, $0.p50) },
            .optional(row.latency) { $0.cell("p99", 0.99, $0.p99) },
            .optional(row.latenessP99) { .milliseconds($0) },
            .optional(row.loopCPU) { .percent($0) },
          ]
      )
    }
    return section
  }
}
