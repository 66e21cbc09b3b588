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
    try await LoadTurn.take(reaching: settings, say: Main.say, search)
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
      Output.standard.write(line + "\n")
    }
    let writing = Result { try report.write(to: recording.directory) }
    Output.standard.write("\n\(report.answer)\n")
    try writing.get()
    Main.say("results: \(recording.directory)")
    return control.isStopping ? 130 : report.exitStatus
  }
}
