import EventIO

/// What a search for the capacity says to people.
extension CapacityReport {
  /// The trials' table without a row: trials are shown one by one while the search goes on.
  private static let table = Table(columns: [
    .init("rate/s", width: 10, isTrailing: true), .init("reached/s", width: 10),
    .init("n", width: 8), .init("success", width: 8), .init("p50", width: 10),
    .init("p99", width: 10), .init("95 % interval", width: 20),
    .init("result", width: 7, isTrailing: false), .init("why", isTrailing: false),
  ])

  /// The heading of the table of trials.
  static var heading: String { TextPage.lines(table).joined() }

  /// A trial's line in the table of trials; only of one that says nothing of its rate it tells why.
  static func line(_ trial: Trial) -> String {
    let why: TableCell = .quoted([.invalid, .unclear].contains(trial.result) ? trial.reason : "")
    return TextPage.line(cells(trial).dropLast() + [why], of: table)
  }

  private static func cells(_ trial: Trial) -> [TableCell] {
    let p99 = trial.latency.map { $0.cell("p99", 0.99, $0.p99) }
    return [
      .rate(trial.ratePerSecond), .rate(trial.reachedPerSecond), .count(trial.requests),
      .share(trial.successful, of: trial.requests),
      .optional(trial.latency?.p50) { .milliseconds($0) }, .optional(p99) { .figure($0.shown) },
      .optional(trial.latency?.intervals?["p99"] == nil ? nil : p99?.below) { .figure($0) },
      .text(trial.result.rawValue), .quoted(trial.reason),
    ]
  }

  /// The trials and the answer as plain text.
  var text: String {
    ([Self.heading] + trials.map(Self.line) + ["", answer]).map { $0.shown + "\n" }.joined()
  }

  /// `capacity.html`: the answer, latency against rate, and the trials.
  var html: String {
    var trials = Self.table
    trials.rows = self.trials.map(Self.cells)
    var section = ReportSection()
    section.add(.tiles([picture].compactMap { $0.map { .picture($0) } }))
    section.add(.table(trials))
    if let network { section.addNote(TestBed.line(network)) }
    section.addNote(TestBed.line(machine))
    return HTMLPage(
      Document(title: "Capacity", summary: "\(quoted: answer)", sections: [section])
    ).text
  }

  /// Latency against rate; nil where no trial tells of any.
  private var picture: SVGChart? {
    let shown = trials.filter { $0.latency != nil && $0.result != .invalid }
      .sorted { $0.ratePerSecond < $1.ratePerSecond }
    if shown.isEmpty { return nil }
    func points(_ value: (ScenarioSummary.Latency) -> Double) -> [(x: Double, y: Double)] {
      shown.compactMap { trial in trial.latency.map { (trial.ratePerSecond, value($0)) } }
    }
    let curves = [("p50", points(\.p50)), ("p95", points(\.p95)), ("p99", points(\.p99))]
    return SVGChart(
      title: "Latency by rate",
      words: answer,
      x: .logarithmic("requests per second asked for", shown.map(\.ratePerSecond)),
      y: .logarithmic("milliseconds", curves.flatMap { $0.1.map(\.y) }),
      series: curves.enumerated().map { index, curve in
        SVGChart.Series(
          curve.0,
          style: SVGChart.Series.style(index),
          .line(curve.1, markers: curve.1)
        )
      }
    )
  }
}
