import EventIO

extension ComparisonReport.Row {
  /// What the change lies between; nil where that is not known.
  var changes: String? {
    interval.map { NumberText.range($0.lower...($0.upper ?? .infinity), NumberText.change) }
  }

  /// Whether it is no worse and may be better by more than a change that counts: more pairs would tell.
  func mayBeBetter(_ tolerance: Double) -> Bool {
    guard outcome == .noChange, let interval else { return false }
    return metric.isHigherBetter
      ? interval.upper ?? .infinity > 1 + tolerance : interval.lower < 1 / (1 + tolerance)
  }

  /// The verdict as people read it.
  func words(_ tolerance: Double) -> String {
    mayBeBetter(tolerance) ? "not worse" : outcome.words
  }
}

extension ComparisonReport.Ending {
  /// As people read it.
  var words: String { rawValue.replacing(byte: UInt8(ascii: "_"), with: " ") }

  /// What it means for whoever is in a hurry; what is no verdict means nothing yet.
  fileprivate var meaning: Badge.Meaning { GateOutcome(rawValue: rawValue)?.meaning ?? .open }
}

/// What a comparison says to people.
extension ComparisonReport {
  /// The table, what it rests on, and the answer as plain text.
  package var text: String {
    var document = document
    // The last line says it.
    document.result = nil
    return TextPage(document).text
  }

  /// `comparison.md`.
  var markdown: String { MarkdownPage(document).text }

  /// `comparison.html`.
  var html: String { HTMLPage(document).text }

  private var document: Document {
    var section = ReportSection()
    section.add(.paragraph("\(quoted: answer)"), for: [.markdown, .page])
    section.add(
      .table(
        Table(
          columns: [
            "figure", "base (mean)", "head (mean)", "change", "95 % interval", "pairs", "verdict",
          ],
          rows: rows.map { row in
            [
              .text(row.metric.rawValue), .graded(row.base), .graded(row.head), .change(row.ratio),
              .optional(row.changes) { .figure($0) }, .count(row.pairs),
              .badge(Badge(words: row.words(tolerance), meaning: row.outcome.meaning)),
            ]
          }
        )
      )
    )
    section.add(.gap)
    for sentence in [basis] + noise { section.add(.paragraph("\(sentence)")) }
    section.add(.tiles(pictures.map { .picture($0) }))
    section.add(.paragraph("\(quoted: TestBed.line(machine))"), for: [.markdown, .page])
    section.add(.paragraph("\(endingWords.asciiUppercased()): \(answer)"), for: [.text])
    return Document(
      title: "Comparison",
      result: Badge(words: endingWords.asciiUppercased(), meaning: ending.meaning),
      summary: "base and head compared in \(quoted: scenario)",
      sections: [section]
    )
  }

  /// What it came to, as people read it.
  private var endingWords: String {
    ending == .noChange && rows.contains { $0.mayBeBetter(tolerance) } ? "not worse" : ending.words
  }

  /// A pair's line while the comparison goes on.
  static func line(_ pair: Pair) -> String {
    if let reason = pair.failure { return "\(pair.name)  FAILED: \(reason)" }
    if let reason = pair.invalid { return "\(pair.name)  INVALID, to be run again: \(reason)" }
    let changes = GateMetric.allCases.compactMap { metric -> String? in
      guard let base = pair.base.metrics[metric], let head = pair.head.metrics[metric], base > 0
      else { return nil }
      return "\(metric.rawValue) \(NumberText.change(head / base))"
    }
    return "\(pair.name)  " + changes.joined(separator: ", ")
      + (pair.disturbance == 0 ? "" : "  (disturbed, set aside)")
  }

  /// What the verdict rests on, in a sentence.
  private var basis: String {
    let plan = Self.plan(pairs, firstLook: firstLook)
    let invalid = pairs.count { $0.invalid != nil }
    let failed = pairs.count { $0.failure != nil }
    let disturbed = pairs.filter { $0.disturbance ?? 0 > 0 }
    let counts =
      "(\(disturbed.count { $0.base.disturbed != nil }) times base, "
      + "\(disturbed.count { $0.head.disturbed != nil }) times head)"
    return "\(plan.counting.count) pairs of alternating runs on one machine"
      + (invalid > 0 ? ", \(invalid) more were invalid" : "")
      + (failed > 0 ? ", in \(failed) more a server failed" : "")
      + (disturbed.isEmpty
        ? ""
        : plan.counting.count + invalid + failed + disturbed.count == pairs.count
          ? ", \(disturbed.count) more were disturbed by something else \(counts) and do not count"
          : ", the least disturbed ones: something else disturbed \(disturbed.count) of "
            + "\(pairs.count - invalid - failed) \(counts)")
      + "; changes under \(NumberText.plain(tolerance * 100)) % are ignored."
  }

  /// What identical builds differ by here, and whether the tolerance lies below that; nothing where the
  /// pairs do not tell.
  private var noise: [String] {
    let known = rows.compactMap { row in row.noise.map { (row.metric.rawValue, $0) } }
    guard !known.isEmpty else { return [] }
    let above = known.filter { $0.1 > tolerance }
    return [
      "Means are geometric, so that head ÷ base is the change. Noise floor (by how much identical builds differ "
        + "here over so many pairs): \(NumberText.percentages(known))."
    ]
      + (above.isEmpty
        ? []
        : [
          "The tolerance of \(NumberText.plain(tolerance * 100)) % is below that of \(NumberText.percentages(above)): a "
            + "change of that size cannot be detected here (use more pairs, longer runs or a quieter machine)."
        ])
  }
}
