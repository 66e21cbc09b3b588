import Foundation

/// A search and the trials that it came to, which are the same while they are made and when their
/// recordings are read again.
struct CapacityTrials: Sendable {
  private let plan: GatePlan
  private let objective: ServiceObjective
  private let directory: String
  private var search: CapacitySearch
  private var network: NetworkDescription?
  private(set) var trials: [CapacityReport.Trial] = []

  /// Begins a search below a directory, and writes down what is asked for.
  init(_ asked: GatePlan.Capacity, in directory: String) throws {
    let plan = GatePlan(capacity: asked)
    try plan.write(to: directory)
    self.init(asked, plan, directory)
  }

  /// Reads the trials of a search again.
  ///
  /// - Throws: when a recording is damaged, or there is none.
  init(rereading plan: GatePlan, _ asked: GatePlan.Capacity, in directory: String) throws {
    self.init(asked, plan, directory)
    var hasGoneOtherwise = false
    while let rate = next, trials.count < plan.end?.count ?? .max,
      let trial = try RecordedTrial(ScenarioName.commandThroughput.rawValue, in: recording),
      plan.end != nil || !trial.isCutShort
    {
      // By other rules the search would have gone another way.
      if case .recorded(let analysis) = trial, analysis.scenario.arrivalRate != rate {
        hasGoneOtherwise = true
        break
      }
      if plan.end == nil, trials.isEmpty { try trial.throwIfItFailed(in: directory) }
      note(trial)
    }
    if !hasGoneOtherwise, next != nil {
      try plan.check(trials.count, "trials", next: name, in: directory)
    }
  }

  private init(_ asked: GatePlan.Capacity, _ plan: GatePlan, _ directory: String) {
    self.plan = plan
    self.directory = directory
    objective = asked.objective
    search = CapacitySearch(from: asked.lowestPerSecond, to: asked.highestPerSecond)
  }

  /// The rate to try next; nil when the search is over.
  var next: Double? { search.next }

  /// Where the next trial is recorded.
  var recording: RecordingLayout { RecordingLayout(directory: "\(directory)/\(name)") }

  private var name: String { String(format: "trial-%02d", trials.count + 1) }

  /// Takes a trial at the next rate.
  mutating func note(_ trial: RecordedTrial) {
    switch trial {
    case .recorded(let analysis): note(analysis)
    case .failed(let reason): note(failed: reason)
    }
  }

  private mutating func note(_ analysis: RecordingAnalysis) {
    let validity = Validity(analysis)
    network = network ?? analysis.scenario.network
    let result = objective.result(analysis, validity)
    let requests = analysis.aggregate.requests()
    let latencies = analysis.aggregate.latency()
    trials.append(
      CapacityReport.Trial(
        ratePerSecond: next ?? 0,
        reachedPerSecond: analysis.aggregate.averageRate(),
        latency: ScenarioSummary.Latency(latencies) {
          analysis.aggregate.estimate($0, .successes, of: latencies)
        },
        requests: requests.values.reduce(0, +),
        successful: requests[.success] ?? 0,
        result: result,
        reason: reason(analysis, validity, result),
        recording: name
      )
    )
    if result == .invalid, !validity.isWorthRepeating {
      search.giveUp()
    } else {
      search.note(result)
    }
  }

  private mutating func note(failed reason: String) {
    trials.append(
      CapacityReport.Trial(
        ratePerSecond: next ?? 0,
        reachedPerSecond: 0,
        latency: nil,
        requests: 0,
        successful: 0,
        result: .invalid,
        reason: reason,
        recording: name
      )
    )
    search.note(.invalid)
  }

  private func reason(
    _ analysis: RecordingAnalysis,
    _ validity: Validity,
    _ result: CapacitySearch.Result
  ) -> String {
    if let reason = validity.serverFailure(analysis) ?? validity.exclusion { return reason }
    let checks = validity.checks.filter { $0.outcome == .fail }.map(\.message)
    let verdicts = objective.verdicts(analysis)
    let worst = verdicts.filter { result == .breaks ? $0.outcome == .fail : $0.outcome != .pass }
    return (checks + (worst.isEmpty && checks.isEmpty ? verdicts : worst).map(\.message))
      .joined(separator: "; ")
  }

  /// Writes down how the search ended, and gives what it came to.
  func end() throws -> CapacityReport {
    var plan = plan
    plan.end = GatePlan.End(count: trials.count, isInterrupted: next != nil)
    try plan.write(to: directory)
    return report(isInterrupted: next != nil)
  }

  /// What the search came to by its recordings.
  var report: CapacityReport { report(isInterrupted: plan.end?.isInterrupted ?? true) }

  private func report(isInterrupted: Bool) -> CapacityReport {
    CapacityReport(
      objective: objective,
      ending: search.ending,
      isInterrupted: isInterrupted,
      trials: trials,
      network: network,
      machine: plan.machine
    )
  }
}
