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
    var search = CapacitySearch(from: rates.lowerBound, to: rates.upperBound)
    var trials: [CapacityReport.Trial] = []
    var network: NetworkDescription?
    show(CapacityReport.heading)
    while let rate = search.next, !control.isStopping {
      let name = String(format: "trial-%02d", trials.count + 1)
      let layout = RecordingLayout(directory: "\(directory)/\(name)")
      let (trial, isHopeless): (CapacityReport.Trial, Bool)
      do {
        let analysis = try await load(rate, layout, control)
        let validity = Validity(analysis)
        network = network ?? analysis.scenario.network
        let result = objective.result(analysis, validity)
        trial = Self.trial(rate, name, analysis, result, reason(analysis, validity, result))
        isHopeless = result == .invalid && !validity.isWorthRepeating
      } catch {
        if trials.isEmpty { throw error }
        trial = CapacityReport.Trial(
          ratePerSecond: rate,
          reachedPerSecond: 0,
          latency: nil,
          requests: 0,
          successful: 0,
          result: .invalid,
          reason: "\(error)",
          recording: name
        )
        isHopeless = false
      }
      if control.isStopping { break }
      trials.append(trial)
      show(CapacityReport.line(trial))
      if isHopeless {
        search.giveUp()
      } else {
        search.note(trial.result)
      }
    }
    return CapacityReport(
      objective: objective,
      ending: search.ending,
      trials: trials,
      network: network,
      machine: .current()
    )
  }

  private func load(
    _ rate: Double,
    _ layout: RecordingLayout,
    _ control: RunControl
  ) async throws -> RecordingAnalysis {
    var trial = setup
    trial.settings.ratePerSecond = rate
    // A slow rate takes longer to tell anything; what would take more than five minutes stays unclear.
    let needed = Duration.seconds(min(300, Double(objective.samplesNeeded) / rate))
    trial.settings.duration = max(setup.settings.duration ?? .seconds(8), needed)
    // As many sessions as may be needed, and no fewer: what waits for a worker waits for us.
    trial.settings.workers = setup.settings.workers ?? ServerLimits.loadTest.pool
    trial.settings.scenario = .commandThroughput
    return try await trial.record(into: layout, control: control)
  }

  private func reason(
    _ analysis: RecordingAnalysis,
    _ validity: Validity,
    _ result: CapacitySearch.Result
  ) -> String {
    if let reason = validity.serverFailure(analysis) ?? validity.exclusion { return reason }
    let checks = validity.checks.filter { $0.outcome == .fail }.map(\.message)
    let verdicts = objective.verdicts(analysis)
    let worst = verdicts.filter { result == .breaks ? $0.outcome == .fail : $0.outcome != .pass }
    return (checks + (worst.isEmpty && checks.isEmpty ? verdicts : worst).map(\.message))
      .joined(separator: "; ")
  }

  private static func trial(
    _ rate: Double,
    _ name: String,
    _ analysis: RecordingAnalysis,
    _ result: CapacitySearch.Result,
    _ reason: String
  ) -> CapacityReport.Trial {
    let requests = analysis.aggregate.requests()
    let latencies = analysis.aggregate.latency()
    return CapacityReport.Trial(
      ratePerSecond: rate,
      reachedPerSecond: analysis.aggregate.averageRate(),
      latency: ScenarioSummary.Latency(latencies) {
        analysis.aggregate.estimate($0, .successes, of: latencies)
      },
      requests: requests.values.reduce(0, +),
      successful: requests[.success] ?? 0,
      result: result,
      reason: reason,
      recording: name
    )
  }
}
