import EventIO

/// A report's parts on verdicts and outcomes, on the server's metrics and on what was asked for.
extension ScenarioReport {
  // MARK: Verdicts

  /// What each threshold came to.
  func verdicts(_ heading: String) -> ReportSection {
    var section = ReportSection(heading)
    section.add(.findings(summary.verdicts.map(ReportSection.Finding.init)))
    if summary.verdicts.isEmpty { section.add(.notes(["No threshold was judged."]), for: [.page]) }
    return section
  }

  /// What the run is worth; nil where no check was made.
  var validity: ReportSection? {
    summary.validity.map { validity in
      var section = ReportSection("Validity: \(validity.state.rawValue)")
      section.add(.findings(validity.checks.map(ReportSection.Finding.init)))
      return section
    }
  }

  // MARK: Outcomes

  /// How many attempts came to what, and why others failed: the most frequent reasons, and all on a page.
  var outcomes: ReportSection {
    let phases = Phase.allCases.compactMap { phase in aggregate.totals[phase].map { (phase, $0) } }
    let attempts = phases.map { $0.1.values.reduce(0, +) }.reduce(0, +)
    var section = ReportSection(
      "Outcomes",
      "\(NumberText.counted(attempts, "attempt")) by phase: sessions are opened in setup and closed in drain"
    )
    let occurring = Outcome.allCases.filter { outcome in phases.contains { $1[outcome] != nil } }
    section.add(
      .fields(
        phases.map { phase, counts in
          let shown = occurring.compactMap { outcome in
            counts[outcome].map { "\(outcome.rawValue) \(NumberText.grouped($0))" }
          }
          return .init(phase.rawValue, shown.joined(separator: ", "))
        }
      ),
      for: [.text]
    )
    section.add(
      .table(
        Table(
          columns: ["phase"] + occurring.map { .init($0.rawValue) },
          rows: phases.map { phase, counts in
            [.text(phase.rawValue)] + occurring.map { .count(counts[$0] ?? 0) }
          }
        )
      ),
      for: [.page]
    )
    let failures = aggregate.failures.sorted {
      ($1.value.count, $0.key) < ($0.value.count, $1.key)
    }
    section.add(
      .lines(
        failures.prefix(5).map { key, failure in
          "\(failure.count.grouped) x \(step(key.step))"
            + "\(key.operation) \(key.outcome.rawValue)"
            + (failure.count > 1 ? ", the first: " : ": ") + failure.example
        }
      ),
      for: [.text]
    )
    let rows = failures.map { key, failure -> [TableCell] in
      [
        .quoted(step(key.step) + key.operation), .text(key.outcome.rawValue),
        .count(failure.count), .quoted(failure.example),
      ]
    }
    section.add(
      rows.isEmpty
        ? .notes(["No attempt failed."])
        : .table(
          Table(
            label: "Failures",
            columns: ["operation", "outcome", "count", "first example"],
            rows: rows
          )
        ),
      for: [.page]
    )
    return section
  }

  // MARK: Server

  /// The server's metrics; nil where its processes tell what there is to know, since none has a page.
  func server(besides processes: ReportSection?) -> ReportSection? {
    processes == nil ? server : nil
  }

  /// What the server said of itself, before and after the load.
  private var server: ReportSection {
    var section = ReportSection("Server metrics", "before, after, difference")
    guard analysis.metrics.isReported else {
      section.add(.lines(["not reported by this server"]), for: [.text])
      section.add(.notes(["This server reports no metrics."]), for: [.page])
      return section
    }
    addTotals(&section)
    let metrics = summary.serverMetrics
    if let rate = metrics.poolHitRate {
      section.add(
        .lines([
          "pool hit rate \(NumberText.oneDecimal(rate * 100))%, most active connections "
            + (metrics.poolPeakActive.map(NumberText.plain) ?? NumberText.notReported)
        ])
      )
    }
    addEstimates(&section)
    if !metrics.resets.isEmpty || analysis.metrics.restarts > 0 {
      section.add(
        .notes([
          "the server was restarted \(NumberText.counted(analysis.metrics.restarts, "time")), and differences add what each of its processes counted; "
            + "counters that fell: "
            + metrics.resets.joined(separator: ", ")
        ])
      )
    }
    return section
  }

