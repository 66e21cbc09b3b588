import EventIO
import Foundation

/// The comparison of two servers on this machine: runs of one scenario by turns, each with a server and
/// an sshd of its own, until the verdict stands or the budget is spent.
///
/// The unit of evidence is the run: requests of one run share its luck. Base and head alternate as ABBA,
/// so that a machine that becomes slower or faster bears on both alike. Pairs that were invalid or that
/// something disturbed are run again, within the budget of a `PairPlan`.
package struct ComparisonRun: Sendable {
  private typealias Side = ComparisonPairs.Side

  private let setup: RunSetup
  private let servers: [Side: ServerCommand]

  /// Prepares a comparison of the two servers that the settings name.
  ///
  /// Throws which of them is missing.
  package init(_ setup: RunSetup) throws(SettingError) {
    var servers: [Side: ServerCommand] = [:]
    servers[.base] = setup.settings.baseServer
    servers[.head] = setup.settings.headServer
    for side in Side.allCases where servers[side] == nil {
      throw SettingError(
        name: "LOADTEST_\(side.rawValue.uppercased())_SERVER",
        value: "",
        valid: "the command line of a server, such as /path/to/mcp-ssh-server"
      )
    }
    self.setup = setup
    self.servers = servers
  }

  /// Compares, with a recording of each run below a new directory; `show` gets a line for each pair.
  ///
  /// Throws what kept a run of the first pair from being made at all, with the side that it was of. In a
  /// later one the same makes the pair invalid, for the servers have worked before.
  package func run(
    control: RunControl,
    show: (String) -> Void
  ) async throws -> (recording: RecordingLayout, report: ComparisonReport) {
    let settings = setup.settings
    let recording = try TestID.makeDirectory(under: settings.resultsDirectory, at: Date())
    let asked = GatePlan.Comparison(
      scenario: settings.scenario.rawValue,
      tolerance: settings.tolerance,
      firstLook: settings.pairs
    )
    var comparison = try ComparisonPairs(asked, in: recording.directory)
    while let side = comparison.next, !control.isStopping {
      let count = comparison.pairs.count
      let layout = comparison.recording(side)
      let run: RecordedTrial
      do {
        let planned = max(count + 1, comparison.pairPlan.planned)
        let place = "pair \(count + 1) of \(planned), \(side.rawValue)"
        run = .recorded(try await record(side, place, into: layout, control))
      } catch {
        if count == 0 { throw NetworkError("\(side.rawValue): \(error)") }
        run = .failed(settings.scenario.rawValue, error, in: layout)
      }
      if control.isStopping { break }
      comparison.note(run, side)
      guard let pair = comparison.pairs.last, comparison.pairs.count > count else { continue }
      show(ComparisonReport.line(pair))
      let pairs = comparison.pairPlan
      if pairs.step == .look, comparison.next != nil {
        show("no verdict after \(pairs.counting.count) pairs; as many again")
      }
    }
    return (recording, try comparison.end())
  }

  private func record(
    _ side: Side,
    _ place: String,
    into recording: RecordingLayout,
    _ control: RunControl
  ) async throws -> RecordingAnalysis {
    var run = setup
    run.settings.server = servers[side]
    run.settings.duration = run.settings.duration ?? .seconds(10)
    return try await run.record(place, into: recording, control: control)
  }
}
