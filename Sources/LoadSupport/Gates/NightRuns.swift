import Foundation

/// The recordings of one night, put together to a line a scenario.
///
/// A run that measured itself and not the server says nothing, and of a single one nobody knows how
/// far it is off: a line is the median of at least two valid runs of one load. A run that failed a
/// threshold makes a line by itself, for that the server failed is known.
package struct NightRuns: Sendable {
  /// Valid runs without which a night is not known.
  package static let fewestRuns = 2

  /// Why a run is left out.
  private struct Excuse: Error {
    let reason: String

    /// Whether the same run at another time may do.
    var isChance = false
  }

  /// What a line needs to know of a run.
  private struct Run {
    let machine: Machine
    let header: ScenarioHeader
    let figures: [GateMetric: Double]
    let failed: FailedRequests

    /// The thresholds that it failed, with what it came to.
    let failures: [String: String]

    var conditions: NightLine.Conditions {
      NightLine.Conditions(key: NightLine.Hardware(machine), load: NightLine.Load(header))
    }

    /// What it has and another has not, if they are not of one load on one machine, as far as machines can
    /// be told apart.
    func difference(from other: Run) -> String? {
      let (own, others) = (conditions, other.conditions)
      if own.load != others.load { return own.load.description(unlike: others.load) }
      if own.key != others.key { return "\(own.key)" }
      guard own.unknown != nil, machine.hostName != other.machine.hostName else { return nil }
      return "host \(machine.hostName)"
    }
  }

  /// What the recordings hold of one scenario.
  private struct Runs {
    /// Those that say something of the server: valid ones, and those that failed all the same.
    var known: [Run] = []
    var excuses: [String] = []

    /// Whether something at that time spoilt one.
    var isDisturbed = false

    var isEnough: Bool {
      known.count >= NightRuns.fewestRuns || known.contains { !$0.failures.isEmpty }
    }
  }

  /// What is known of a night beside its recordings.
  package struct Circumstances: Sendable, Equatable {
    /// The date; nil for that on which the first run began.
    package var night: Night?

    /// The commit that was tested.
    package var commit: String?

    /// The server's version.
    package var serverVersion: String?

    /// Knows nothing.
    package init() {}
  }

  /// What a night comes to.
  package struct Summary: Sendable {
    /// The line of each scenario that has one.
    package var lines: [NightLine] = []

    /// Why another scenario has none.
    package var missing: [String: String] = [:]

    /// What was left out of the lines that there are, each in a sentence.
    package var remarks: [String] = []

    /// Nothing was added.
    package init() {}
  }

  private let circumstances: Circumstances
  private let overrides: ThresholdOverrides
  private var starts: [Date] = []
  private var runs: [String: Runs] = [:]
  private var recordings = 0

  /// Begins without recordings, which will be judged with the scenarios' own limits or others.
  package init(_ circumstances: Circumstances, overrides: ThresholdOverrides = .none) {
    self.circumstances = circumstances
    self.overrides = overrides
  }

  /// The date of the night; nil without any recording that tells.
  package var night: Night? { circumstances.night ?? starts.min().map(Night.init) }

  /// Reads the scenarios that a recording is to have.
  package mutating func add(_ recording: RecordingLayout, scenarios: [String]) {
    if let header = try? RecordingJSON.decodeFile(RunHeader.self, at: recording.runHeader),
      let start = try? Date(header.started, strategy: .iso8601)
    {
      starts.append(start)
    }
    recordings += 1
    for scenario in scenarios {
      var known = runs[scenario] ?? Runs()
      do {
        known.known.append(try read(scenario, of: recording, like: known.known.first))
      } catch {
        known.excuses.append("\(recording.testID): \(error.reason)")
        known.isDisturbed = known.isDisturbed || error.isChance
      }
      runs[scenario] = known
    }
  }

  /// The scenarios to run next, if there are to be so many valid runs of each.
  ///
  /// After as many recordings, those of which the machine or chance made some INVALID and too few are
  /// left; none after twice as many.
  package func next(of scenarios: [String], runs count: Int) -> [String] {
    if recordings < count { return scenarios }
    guard recordings < 2 * count else { return [] }
    return runs.filter { $0.value.isDisturbed && $0.value.known.count < count }.keys.sorted()
  }

  /// What the recordings say of some scenarios.
  package func summary(of scenarios: [String]) -> Summary {
    var summary = Summary()
    for scenario in scenarios {
      let known = runs[scenario] ?? Runs()
      let left = known.excuses.joined(separator: "; ")
      guard known.isEnough, let night else {
        summary.missing[scenario] =
          "valid runs: \(known.known.count) of \(known.known.count + known.excuses.count), a night "
          + "needs \(Self.fewestRuns)" + (left.isEmpty ? "" : "; \(left)")
        continue
      }
      summary.lines.append(Self.line(known.known, night, circumstances))
      if !left.isEmpty { summary.remarks.append("\(scenario): left out: \(left)") }
    }
    return summary
  }

  private func read(
    _ scenario: String,
    of run: RecordingLayout,
    like first: Run?
  ) throws(Excuse) -> Run {
    guard FileManager.default.fileExists(atPath: run.scenario(scenario).header) else {
      throw Excuse(reason: "not run")
    }
    let analysis: RecordingAnalysis
    let validity: Validity
    let verdicts: [Verdict]
    do {
      analysis = try RecordingAnalysis(scenario, of: run)
      validity = Validity(analysis)
      verdicts = try Judge.verdicts(analysis, validity, overrides)
    } catch {
      throw Excuse(reason: "\(error)")
    }
    if analysis.run.merged == nil, let part = analysis.run.part, part.of > 1 {
      throw Excuse(
        reason:
          "part \(part.index) of \(part.of) of a load: `loadtest merge` makes the whole of them"
      )
    }
    let failures = verdicts.filter { $0.outcome == .fail }
    let ending = analysis.aggregate.window.ending
    guard ending == .complete || RunResult(analysis, verdicts) == .fail else {
      throw Excuse(reason: "not complete (\(analysis.problems.first ?? ""))")
    }
    // A FAIL that stands in spite of the run's state is known, whatever the figures are worth.
    if failures.isEmpty, let reason = validity.exclusion {
      throw Excuse(reason: "INVALID (\(reason))", isChance: validity.isWorthRepeating)
    }
    let isComparable = validity.exclusion == nil && !verdicts.contains(where: \.isServersFault)
    let read = Run(
      machine: analysis.run.machine,
      header: analysis.scenario,
      figures: isComparable ? GateMetric.figures(of: analysis) : [:],
      failed: GateMetric.failed(of: analysis),
      failures: Dictionary(failures.map { ($0.key, $0.message) }) { first, _ in first }
    )
    guard !read.figures.isEmpty || !failures.isEmpty else {
      throw Excuse(reason: "nothing succeeded")
    }
    if let first, let own = read.difference(from: first) {
      throw Excuse(
        reason: "of other hardware or another load than the first: \(own), the first "
          + (first.difference(from: read) ?? "")
      )
    }
    return read
  }

  private static func line(
    _ runs: [Run],
    _ night: Night,
    _ circumstances: Circumstances
  ) -> NightLine {
    var metrics: [String: NightLine.Figure] = [:]
    for metric in GateMetric.allCases {
      let values = runs.compactMap { $0.figures[metric] }.filter { $0 > 0 }
      if values.count >= fewestRuns { metrics[metric.rawValue] = NightLine.Figure(values) }
    }
    return NightLine(
      night: night,
      machine: runs[0].machine,
      header: runs[0].header,
      serverVersion: circumstances.serverVersion,
      commit: circumstances.commit,
      runs: runs.count,
      failed: .sum(runs.map(\.failed)),
      failures: runs.reduce(into: [:]) { failures, run in
        failures.merge(run.failures) { first, _ in first }
      },
      metrics: metrics
    )
  }
}
