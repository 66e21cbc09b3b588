import EventIO
import Foundation
import LoadSupport

/// `loadtest show`: reports as they were written.
struct ShowCommand: Command, Equatable {
  var directory = ""

  static let name = "show"
  static let calls: [CommandCall] = [
    ("show RUN", "print the reports of a run: its directory or id")
  ]
  static let examples: [CommandCall] = [
    ("show loadtest_20260212_153045", "by its id"),
    ("show results/loadtest_20260212_153045", "by its directory"),
    ("show RUN --results-dir night", "where results lie elsewhere"),
  ]
  static let about = "RUN is the directory of a run, such as results/loadtest_…, or its id alone."
  static let exitStatus =
    "0 printed, 2 bad usage, 3 there is no such recording, or it has no report"
  static let groups: [OptionGroup] = [.results]

  mutating func take(_ words: [String]) throws(UsageError) {
    directory = try RecordingLayout.only(words, Self.name)
  }

  func run(_ setup: RunSetup) async throws -> Int32 {
    let recording = RecordingLayout(named: directory, setup.settings)
    let judge = Judge(recording)
    let scenarios = try judge.scenarios(of: directory)
    judge.sayWhatWasNotRun()
    for scenario in scenarios {
      let path = recording.scenario(scenario).report
      guard let report = FileManager.default.contents(atPath: path) else {
        throw RecordingFormatError(
          "\(path) is missing: `loadtest report \(directory)` judges the recording and writes it"
        )
      }
      Output.standard.write(report)
    }
    return 0
  }
}
