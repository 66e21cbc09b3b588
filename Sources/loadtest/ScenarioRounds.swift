import EventIO
import Foundation
import LoadSupport

/// Passes over scenarios, in one turn of this machine.
struct ScenarioRounds {
  /// A pass over all scenarios.
  struct Round {
    let recording: RecordingLayout

    /// The exit status that it comes to.
    let status: Int32
  }

  let setup: RunSetup

  /// Where the reports go.
  var output = Output.standard

  /// How many rounds there are to be.
  var planned = 1

  /// Runs the scenarios that `next` names of the rounds so far, until it names none; a round that is
  /// interrupted is the last.
  func run(_ next: ([Round]) -> [ScenarioName]) async throws -> [Round] {
    let runner = try ScenarioRun(setup)
    return try await LoadTurn.take(reaching: setup.settings, say: Main.say) { control in
      var rounds: [Round] = []
      while !control.isStopping {
        let names = next(rounds)
        guard !names.isEmpty else { break }
        let number = rounds.count + 1
        let place = max(number, planned) > 1 ? "run \(number) of \(max(number, planned))" : nil
        rounds.append(try await load(names, place, runner, control))
      }
      return rounds
    }
  }

  private func load(
    _ scenarios: [ScenarioName],
    _ place: String?,
    _ runner: ScenarioRun,
    _ control: RunControl
  ) async throws -> Round {
    let recording = try TestID.makeDirectory(for: setup.settings, at: Date())
    var isUnwritten = false
    for (index, name) in scenarios.enumerated() where !control.isStopping {
      let progress = ProgressMeter()
      let number = scenarios.count > 1 ? "scenario \(index + 1) of \(scenarios.count)" : nil
      let display = ProgressDisplay(
        progress,
        of: name,
        [place, number].compactMap(\.self).joined(separator: ", "),
        in: recording,
        setup,
        control
      )
      let result = await display.show {
        await runner.run(name, into: recording, control: control, progress: progress) { report in
          output.write(report)
        }
      }
      display.end(result.word)
      if let skipped = result.skipped { Main.say("\(name.rawValue): skipped: \(skipped)") }
      if let failure = result.failure { Main.say("\(name.rawValue): \(Failure.sentence(failure))") }
      // What is asked of a run that it has not is said before any load.
      if let failure = result.failure as? ThresholdError { throw failure }
      isUnwritten = isUnwritten || result.failure != nil
    }
    // Once for all scenarios, for whoever reads the job's summary.
    let summary = try runner.judge(recording).summarise(environment: setup.environment)
    for failure in summary.failures { Main.say("FAILED: \(failure)") }
    Main.say("results: \(recording.directory)")
    // What kept a failure from the disk is in no summary.
    var results = [summary.result] + (isUnwritten || control.hasFailed ? [.couldNotRun] : [])
    // What a part found is judged with the others'; an engine is to know whether all of it was done.
    if setup.settings.isPart {
      results = (results + summary.scenarios.map(\.result)).map { $0.isCutShort ? $0 : .pass }
    }
    let isInterrupted = control.isStopping && !control.hasFailed
    let result = isInterrupted ? .interrupted : RunResult.worst(results)
    return Round(
      recording: recording,
      status: (result ?? .couldNotRun).exitStatus(isStrict: setup.settings.isStrict)
    )
  }
}
