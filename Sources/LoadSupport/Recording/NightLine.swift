import EventIO
import Foundation

/// A line of the nightly history: what a scenario came to in one night.
package struct NightLine: Sendable, Equatable, Codable {
  /// The version of the line's format that this code writes and the newest it reads.
  package static let currentFormat = 1

  /// What must be alike for nights to be comparable: the hardware, and the load that was asked for.
  package struct Conditions: Sendable, Hashable, Codable {
    /// The hardware.
    package let key: Hardware

    /// The load.
    package let load: Load
  }

  /// The hardware that generated the load and, where the server was started with it, served it.
  ///
  /// The kernel is no part of it: an update of the kernel is one of the causes that a history is to
  /// show.
  package struct Hardware: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The processor's name as the kernel gives it.
    package let cpuModel: String

    /// Processors that the process could use.
    package let cores: Int

    /// Memory in GiB, rounded.
    package let memoryGiB: Int

    private enum CodingKeys: String, CodingKey {
      case cpuModel = "cpu_model"
      case cores
      case memoryGiB = "memory_gib"
    }

    /// The hardware of a machine.
    ///
    /// Kernels keep different parts of the memory for themselves. Rounding to a quarter of the power
    /// of two below (8, 10, 12, 14, 16, 20, …) puts the usual sizes in the middle of a step.
    package init(_ machine: Machine) {
      cpuModel = machine.cpuModel
      cores = machine.cores
      let gib = max(1, Double(machine.memoryBytes) / Double(1 << 30))
      let step = max(1, exp2(log2(gib).rounded(.down) - 2))
      memoryGiB = Int((gib / step).rounded() * step)
    }

    package var description: String { "\(cpuModel), \(cores) cores, \(memoryGiB) GiB" }
  }

  /// The load that was asked for.
  package struct Load: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The profile's name.
    package let profile: String

    /// Concurrent workers.
    package let workers: Int

    /// Seconds of the measured window.
    package let durationSeconds: Double

    /// Requests a second that were asked for; nil in a closed loop.
    package let arrivalRate: Double?

    /// `embedded`, or the URL of the server.
    package let server: String

    private enum CodingKeys: String, CodingKey {
      case profile
      case workers
      case durationSeconds = "duration_s"
      case arrivalRate = "arrival_rate"
      case server
    }

    /// The load of a recording.
    package init(_ scenario: ScenarioHeader) {
      profile = scenario.profile
      workers = scenario.workers
      durationSeconds = scenario.durationSeconds
      arrivalRate = scenario.arrivalRate
      let network = scenario.network
      server = network.kind == "embedded" ? network.kind : network.server
    }

    package var description: String {
      "\(profile), \(workers) workers, \(durationSeconds) s"
        + (arrivalRate.map { ", \($0) requests a second" } ?? "") + ", server \(server)"
    }
  }

  /// A metric of the night.
  package struct Figure: Sendable, Equatable, Codable {
    /// The median over the runs.
    package let median: Double

    /// What each run came to.
    package let values: [Double]

    /// Sums values up; nil without any.
    package init?(_ values: [Double]) {
      guard let median = values.median else { return nil }
      self.median = median
      self.values = values
    }
  }

  /// The version of the line's format.
  package let format: Int

  /// The date on which the first of the runs began.
  package let night: Night

  /// The scenario's name.
  package let scenario: String

  /// The hardware.
  package let key: Hardware

  /// The load that was asked for.
  package let load: Load

  /// What else may explain a change, never a reason to keep nights apart: the versions of kernel,
  /// toolchain, server and of programs on its side.
  package let versions: [String: String]

  /// The commit that was tested, where somebody told.
  package let commit: String?

  /// Valid runs behind the figures.
  package let runs: Int

  /// The figures by the metric's name.
  package let metrics: [String: Figure]

  /// What must be alike in lines that are compared.
  package var conditions: Conditions { Conditions(key: key, load: load) }

  /// Makes a line of runs of one load, of which `machine` and `header` are the first's.
  package init(
    night: Night,
    machine: Machine,
    header: ScenarioHeader,
    serverVersion: String? = nil,
    commit: String? = nil,
    runs: Int,
    metrics: [String: Figure]
  ) {
    format = Self.currentFormat
    self.night = night
    scenario = header.scenario
    key = Hardware(machine)
    load = Load(header)
    var versions = header.network.details
    versions["kernel"] = machine.kernel
    versions["toolchain"] = Toolchain.version
    if let serverVersion { versions["server"] = serverVersion }
    self.versions = versions
    self.commit = commit
    self.runs = runs
    self.metrics = metrics
  }

  /// Whether the line can be reckoned with: a figure that is not above zero has no ratio.
  var isSound: Bool {
    runs > 0 && !metrics.isEmpty && metrics.values.allSatisfy { $0.median > 0 }
  }
}
