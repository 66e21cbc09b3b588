import Glibc

/// The processes of this machine as /proc shows them at one moment, by whom started whom.
package struct ProcessTree: Sendable {
  /// What proc(5) says of one process.
  package struct Process: Sendable {
    /// Who started it, or who adopted it.
    package let parent: pid_t

    /// Its CPU time, user and system, in clock ticks.
    package let ownTicks: UInt64

    /// The CPU time of its children that have ended and been waited for, in clock ticks.
    package let endedChildrenTicks: UInt64

    /// When it was started, in clock ticks since boot.
    package let startTicks: UInt64

    /// Reads `/proc/<id>/stat`; nil if there is no such process any more.
    package init?(_ id: pid_t) {
      guard let file = try? Descriptor.open("/proc/\(id)/stat", O_RDONLY) else { return nil }
      let text = withUnsafeTemporaryAllocation(byteCount: 2048, alignment: 1) { buffer in
        guard case .bytes(let count)? = try? file.read(into: buffer) else { return "" }
        return String(decoding: buffer[..<count], as: UTF8.self)
      }
      // The name may hold anything, spaces and parentheses too; the state follows its end.
      guard let nameEnd = text.utf8.lastIndex(of: UInt8(ascii: ")")) else { return nil }
      let fields = text[nameEnd...].words().dropFirst().map { UInt64($0) ?? 0 }
      guard fields.count > 19 else { return nil }
      parent = pid_t(truncatingIfNeeded: fields[1])
      ownTicks = fields[11] + fields[12]
      endedChildrenTicks = fields[13] + fields[14]
      startTicks = fields[19]
    }
  }

  private let processes: [pid_t: Process]

  /// Looks at all processes.
  package init() {
    var processes: [pid_t: Process] = [:]
    if let directory = opendir("/proc") {
      while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
          pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if let id = pid_t(name), let process = Process(id) { processes[id] = process }
      }
      closedir(directory)
    }
    self.processes = processes
  }

  /// When a process was started, in clock ticks since boot; nil if there was none of that number.
  package func start(of id: pid_t) -> UInt64? { processes[id]?.startTicks }

  /// All processes below one, without itself.
  package func descendants(of ancestor: pid_t) -> [pid_t] {
    let children = Dictionary(grouping: processes.keys) { processes[$0]?.parent ?? 0 }
    var found: [pid_t] = []
    var pending = [ancestor]
    while let next = pending.popLast() {
      let below = children[next] ?? []
      found += below
      pending += below
    }
    return found
  }

  /// The CPU time in seconds that everything below a process has used, what has ended included.
  ///
  /// What ended counts as soon as its parent has waited for it. The process itself does not count.
  /// Nil if it does not exist.
  package func cpuSeconds(below ancestor: pid_t) -> Double? {
    guard let root = processes[ancestor] else { return nil }
    var ticks = root.endedChildrenTicks
    for id in descendants(of: ancestor) {
      guard let process = processes[id] else { continue }
      ticks += process.ownTicks + process.endedChildrenTicks
    }
    return Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }
}
