/// Two recordings side by side: figures and changes, and why they are no evidence of a change.
///
/// Each run is one draw. On one machine the same build differs by some per cent from run to run, and by
/// a quarter between machines (Laaber et al., "Software microbenchmarking in the cloud", EMSE 2019), so
/// there is no verdict here.
package struct RecordedComparison: Sendable, Codable {
  /// A figure in both.
  struct Row: Sendable, Codable, Equatable {
    let scenario: String
    let figure: String
    let base: Double
    let head: Double
  }

  let base: String
  let head: String
  let rows: [Row]

  /// What keeps the figures from being compared, in sentences; never empty.
  let warnings: [String]

  /// Reads two recordings.
  ///
  /// - Throws: when one cannot be read, or no scenario is in both.
  package init(base: RecordingLayout, head: RecordingLayout) throws {
    self.base = base.directory
    self.head = head.directory
    let names = try Judge(base).scenarios()
    let shared = try Judge(head).scenarios().filter(names.contains)
    guard !shared.isEmpty else {
      throw RecordingFormatError(
        "\(base.directory) and \(head.directory) have no scenario in common"
      )
    }
    var rows: [Row] = []
    var warnings: [String] = [
      "one run of each does not tell how much runs differ: this is no evidence of a change "
        + "(`loadtest compare --base COMMAND --head COMMAND` makes some)"
    ]
    for name in shared {
      let analyses = try [base, head].map { try RecordingAnalysis(name, of: $0) }
      warnings += Self.differences(name, analyses[0], analyses[1]).filter { !warnings.contains($0) }
      let figures = analyses.map(GateMetric.figures)
      for metric in GateMetric.allCases {
        guard let first = figures[0][metric], let second = figures[1][metric] else { continue }
        rows.append(Row(scenario: name, figure: metric.rawValue, base: first, head: second))
      }
    }
    self.rows = rows
    self.warnings = warnings
  }

  private static func differences(
    _ name: String,
    _ base: RecordingAnalysis,
    _ head: RecordingAnalysis
  ) -> [String] {
    var differences: [String] = []
    func compare(_ what: String, _ first: String, _ second: String) {
      guard first != second else { return }
      differences.append("\(what) differ: \(first) against \(second)")
    }
    compare("the machines", TestBed.line(base.run.machine), TestBed.line(head.run.machine))
    compare("the days", String(base.run.started.prefix(10)), String(head.run.started.prefix(10)))
    compare("\(name): the loads", load(base.scenario), load(head.scenario))
    for (side, analysis) in [("base", base), ("head", head)] {
      let validity = Validity(analysis)
      if let reason = validity.reason {
        differences.append("\(name): \(side) is INVALID: \(reason)")
      } else if let reason = validity.exclusion {
        differences.append("\(name): \(side) had another load than was asked for: \(reason)")
      }
      differences += analysis.problems.map { "\(name): \(side): \($0)" }
    }
    return differences
  }

  private static func load(_ scenario: ScenarioHeader) -> String {
    let rate = scenario.arrivalRate.map { ", \(NumberText.plain($0)) requests per second" } ?? ""
    return "\(NumberText.plain(scenario.durationSeconds)) s, \(scenario.workers) workers\(rate), "
      + "\(scenario.network.kind.rawValue) network"
  }

  /// Table and warnings as plain text.
  package var text: String {
    var section = ReportSection(columns: [
      "scenario", .init("figure", isTrailing: false), "base", "head", "change",
    ])
    for row in rows {
      section.addRow([
        .text(row.scenario), .text(row.figure), .graded(row.base), .graded(row.head),
        .change(row.head / row.base),
      ])
    }
    section.add(.gap)
    section.add(.lines(warnings.map { "NOTE: \($0)" }))
    return TextPage(Document(title: "Two recordings", sections: [section])).text
  }
}
