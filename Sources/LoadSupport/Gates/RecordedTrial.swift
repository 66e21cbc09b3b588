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
  init?(_ scenario: String, in recording: RecordingLayout) throws {
    let layout = recording.scenario(scenario)
    if let reason = InvocationNotes.failed(recording).reasons.first {
      self = .failed(reason.value)
    } else if FileManager.default.fileExists(atPath: layout.header) {
      self = .recorded(try RecordingAnalysis(scenario, of: recording))
    } else {
      return nil
    }
  }

  /// Whether it is the beginning of one only, for it was stopped or killed.
  var isCutShort: Bool {
    guard case .recorded(let analysis) = self else { return false }
    return analysis.isStopped || analysis.aggregate.window.ending == .brokenOff
  }

  /// Throws why the first run of all could not be made: then there is nothing to judge.
  func throwIfItFailed(in directory: String) throws(RecordingFormatError) {
    guard case .failed(let reason) = self else { return }
    throw RecordingFormatError(
      "\(directory) holds nothing to judge, for it could not begin: \(reason)"
    )
  }

  /// One that could not be run at all, which is noted for those who judge again.
  static func failed(
    _ scenario: String,
    _ error: any Error,
    in recording: RecordingLayout
  ) -> RecordedTrial {
    // Where nothing can be written, the error itself is all there is.
    try? InvocationNotes.failed(recording).add(scenario, because: "\(error)")
    return .failed("\(error)")
  }
}
