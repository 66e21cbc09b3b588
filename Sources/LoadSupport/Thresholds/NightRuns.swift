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
      var valid: [Run] = []
      var excuses: [String] = []
      for run in runs {
        switch Self.read(scenario, of: run, like: valid.first) {
        case .success(let read): valid.append(read)
        case .failure(let excuse): excuses.append("\(run.testID): \(excuse)")
        }
      }
      let left = excuses.joined(separator: "; ")
      guard valid.count >= Self.fewestRuns, let night else {
        missing[scenario] =
          "\(valid.count) of \(runs.count) runs are valid, a night needs \(Self.fewestRuns)"
          + (left.isEmpty ? "" : "; \(left)")
        continue
      }
      lines.append(Self.line(valid, night, circumstances))
      if !left.isEmpty { remarks.append("\(scenario): left out: \(left)") }
    }
  }

  private static func read(
    _ scenario: String,
    of run: RecordingLayout,
    like first: Run?
  ) -> Result<Run, RecordingFormatError> {
    let layout = run.scenario(scenario)
    guard FileManager.default.fileExists(atPath: layout.header) else {
      return .failure(RecordingFormatError("not run"))
    }
    let analysis: RecordingAnalysis
    do {
      analysis = try RecordingAnalysis(layout, of: run)
    } catch {
      return .failure(RecordingFormatError("\(error)"))
    }
    guard analysis.aggregate.window.ending == .complete else {
      return .failure(RecordingFormatError("not complete (\(analysis.problems.first ?? ""))"))
    }
    if let reason = Validity(analysis).reason {
      return .failure(RecordingFormatError("INVALID (\(reason))"))
    }
    let figures = GateMetric.figures(of: analysis)
    guard !figures.isEmpty else { return .failure(RecordingFormatError("nothing succeeded")) }
    let read = Run(analysis: analysis, figures: figures)
    guard first.map({ $0.conditions == read.conditions }) ?? true else {
      return .failure(RecordingFormatError("of other hardware or another load than the first"))
    }
    return .success(read)
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
