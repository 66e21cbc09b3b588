import EventIO
import Foundation

/// `report.html`: a scenario for people, as one file that needs nothing else.
///
/// Neither network nor scripts: its own policy forbids both. The same recording gives the same bytes.
struct HTMLReport: Sendable {
  let analysis: RecordingAnalysis
  let summary: ScenarioSummary
  private let sections: [ReportSection]

  /// Lays a report out.
  init(
    _ analysis: RecordingAnalysis,
    summary: ScenarioSummary,
    sections: [ReportSection] = []
  ) {
    self.analysis = analysis
    self.summary = summary
    self.sections = sections
  }

  /// The file, which is well-formed as XML too.
  var text: String {
    let pictures = ReportPictures(analysis)
    let own = [pictures.own].compactMap { $0?.figure } + sections.map(block)
    return HTMLText.page(
      "\(summary.result.words): \(title), \(summary.testID)",
      [
        header, verdicts, validity,
        part(heading: "Scenario", Self.grid(own)),
        part(
          heading: "Latency",
          Self.grid((pictures.latency + [pictures.heatMap].compactMap(\.self)).map(\.figure)) + [
            latencies
          ]
            + latencyNotes
        ),
        part(
          heading: "Over time",
          (summary.worstSecond.map { [Self.paragraph(Self.capitalised($0.text) + ".")] } ?? [])
            + Self.grid((pictures.course + pictures.server).map(\.figure))
        ),
        part(heading: "Server", server),
        part(heading: "Outcomes", outcomes),
        part(heading: "Configuration", [configuration]),
      ]
    )
  }

  private var title: String {
    let scenario = analysis.scenario
    return Self.sentence(ScenarioName(rawValue: scenario.scenario)?.title ?? scenario.title)
  }

  private static func sentence(_ heading: String) -> String { capitalised(heading.lowercased()) }

  private static func capitalised(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst()
  }

  /// Figures side by side where there is room for it; nothing for none.
  private static func grid(_ figures: [HTMLText]) -> [HTMLText] {
    figures.isEmpty ? [] : [HTMLText("div", ["class": "grid"], figures)]
  }

  static func paragraph(_ text: String) -> HTMLText { HTMLText("p", text: text) }

  /// A part with its heading; nothing where there is nothing in it.
  private func part(heading: String, _ content: [HTMLText]) -> HTMLText {
    content.isEmpty
      ? HTMLText("") : HTMLText("section", [HTMLText("h2", text: heading)] + content)
  }

  /// A table of the scenario's own; what stands in brackets behind a heading is set below it.
  private func block(_ section: ReportSection) -> HTMLText {
    let parts = section.heading.split(separator: "(", maxSplits: 1)
    let heading = Self.sentence(String(parts[0].trimmed()))
    var content = [HTMLText("h3", text: heading)]
    if parts.count > 1 { content.append(Self.paragraph(String(parts[1].dropLast()))) }
    if !section.columns.isEmpty {
      content.append(.table(heading, section.columns, section.rows))
    }
    content.append(.fields(section.fields.map { ($0.label, $0.value) }))
    return HTMLText("div", content + section.notes.map(Self.paragraph))
  }

  // MARK: Verdict

  private static func badge(_ outcome: Verdict.Outcome, text: String? = nil) -> HTMLText {
    let (style, sign) =
      switch outcome {
      case .pass: ("pass", "✓")
      case .fail: ("fail", "✗")
      case .inconclusive: ("open", "?")
      }
    return HTMLText(
      "span",
      ["class": "badge \(style)"],
      [
        HTMLText("span", ["aria-hidden": "true"], text: sign),
        HTMLText(" \(text ?? outcome.rawValue)"),
      ]
    )
  }

