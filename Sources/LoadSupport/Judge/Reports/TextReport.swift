import EventIO
import Foundation

/// `report.txt`: a scenario for people, in plain text of 70 columns.
struct TextReport: Sendable {
  private static let width = 70

  private let analysis: RecordingAnalysis
  private let verdicts: [Verdict]
  private let validity: Validity?
  private let sections: [ReportSection]
  private var lines: [String] = []

  /// Lays a report out.
  init(
    _ analysis: RecordingAnalysis,
    validity: Validity? = nil,
    verdicts: [Verdict],
    sections: [ReportSection] = []
  ) {
    self.analysis = analysis
    self.validity = validity
    self.verdicts = verdicts
    // The estimate is the report's last part, as its readers know it.
    let last = sections.filter { $0.heading.hasBytePrefix("EXTRAPOLATION") }
    self.sections = sections.filter { !last.contains($0) }
    writeHead()
    writeThroughput()
    if aggregate.window.hasSteps {
      writeSteps()
    } else {
      writeLatency()
      writeOperations()
    }
    for section in self.sections { write(section) }
    writeOutcomes()
    writeServerMetrics()
    if let validity { writeValidity(validity) }
    writeVerdicts()
    for section in last {
      lines += [Self.rule("-"), section.heading, Self.rule("-"), ""]
      writeBody(section)
    }
    lines.append(Self.rule("="))
  }

  /// The report with its final newline; whatever a server worded stays on the line that it stands in.
  var text: String { lines.map { $0.shown + "\n" }.joined() }

  private var aggregate: Aggregate { analysis.aggregate }

  private mutating func writeHead() {
    let scenario = analysis.scenario
    let network = scenario.network
    lines += [
      Self.rule("="), "                         LOAD TEST RESULTS", Self.rule("="), "",
    ]
    for problem in analysis.problems { lines.append("PROBLEM:    \(problem)") }
    lines += [
      "Test ID:    \(analysis.run.testID)",
      "Scenario:   \(scenario.scenario)",
      "Duration:   \(NumberText.oneDecimal(aggregate.window.seconds()))s" + warmUpNote,
      "Load:       \(loadDescription)",
      "Network:    \(network.kind.rawValue): \(network.server)"
        + (network.details["address"].map { " at \($0)" } ?? "")
        + (network.details["server"].map { " (\($0))" } ?? ""),
      "Target:     \(network.target)" + (network.details["sshd"].map { " (\($0))" } ?? ""),
      "Verdict:    \(verdict)",
      "", Self.rule("-"), ScenarioName(rawValue: scenario.scenario)?.title ?? scenario.title,
      Self.rule("-"), "",
    ]
  }

  private var verdict: String {
    let result = RunResult(analysis, verdicts)
    switch validity?.state {
    case .invalid where result == .invalid:
      return "INVALID: what failed under VALIDITY voids figures, see VERDICTS"
    case .invalid: return "\(result.words) (failed checks leave it standing, see VALIDITY)"
    case .saturated: return "\(result.words) (SATURATED: the rate asked for was not reached)"
    case .valid, .unknown, nil: return result.words
    }
  }

  private var warmUpNote: String {
    let left = aggregate.totals[.warmup]?.values.reduce(0, +) ?? 0
    return " (\(NumberText.grouped(left)) requests of a warm-up of "
      + "\(NumberText.oneDecimal(analysis.scenario.warmUpSeconds))s left out)"
  }

  private var loadDescription: String {
    let scenario = analysis.scenario
    guard let rate = scenario.arrivalRate else {
      return "\(scenario.workers) workers, closed loop"
    }
    return "\(scenario.workers) workers, \(scenario.arrivals) arrivals, "
      + "\(NumberText.plain(rate)) requests/s asked for"
  }

  private mutating func writeThroughput() {
    let total = aggregate.requests().values.reduce(0, +)
    let successful = aggregate.requests()[.success] ?? 0
    lines += [
      "THROUGHPUT",
      Self.field("Total Requests", NumberText.grouped(total)),
      Self.field(
        "Successful",
        "\(NumberText.grouped(successful)) (\(NumberText.percent(successful, of: total)))"
      ),
      Self.field("Failed", NumberText.grouped(total - successful)),
    ]
    // Steps differ on purpose: each has its own rate and latency, in the table by step.
    if !aggregate.window.hasSteps { writeRate() }
    if let worst = WorstSecond(analysis) { lines += Self.wrapped(worst.text) }
    lines.append("")
  }

  private mutating func writeRate() {
    let peak = aggregate.peakRate.map { NumberText.oneDecimal(Double($0)) } ?? "-"
    lines.append(
      Self.field(
        "Requests/Second",
        "\(NumberText.oneDecimal(aggregate.averageRate())) avg, \(peak) peak"
      )
    )
    guard let interval = aggregate.rateInterval() else { return }
    lines.append(
      Self.field(
        "  95 % interval",
        "\(NumberText.oneDecimal(interval.lowerBound)) to \(NumberText.oneDecimal(interval.upperBound)) avg"
      )
    )
  }

