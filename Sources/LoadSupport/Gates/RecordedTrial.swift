import Foundation

/// A run that a gate made among others, as it lies on disk.
enum RecordedTrial {
  /// It was recorded.
  case recorded(RecordingAnalysis)

  /// It could not be run at all, for this reason.
  case failed(String)

  /// Reads a run; nil where there is none.
  ///
  /// - Throws: when its recording is damaged.
  init?(_ scenario: ScenarioName, in recording: RecordingLayout) throws {
    let layout = recording.scenario(scenario.rawValue)
    if FileManager.default.fileExists(atPath: recording.failed) {
      let reasons = try RecordingJSON.decodeFile([String: String].self, at: recording.failed)
      self = .failed(reasons[scenario.rawValue] ?? "no reason was recorded")
    } else if FileManager.default.fileExists(atPath: layout.header) {
      self = .recorded(try RecordingAnalysis(layout, of: recording))
    } else {
      return nil
    }
  }

  /// Whether it is the beginning of one only, for it was stopped or killed.
  var isCutShort: Bool {
    guard case .recorded(let analysis) = self else { return false }
    return analysis.isStopped || analysis.aggregate.window.ending == .brokenOff
  }

  /// Notes what kept a run from being made at all, for those who judge again.
  static func note(
    _ reason: String,
    of scenario: ScenarioName,
    in recording: RecordingLayout
  ) throws {
    try ResultFile.makeDirectory(recording.directory)
    try ResultFile.write(
      RecordingJSON.encodeFile([scenario.rawValue: reason]),
      to: recording.failed
    )
  }
}
