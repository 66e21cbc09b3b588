import EventIO
import Foundation

/// `summary.md`: the scenarios of an invocation for a comment on a pull request.
///
/// GitHub Flavored Markdown. Whatever a server, a target or a file may have worded stands in code
/// spans, in which neither HTML nor links, mentions or references have a meaning (GFM, section 6.3).
package struct MarkdownReport: Sendable {
  /// The longest text that is quoted whole, in characters: a comment may have 65,536.
  private static let longestQuote = 1_000

  /// The report with its final newline.
  package let text: String

  /// Lays a report out.
  init(_ run: RunSummary) {
    var lines = [
      "**\(run.result.words)**: load test \(Self.code(run.testID))", "",
      "| scenario | verdict | run | success | p50 ms | p95 ms | p99 ms | req/s |",
      "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += run.scenarios.map(Self.row)
    let others = [(run.failed, RunResult.couldNotRun.words), (run.skipped, "SKIPPED")].flatMap {
      reasons,
      word in (reasons ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, word, $0.value) }
    }
    lines += others.filter { name, _, _ in !run.scenarios.contains { $0.scenario == name } }
      .map { name, word, _ in "| \(Self.code(name)) | \(word) | - | - | - | - | - | - |" }
    lines.append("")
    if !others.isEmpty {
      lines += others.map { "- \($1) \(Self.code($0)): \(Self.code($2))" } + [""]
    }
    for scenario in run.scenarios { lines += Self.findings(scenario) }
    if let machine = run.scenarios.first?.machine {
      let networks = Set(run.scenarios.map { TestBed.line($0.configuration.network) }).sorted()
      lines.append(
        "Machine: \(Self.code(TestBed.line(machine))); network: "
          + networks.map(Self.code).joined(separator: ", ")
      )
    } else {
      lines.append("No scenario has been judged.")
    }
    text = lines.joined(separator: "\n") + "\n"
  }

  private static func row(_ scenario: ScenarioSummary) -> String {
    let latency = scenario.latencyOfAllSuccesses
    let cells =
      [
        // No escape of a pipe holds behind a backslash, so that it becomes a character like it.
        code(scenario.scenario.replacing(byte: UInt8(ascii: "|"), with: "\u{2223}")),
        scenario.result.words,
        scenario.validity.map { validity in
          let passed = validity.checks.count { $0.outcome == .pass }
          return "\(validity.state.rawValue) (\(passed) of \(validity.checks.count) checks)"
        } ?? "-",
        NumberText.percent(scenario.requests.successful, of: scenario.requests.total),
      ] + [latency?.p50, latency?.p95].map { $0.map(NumberText.oneDecimal) ?? "-" }
      + [
        latency.map { latency in
          NumberText.oneDecimal(latency.p99)
            + (latency.intervals?["p99"].map { " (\($0.text))" } ?? "")
            + (scenario.latencyCountingUnanswered.map {
              "; \($0.p99.map(NumberText.oneDecimal) ?? "never") with \($0.unanswered) unanswered"
            } ?? "")
        } ?? "-"
      ]
      + [scenario.throughput.averagePerSecond.map(NumberText.oneDecimal) ?? "-"]
    return "| \(cells.joined(separator: " | ")) |"
  }

  /// What a reader must know of a scenario, folded up where it is long; nothing if all went well.
  private static func findings(_ scenario: ScenarioSummary) -> [String] {
    // Missing sessions are a verdict.
    let validity = (scenario.validity?.checks ?? []).filter {
      $0.outcome == .fail && $0.subject != .sessions
    }
    let findings =
      validity.map { "- \(scenario.validity?.state.rawValue ?? ""): \(code($0.message))" }
      + scenario.problems.map { "- PROBLEM: \(code($0))" }
      + [Verdict.Outcome.fail, .inconclusive].flatMap { outcome in
        scenario.verdicts.filter { $0.outcome == outcome }
          .map { "- \(outcome.rawValue): \(code($0.message))" }
      }
    guard !findings.isEmpty else { return [] }
    let isLong = findings.count > 5 || findings.map(\.count).reduce(0, +) > 1_000
    return ["#### \(code(scenario.scenario)): \(scenario.result.words)", ""]
      + (isLong ? ["<details><summary>\(findings.count) findings</summary>", ""] : [])
      + findings + (scenario.worstSecond.map { ["- \(code($0.text))"] } ?? [])
      + [""] + (isLong ? ["</details>", ""] : [])
  }

  /// Text as a code span on one line.
  ///
  /// Its fence is longer than any run of backticks in the text, and the blanks inside the fence are
  /// no part of the content (GFM, section 6.3).
  static func code(_ text: String) -> String {
    var content = String.UnicodeScalarView()
    let shown = text.shown
    for scalar in shown.unicodeScalars.prefix(longestQuote) { content.append(scalar) }
    if shown.unicodeScalars.count > longestQuote { content.append("\u{2026}") }
    let longest = content.split { $0 != "`" }.map(\.count).max() ?? 0
    let fence = String(repeating: "`", count: longest + 1)
    return "\(fence) \(String(content)) \(fence)"
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