  private mutating func writeLatency() {
    let histogram = aggregate.latency()
    lines += [
      "LATENCY (milliseconds)",
      "  all operations, successes, n = \(NumberText.grouped(histogram.count)), with 95 % intervals",
    ]
    guard let minimum = histogram.minimum, let maximum = histogram.maximum else {
      lines += ["  nothing succeeded", ""]
      return
    }
    lines.append(Self.latencyLine("Min", minimum))
    for (label, p) in [
      ("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999),
    ] {
      guard let estimate = aggregate.estimate(p, .successes, of: histogram) else { continue }
      let line = Self.latencyLine(label, estimate.value)
      let width = max(0, 18 - line.count)
      lines.append(line + String(repeating: " ", count: width) + Self.certainty(estimate, p))
    }
    lines.append(Self.latencyLine("Max", maximum))
    let (all, unanswered) = aggregate.latencyCountingUnanswered()
    if unanswered > 0 {
      let percentiles = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)].map { label, p in
        "\(label) \(NumberText.answered(all.value(atQuantile: p)))"
      }
      lines.append(
        "  with \(NumberText.grouped(unanswered)) timeouts and drops as infinitely slow: "
          + percentiles.joined(separator: ", ")
      )
    }
    if aggregate.connecting.count > 0, let median = aggregate.connecting.value(atQuantile: 0.5) {
      lines.append(
        "  of which connecting: \(NumberText.grouped(aggregate.connecting.count)) connections opened, "
          + "p50 \(NumberText.milliseconds(median))"
      )
    }
    lines.append("")
  }

  /// A percentile's interval, or how many samples would give one.
  private static func certainty(_ estimate: QuantileEstimate, _ p: Double) -> String {
    let worth = estimate.dispersion ?? 1
    let range = ReportSection.Cell(estimate).below ?? ""
    guard estimate.interval != nil else {
      let needed = Judgement.samplesNeeded(allowed: 1 - p, overdispersion: worth)
      return "(\(range): \(NumberText.grouped(needed)) needed)"
    }
    return "(\(range))" + (worth >= 1.5 ? "  in clusters, D = \(NumberText.oneDecimal(worth))" : "")
  }

  private mutating func writeOperations() {
    var section = ReportSection(
      "BY OPERATION (milliseconds, successes, 95 % intervals below)",
      columns: ["operation", "n", "p50", "p95", "p99", "max"]
    )
    for operation in aggregate.operations {
      let filter = Aggregate.Filter(operation: operation, outcomes: [.success])
      let histogram = aggregate.latency(filter)
      section.addRow(
        [operation, NumberText.grouped(histogram.count)],
        percentiles: aggregate.estimates([0.5, 0.95, 0.99], filter),
        [histogram.maximum.map(NumberText.milliseconds) ?? "-"]
      )
    }
    write(section)
  }

  private mutating func writeSteps() {
    var section = ReportSection(
      "BY STEP (milliseconds, successes, 95 % intervals below)",
      columns: ["step", "operation", "n", "success", "/s", "p50", "p95", "p99", "max"]
    )
    for step in aggregate.window.steps {
      for operation in aggregate.operations {
        let all = Aggregate.Filter(step: step, operation: operation)
        let total = aggregate.requests(all).values.reduce(0, +)
        guard total > 0 else { continue }
        let filter = Aggregate.Filter(step: step, operation: operation, outcomes: [.success])
        let histogram = aggregate.latency(filter)
        section.addRow(
          [
            step, operation, NumberText.grouped(total),
            NumberText.percent(histogram.count, of: total),
            // What succeeded only after the step's end has no rate.
            aggregate.rateInWindow(all).map(NumberText.oneDecimal) ?? "-",
          ],
          percentiles: aggregate.estimates([0.5, 0.95, 0.99], filter),
          [histogram.maximum.map(NumberText.milliseconds) ?? "-"]
        )
      }
    }
    write(section)
  }

  private mutating func writeOutcomes() {
    lines.append("OUTCOMES (attempts by phase)")
    for phase in Phase.allCases {
      guard let outcomes = aggregate.totals[phase] else { continue }
      let counts = Outcome.allCases.compactMap { outcome in
        outcomes[outcome].map { "\(outcome.rawValue) \(NumberText.grouped($0))" }
      }
      lines.append(Self.field(phase.rawValue, counts.joined(separator: ", ")))
    }
    let failures = aggregate.failures.sorted {
      ($1.value.count, $0.key) < ($0.value.count, $1.key)
    }
    for (key, failure) in failures.prefix(5) {
      lines.append(
        "  \(NumberText.grouped(failure.count)) x \(key.step.map { "\($0): " } ?? "")\(key.operation) "
          + "\(key.outcome.rawValue)"
          + (failure.count > 1 ? ", the first: " : ": ") + failure.example
      )
    }
    lines.append("")
  }

  private mutating func writeServerMetrics() {
    lines.append("SERVER METRICS (before, after, difference)")
    guard analysis.metrics.isReported else {
      lines += ["  not reported by this server", ""]
      return
    }
    let before = analysis.metrics.totals(.before) ?? [:]
    let after = analysis.metrics.totals(.after) ?? [:]
    let difference = analysis.metrics.difference(from: .before, to: .after) ?? [:]
    let others = [
      ServerMetricName.commands, ServerMetricName.cpuSeconds, ServerMetricName.memory,
    ].filter { after[$0] != nil }
    for name in ServerMetricName.poolCounters + others {
      func value(_ totals: [String: Double]) -> String {
        totals[name].map(NumberText.plain) ?? "not reported"
      }
      let label = name.padding(toLength: 32, withPad: " ", startingAt: 0)
      lines.append(
        after[name] == nil
          ? "  \(label)not reported"
          : "  \(label)\(value(before)), \(value(after)), \(value(difference))"
      )
    }
    if let rate = analysis.metrics.hitRate(from: .before, to: .after) {
      let peak = analysis.metrics.peak(ServerMetricName.poolActive).map(NumberText.plain)
      lines.append(
        "  pool hit rate \(NumberText.oneDecimal(rate * 100))%, most active connections "
          + (peak ?? "not reported")
      )
    }
    let estimated = ScenarioSummary.bucketEstimates(analysis.metrics)
    for (name, estimates) in estimated.sorted(by: { $0.key < $1.key })
    where name.hasByteSuffix("_seconds") {
      let values = [estimates.p50, estimates.p95, estimates.p99].map {
        $0.map { NumberText.plain($0 * 1000) } ?? "-"
      }
      lines.append("  \(name) under load, bucket estimates in ms:")
      lines.append(
        "    p50 \(values[0]), p95 \(values[1]), p99 \(values[2]), "
          + "n = \(NumberText.plain(estimates.n))"
      )
    }
    if !analysis.metrics.resets.isEmpty || analysis.metrics.restarts > 0 {
      lines += Self.wrapped(
        "the server was restarted \(analysis.metrics.restarts) times; counters that fell: "
          + analysis.metrics.resets.joined(separator: ", ")
      )
    }
    lines.append("")
  }

  private mutating func writeValidity(_ validity: Validity) {
    lines.append("VALIDITY: \(validity.state.rawValue)")
    for check in validity.checks {
      lines.append("  \(check.outcome.rawValue)  \(check.message)")
    }
    lines.append("")
  }

  private mutating func writeVerdicts() {
    lines.append("VERDICTS")
    for verdict in verdicts {
      lines.append("  \(verdict.outcome.rawValue)  \(verdict.message)")
    }
    lines.append("")
  }

  private mutating func write(_ section: ReportSection) {
    lines.append(section.heading)
    writeBody(section)
    lines.append("")
  }

  private mutating func writeBody(_ section: ReportSection) {
    if !section.columns.isEmpty {
      let table =
        [section.columns]
        + section.rows.flatMap { row in
          let below = row.map { $0.below ?? "" }
          return [row.map(\.value)] + (below.allSatisfy(\.isEmpty) ? [] : [below])
        }
      let widths = section.columns.indices.map { column in
        table.map { $0[column].count }.max() ?? 0
      }
      for row in table {
        let cells = zip(row, widths).enumerated().map { index, cell in
          let space = String(repeating: " ", count: cell.1 - cell.0.count)
          return index == 0 ? cell.0 + space : space + cell.0
        }
        var line = "  " + cells.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        lines.append(line)
      }
    }
    for field in section.fields { lines.append(Self.field(field.label, field.value)) }
    if !section.fields.isEmpty, !section.notes.isEmpty { lines.append("") }
    for note in section.notes { lines += Self.wrapped(note) }
  }

  // MARK: Layout

  private static func rule(_ character: Character) -> String {
    String(repeating: character, count: width)
  }

  private static func field(_ label: String, _ value: String) -> String {
    "  " + (label + ":").padding(toLength: 20, withPad: " ", startingAt: 0) + value
  }

  /// A line of text, continued below where it is longer than the report is wide.
  private static func wrapped(_ text: String) -> [String] {
    var lines: [String] = []
    var line = "  "
    for word in text.split(separator: " ") {
      if line.count + word.count >= width, line.count > 4 {
        lines.append(line)
        line = "    "
      }
      line += (line.allSatisfy { $0 == " " } ? "" : " ") + word
    }
    return lines + [line]
  }

  private static func latencyLine(_ label: String, _ nanoseconds: Int64) -> String {
    "  " + (label + ":").padding(toLength: 8, withPad: " ", startingAt: 0)
      + NumberText.milliseconds(nanoseconds)
  }
}
