import EventIO
import Foundation
import Glibc

/// The machine that generated the load: histories of different machines are not comparable.
struct Machine: Sendable, Equatable, Codable {
  /// The processor's name as the kernel gives it.
  let cpuModel: String

  /// Processors that this process may use: those of its affinity, and of its control group's quota.
  let cores: Int

  /// Processors that the machine has; nil in recordings that do not tell.
  var processors: Int?

  /// Memory in bytes that this process may use.
  let memoryBytes: UInt64

  /// Kernel name, release and architecture.
  let kernel: String

  /// The host's name.
  let hostName: String

  private enum CodingKeys: String, CodingKey {
    case cpuModel = "cpu_model"
    case cores
    case processors
    case memoryBytes = "memory_bytes"
    case kernel
    case hostName = "host_name"
  }

  /// Reads what the kernel says of this machine.
  static func current() -> Machine {
    var names = utsname()
    uname(&names)
    let information = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let (cores, memory) = (
      ProcessInfo.processInfo.activeProcessorCount, ProcessInfo.processInfo.physicalMemory
    )
    let group = ControlGroup.current
    return Machine(
      cpuModel: processor(information) ?? "unknown",
      cores: group.processors.map { max(1, min(cores, Int(min($0, 1e6).rounded()))) } ?? cores,
      processors: sysconf(Int32(_SC_NPROCESSORS_ONLN)),
      memoryBytes: min(memory, group.memoryBytes ?? memory),
      kernel: [
        text(&names.sysname), text(&names.release), text(&names.machine),
      ].joined(separator: " "),
      hostName: text(&names.nodename)
    )
  }

  /// The processor's name in a text like that of `/proc/cpuinfo`; nil where it has none.
  ///
  /// Each architecture has lines of its own; ARM's has numbers for a name, and may mix two kinds.
  static func processor(_ information: String) -> String? {
    var values: [String: [String]] = [:]
    for line in information.lines() {
      let parts = line.split(at: UInt8(ascii: ":"), maxSplits: 1)
      guard parts.count == 2 else { continue }
      let (key, value) = (String(parts[0].trimmed()), String(parts[1].trimmed()))
      if !value.isEmpty, values[key]?.contains(value) != true {
        values[key, default: []].append(value)
      }
    }
    let names = ["model name", "Model Name", "cpu model", "cpu", "uarch"]
    if let name = names.lazy.compactMap({ values[$0]?.last }).first { return name }
    let numbers = ["implementer", "part", "variant", "revision"].compactMap { key in
      values["CPU \(key)"].map { "\(key) \($0.joined(separator: "+"))" }
    }
    return numbers.isEmpty ? nil : "CPU " + numbers.joined(separator: " ")
  }

  private static func text<Characters>(_ field: inout Characters) -> String {
    withUnsafeBytes(of: &field) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
