import EventIO
import Foundation
import Glibc

/// The machine that generated the load: histories of different machines are not comparable.
package struct Machine: Sendable, Equatable, Codable {
  /// The processor's name as the kernel gives it.
  package let cpuModel: String

  /// Processors that this process may use: those of its affinity, and of its control group's quota.
  package let cores: Int

  /// Processors that the machine has; nil in recordings that do not tell.
  package var processors: Int?

  /// Memory in bytes that this process may use.
  package let memoryBytes: UInt64

  /// Kernel name, release and architecture.
  package let kernel: String

  /// The host's name.
  package let hostName: String

  private enum CodingKeys: String, CodingKey {
    case cpuModel = "cpu_model"
    case cores
    case processors
    case memoryBytes = "memory_bytes"
    case kernel
    case hostName = "host_name"
  }

  /// Reads what the kernel says of this machine.
  package static func current() -> Machine {
    var names = utsname()
    uname(&names)
    let information = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let model = information.lines().first { $0.hasBytePrefix("model name") }
    let name = model?.split(at: UInt8(ascii: ":")).last.map { String($0.trimmed()) }
    let (cores, memory) = (
      ProcessInfo.processInfo.activeProcessorCount, ProcessInfo.processInfo.physicalMemory
    )
    let group = ControlGroup.current
    return Machine(
      cpuModel: name ?? "unknown",
      cores: group.processors.map { max(1, min(cores, Int(min($0, 1e6).rounded()))) } ?? cores,
      processors: sysconf(Int32(_SC_NPROCESSORS_ONLN)),
      memoryBytes: min(memory, group.memoryBytes ?? memory),
      kernel: [
        text(&names.sysname), text(&names.release), text(&names.machine),
      ].joined(separator: " "),
      hostName: text(&names.nodename)
    )
  }

  private static func text<Characters>(_ field: inout Characters) -> String {
    withUnsafeBytes(of: &field) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
