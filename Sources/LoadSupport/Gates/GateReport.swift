/// `gate.json`: the latest night of some scenarios, judged by their history.
package struct GateReport: Sendable, Codable {
  /// The night of one scenario.
  package struct Entry: Sendable, Codable {
    /// Its line in the history.
    package let line: NightLine

    /// Nights that it could be compared with, itself included.
    package let nights: Int

    /// Why it is a regression whatever its speed, each in a sentence.
    package let failures: [String]

    /// Its metrics.
    let findings: [GateFinding]
  }

  /// The version of the file's format.
  package let format: Int

  /// The night that is judged; nil where there is none.
  package let night: Night?

  /// What all of it comes to.
  let outcome: GateOutcome

  /// The scenarios that have this night.
  package let scenarios: [Entry]

  /// Why another scenario has not.
  package let missing: [String: String]

  /// What a reader must know of the history, each in a sentence.
  package let remarks: [String]

  /// Judges scenarios of a history by themselves and by the baselines in a directory.
  ///
  /// `lines` count as the last of the history, to which they will be added. `night` nil is the latest of
  /// any scenario. `missing` and `remarks` are what is already known.
  ///
  /// - Throws: what keeps a file from being read.
  package init(
    _ scenarios: [String],
    of history: NightHistory,
    adding lines: [NightLine] = [],
    baselines: String,
    night: Night?,
    missing: [String: String] = [:],
    remarks: [String] = []
  ) throws {
    var judged: [(name: String, series: NightSeries)] = []
    var (missing, remarks) = (missing, remarks)
    for name in scenarios where missing[name] == nil {
      var content = try history.read(name)
      for line in lines where line.scenario == name {
        content.lines.append(((content.lines.last?.number ?? 0) + 1, line))
      }
      if let series = NightSeries(content, upTo: night) {
        judged.append((name, series))
      } else {
        missing[name] = "the history has no night of it"
        remarks += content.remarks.map { "\(name): \($0)" }
      }
    }
    let latest = night ?? judged.compactMap { $0.series.lines.last?.night }.max()
    var nights: [Entry] = []
    for (name, series) in judged {
      remarks += series.remarks.map { "\(name): \($0)" }
      guard let line = series.lines.last, line.night == latest else {
        missing[name] = "its latest night is \(series.lines.last?.night.description ?? "unknown")"
        continue
      }
      let anchor = try BaselineFile(of: name, in: baselines)[series.conditions]?.anchor
      if anchor == nil {
        remarks.append(
          "\(name): no anchored baseline of this hardware and load, so that gradual changes are not seen: "
            + "`loadtest baseline anchor` makes one of \(Baseline.fewestNights) nights"
        )
      }
      if let entry = Entry(line, of: series, anchor) {
        nights.append(entry)
      } else {
        missing[name] =
          "no figure of that night is known here, or the night is before an accepted level"
      }
    }
    let outcomes =
      nights.flatMap(\.findings).map(\.outcome)
      + (nights.allSatisfy(\.failures.isEmpty) ? [] : [.regression])
    format = 1
    self.night = latest
    self.scenarios = nights
    self.missing = missing
    self.remarks = remarks
    outcome = GateOutcome.worst(outcomes + (missing.isEmpty ? [] : [.inconclusive]))
  }

  /// All figures with the scenarios' names.
  var findings: [(scenario: String, finding: GateFinding)] {
    scenarios.flatMap { scenario in scenario.findings.map { (scenario.line.scenario, $0) } }
  }

  /// What a program ends with: 0 no change, 1 a regression or a failure, 3 a scenario has no such night, 4 an
  /// improvement, 5 something inconclusive where that counts.
  package func exitStatus(isStrict: Bool) -> Int32 {
    let outcomes = Set(findings.map(\.finding.outcome))
    if outcome == .regression { return 1 }
    if !missing.isEmpty || outcomes.isEmpty { return 3 }
    if isStrict, outcomes.contains(.inconclusive) { return 5 }
    return outcomes.contains(.improvement) ? 4 : 0
  }
}

extension GateReport.Entry {
  /// A scenario's night, judged by those before and by the anchored ones; nil where nothing of it is known.
  fileprivate init?(_ line: NightLine, of series: NightSeries, _ anchor: Baseline.Anchor?) {
    let findings = GateMetric.allCases.compactMap { GateFinding($0, of: series, anchor: anchor) }
    let failures = series.failures(anchor)
    guard !findings.isEmpty || !failures.isEmpty else { return nil }
    self.init(
      line: line,
      nights: series.lines(since: anchor?.since).count,
      failures: failures,
      findings: findings
    )
  }
}
