import EventIO
import Foundation
import LoadSupport

/// `loadtest compare`: two servers by turns, or two recordings side by side.
struct CompareCommand {
  let settings: RunSettings
  let environment: [String: String]
  let isJSON: Bool

  /// Compares the servers, prints pairs and verdict, writes both; gives the exit status.
  func run() async throws -> Int32 {
    let comparison: ComparisonRun
    do {
      comparison = try ComparisonRun(
        settings: settings,
        environment: environment,
        programs: Main.programs
      )
    } catch {
      throw UsageError(
        description:
          "compare which servers? Name both by --base COMMAND and --head COMMAND, or two "
          + "recordings by their directories; \(error)"
      )
    }
    let (recording, report) = try await LoadTurn.take(say: Main.say) { control in
      try await comparison.run(control: control) { line in
        if isJSON { Main.say(line) } else { Output.standard.write(line + "\n") }
      }
    }
    let json = try RecordingJSON.encodeFile(report)
    let writing = Result {
      try report.write(to: recording.directory, environment: environment)
    }
    Output.standard.write(isJSON ? json : Data("\n\(report.text)\n".utf8))
    try writing.get()
    Main.say("results: \(recording.directory)")
    return report.exitStatus(isStrict: settings.isStrict)
  }

  /// Prints two recordings side by side; gives the exit status.
  static func compareRecordings(
    _ base: String,
    _ head: String,
    settings: RunSettings,
    isJSON: Bool
  ) throws -> Int32 {
    let comparison = try RecordedComparison(
      base: ReportCommand.layout(base, settings),
      head: ReportCommand.layout(head, settings)
    )
    if isJSON {
      Output.standard.write(try RecordingJSON.encodeFile(comparison))
    } else {
      Output.standard.write(comparison.text)
    }
    return 0
  }
}
