import EventIO
import Foundation

/// The comparison of two servers on this machine: runs of one scenario by turns, each with a server and
/// an sshd of its own, until the verdict stands or the budget is spent.
///
/// The unit of evidence is the run: requests of one run share its luck. Base and head alternate as ABBA,
/// so that a machine that becomes slower or faster bears on both alike. Pairs that were invalid or that
/// something disturbed are run again, within the budget of a `PairPlan`.
package struct ComparisonRun: Sendable {
  /// One of the two servers.
  enum Side: String, Sendable, CaseIterable {
    case base
    case head
  }

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
    var pairs: [ComparisonReport.Pair] = []
    var network: NetworkDescription?
    loop: while !control.isStopping {
      let name = String(format: "pair-%02d", pairs.count + 1)
      var runs: [Side: ComparisonReport.Run] = [:]
      for side in pairs.count.isMultiple(of: 2) ? Side.allCases : Side.allCases.reversed() {
        let layout = RecordingLayout(
          directory: "\(recording.directory)/\(name)-\(side.rawValue)"
        )
        var run = setup
        run.settings.server = servers[side]
        run.settings.duration = settings.duration ?? .seconds(10)
        do {
          let analysis = try await run.record(into: layout, control: control)
          network = network ?? analysis.scenario.network
          runs[side] = ComparisonReport.Run(analysis)
        } catch {
          if pairs.isEmpty { throw NetworkError("\(side.rawValue): \(error)") }
          runs[side] = ComparisonReport.Run(invalid: "\(error)")
        }
        if control.isStopping { break loop }
      }
      guard let base = runs[.base], let head = runs[.head] else { break }
      let pair = ComparisonReport.Pair(name: name, base: base, head: head)
      pairs.append(pair)
      show(ComparisonReport.line(pair))
      let plan = ComparisonReport.plan(pairs, firstLook: settings.pairs)
      switch plan.step {
      case .run: continue
      case .look:
        if ComparisonReport.verdict(pairs, plan, tolerance: settings.tolerance).stands {
          break loop
        }
        show("no verdict after \(plan.counting.count) pairs; as many again")
      case .end: break loop
      }
    }
    let report = ComparisonReport(
      scenario: settings.scenario,
      tolerance: settings.tolerance,
      pairs: pairs,
      firstLook: settings.pairs,
      isInterrupted: control.isStopping,
      network: network,
      machine: .current()
    )
    return (recording, report)
  }
}
