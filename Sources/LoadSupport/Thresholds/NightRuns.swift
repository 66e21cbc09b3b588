import Foundation

/// The recordings of one night, put together to a line a scenario.
///
/// A run that measured itself and not the server says nothing, and of a single one nobody knows how
/// far it is off: a line is the median of at least two valid runs of one load.
package struct NightRuns: Sendable {
  /// Valid runs without which a night is not known.
  package static let fewestRuns = 2

  /// The date of the night; nil without any recording that tells.
  package let night: Night?

  /// The line of each scenario that has one.
  package private(set) var lines: [NightLine] = []

  /// Why another scenario has none.
  package private(set) var missing: [String: String] = [:]

  /// What was left out of the lines that there are, each in a sentence.
  package private(set) var remarks: [String] = []

  private var valid: [String: Int] = [:]
  private var disturbed: Set<String> = []

  /// Why a run is left out.
  private struct Excuse: Error {
    let reason: String

    /// Whether the same run at another time may do.
    var isChance = false
  }

  private struct Run {
    let analysis: RecordingAnalysis
    let figures: [GateMetric: Double]

    var conditions: NightLine.Conditions {
      NightLine.Conditions(
        key: NightLine.Hardware(analysis.run.machine),
        load: NightLine.Load(analysis.scenario)
      )
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

  /// Reads scenarios of some recordings.
  package init(_ runs: [RecordingLayout], scenarios: [String], _ circumstances: Circumstances) {
    let starts = runs.compactMap { run in
      (try? RecordingJSON.decodeFile(RunHeader.self, at: run.runHeader)).flatMap {
        try? Date($0.started, strategy: .iso8601)
      }
    }
    let night = circumstances.night ?? starts.min().map(Night.init)
    self.night = night
    for scenario in scenarios {
      // Those that were repeated for another scenario do not have it.
      let runs = runs.filter {
        FileManager.default.fileExists(atPath: $0.scenario(scenario).header)
      }
      var valid: [Run] = []
      var excuses: [String] = []
      for run in runs {
        do {
          valid.append(try Self.read(scenario, of: run, like: valid.first))
        } catch {
          excuses.append("\(run.testID): \(error.reason)")
          if error.isChance { disturbed.insert(scenario) }
        }
      }
      self.valid[scenario] = valid.count
      let left = excuses.joined(separator: "; ")
      guard valid.count >= Self.fewestRuns, let night else {
        missing[scenario] =
          "valid runs: \(valid.count) of \(runs.count), a night needs \(Self.fewestRuns)"
          + (left.isEmpty ? "" : "; \(left)")
        continue
      }
      lines.append(Self.line(valid, night, circumstances))
      if !left.isEmpty { remarks.append("\(scenario): left out: \(left)") }
    }
  }

  /// The scenarios with fewer valid runs than that of which more may come: the machine or chance made
  /// some INVALID.
  package func wanting(_ count: Int) -> [String] {
    disturbed.filter { valid[$0, default: 0] < count }.sorted()
  }

  private static func read(
    _ scenario: String,
    of run: RecordingLayout,
    like first: Run?
  ) throws(Excuse) -> Run {
    let analysis: RecordingAnalysis
    do {
      analysis = try RecordingAnalysis(run.scenario(scenario), of: run)
    } catch {
      throw Excuse(reason: "\(error)")
    }
    guard analysis.aggregate.window.ending == .complete else {
      throw Excuse(reason: "not complete (\(analysis.problems.first ?? ""))")
    }
    let validity = Validity(analysis)
    if let reason = validity.reason {
      throw Excuse(reason: "INVALID (\(reason))", isChance: validity.isWorthRepeating)
    }
    let figures = GateMetric.figures(of: analysis)
    guard !figures.isEmpty else { throw Excuse(reason: "nothing succeeded") }
    let read = Run(analysis: analysis, figures: figures)
    guard first.map({ $0.conditions == read.conditions }) ?? true else {
      throw Excuse(reason: "of other hardware or another load than the first")
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
      machine: runs[0].analysis.run.machine,
      header: runs[0].analysis.scenario,
      serverVersion: circumstances.serverVersion,
      commit: circumstances.commit,
      runs: runs.count,
      metrics: metrics
    )
  }
}
