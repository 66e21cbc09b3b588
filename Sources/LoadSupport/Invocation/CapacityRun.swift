import EventIO
import Foundation

/// The search for a server's capacity: runs of command throughput in open loop, each judged by the
/// objective, until the highest rate that holds it is known.
package struct CapacityRun: Sendable {
  private let settings: RunSettings
  private let objective: ServiceObjective
  private let rates: ClosedRange<Double>
  private let environment: [String: String]
  private let programs: String

  /// Prepares a search between two rates; `programs` is the directory of the suite's executables.
  package init(
    settings: RunSettings,
    objective: ServiceObjective,
    rates: ClosedRange<Double>,
    environment: [String: String],
    programs: String
  ) {
    self.settings = settings
    self.objective = objective
    self.rates = rates
    self.environment = environment
    self.programs = programs
  }

  /// Searches, with a recording for each trial below the directory; `show` gets a line for each.
  ///
  /// Throws what kept the first trial from being run at all. The same makes a later one invalid, for the
  /// server has worked before.
  package func run(
    into directory: String,
    control: RunControl,
    show: (String) -> Void
  ) async throws -> CapacityReport {
    let asked = GatePlan.Capacity(
      objective: objective,
      lowestPerSecond: rates.lowerBound,
      highestPerSecond: rates.upperBound
    )
    var trials = try CapacityTrials(asked, in: directory)
    show(CapacityReport.heading)
    while let rate = trials.next, !control.isStopping {
      let trial: RecordedTrial
      do {
        trial = .recorded(try await load(rate, trials.recording, control))
      } catch {
        if trials.trials.isEmpty { throw error }
        trial = .failed("\(error)")
      }
      if control.isStopping { break }
      if case .failed(let reason) = trial {
        try RecordedTrial.note(reason, of: .commandThroughput, in: trials.recording)
      }
      trials.note(trial)
      if let last = trials.trials.last { show(CapacityReport.line(last)) }
    }
    return try trials.end()
  }

  private func load(
    _ rate: Double,
    _ layout: RecordingLayout,
    _ control: RunControl
  ) async throws -> RecordingAnalysis {
    var settings = settings
    settings.ratePerSecond = rate
    // A slow rate takes longer to tell anything; what would take more than five minutes stays unclear.
    let needed = Duration.seconds(min(300, Double(objective.samplesNeeded) / rate))
    settings.duration = max(settings.duration ?? .seconds(8), needed)
    // As many sessions as may be needed, and no fewer: what waits for a worker waits for us.
    settings.workers = settings.workers ?? ServerLimits.loadTest.pool
    settings.scenario = .commandThroughput
    return try await settings.record(
      into: layout,
      programs: programs,
      environment: environment,
      control: control
    )
  }
}
