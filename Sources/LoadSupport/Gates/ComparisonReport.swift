import Foundation

/// What a comparison of two servers came to: for people, for machines, for a comment on a pull request.
package struct ComparisonReport: Sendable, Codable {
  /// A gating figure.
  struct Row: Sendable, Codable, Equatable {
    let metric: GateMetric

    /// The geometric means over the pairs that it was seen in, so that head ÷ base is the ratio.
    let base: Double
    let head: Double

    /// The geometric mean of head ÷ base over those pairs, and its 95 % confidence interval.
    let ratio: Double
    let interval: Verdict.Interval?

    /// The noise floor: the share by which so many pairs of identical builds differ here in 95 % of cases,
    /// by the pairs' own scatter; nil of fewer than two.
    let noise: Double?

    /// Pairs that it was seen in.
    let pairs: Int
    let outcome: GateOutcome

    private enum CodingKeys: String, CodingKey {
      case metric
      case base
      case head
      case ratio
      case interval = "interval_95"
      case noise = "noise_floor"
      case pairs
      case outcome
    }
  }

  /// What the comparison came to.
  enum Ending: String, Sendable, Codable, CaseIterable {
    case regression
    case improvement
    case noChange = "no_change"
    case inconclusive
    case invalid
    case interrupted
  }

  /// The version of the format that this code writes; files of the first have no number.
  private static let currentFormat = 2

  /// The version of the file's format.
  let format: Int

  let scenario: String
  let ending: Ending

  /// The ending in a sentence.
  package let answer: String

  /// The smallest change that counts, as a share.
  let tolerance: Double
  let rows: [Row]
  let pairs: [Pair]
  let network: NetworkDescription?
  let machine: Machine

  /// The pairs that the first look takes.
  let firstLook: Int

  private enum CodingKeys: String, CodingKey {
    case format
    case scenario
    case ending
    case answer
    case tolerance
    case rows
    case pairs
    case network
    case machine
    case firstLook = "first_look"
  }

  /// What the first format called otherwise.
  private enum FirstKeys: String, CodingKey {
    case firstLook
  }

  /// Reads a report of any format.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    format = try values.decodeIfPresent(Int.self, forKey: .format) ?? 1
    scenario = try values.decode(String.self, forKey: .scenario)
    ending = try values.decode(Ending.self, forKey: .ending)
    answer = try values.decode(String.self, forKey: .answer)
    tolerance = try values.decode(Double.self, forKey: .tolerance)
    rows = try values.decode([Row].self, forKey: .rows)
    pairs = try values.decode([Pair].self, forKey: .pairs)
    network = try values.decodeIfPresent(NetworkDescription.self, forKey: .network)
    machine = try values.decode(Machine.self, forKey: .machine)
    firstLook =
      try values.decodeIfPresent(Int.self, forKey: .firstLook)
      ?? decoder.container(keyedBy: FirstKeys.self).decode(Int.self, forKey: .firstLook)
  }

  /// Judges the pairs of a comparison whose first look takes so many of them.
  init(
    scenario: String,
    tolerance: Double,
    pairs: [Pair],
    firstLook: Int,
    isInterrupted: Bool,
    network: NetworkDescription?,
    machine: Machine
  ) {
    format = Self.currentFormat
    self.scenario = scenario
    self.tolerance = tolerance
    self.pairs = pairs
    self.firstLook = firstLook
    self.network = network
    self.machine = machine
    let plan = Self.plan(pairs, firstLook: firstLook)
    let verdict = Self.verdict(pairs, plan, tolerance: tolerance)
    let counting = plan.counting.map { pairs[$0] }
    rows = verdict.findings.compactMap { finding in
      let ratios = finding.ratios
      guard let base = ratios.base, let ratio = ratios.ratio else { return nil }
      return Row(
        metric: finding.metric,
        base: base,
        head: base * ratio,
        ratio: ratio,
        interval: ratios.interval.flatMap(Verdict.Interval.init),
        noise: ratios.interval.map { ($0.upperBound / $0.lowerBound).squareRoot() - 1 },
        pairs: finding.ratios.count,
        outcome: finding.outcome
      )
    }
    let failures = Self.serverFailures(pairs) ?? Self.moreFailures(counting)
    if isInterrupted {
      ending = .interrupted
      answer = "no verdict: the comparison was interrupted"
    } else if let failures {
      ending = .regression
      answer = failures
    } else if plan.isSpent || counting.isEmpty {
      ending = .invalid
      let reason = pairs.compactMap { $0.invalid ?? $0.failure }.last ?? "no pair was run"
      answer = "no verdict: too many runs were invalid, the last because \(reason)"
    } else {
      ending = Ending(rawValue: verdict.outcome.rawValue) ?? .inconclusive
      answer = Self.answer(rows, verdict.outcome, pairs: counting.count, tolerance: tolerance)
    }
  }

  /// Which of the pairs count, and whether more are to be run.
  static func plan(_ pairs: [Pair], firstLook: Int) -> PairPlan {
    PairPlan(firstLook: firstLook, pairs.map(\.disturbance))
  }

  /// What the pairs that count say of each metric.
  static func verdict(
    _ pairs: [Pair],
    _ plan: PairPlan,
    tolerance: Double
  ) -> PairedVerdict {
    let counting = plan.counting.map { pairs[$0] }
    return PairedVerdict(
      counting.map { (base: $0.base.metrics, head: $0.head.metrics) },
      delta: tolerance
    )
  }

  /// Head's server failed more often than base's, in whichever pairs.
  private static func serverFailures(_ pairs: [Pair]) -> String? {
    let (base, head) = (pairs.compactMap(\.base.failure), pairs.compactMap(\.head.failure))
    guard let first = head.first, head.count > base.count else { return nil }
    return "the server of head failed in \(head.count) of \(pairs.count) pairs, that of base in "
      + "\(base.count): \(first)"
  }

  /// A server that fails requests may be fast with the others.
  private static func moreFailures(_ pairs: [Pair]) -> String? {
    func failed(_ side: KeyPath<Pair, Run>) -> FailedRequests {
      .sum(
        pairs.map { $0[keyPath: side] }.map {
          FailedRequests(requests: $0.requests, failed: $0.requests - $0.successful)
        }
      )
    }
    let (base, head) = (failed(\.base), failed(\.head))
    guard head.exceeds(base) else { return nil }
    return "head fails \(head.text) requests, base \(base.text)"
  }

  private static func answer(
    _ rows: [Row],
    _ outcome: GateOutcome,
    pairs: Int,
    tolerance: Double
  ) -> String {
    let percent = NumberText.plain(tolerance * 100) + " %"
    func list(_ outcome: GateOutcome) -> String {
      rows.filter { $0.outcome == outcome }.map { row in
        "\(row.metric.rawValue) \(NumberText.change(row.ratio))"
          + (row.changes.map { " (\($0))" } ?? "")
      }.joined(separator: ", ")
    }
    return switch outcome {
    case .regression: "head is worse by more than \(percent): \(list(.regression))"
    case .improvement: "head is better by more than \(percent): \(list(.improvement))"
    case .noChange:
      "no figure became worse by \(percent)"
        + (rows.contains { $0.mayBeBetter(tolerance) }
          ? "; a gain may be there, and more pairs (--pairs) would tell" : "")
    case .inconclusive:
      "\(pairs) pairs do not tell whether head is worse by more than \(percent): "
        + "\(list(.inconclusive)); use more pairs (--pairs), longer runs (--duration) or a quieter machine"
    }
  }

  /// The exit status of a command that compared.
  package func exitStatus(isStrict: Bool) -> Int32 {
    switch ending {
    case .noChange: 0
    case .regression: 1
    case .invalid: 3
    case .improvement: 4
    case .inconclusive: isStrict ? 5 : 0
    case .interrupted: 130
    }
  }

  /// Writes `comparison.json`, `comparison.md` and `comparison.html` into a directory, and the second for the
  /// readers of the job's summary too.
  package func write(to directory: String, environment: [String: String]) throws {
    try ResultFile.write(RecordingJSON.encodeFile(self), to: directory + "/comparison.json")
    try ResultFile.write(Data(markdown.utf8), to: directory + "/comparison.md")
    try ResultFile.write(Data(html.utf8), to: directory + "/comparison.html")
    try MarkdownReport.append(markdown, toStepSummaryOf: environment)
  }
}
