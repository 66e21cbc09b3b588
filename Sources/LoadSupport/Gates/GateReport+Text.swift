import Foundation

extension GateReport {
  /// The heading of the table's columns.
  static let columns = [
    "scenario", "metric", "tonight", "rolling", "change", "anchored", "verdict",
    "last \(NightSeries.span) nights",
  ]

  /// The verdict in a line.
  var headline: String {
    "\(Self.words(outcome)): night of \(night?.description ?? "no date")"
  }

  /// The cells of the table, a row a figure.
  var rows: [[String]] {
    findings.map { scenario, finding in
      [
        scenario, finding.metric.rawValue, Self.shown(finding.tonight),
        finding.rolling.median.map(Self.shown) ?? "-",
        Self.change(finding.tonight, finding.rolling.median),
        finding.anchored.map { Self.change(finding.tonight, $0.median) } ?? "none",
        Self.words(finding.outcome),
        Sparkline.text(finding.course.map(\.value)),
      ]
    }
  }

  /// What a reader must know beside the table, each in a sentence: what changed and where, what is not
  /// known, what was said of the history.
  var notes: [String] {
    var notes = missing.sorted { $0.key < $1.key }.map { "\($0.key): NOT JUDGED: \($0.value)" }
    for entry in scenarios where !entry.failures.isEmpty {
      notes.append(
        "\(entry.line.scenario): REGRESSION, whatever its speed: \(entry.failures.joined(separator: "; ")). "
          + "No later night is measured by this one, and nothing of it is an improvement."
      )
    }
    for (scenario, finding) in findings
    where [.regression, .improvement].contains(finding.outcome) {
      notes.append(
        "\(scenario) \(finding.metric.rawValue): \(Self.words(finding.outcome)). "
          + Self.cause(finding) + ". " + Self.reasons(finding)
      )
    }
    let open = findings.filter { $0.finding.outcome == .inconclusive }
    if let first = open.first {
      notes.append(
        "\(open.count) of \(findings.count) figures are inconclusive, such as \(first.scenario) "
          + "\(first.finding.metric.rawValue). \(Self.reasons(first.finding))"
      )
    }
    return notes + noise + remarks
  }

  /// What nights differ by here without a change, and where the change that counts lies below that.
  private var noise: [String] {
    let known = findings.compactMap { scenario, finding in
      finding.rolling.noise.map { ("\(scenario) \(finding.metric.rawValue)", $0) }
    }
    func list(_ figures: [(String, Double)]) -> String {
      figures.map { "\($0) \(NumberText.oneDecimal($1 * 100)) %" }.joined(separator: ", ")
    }
    let least = NightlyVerdict.leastChange
    let above = known.filter { $0.1 > least }
    return
      (known.isEmpty
      ? []
      : [
        "Noise floor, what the median of \(NightlyVerdict.recentNights) nights in a row differs by without "
          + "a change: \(list(known))."
      ])
      + (above.isEmpty
        ? []
        : [
          "The change that counts, \(NumberText.plain(least * 100)) %, lies below that of \(list(above)): one "
            + "of its size cannot be told there."
        ])
  }

  /// The report for a terminal.
  package var text: String {
    let table = [Self.columns] + rows
    let widths = Self.columns.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
    let lines = table.map { row in
      row.enumerated().map { column, cell in
        let room = String(repeating: " ", count: widths[column] - cell.count)
        // Numbers to the right; nothing behind the last column.
        return (2...5).contains(column)
          ? room + cell : column == row.count - 1 ? cell : cell + room
      }.joined(separator: "  ")
    }
    return ([headline, ""] + (rows.isEmpty ? [] : lines + [""]) + notes.map { "- \($0)" })
      .joined(separator: "\n") + "\n"
  }

  private static func reasons(_ finding: GateFinding) -> String {
    "Against the nights before: \(finding.rolling.reason)"
      + (finding.anchored.map { " Against the anchored ones: \($0.reason)" } ?? "")
  }

  private static func cause(_ finding: GateFinding) -> String {
    guard let suspect = finding.suspect else { return "No single night stands out" }
    let change =
      "The level changes with \(suspect.night) (\(shown(suspect.before)) to "
      + "\(shown(suspect.after)), last night before \(suspect.lastBefore))"
    let commits = suspect.commits.map { "commits \($0)" } ?? "the commits are not known"
    // The nights just before do not show it where it came slowly.
    let creep =
      finding.rolling.outcome == finding.outcome
      ? [] : ["if it crept, that is only the middle of it"]
    return ([change, commits] + suspect.changes + creep).joined(separator: ", ")
  }

  /// An outcome as people read it.
  static func words(_ outcome: GateOutcome) -> String {
    outcome.rawValue.replacing("_", with: " ").uppercased()
  }

  /// A figure with four digits.
  static func shown(_ value: Double) -> String {
    (1_000..<1e15).contains(value)
      ? NumberText.grouped(Int(value.rounded())) : String(format: "%.4g", value)
  }

  private static func change(_ value: Double, _ median: Double?) -> String {
    median.map { String(format: "%+.1f%%", (value / $0 - 1) * 100) } ?? "-"
  }
}
