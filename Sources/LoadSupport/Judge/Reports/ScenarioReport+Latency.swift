/// A report's part on how long requests took.
extension ScenarioReport {
  private static let percentages = [
    ("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999), ("p99.99", 0.9999),
  ]

  /// The percentiles of all successes, a line each.
  var latency: ReportSection {
    let histogram = aggregate.latency()
    var section = ReportSection("Latency", "milliseconds")
    var lines = [
      "all operations, successes, n = \(NumberText.grouped(histogram.count)), with 95 % intervals"
    ]
    func add(_ label: String, _ value: String, _ certainty: String = "") {
      let room = String(repeating: " ", count: max(0, 8 - value.count))
      let name = label + ":" + String(repeating: " ", count: 7 - label.count)
      lines.append(name + value + (certainty.isEmpty ? "" : room + certainty))
    }
    if let minimum = histogram.minimum, let maximum = histogram.maximum {
      add("Min", NumberText.milliseconds(Double(minimum) / 1e6))
      for (label, p) in Self.percentages.dropLast() {
        guard let estimate = aggregate.estimate(p, .successes, of: histogram) else { continue }
        let cell = TableCell.percentile(p, estimate)
        add(label, cell.below == nil ? NumberText.none : cell.shown, Self.certainty(estimate, p))
      }
      add("Max", NumberText.milliseconds(Double(maximum) / 1e6))
      if let counting = summary.latencyCountingUnanswered {
        let values = [("p50", counting.p50), ("p95", counting.p95), ("p99", counting.p99)]
        lines.append(
          "with \(NumberText.grouped(counting.unanswered)) timeouts and drops as infinitely slow: "
            + values.map { "\($0) \(NumberText.answered($1))" }.joined(separator: ", ")
        )
      }
      if let connecting = summary.connecting {
        lines.append(
          "of which connecting: \(NumberText.grouped(connecting.n)) connections opened, p50 "
            + NumberText.milliseconds(connecting.p50)
        )
      }
      if let handshakes {
        lines.append("of which \(handshakes)")
      }
    } else {
      lines.append("nothing succeeded")
    }
    section.add(.lines(lines))
    return section
  }

  /// A step's name in front of what was found there.
  func step(_ name: String?) -> String {
    name.map { analysis.scenario.title(of: $0) + ": " } ?? ""
  }

  /// A percentile's interval, or how many samples would give one.
  private static func certainty(_ estimate: QuantileEstimate, _ p: Double) -> String {
    let worth = estimate.dispersion ?? 1
    let range = TableCell.percentile(p, estimate).below ?? NumberText.tooFew
    guard estimate.interval != nil else {
      let needed = Judgement.samplesNeeded(allowed: 1 - p, overdispersion: worth)
      return "(\(range): \(NumberText.grouped(needed)) needed)"
    }
    return "(\(range))" + (worth >= 1.5 ? "  clustered, D = \(NumberText.oneDecimal(worth))" : "")
  }

  /// The successes of each operation; nil in scenarios with steps.
  var operations: ReportSection? {
    guard !aggregate.window.hasSteps else { return nil }
    var section = ReportSection(
      "By operation",
      "milliseconds, successes, 95 % intervals below",
      columns: ["operation", "n", "p50", "p95", "p99", "max"]
    )
    for operation in aggregate.operations {
      let filter = Aggregate.Filter(operation: operation, outcomes: [.success])
      let histogram = aggregate.latency(filter)
      section.addRow(
        [.quoted(operation), .count(histogram.count)]
          + aggregate.percentiles([0.5, 0.95, 0.99], filter)
          + [Self.maximum(histogram)]
      )
    }
    return section
  }

  /// The same of each step.
  var steps: ReportSection {
    var section = ReportSection(
      "By step",
      "milliseconds, successes, 95 % intervals below",
      columns: [
        "step", .init("operation", isTrailing: true), "n", "success", "/s", "p50", "p95", "p99",
        "max",
      ]
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
            .text(analysis.scenario.title(of: step)), .quoted(operation), .count(total),
            .share(histogram.count, of: total),
            // What succeeded only after the step's end has no rate, nor has a handful that began at once.
            .optional(total < 10 ? nil : aggregate.rateInWindow(all)) { .rate($0) },
          ] + aggregate.percentiles([0.5, 0.95, 0.99], filter)
            + [Self.maximum(histogram)]
        )
      }
    }
    return section
  }

  private static func maximum(_ histogram: Histogram) -> TableCell {
    .optional(histogram.maximum) { .milliseconds(Double($0) / 1e6) }
  }

  /// The page's table: each operation and outcome by itself.
  var latencies: ReportSection.Block {
    var table = Table(
      columns: ["operation", "outcome", "n"] + Self.percentages.map { .init($0.0) } + ["max"]
    )
    func add(_ name: String, _ outcome: Outcome, _ filter: Aggregate.Filter) {
      let histogram = aggregate.latency(filter)
      guard histogram.count > 0 else { return }
      table.rows.append(
        [.quoted(name), .text(outcome.rawValue), .count(histogram.count)]
          + aggregate.percentiles(Self.percentages.map(\.1), filter)
          + [Self.maximum(histogram)]
      )
    }
    // Steps differ on purpose: what they have in common is nobody's latency.
    let hasSteps = aggregate.window.hasSteps
    let steps: [String?] = hasSteps ? aggregate.window.steps : [nil]
    if !hasSteps { add("all", .success, .successes) }
    for step in steps {
      for operation in aggregate.operations {
        for outcome in Outcome.allCases {
          add(
            self.step(step) + operation,
            outcome,
            Aggregate.Filter(step: step, operation: operation, outcomes: [outcome])
          )
        }
      }
    }
    return table.rows.isEmpty
      ? .notes(["No request of the load was measured."]) : .table(table)
  }

  /// What the page's figures are.
  var latencyNotes: [String] {
    [
      "Milliseconds from the planned instant to the end, warm-up left out. Below each percentile its "
        + "95 % interval."
    ]
      + (summary.connecting.map { connecting in
        [
          "Of which opening TCP connections: n = \(NumberText.grouped(connecting.n)), p50 "
            + "\(NumberText.time(connecting.p50)), p99 \(connecting.p99Text)."
        ]
      } ?? []) + (handshakes.map { ["Of which \($0)."] } ?? [])
  }

  /// What TLS handshakes took; nil where there were none.
  private var handshakes: String? {
    summary.handshaking.map { handshaking in
      let resumed = summary.resumedHandshakes ?? 0
      return "TLS handshakes: \(NumberText.grouped(handshaking.n - resumed)) full, "
        + "\(resumed.grouped) resumed, p50 \(NumberText.time(handshaking.p50)), "
        + "p99 \(handshaking.p99Text)"
    }
  }
}

extension ScenarioSummary.Latency {
  /// A percentile with its interval, by its name in files.
  func cell(_ name: String, _ p: Double, _ value: Double) -> TableCell {
    .percentile(p, value, intervals?[name]?.range, n: n)
  }

  /// The 99th percentile with its unit, as far as there are enough values for one.
  var p99Text: String {
    NumberText.isSupported(0.99, by: n) ? NumberText.time(p99) : NumberText.tooFew
  }
}
