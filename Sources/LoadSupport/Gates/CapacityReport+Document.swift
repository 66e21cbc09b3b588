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
}