  private func addTotals(_ section: inout ReportSection) {
    let metrics = summary.serverMetrics
    func values(_ name: String) -> [Double?] {
      [metrics.before, metrics.after, metrics.difference].map { $0?[name] }
    }
    let short = [ServerMetricName.commands, ServerMetricName.cpuSeconds, ServerMetricName.memory]
    let lines = (ServerMetricName.poolCounters + short.filter { metrics.after?[$0] != nil }).map {
      name in
      let shown = values(name).map { TableCell.metric(name, $0).shown }
      return name + String(repeating: " ", count: max(0, 32 - name.count))
        + (metrics.after?[name] == nil ? NumberText.notReported : shown.joined(separator: ", "))
    }
    section.add(.lines(lines), for: [.text])
    let long = [
      ServerMetricName.commands, ServerMetricName.sessionsActive, ServerMetricName.cpuSeconds,
      ServerMetricName.openDescriptors, ServerMetricName.memory, ServerMetricName.threads,
    ]
    let rows = (ServerMetricName.poolCounters + long).map { name -> [TableCell] in
      [.text(name)] + values(name).map { TableCell.metric(name, $0) }
    }
    section.add(
      .table(Table(columns: ["metric", "before", "after", "difference"], rows: rows)),
      for: [.page]
    )
  }

  private func addEstimates(_ section: inout ReportSection) {
    let estimates = summary.serverMetrics.bucketEstimates
      .filter { $0.key.hasByteSuffix("_seconds") }.sorted { $0.key < $1.key }
    guard !estimates.isEmpty else { return }
    var table = Table(
      label: "The server's own histograms under load, in milliseconds",
      columns: ["histogram (estimates as wide as its buckets, ms)", "n", "p50", "p95", "p99"]
    )
    for (name, estimate) in estimates {
      let quantiles = [(0.5, estimate.p50), (0.95, estimate.p95), (0.99, estimate.p99)]
      let cells = quantiles.map { quantile, seconds -> TableCell in
        // Of as few as would give no percentile of our own, a bucket's edge says nothing.
        estimate.n < Double(Judgement.samplesNeeded(allowed: 1 - quantile))
          ? .absent(NumberText.tooFew) : .optional(seconds) { .milliseconds($0 * 1000) }
      }
      section.add(
        .lines([
          "\(name) under load, bucket estimates in ms:",
          "  p50 \(cells[0].shown), p95 \(cells[1].shown), p99 \(cells[2].shown), "
            + "n = \(NumberText.plain(estimate.n))",
        ]),
        for: [.text]
      )
      table.rows.append([.quoted(name), .number(estimate.n)] + cells)
    }
    section.add(.table(table), for: [.page])
  }
}

extension Verdict.Outcome {
  /// How a report shows it.
  var badge: Badge {
    switch self {
    case .pass: Badge(words: rawValue, meaning: .good)
    case .fail: Badge(words: rawValue, meaning: .bad)
    case .inconclusive: Badge(words: rawValue, meaning: .open)
    }
  }
}

extension ScenarioSummary {
  /// What it came to, with the meaning of its verdicts.
  var badge: Badge { Badge(words: resultWords, meaning: verdict.badge.meaning) }
}

extension ReportSection.Finding {
  init(_ verdict: Verdict) {
    let shown = verdict.value.map { verdict.metric.shown($0, verdict.interval) }
    self.init(
      name: verdict.metric.rawValue,
      outcome: verdict.outcome.badge,
      value: .figure(
        shown?.value ?? NumberText.none,
        between: shown?.between
      ),
      limit: Self.limit(
        NumberText.exact(verdict.limit),
        isFloor: verdict.metric.isFloor,
        verdict.metric.unit
      ),
      n: verdict.n,
      reason: verdict.reason ?? verdict.message,
      message: verdict.message
    )
  }

  private static func limit(_ shown: String, isFloor: Bool, _ unit: String = "") -> TableCell {
    .figure("\(isFloor ? "≥" : "≤") \(shown)\(unit)")
  }

  init(_ check: Validity.Check) {
    self.init(
      name: check.name,
      outcome: check.outcome.badge,
      value: .optional(check.statistic) { .graded($0) },
      limit: Self.limit(NumberText.plain(check.limit), isFloor: check.subject.isFloor),
      n: check.n,
      reason: check.reason ?? check.message,
      message: check.message
    )
  }
}