  private var header: HTMLText {
    let counts = [Verdict.Outcome.fail, .inconclusive, .pass].compactMap { outcome in
      let count = summary.verdicts.count { $0.outcome == outcome }
      return count > 0 ? "\(count) \(outcome.rawValue)" : nil
    }
    let network = analysis.scenario.network
    var content = [
      HTMLText(
        "p",
        ["class": "id"],
        text: "\(summary.testID) · \(summary.started) · \(network.kind.rawValue) network"
      ),
      HTMLText(
        "h1",
        [HTMLText(title), HTMLText(" "), Self.badge(summary.verdict, text: summary.result.words)]
      ),
      Self.paragraph("Thresholds: " + (counts.isEmpty ? "none" : counts.joined(separator: ", "))),
    ]
    if !summary.problems.isEmpty {
      content.append(
        HTMLText(
          "ul",
          ["class": "problems", "aria-label": "problems"],
          summary.problems.map { HTMLText("li", text: $0) }
        )
      )
    }
    let requests = summary.requests
    let latency = summary.latencyOfAllSuccesses
    func milliseconds(_ value: Double?) -> String {
      value.map { "\(NumberText.oneDecimal($0)) ms" } ?? "-"
    }
    let whole = summary.throughput.averagePerSecond.map { rate in
      [
        ("Successes a second", NumberText.oneDecimal(rate)),
        ("p50 of successes", milliseconds(latency?.p50)),
        ("p99 of successes", milliseconds(latency?.p99)),
      ]
        + (summary.latencyCountingUnanswered.map {
          [
            (
              "p99 with \(NumberText.grouped($0.unanswered)) unanswered",
              $0.p99.map { "\(NumberText.oneDecimal($0)) ms" } ?? "never"
            )
          ]
        } ?? [])
    }
    let fields = HTMLText.fields(
      [
        ("Requests", NumberText.grouped(requests.total)),
        ("Successful", NumberText.percent(requests.successful, of: requests.total)),
        ("Failed", NumberText.grouped(requests.failed)),
      ] + (whole ?? [])
        + [("Measured", "\(NumberText.oneDecimal(summary.throughput.windowSeconds)) s")]
    )
    return HTMLText("header", content + [HTMLText("div", ["class": "key"], [fields])])
  }

  private var verdicts: HTMLText {
    let rows = summary.verdicts.map { verdict -> [HTMLText] in
      let unit = verdict.metric.unit
      let limit = NumberText.plain(verdict.limit) + unit
      let shown = unit == " ms" ? NumberText.oneDecimal : NumberText.plain
      return [
        HTMLText(verdict.metric.rawValue), Self.badge(verdict.outcome),
        HTMLText(verdict.value.map { shown($0) + unit } ?? "-", below: verdict.interval?.text),
        HTMLText((verdict.metric.isFloor ? "≥ " : "≤ ") + limit),
        HTMLText(NumberText.grouped(verdict.n)),
        HTMLText(Self.reason(verdict.message, of: verdict.metric.rawValue, n: verdict.n)),
      ]
    }
    return part(
      heading: "Thresholds",
      [
        rows.isEmpty
          ? Self.paragraph("None were judged.")
          : .table(
            "Thresholds",
            style: "verdicts",
            ["figure", "verdict", "value (95 %)", "limit", "n", "message"],
            rows
          )
      ]
    )
  }

  private var validity: HTMLText {
    guard let validity = summary.validity else {
      return part(heading: "Validity", [Self.paragraph("No check was made.")])
    }
    let rows = validity.checks.map { check in
      [
        HTMLText(check.name), Self.badge(check.outcome),
        HTMLText(check.statistic.map(NumberText.plain) ?? "-"),
        HTMLText(NumberText.plain(check.limit)),
        HTMLText(NumberText.grouped(check.n)),
        HTMLText(Self.reason(check.message, of: check.name, n: check.n)),
      ]
    }
    return part(
      heading: "Validity: \(validity.state.rawValue)",
      [
        .table(
          "Did the run measure the server, and not itself?",
          style: "verdicts",
          ["check", "outcome", "statistic", "limit", "n", "message"],
          rows
        )
      ]
    )
  }

  /// A message without the figures that stand in columns of their own.
  private static func reason(_ message: String, of name: String, n: Int) -> String {
    let n = ", n = \(NumberText.grouped(n)): "
    guard let begin = message.utf8.firstRange(of: (name + " ").utf8),
      let end = message.utf8.firstRange(of: n.utf8),
      begin.upperBound <= end.lowerBound
    else { return message }
    return String(message[..<begin.lowerBound] + message[end.upperBound...])
  }

  // MARK: Latency

