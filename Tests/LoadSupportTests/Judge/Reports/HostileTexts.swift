import Foundation

@testable import LoadSupport

/// What servers may say to get out of a report's format.
enum HostileTexts {
  static let all = [
    "| a | b |\n| --- | --- |", "``` `a` ``", "`", "</details></testsuite>]]>",
    "<img src=x onerror=alert(1)> & &lt;", "@everyone #1 GH-1 org/repo#2 http://x.example/",
    "\r\n# heading\r- list\u{2028}x\u{85}y", "a\\|b \\` \\",
    "\u{0}\u{1}\u{1B}[31m\u{7F}\u{FFFE}\u{FFFF}",
    "\"quoted\" 'single'\ttab", "", " ", "\u{1F600} e\u{301}", "--> --- ```\n~~~",
  ]

  /// The summary of a scenario whose messages and problems are these.
  static func summary(
    outcomes: [Verdict.Outcome] = [.pass, .fail, .inconclusive],
    problems: [String] = all,
    events: [RunEvent] = [.measured, .drained],
    texts: [String] = all
  ) throws -> ScenarioSummary {
    let recorded = try RecordedScenario()
    try recorded.write([Sample("a", planned: 1, done: 13.5), Sample("a", planned: 2, done: 14.5)])
    try recorded.write(events + problems.map { RunEvent(.problem, at: 1, message: $0) })
    let verdicts = outcomes.flatMap { outcome in
      texts.map {
        Verdict(metric: .successRate, outcome: outcome, value: 1, limit: 1, n: 2, message: $0)
      }
    }
    return ScenarioSummary(try recorded.analysis(), verdicts: verdicts)
  }
}

extension RunEvent {
  /// A window of two seconds.
  static let measured = RunEvent(.measure, at: 0, until: 2_000_000_000)

  /// Its end.
  static let drained = RunEvent(.drain, at: 2_000_000_001)
}
