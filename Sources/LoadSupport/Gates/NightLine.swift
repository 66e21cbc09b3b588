import EventIO
import Foundation

/// A line of the nightly history: what a scenario came to in one night.
package struct NightLine: Sendable, Equatable, Codable {
  /// The version of the line's format that this code writes and the newest it reads.
  ///
  /// Lines of format 1 lack a part of the load, and how many requests failed.
  static let currentFormat = 2

  /// What must be alike for nights to be comparable: the hardware, and the load that was asked for.
  package struct Conditions: Sendable, Hashable, Codable {
    /// The hardware.
    package let key: Hardware

    /// The load.
    package let load: Load

    /// Why nothing can be alike: what is not known is not known to be the same; nil where all is known.
    package var unknown: String? {
      if !key.isNamed {
        return "the processor has no name in /proc/cpuinfo, so that machines cannot be told apart"
      }
      return load.isComplete
        ? nil : "lines of format 1 do not tell all that decides what was measured"
    }

    /// Whether what was measured under these conditions may be compared with what was under others.
    func areAlike(_ other: Conditions) -> Bool { unknown == nil && self == other }
  }

  /// The hardware that generated the load and, where the server was started with it, served it.
  ///
  /// The kernel is no part of it: an update of the kernel is one of the causes that a history is to
  /// show.
  package struct Hardware: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The processor's name as the kernel gives it.
    let cpuModel: String

    /// Processors that the process could use.
    package let cores: Int

    /// Memory in GiB, rounded.
    let memoryGiB: Int

    private enum CodingKeys: String, CodingKey {
      case cpuModel = "cpu_model"
      case cores
      case memoryGiB = "memory_gib"
    }

    /// The hardware of a machine.
    ///
    /// Kernels keep different parts of the memory for themselves. Rounding to a quarter of the power
    /// of two below (8, 10, 12, 14, 16, 20, …) puts the usual sizes in the middle of a step.
    init(_ machine: Machine) {
      cpuModel = machine.cpuModel
      cores = machine.cores
      let gib = max(1, Double(machine.memoryBytes) / Double(1 << 30))
      let step = max(1, exp2(log2(gib).rounded(.down) - 2))
      memoryGiB = Int((gib / step).rounded() * step)
    }

    /// Whether the processor has a name, without which other hardware looks the same.
    var isNamed: Bool { !Self.noNames.contains(cpuModel.trimmed().asciiLowercased()) }

    private static let noNames: Set = ["", "unknown"]

    package var description: String { "\(cpuModel), \(cores) cores, \(memoryGiB) GiB" }
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
  let versions: [String: String]

  /// The commit that was tested, where somebody told.
  package let commit: String?

  /// Runs of the night that count: valid ones, and those that failed all the same.
  package let runs: Int

  /// The requests of those runs, and how many failed; nil in lines of format 1.
  package let requests: Int?
  let failedRequests: Int?

  /// The thresholds that a run failed, with what the first of these runs came to; nil if none did.
  package let failures: [String: String]?

  /// The figures by the metric's name.
  package let metrics: [String: Figure]

  /// What must be alike in lines that are compared.
  var conditions: Conditions { Conditions(key: key, load: load) }

  /// How many requests failed.
  var failed: FailedRequests {
    FailedRequests(requests: requests ?? 0, failed: failedRequests ?? 0)
  }

  private enum CodingKeys: String, CodingKey {
    case format
    case night
    case scenario
    case key
    case load
    case versions
    case commit
    case runs
    case requests
    case failedRequests = "failed_requests"
    case failures
    case metrics
  }

  /// Makes a line of runs of one load, of which `machine` and `header` are the first's.
  init(
    night: Night,
    machine: Machine,
    header: ScenarioHeader,
    serverVersion: String? = nil,
    commit: String? = nil,
    runs: Int,
    failed: FailedRequests,
    failures: [String: String] = [:],
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
    requests = failed.requests
    failedRequests = failed.failed
    self.failures = failures.isEmpty ? nil : failures
    self.metrics = metrics
  }

  /// Whether the line can be reckoned with: a figure that is not above zero has no ratio, and a night
  /// without figures is one only where it failed.
  var isSound: Bool {
    runs > 0 && !(metrics.isEmpty && failures == nil)
      && metrics.values.allSatisfy { $0.median > 0 }
      && (0...1_000_000_000_000).contains(failed.requests)
      && (0...failed.requests).contains(failed.failed)
  }
}
