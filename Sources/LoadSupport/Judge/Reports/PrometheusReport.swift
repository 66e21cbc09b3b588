import EventIO

/// `metrics.prom`: what an invocation came to in Prometheus' text format, for the node exporter's textfile collector
/// or a Pushgateway, so that the course of runs is a query like any other.
///
/// Gauges only, for a file is one run; seconds and shares, as the format's conventions want them. Texts that a server
/// may have worded stand in no label.
struct PrometheusReport: Sendable {
  /// The document.
  let text: String

  /// The samples of one name.
  private struct Family {
    let name: String
    let help: String
    private(set) var lines: [String] = []

    init(_ name: String, _ help: String) {
      (self.name, self.help) = ("loadtest_" + name, help)
    }

    mutating func add(_ value: Double?, _ labels: [String: String]) {
      guard let value else { return }
      let series = PrometheusText.Series(name: name, labels: labels, value: value)
      lines.append("\(series.key) \(value)\n")
    }

    var text: String {
      lines.isEmpty ? "" : "# HELP \(name) \(help)\n# TYPE \(name) gauge\n" + lines.joined()
    }
  }

  /// Lays a document out.
  init(_ run: RunSummary) {
    var result = Family("result", "What a scenario came to; always 1.")
    var requests = Family("requests", "Requests of the load in the measured window, by outcome.")
    var success = Family("success_ratio", "Successes over requests.")
    var rate = Family("throughput_per_second", "Successes per second in the measured window.")
    var latency = Family("latency_seconds", "Latency of successes from the intended start.")
    var value = Family("threshold_value", "What was measured.")
    var limit = Family("threshold_limit", "The least or the greatest value that passes.")
    var passed = Family("threshold_passed", "1 for PASS, 0 for FAIL; absent where INCONCLUSIVE.")
    for scenario in run.scenarios {
      let name = scenario.scenario
      result.add(1, ["scenario": name, "result": scenario.result.rawValue])
      for (outcome, count) in scenario.requests.outcomes.sorted(by: { $0.key < $1.key }) {
        requests.add(Double(count), ["scenario": name, "outcome": outcome])
      }
      let total = scenario.requests.total
      success.add(
        total > 0 ? Double(scenario.requests.successful) / Double(total) : nil,
        ["scenario": name]
      )
      rate.add(scenario.throughput.averagePerSecond, ["scenario": name])
      if let all = scenario.latencyOfAllSuccesses {
        for (quantile, milliseconds) in [
          (0.5, all.p50), (0.9, all.p90), (0.95, all.p95), (0.99, all.p99), (0.999, all.p999),
        ] where NumberText.isSupported(quantile, by: all.n) {
          latency.add(milliseconds / 1_000, ["scenario": name, "quantile": "\(quantile)"])
        }
      }
      for verdict in scenario.verdicts {
        let labels = ["scenario": name, "threshold": verdict.key]
        value.add(verdict.value, labels)
        limit.add(verdict.limit, labels)
        passed.add(
          verdict.outcome == .inconclusive ? nil : verdict.outcome == .pass ? 1 : 0,
          labels
        )
      }
    }
    for (name, _) in (run.failed ?? [:]).sorted(by: { $0.key < $1.key })
    where !run.scenarios.contains(where: { $0.scenario == name }) {
      result.add(1, ["scenario": name, "result": RunResult.couldNotRun.rawValue])
    }
    let all = [result, requests, success, rate, latency, value, limit, passed]
    text = all.map(\.text).joined()
  }
}
