import EventIO
import Foundation
import Glibc
import LoadSupport

/// `loadtest report`: a recording, a comparison or a search for the capacity judged again, without load.
struct ReportCommand: Command, Equatable {
  var directory = ""

  static let name = "report"
  static let calls: [CommandCall] = [("report RUN", "judge a recording again, without load")]
  static let examples: [CommandCall] = [
    ("report loadtest_20260212_153045", "by its id"),
    ("report RUN --thresholds strict.json", "with other limits"),
    ("report RUN --strict", "INCONCLUSIVE does not pass"),
  ]
  static let about = """
    RUN is the directory of a run, of a comparison or of a search for the capacity, such as
    results/loadtest_…, or its id alone. Of the latter two the exit status is that of the
    command that made them. Limits are those of its run, unless --thresholds names others.
    """
  static let exitStatus = RunCommand.exitStatus
  static let groups: [OptionGroup] = [.results, .thresholds, .strictness]

  mutating func take(_ words: [String]) throws(UsageError) {
    directory = try RecordingLayout.only(words, Self.name)
  }

  func uselessFlags(_ settings: RunSettings) -> [String: String] {
    RecordedAnswer.uselessFlags(in: RecordingLayout(named: directory, settings).directory)
  }

  /// Judges the recording, writes and prints its reports.
  func run(_ setup: RunSetup) async throws -> Int32 {
    let settings = setup.settings
    let recording = RecordingLayout(named: directory, settings)
    if let answer = try RecordedAnswer(in: recording.directory) {
      let writing = Result {
        try answer.write(to: recording.directory, environment: setup.environment)
      }
      Output.standard.write(answer.text)
      try writing.get()
      return answer.exitStatus(isStrict: settings.isStrict)
    }
    let judge = Judge(
      recording,
      overrides: try Judge.readOverrides(settings.thresholdsFile, of: recording),
      isStrict: settings.isStrict
    )
    let (judged, damaged) = try judge.evaluate(each: judge.scenarios(of: directory))
    judge.sayWhatWasNotRun(damaged: damaged)
    // The directory may be one for reading only.
    let writing = Result {
      for scenario in judged { try judge.write(scenario) }
      return try judge.summarise(damaged: damaged, environment: setup.environment)
    }
    for scenario in judged { Output.standard.write(scenario.report) }
    return try writing.get().exitStatus
  }
}

/// What names a recording on the command line.
extension RecordingLayout {
  /// The one word that a command takes, the name of a recording; throws where there are none or more.
  static func only(_ words: [String], _ command: String) throws(UsageError) -> String {
    guard words.count == 1, !words[0].isEmpty else {
      throw UsageError(
        description: "\(command) takes exactly one argument: the directory of a run, such as "
          + "results/loadtest_…"
      )
    }
    return words[0]
  }

  /// The recording in a directory, or of a run that is named by its id alone.
  init(named name: String, _ settings: RunSettings) {
    let named = "\(settings.resultsDirectory)/\(name)"
    let isID =
      !name.utf8.contains(UInt8(ascii: "/")) && !FileManager.default.fileExists(atPath: name)
    self.init(directory: URL(fileURLWithPath: isID ? named : name).standardizedFileURL.path)
  }
}

extension Judge {
  /// Tells which scenarios were skipped or could not be run as a whole, and those that cannot be judged, with the reasons.
  func sayWhatWasNotRun(damaged: [String: String] = [:]) {
    let skipped = skips.mapValues { "skipped: \($0)" }
    let reasons = skipped.merging(failures) { $1 }.merging(damaged) { noted, _ in noted }
    for (scenario, reason) in reasons.sorted(by: { $0.key < $1.key }) {
      Main.say("\(scenario): \(reason)")
    }
  }

  /// The scenarios of the recording that a directory's name stands for; throws where there are none.
  func scenarios(of directory: String) throws -> [String] {
    var isDirectory: ObjCBool = false
    if FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory),
      isDirectory.boolValue, access(directory, R_OK | X_OK) != 0
    {
      throw RecordingFormatError(
        "\(directory) cannot be read: \(String(cString: strerror(errno)))"
      )
    }
    guard let scenarios = try? scenarios(),
      !scenarios.isEmpty || !failures.isEmpty || !skips.isEmpty
    else {
      if (try? RecordedAnswer(in: recording.directory)) != nil {
        throw RecordingFormatError(
          "\(directory) holds the runs of a comparison or of a search for the capacity: `loadtest report "
            + "\(recording.directory)` prints what they came to"
        )
      }
      let held = (try? recording.heldRecordings()) ?? []
      throw RecordingFormatError(
        held.isEmpty
          ? "\(directory) holds no recording of a scenario; name the directory of a run, such as "
            + "results/loadtest_20260212_153045"
          : "\(directory) holds recordings and is none itself: `loadtest merge \(recording.directory)` makes one "
            + "of the parts of a load, and `loadtest report \(held[0].directory)` is of one alone"
      )
    }
    return scenarios
  }
}
