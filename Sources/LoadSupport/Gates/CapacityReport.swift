import Foundation

/// What a search for the capacity found: for people, for machines, and as a picture.
package struct CapacityReport: Sendable, Codable {
  /// One trial.
  struct Trial: Sendable, Codable, Equatable {
    /// Arrivals a second that were asked for.
    let ratePerSecond: Double

    /// Successes a second.
    let reachedPerSecond: Double

    /// Percentiles of successes; nil where nothing succeeded.
    let latency: ScenarioSummary.Latency?

    /// Requests, and those that succeeded.
    let requests: Int
    let successful: Int

    /// What it came to.
    let result: CapacitySearch.Result

    /// Why, in a sentence.
    let reason: String

    /// Its recording, relative to the search's directory.
    let recording: String

    private enum CodingKeys: String, CodingKey {
      case ratePerSecond = "rate_per_s"
      case reachedPerSecond = "reached_per_s"
      case latency = "latency_ms"
      case requests
      case successful
      case result
      case reason
      case recording
    }
  }

  /// The objective.
  package let objective: String

  /// The highest rate that held; nil where none did.
  package let holdsPerSecond: Double?

  /// The lowest rate above it that did not; nil where none was seen.
  package let breaksPerSecond: Double?

  /// The answer in a sentence.
  package let answer: String

  /// The trials in their order.
  let trials: [Trial]

  /// What was under test, and by what.
  let network: NetworkDescription?
  let machine: Machine

  private enum CodingKeys: String, CodingKey {
    case objective
    case holdsPerSecond = "holds_per_s"
    case breaksPerSecond = "breaks_per_s"
    case answer
    case trials
    case network
    case machine
  }

  /// Puts a search together.
  init(
    objective: ServiceObjective,
    ending: CapacitySearch.Ending?,
    trials: [Trial],
    network: NetworkDescription?,
    machine: Machine
  ) {
    self.objective = objective.description
    self.trials = trials
    self.network = network
    self.machine = machine
    switch ending {
    case .found(let holds, let breaks):
      holdsPerSecond = holds
      let last = trials.last { $0.ratePerSecond == breaks }
      breaksPerSecond = last?.result == .invalid ? nil : breaks
      let times = trials.count { $0.ratePerSecond == holds && $0.result == .holds }
      answer =
        "\(NumberText.oneDecimal(holds)) requests a second hold \(objective) (seen \(times) times); "
        + (breaks.map { rate in
          last?.result == .invalid
            ? "whether \(NumberText.oneDecimal(rate)) do is not known: \(last?.reason ?? "")"
            : "\(NumberText.oneDecimal(rate)) do not"
        } ?? "that is the highest rate that was to be tried")
    case .nothingHolds(let rate):
      holdsPerSecond = nil
      breaksPerSecond = rate
      answer =
        "not even \(NumberText.oneDecimal(rate)) requests a second hold \(objective); start lower "
        + "(--from) or ask for less"
    case .noValidTrial:
      holdsPerSecond = nil
      breaksPerSecond = nil
      let invalid = trials.reversed().prefix { $0.result == .invalid }.count
      answer =
        "no answer: the last \(invalid == 1 ? "trial was" : "\(invalid) trials were") invalid; "
        + (trials.last?.reason ?? "")
    case nil:
      holdsPerSecond = nil
      breaksPerSecond = nil
      answer = "no answer: the search was interrupted"
    }
  }

  /// The heading of the table of trials.
  static let heading =
    "    rate/s   reached       n   success        p50        p99   95 % interval of p99  result"

  /// A trial's line in the table of trials.
  static func line(_ trial: Trial) -> String {
    func cell(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(1, width - text.count)) + text
    }
    let latency = trial.latency
    return [
      (NumberText.oneDecimal(trial.ratePerSecond), 10),
      (NumberText.oneDecimal(trial.reachedPerSecond), 10), (NumberText.grouped(trial.requests), 8),
      (NumberText.percent(trial.successful, of: trial.requests), 10),
      (latency.map { NumberText.oneDecimal($0.p50) } ?? "-", 11),
      (latency.map { NumberText.oneDecimal($0.p99) } ?? "-", 11),
      (latency?.intervals?["p99"]?.text ?? "-", 23),
    ].map(cell).joined() + "  " + trial.result.rawValue
      + (trial.result == .invalid ? ": \(trial.reason)" : "")
  }

  /// A page with the answer, latency against rate, and the trials.
  package var html: String {
    let shown = trials.filter { $0.latency != nil && $0.result != .invalid }
      .sorted { $0.ratePerSecond < $1.ratePerSecond }
    func points(_ value: (ScenarioSummary.Latency) -> Double) -> [(x: Double, y: Double)] {
      shown.compactMap { trial in trial.latency.map { (trial.ratePerSecond, value($0)) } }
    }
    let curves = [("p50", points(\.p50)), ("p95", points(\.p95)), ("p99", points(\.p99))]
    let chart = SVGChart(
      title: "Latency by rate",
      words: answer,
      x: .logarithmic("requests a second asked for", shown.map(\.ratePerSecond)),
      y: .logarithmic("milliseconds", curves.flatMap { $0.1.map(\.y) }),
      series: curves.enumerated().map { index, curve in
        SVGChart.Series(
          curve.0,
          style: SVGChart.Series.style(index),
          .line(curve.1, markers: curve.1)
        )
      }
    )
    let rows = trials.map { trial in
      [
        NumberText.oneDecimal(trial.ratePerSecond), NumberText.oneDecimal(trial.reachedPerSecond),
        NumberText.grouped(trial.requests),
        NumberText.percent(trial.successful, of: trial.requests),
        trial.latency.map { NumberText.oneDecimal($0.p50) } ?? "-",
        trial.latency.map { NumberText.oneDecimal($0.p99) } ?? "-",
        trial.latency?.intervals?["p99"]?.text ?? "-", trial.result.rawValue, trial.reason,
      ]
    }
    var content = [
      HTMLText("h1", text: "Capacity"), HTMLText("p", text: answer),
      HTMLText("div", ["class": "grid"], shown.isEmpty ? [] : [chart.figure]),
      .table(
        "Trials",
        ["rate/s", "reached/s", "n", "success", "p50", "p99", "95 % interval", "result", "why"],
        rows
      ),
    ]
    if let network { content.append(HTMLText("p", text: TestBed.line(network))) }
    content.append(HTMLText("p", text: TestBed.line(machine)))
    return HTMLText.page("Capacity: \(answer)", content)
  }
}
