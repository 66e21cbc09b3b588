import Glibc

/// The processes of this machine as /proc shows them at one moment, by whom started whom.
package struct ProcessTree: Sendable {
  /// What proc(5) says of one process.
  package struct Process: Sendable {
    /// What it is called: the first 15 bytes of its program's name, unless it chose another.
    package let name: String

    /// Who started it, or who adopted it.
    package let parent: pid_t

    /// The process that leads its session.
    package let session: pid_t

    /// Whether it has ended, and nobody has waited for it yet.
    package let isZombie: Bool

    /// How many threads it has.
    package let threads: Int

    /// The memory of it that is resident, in bytes; what it shares with others counts in full.
    package let residentBytes: Int

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
      let words = text[nameEnd...].words().dropFirst()
      let fields = words.map { UInt64($0) ?? 0 }
      guard fields.count > 21 else { return nil }
      name = String(text[..<nameEnd].split(at: UInt8(ascii: "("), maxSplits: 1).last ?? "")
      isZombie = words.first.map { ["Z", "X"].contains($0) } ?? false
      parent = pid_t(truncatingIfNeeded: fields[1])
      session = pid_t(truncatingIfNeeded: fields[3])
      threads = Int(truncatingIfNeeded: fields[17])
      residentBytes = Int(clamping: fields[21]) * sysconf(Int32(_SC_PAGESIZE))
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

  /// A process that was there and had not ended.
  package func living(_ id: pid_t) -> Process? {
    processes[id].flatMap { $0.isZombie ? nil : $0 }
  }

  /// Those of a session that have not ended.
  package func living(inSession session: pid_t) -> [pid_t] {
    processes.filter { $0.value.session == session && !$0.value.isZombie }.map(\.key)
  }

  /// How many descriptors a process has open; nil if it is gone or not ours to look at.
  package static func descriptors(of id: pid_t) -> Int? {
    guard let directory = opendir("/proc/\(id)/fd") else { return nil }
    defer { closedir(directory) }
    var entries = 0
    while readdir(directory) != nil { entries += 1 }
    // "." and "..".
    return Swift.max(0, entries - 2)
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
