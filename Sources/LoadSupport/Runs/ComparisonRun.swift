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
  package enum Side: String, Sendable, CaseIterable {
    case base
    case head
  }

  private let settings: RunSettings
  private let servers: [Side: ServerCommand]
  private let environment: [String: String]
  private let programs: String

  /// Prepares a comparison of the two servers that the settings name; `programs` is the directory of the
  /// suite's executables.
  ///
  /// Throws which of them is missing.
  package init(
    settings: RunSettings,
    environment: [String: String],
    programs: String
  ) throws(SettingError) {
    var servers: [Side: ServerCommand] = [:]
    servers[.base] = settings.baseServer
    servers[.head] = settings.headServer
    for side in Side.allCases where servers[side] == nil {
      throw SettingError(
        name: "LOADTEST_\(side.rawValue.uppercased())_SERVER",
        value: "",
        valid: "the command line of a server, such as /path/to/mcp-ssh-server"
      )
    }
    self.settings = settings
    self.servers = servers
    self.environment = environment
    self.programs = programs
  }

  /// Compares, with a recording of each run below the directory; `show` gets a line for each pair.
  ///
  /// Throws what kept a run from being made at all, with the side that it was of.
  package func run(
    into directory: String,
    control: RunControl,
    show: (String) -> Void
  ) async throws -> ComparisonReport {
    var pairs: [ComparisonReport.Pair] = []
    var network: NetworkDescription?
    loop: while !control.isStopping {
      let name = String(format: "pair-%02d", pairs.count + 1)
      var runs: [Side: ComparisonReport.Run] = [:]
      for side in pairs.count.isMultiple(of: 2) ? Side.allCases : Side.allCases.reversed() {
        let layout = RecordingLayout(directory: "\(directory)/\(name)-\(side.rawValue)")
        let analysis = try await load(side, layout, control)
        network = network ?? analysis.scenario.network
        if !control.isStopping { runs[side] = ComparisonReport.Run(analysis) }
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
    return ComparisonReport(
      scenario: settings.scenario,
      tolerance: settings.tolerance,
      pairs: pairs,
      firstLook: settings.pairs,
      isInterrupted: control.isStopping,
      network: network,
      machine: .current()
    )
  }

  private func load(
    _ side: Side,
    _ layout: RecordingLayout,
    _ control: RunControl
  ) async throws -> RecordingAnalysis {
    var settings = settings
    settings.server = servers[side]
    settings.duration = settings.duration ?? .seconds(10)
    do {
      try await settings.scenario.scenario.run(
        ScenarioContext(
          settings: settings,
          recording: layout,
          programs: programs,
          environment: environment,
          control: control
        )
      )
      return try RecordingAnalysis(layout.scenario(settings.scenario.rawValue), of: layout)
    } catch {
      throw NetworkError("\(side.rawValue): \(error)")
    }
  }
}
