import EventIO
import Foundation

extension GateReport {
  /// The report for a terminal.
  package var text: String { TextPage(document()).text }

  /// `gate.md`: for the summary of a workflow's run, with links to the commits of changes where the repository's
  /// address is known.
  package func markdown(of repository: String? = nil) -> String {
    MarkdownPage(document(repository)).text
  }

  /// `gate.html`: the same with a picture of each figure.
  package var html: String { HTMLPage(document()).text }

  private func document(_ repository: String? = nil) -> Document {
    let columns: [Table.Column] = [
      "scenario", .init("metric", isTrailing: false), "tonight", "rolling", "change", "anchored",
      "verdict",
    ]
    let rows = findings.map(Self.row)
    let courses = findings.map { TableCell.text(Sparkline.text($1.course.map(\.value))) }
    var figures = ReportSection()
    figures.add(
      .table(
        Table(
          columns: columns + [.init("last \(NightSeries.span) nights")],
          rows: zip(rows, courses).map { $0 + [$1] }
        )
      ),
      for: [.text, .markdown]
    )
    // A page has a picture of each course.
    figures.add(.table(Table(columns: columns, rows: rows)), for: [.page])
    var remarks = ReportSection()
    if findings.isEmpty { remarks.add(.paragraph("No figure could be judged."), for: [.page]) }
    remarks.add(.list(notes.map { "\(quoted: $0)" }))
    let commits = findings.compactMap { scenario, finding in
      finding.suspect?.commitLink(in: repository).map { link in
        "\(quoted: scenario) \(finding.metric.rawValue): \(link: link.text, to: link.address)"
          as Phrase
      }
    }
    if !commits.isEmpty { remarks.add(.list(commits), for: [.markdown]) }
    remarks.add(.tiles(findings.map { .picture(Self.chart($0.scenario, $0.finding)) }))
    remarks.add(
      .notes(scenarios.map { "\($0.line.scenario): \($0.line.load); \($0.line.key)" }),
      for: [.page]
    )
    return Document(
      title: "Nightly gate",
      result: Badge(
        words: "\(outcome.words.asciiUppercased()): night of \(night?.description ?? "no date")",
        meaning: outcome.meaning
      ),
      sections: (findings.isEmpty ? [] : [figures]) + [remarks]
    )
  }

  private static func row(_ scenario: String, _ finding: GateFinding) -> [TableCell] {
    func change(_ median: Double?) -> TableCell {
      .optional(median) { .change(finding.tonight / $0) }
    }
    return [
      .quoted(scenario), .text(finding.metric.rawValue),
      .figure(NumberText.fourDigits(finding.tonight)),
      .optional(finding.rolling.median) { .figure(NumberText.fourDigits($0)) },
      change(finding.rolling.median),
      finding.anchored.map { change($0.median) } ?? .absent("none"),
      .badge(
        Badge(words: finding.outcome.words.asciiUppercased(), meaning: finding.outcome.meaning)
      ),
    ]
  }

  /// What a reader must know beside the table, each in a sentence: what changed and where, what is not
  /// known, what was said of the history.
  var notes: [String] {
    var notes = missing.sorted { $0.key < $1.key }.map { "\($0.key): NOT JUDGED: \($0.value)" }
    for entry in scenarios where !entry.failures.isEmpty {
      notes.append(
        "\(entry.line.scenario): REGRESSION, whatever its speed: \(entry.failures.joined(separator: "; ")). "
          + "Later nights are not compared with it, and none of its figures counts as an improvement."
      )
    }
    for (scenario, finding) in findings
    where [.regression, .improvement].contains(finding.outcome) {
      notes.append(
        "\(scenario) \(finding.metric.rawValue): \(finding.outcome.words.asciiUppercased()). "
          + Self.cause(finding) + ". " + Self.reasons(finding)
      )
    }
    let open = findings.filter { $0.finding.outcome == .inconclusive }
    if let first = open.first {
      notes.append(
        "\(open.count) of \(findings.count) figures inconclusive, such as \(first.scenario) "
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
    let least = NightlyVerdict.leastChange
    let above = known.filter { $0.1 > least }
    return
      (known.isEmpty
      ? []
      : [
        "Noise floor (by how much the median of \(NightlyVerdict.recentNights) nights in a row varies without a "
          + "change): \(NumberText.percentages(known))."
      ])
      + (above.isEmpty
        ? []
        : [
          "The change that counts, \(NumberText.plain(least * 100)) %, is below that of "
            + "\(NumberText.percentages(above)): one "
            + "of that size cannot be detected there."
        ])
  }

  private static func reasons(_ finding: GateFinding) -> String {
    "Against the nights before: \(finding.rolling.reason)"
      + (finding.anchored.map { " Against the anchored ones: \($0.reason)" } ?? "")
  }

  private static func cause(_ finding: GateFinding) -> String {
    guard let suspect = finding.suspect else { return "No single night stands out" }
    let change =
      "The level changes with \(suspect.night) (\(NumberText.fourDigits(suspect.before)) to "
      + "\(NumberText.fourDigits(suspect.after)), last night before \(suspect.lastBefore))"
    let commits = suspect.commits.map { "commits \($0)" } ?? "the commits are not known"
    // The nights just before do not show it where it came slowly.
    let creep =
      finding.rolling.outcome == finding.outcome
      ? [] : ["if it came gradually, that is only the middle of it"]
    return ([change, commits] + suspect.changes + creep).joined(separator: ", ")
  }
}

extension GateFinding.Suspect {
  /// What leads to the commits between its nights on GitHub; nil where their names or the address are none.
  fileprivate func commitLink(in repository: String?) -> (text: String, address: String)? {
    let names = (commits ?? "").split(at: UInt8(ascii: ".")).filter { name in
      (7...64).contains(name.utf8.count)
        && name.utf8.allSatisfy {
          ("0"..."9").contains(Unicode.Scalar($0)) || ("a"..."f").contains(Unicode.Scalar($0))
        }
    }
    let allowed = "-._~:/".utf8
    guard let repository, names.count == 2, repository.hasBytePrefix("http"),
      repository.utf8.allSatisfy({ byte in
        allowed.contains(byte) || Unicode.Scalar(byte).properties.isAlphabetic
          || ("0"..."9").contains(Unicode.Scalar(byte))
      })
    else { return nil }
    return (
      "commits \(names[0])..\(names[1])", "\(repository)/compare/\(names[0])...\(names[1])"
    )
  }
}
