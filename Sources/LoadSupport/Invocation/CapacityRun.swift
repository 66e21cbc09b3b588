import EventIO
import Foundation

/// The search for a server's capacity: runs of command throughput in open loop, each judged by the
/// objective, until the highest rate that holds it is known.
package struct CapacityRun: Sendable {
  private let setup: RunSetup
  private let objective: ServiceObjective
  private let rates: ClosedRange<Double>

  /// Prepares a search between two rates.
  package init(_ setup: RunSetup, objective: ServiceObjective, rates: ClosedRange<Double>) {
    self.setup = setup
    self.objective = objective
    self.rates = rates
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
    show(forecast)
    show(CapacityReport.heading)
    while let rate = trials.next, !control.isStopping {
      let trial: RecordedTrial
      do {
        let place = "trial \(trials.trials.count + 1) at \(NumberText.oneDecimal(rate))/s"
        trial = .recorded(try await load(rate, place, trials.recording, control))
      } catch {
        if trials.trials.isEmpty { throw error }
        trial = .failed(ScenarioName.commandThroughput.rawValue, error, in: trials.recording)
      }
      if control.isStopping { break }
      trials.note(trial)
      if let last = trials.trials.last { show(CapacityReport.line(last)) }
    }
    return try trials.end()
  }

  /// How long it takes, as far as that is known before.
  private var forecast: String {
    let (shortest, longest) = (length(at: rates.upperBound), length(at: rates.lowerBound))
    // A guess: most trials are at rates near the answer, which is seldom the lowest rate. Each takes some seconds
    // more for a new server, its sessions and the judgement.
    let usual = max(shortest.seconds, longest.seconds / 4) + 4
    let minutes = [10, 20].map { Double($0) * usual / 60 }
    return
      "Trials of \(NumberText.plain(shortest.seconds)) s of load, longer where a rate takes more for "
      + "\(NumberText.grouped(objective.samplesNeeded)) requests; usually 10 to 20 of them, some "
      + "\(Int(minutes[0].rounded(.up))) to \(Int(minutes[1].rounded(.up))) minutes.\n"
  }

  /// How long a trial at a rate is: a slow one takes longer to tell anything, and what would take more than
  /// five minutes stays unclear.
  private func length(at rate: Double) -> Duration {
    let needed = Duration.seconds(min(300, Double(objective.samplesNeeded) / rate))
    return max(setup.settings.duration ?? .seconds(8), needed)
  }

  private func load(
    _ rate: Double,
    _ place: String,
    _ layout: RecordingLayout,
    _ control: RunControl
  ) async throws -> RecordingAnalysis {
    var trial = setup
    trial.settings.ratePerSecond = rate
    trial.settings.duration = length(at: rate)
    // As many sessions as may be needed, and no fewer: what waits for a worker waits for us.
    trial.settings.workers = setup.settings.workers ?? ServerLimits.loadTest.pool
    trial.settings.scenario = setup.settings.workload ?? .commandThroughput
    return try await trial.record(place, into: layout, control: control)
  }
}
