import EventIO
import Foundation
import LoadSupport

/// `loadtest capacity`: the highest rate of arrivals that holds an objective.
struct CapacityCommand {
  let objective: ServiceObjective
  let rates: ClosedRange<Double>
  let settings: RunSettings
  let environment: [String: String]

  /// Searches, prints the trials and the answer, writes both; gives the exit status.
  func run() async throws -> Int32 {
    try await LoadTurn.take(say: Main.say, search)
  }

  private func search(_ control: RunControl) async throws -> Int32 {
    let recording = try TestID.makeDirectory(under: settings.resultsDirectory, at: Date())
    let report = try await CapacityRun(
      settings: settings,
      objective: objective,
      rates: rates,
      environment: environment,
      programs: Main.programs
    ).run(into: recording.directory, control: control) { line in
      FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }
    FileHandle.standardOutput.write(Data("\n\(report.answer)\n".utf8))
    try RecordingJSON.encodeFile(report)
      .write(to: URL(fileURLWithPath: recording.directory + "/capacity.json"), options: .atomic)
    try Data(report.html.utf8)
      .write(to: URL(fileURLWithPath: recording.directory + "/capacity.html"), options: .atomic)
    Main.say("results: \(recording.directory)")
    if control.isStopping { return 130 }
    return report.holdsPerSecond != nil ? 0 : report.breaksPerSecond != nil ? 1 : 3
  }
}
