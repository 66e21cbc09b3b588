import EventIO
import Foundation

/// `summary.md`: the scenarios of an invocation for a comment on a pull request.
package struct MarkdownReport: Sendable {
  /// The report with its final newline.
  package let text: String

  /// Lays a report out.
  init(_ run: RunSummary) { text = MarkdownPage(Self.document(run)).text }

  /// What an invocation came to, for all readers.
  static func document(_ run: RunSummary) -> Document {
    var table = ReportSection(columns: [
      "scenario", "verdict", "run", "success", "p50 ms", "p95 ms",
      .init("p99 ms", isTrailing: true), "requests/s",
    ])
    for scenario in run.scenarios { table.addRow(Self.row(scenario)) }
    let others = [(run.failed, RunResult.couldNotRun.words), (run.skipped, "SKIPPED")].flatMap {
      reasons,
      word in (reasons ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, word, $0.value) }
    }
    for (name, word, _) in others where !run.scenarios.contains(where: { $0.scenario == name }) {
      table.addRow(
        [.quoted(name), .badge(Badge(words: word, meaning: .open))]
          + [TableCell](repeating: .absent(), count: 6)
      )
    }
    if !others.isEmpty {
      table.add(.list(others.map { "\($1) \(quoted: $0): \(quoted: $2)" }))
    }
    var last = ReportSection()
    if let machine = run.scenarios.first?.machine {
      let networks = Set(run.scenarios.map { TestBed.line($0.configuration.network) }).sorted()
      last.add(
        .paragraph(
          "Machine: \(quoted: TestBed.line(machine)); network: \(quoted: networks.joined(separator: ", "))"
        )
      )
    } else {
      last.add(.paragraph("No scenario has been judged."))
    }
    return Document(
      title: "Load test",
      result: Badge(words: run.result.words, meaning: run.verdict.badge.meaning),
      summary: "load test \(quoted: run.testID)",
      sections: [table] + run.scenarios.compactMap(findings) + [last]
    )
  }

  private static func row(_ scenario: ScenarioSummary) -> [TableCell] {
    let latency = scenario.latencyOfAllSuccesses
    let p99 = latency.map { latency in
      let cell = latency.cell("p99", 0.99, latency.p99)
      return cell.shown
        + (latency.intervals?["p99"] == nil ? "" : cell.below.map { " (\($0))" } ?? "")
        + (scenario.latencyCountingUnanswered.map {
          "; \(NumberText.answered($0.p99)) with \($0.unanswered.grouped) unanswered"
        } ?? "")
    }
    return [
      .link(scenario.scenario, to: "\(scenario.scenario)/report.html"), .badge(scenario.badge),
      .text(
        scenario.validity.map { validity in
          let passed = validity.checks.count { $0.outcome == .pass }
          return "\(validity.state.rawValue) (\(passed) of \(validity.checks.count) checks)"
        } ?? NumberText.none
      ), .share(scenario.requests.successful, of: scenario.requests.total),
      .optional(latency?.p50) { .milliseconds($0) },
      .optional(latency) {
        NumberText.isSupported(0.95, by: $0.n)
          ? .milliseconds($0.p95) : .absent(NumberText.tooFew)
      },
      .optional(p99) { .figure($0) },
      .optional(scenario.throughput.averagePerSecond) { .rate($0) },
    ]
  }

  /// What a reader must know of a scenario, folded up where it is long; nil if all went well.
  private static func findings(_ scenario: ScenarioSummary) -> ReportSection? {
    // Missing sessions are a verdict.
    let validity = (scenario.validity?.checks ?? []).filter {
      $0.outcome == .fail && $0.subject != .sessions
    }
    let findings =
      validity.map { (scenario.validity?.state.rawValue ?? "", $0.message) }
      + scenario.problems.map { ("PROBLEM", $0) }
      + [Verdict.Outcome.fail, .inconclusive].flatMap { outcome in
        scenario.verdicts.filter { $0.outcome == outcome }.map { (outcome.rawValue, $0.message) }
      }
    guard !findings.isEmpty else { return nil }
    var section = ReportSection(scenario.scenario, scenario.resultWords)
    if findings.count > 5 || findings.reduce(0, { $0 + $1.1.utf8.count }) > 1_000 {
      section.fold = NumberText.counted(findings.count, "finding")
    }
    section.add(
      .list(
        findings.map { "\($0): \(quoted: $1)" }
          + (scenario.worstSecond.map { ["\(quoted: $0.text)"] } ?? [])
      )
    )
    return section
  }

  /// Appends the report to the file that GITHUB_STEP_SUMMARY names, if that is set.
  ///
  /// GitHub shows it on the page of the workflow's run.
  func appendToStepSummary(_ environment: [String: String]) throws(RecordingFormatError) {
    try Self.append(text, toStepSummaryOf: environment)
  }

  /// Appends any text in Markdown to that file.
  package static func append(
    _ text: String,
    toStepSummaryOf environment: [String: String]
  ) throws(RecordingFormatError) {
    guard let path = environment["GITHUB_STEP_SUMMARY"], !path.isEmpty else { return }
    do {
      if !FileManager.default.fileExists(atPath: path) {
        try Data().write(to: URL(fileURLWithPath: path))
      }
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      try file.seekToEnd()
      // What an earlier step wrote may lack its newline.
      try file.write(contentsOf: Data("\n\(text)".utf8))
      try file.close()
    } catch {
      throw RecordingFormatError(
        "cannot append to \(path), which GITHUB_STEP_SUMMARY names: "
          + Failure.reason(error)
      )
    }
  }
}
