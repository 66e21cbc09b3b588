import EventIO
import Foundation

/// What the kernel lets this process have of the machine: the limits of its control group and of those
/// above it, in both versions of cgroups (cgroups(7)).
struct ControlGroup: Sendable {
  /// How often a quota of processor time was used up.
  struct Throttling: Sendable, Equatable {
    /// Periods of the quota in which the group ran.
    var periods: Int

    /// Those in which it was stopped for the rest of the period.
    var throttled: Int
  }

  private let processorFolders: [String]
  private let memoryFolders: [String]

  /// The groups of this process.
  static let current = ControlGroup(
    membership: text("/proc/self/cgroup"),
    root: "/sys/fs/cgroup"
  )

  /// The groups that a text like that of `/proc/self/cgroup` names, below a folder.
  init(membership: String, root: String) {
    var paths: [String: String] = [:]
    for line in membership.lines() {
      let fields = line.split(at: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      for controller in fields[1].split(at: UInt8(ascii: ","), omittingEmptySubsequences: false) {
        paths[String(controller)] = String(fields[2])
      }
    }
    func folders(_ controller: String) -> [String] {
      let unified = paths[""].map { Self.folders($0, below: root) } ?? []
      let own = paths[controller].map { Self.folders($0, below: "\(root)/\(controller)") } ?? []
      return unified + own
    }
    processorFolders = folders("cpu")
    memoryFolders = folders("memory")
  }

  /// A group's folder and those above it; the uppermost alone where a container does not see its own.
  private static func folders(_ path: String, below root: String) -> [String] {
    var names = path.split(at: UInt8(ascii: "/"))
    var folders: [String] = []
    while true {
      folders.append(([root[...]] + names).joined(separator: "/"))
      if names.isEmpty { return folders }
      names.removeLast()
    }
  }

  /// Processors that may be used at a time; nil where there is no quota.
  var processors: Double? {
    processorFolders.compactMap(Self.processors).min()
  }

  /// Memory that may be used, in bytes; nil where there is no limit.
  var memoryBytes: UInt64? {
    memoryFolders.flatMap { ["\($0)/memory.max", "\($0)/memory.limit_in_bytes"] }
      .compactMap { UInt64(Self.text($0).trimmed()) }.min()
  }

  /// How often the quotas were used up since the groups were made; nil where there is none.
  var throttling: Throttling? {
    let limited = processorFolders.filter { Self.processors($0) != nil }
    guard !limited.isEmpty else { return nil }
    return limited.reduce(into: Throttling(periods: 0, throttled: 0)) { sum, folder in
      for line in Self.text("\(folder)/cpu.stat").lines() {
        let words = line.words()
        guard words.count == 2, let count = Int(words[1]) else { continue }
        if words[0].hasSameBytes(as: "nr_periods") { sum.periods &+= count }
        if words[0].hasSameBytes(as: "nr_throttled") { sum.throttled &+= count }
      }
    }
  }

  /// The quota of one group: `cpu.max` holds quota and period, version 1 has a file for each.
  private static func processors(_ folder: String) -> Double? {
    let both = text("\(folder)/cpu.max").words().map(String.init)
    let words =
      both.count == 2
      ? both
      : ["quota", "period"].map { String(text("\(folder)/cpu.cfs_\($0)_us").trimmed()) }
    guard let quota = Double(words[0]), let period = Double(words[1]), quota > 0, period > 0
    else { return nil }
    return quota / period
  }

  private static func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }
}
