import EventIO
import Foundation
import Glibc
import LoadSupport

/// `loadtest report` and `loadtest show`: recordings again, without load.
enum ReportCommand {
  /// Judges a recording, writes and prints its reports; gives the exit status.
  static func report(
    _ directory: String,
    settings: RunSettings,
    environment: [String: String]
  ) throws -> Int32 {
    let recording = layout(directory, settings)
    if let answer = try RecordedAnswer(in: recording.directory) {
      let writing = Result {
        try answer.write(to: recording.directory, environment: environment)
      }
      Output.standard.write(answer.text)
      try writing.get()
      return answer.exitStatus(isStrict: settings.isStrict)
    }
    let judge = Judge(
      recording,
      overrides: try Judge.readOverrides(settings.thresholdsFile),
      isStrict: settings.isStrict
    )
    for (scenario, reason) in judge.failures.sorted(by: { $0.key < $1.key }) {
      Main.say("\(scenario): \(reason)")
    }
    let judged = try scenarios(judge, directory).map { try judge.evaluate($0) }
    // The directory may be one for reading only.
    let writing = Result {
      for scenario in judged { try judge.write(scenario) }
      return try judge.summarise(environment: environment)
    }
    for scenario in judged { Output.standard.write(scenario.report) }
    return try writing.get().exitStatus
  }

  /// Prints the reports as they were written.
  static func show(_ directory: String, settings: RunSettings) throws -> Int32 {
    let recording = layout(directory, settings)
    for scenario in try scenarios(Judge(recording), directory) {
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

  /// The recording in a directory, or of a run that is named by its id alone.
  static func layout(_ name: String, _ settings: RunSettings) -> RecordingLayout {
    let named = "\(settings.resultsDirectory)/\(name)"
    let isID =
      !name.utf8.contains(UInt8(ascii: "/")) && !FileManager.default.fileExists(atPath: name)
    return RecordingLayout(
      directory: URL(fileURLWithPath: isID ? named : name).standardizedFileURL.path
    )
  }

  private static func scenarios(_ judge: Judge, _ directory: String) throws -> [String] {
    var isDirectory: ObjCBool = false
    if FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory),
      isDirectory.boolValue, access(directory, R_OK | X_OK) != 0
    {
      throw RecordingFormatError(
        "\(directory) cannot be read: \(String(cString: strerror(errno)))"
      )
    }
    guard let scenarios = try? judge.scenarios(),
      !scenarios.isEmpty || !judge.failures.isEmpty
    else {
      throw RecordingFormatError(
        "\(directory) holds no recording of a scenario; name the directory of a run, such as "
          + "results/loadtest_20260212_153045"
      )
    }
    return scenarios
  }
}