  private static let quantiles = [
    ("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999), ("p99.99", 0.9999),
  ]

  private var latencies: HTMLText {
    let aggregate = analysis.aggregate
    var section = ReportSection(
      "Latency in milliseconds",
      columns: ["operation", "outcome", "n"] + Self.quantiles.map(\.0) + ["max"]
    )
    func add(_ name: String, _ outcome: Outcome, _ filter: Aggregate.Filter) {
      let histogram = aggregate.latency(filter)
      guard let maximum = histogram.maximum else { return }
      section.addRow(
        [name, outcome.rawValue, NumberText.grouped(histogram.count)],
        percentiles: aggregate.estimates(Self.quantiles.map(\.1), filter),
        [NumberText.milliseconds(maximum)]
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
            (step.map { "\($0): " } ?? "") + operation,
            outcome,
            Aggregate.Filter(step: step, operation: operation, outcomes: [outcome])
          )
        }
      }
    }
    guard !section.rows.isEmpty else {
      return Self.paragraph("No request of the load was measured.")
    }
    return .table(section.heading, section.columns, section.rows)
  }

  private var latencyNotes: [HTMLText] {
    var notes = [
      "Milliseconds from the planned instant to the end, warm-up left out. Below each percentile its "
        + "95 % interval."
    ]
    if let connecting = summary.connecting {
      notes.append(
        "Of which opening TCP connections: n = \(NumberText.grouped(connecting.n)), p50 "
          + "\(NumberText.oneDecimal(connecting.p50)), p99 \(NumberText.oneDecimal(connecting.p99)) ms."
      )
    }
    return notes.map(Self.paragraph)
  }

  // MARK: Outcomes

  private var outcomes: [HTMLText] {
    let totals = analysis.aggregate.totals
    let phases = Phase.allCases.filter { totals[$0] != nil }
    let occurring = Outcome.allCases.filter { outcome in
      phases.contains { totals[$0]?[outcome] != nil }
    }
    let failures = summary.failures.map {
      [$0.operation, $0.outcome, NumberText.grouped($0.count), $0.example]
    }
    return [
      .table(
        "Attempts by phase and outcome",
        ["phase"] + occurring.map(\.rawValue),
        phases.map { phase in
          [phase.rawValue] + occurring.map { NumberText.grouped(totals[phase]?[$0] ?? 0) }
        }
      ),
      failures.isEmpty
        ? Self.paragraph("No attempt failed.")
        : .table("Failures", ["operation", "outcome", "count", "first example"], failures),
    ]
  }

  // MARK: Configuration

  private var configuration: HTMLText {
    let scenario = analysis.scenario
    let network = scenario.network
    let machine = analysis.run.machine
    let loops = scenario.loops == 1 ? "1 event loop" : "\(scenario.loops) event loops"
    let rate = scenario.arrivalRate.map { ", \(NumberText.plain($0)) requests/s asked for" }
    var fields = [
      ("Profile", scenario.profile), ("Workers", "\(scenario.workers) on \(loops)"),
      ("Load", (rate == nil ? "closed loop" : "\(scenario.arrivals) arrivals") + (rate ?? "")),
      (
        "Warm-up and window",
        "\(NumberText.plain(scenario.warmUpSeconds)) s, \(NumberText.plain(scenario.durationSeconds)) s"
      ),
      ("Seed", String(scenario.seed)),
      ("Timeout", "\(NumberText.plain(scenario.timeoutSeconds)) s"),
      ("Tool profile", scenario.toolProfile),
      (
        "Operations",
        scenario.commands.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
          .joined(separator: "; ")
      ), ("Network", network.kind.rawValue), ("Server", network.server), ("Target", network.target),
    ]
    if let limits = network.limits {
      let rate =
        limits.requestsPerWindow == 0
        ? "no rate limit"
        : "\(limits.requestsPerWindow) requests in \(NumberText.plain(limits.windowSeconds)) s"
      fields.append(("Server's limits", "\(limits.pool) connections, \(rate)"))
    }
    if let cores = network.serverCores { fields.append(("Server's cores", String(cores))) }
    if let emulation = network.linkEmulation { fields.append(("Links", emulation)) }
    fields += network.details.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    fields += [
      ("Load generator", machine.hostName),
      ("Processor", "\(machine.cpuModel), \(machine.cores) cores"),
      ("Memory", "\(NumberText.oneDecimal(Double(machine.memoryBytes) / 1_073_741_824)) GiB"),
      ("Kernel", machine.kernel), ("Recorded", "\(NumberText.grouped(summary.attempts)) attempts"),
      ("Unreadable lines", NumberText.grouped(summary.unreadableLines)),
    ]
    return .fields(fields.map { (label: $0.0, value: $0.1) })
  }
}
