import Foundation

/// Judges recordings: reads what a run left on disk and writes figures, verdicts and reports beside
/// it.
package struct Judge: Sendable {
  private let recording: RecordingLayout
  private let overrides: ThresholdOverrides

  /// Judges the recordings of one invocation, with the scenarios' own limits or others.
  package init(_ recording: RecordingLayout, overrides: ThresholdOverrides = .none) {
    self.recording = recording
    self.overrides = overrides
  }

  /// What each scenario is judged by, by the scenario's name.
  package static let judges: [String: any ScenarioJudge] = [
    ScenarioName.commandThroughput.rawValue: CommandThroughputJudge()
  ]

  /// Reads a file of limits; nil gives none.
  ///
  /// - Throws: a sentence that names file, key and what would be valid.
  package static func readOverrides(_ path: String?) throws -> ThresholdOverrides {
    guard let path else { return .none }
    let json: [String: [String: Double]]
    do {
      json = try RecordingJSON.decodeFile([String: [String: Double]].self, at: path)
    } catch {
      throw ThresholdError(
        "LOADTEST_THRESHOLDS=\"\(path)\" is not valid: it must be a JSON file such as "
          + #"{"command_throughput": {"p99_ms": 200}}"#
      )
    }
    do throws(ThresholdError) {
      return try ThresholdOverrides(
        parsing: json,
        scenarios: judges.mapValues { $0.thresholds }
      )
    } catch {
      throw ThresholdError("LOADTEST_THRESHOLDS=\"\(path)\" is not valid: \(error)")
    }
  }

  /// Judges one scenario and writes its `summary.json` and `report.txt`.
  package func judge(_ scenario: String) throws -> (summary: ScenarioSummary, report: String) {
    guard let judge = Self.judges[scenario] else {
      throw RecordingFormatError(
        "\(recording.directory) holds a scenario \"\(scenario)\" that this program does not know; "
          + "it knows \(Self.judges.keys.sorted().joined(separator: ", "))"
      )
    }
    let layout = recording.scenario(scenario)
    let analysis = try RecordingAnalysis(layout, of: recording)
    let verdicts = judge.verdicts(analysis, overrides.apply(to: judge.thresholds, of: scenario))
    let summary = ScenarioSummary(analysis, verdicts: verdicts)
    let report = TextReport(analysis, verdicts: verdicts).text
    try Data(report.utf8).write(to: URL(fileURLWithPath: layout.report), options: .atomic)
    // Last, because its presence says that the scenario has been judged.
    try RecordingJSON.encodeFile(summary)
      .write(to: URL(fileURLWithPath: layout.summary), options: .atomic)
    return (summary, report)
  }

  /// Writes the summary over all scenarios that have been judged.
  package func summarise() throws {
    let summaries = try scenarios().compactMap { name in
      try? RecordingJSON.decodeFile(
        ScenarioSummary.self,
        at: recording.scenario(name).summary
      )
    }
    try RecordingJSON.encodeFile(RunSummary(testID: recording.testID, scenarios: summaries))
      .write(to: URL(fileURLWithPath: recording.summary), options: .atomic)
  }

  /// The names of the scenarios that the invocation has a recording of.
  package func scenarios() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: recording.directory).filter {
      FileManager.default.fileExists(atPath: recording.scenario($0).header)
    }.sorted()
  }
}
