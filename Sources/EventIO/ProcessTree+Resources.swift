import Glibc

/// What a process and all below it hold at one moment, as the kernel counts it (proc(5)).
package struct ProcessResources: Sendable, Equatable {
  /// Memory that is theirs alone to give back, in bytes: anonymous and shared pages, in RAM or swapped out.
  ///
  /// Pages of files are left out: they come and go as code is used, and say nothing of what is kept.
  package var memoryBytes = 0.0

  /// Open descriptors; nil where this user may not see those of all.
  package var openDescriptors: Double? = 0

  /// Threads.
  package var threads = 0.0

  /// Processes, those included that have ended and that nobody has waited for.
  package var processes = 0.0

  /// What nothing holds, unless it says otherwise.
  package init(
    memoryBytes: Double = 0,
    openDescriptors: Double? = 0,
    threads: Double = 0,
    processes: Double = 0
  ) {
    self.memoryBytes = memoryBytes
    self.openDescriptors = openDescriptors
    self.threads = threads
    self.processes = processes
  }
}

extension ProcessTree {
  /// What a process and all below it hold; nil if it does not exist, or another has its number by now.
  ///
  /// `startTicks` tells it from others: see `Process`.
  package func resources(of root: pid_t, startedAt startTicks: UInt64) -> ProcessResources? {
    guard start(of: root) == startTicks else { return nil }
    var all = ProcessResources()
    for id in [root] + descendants(of: root) {
      // One that is gone since the look at all of them holds nothing.
      guard let status = Self.status(of: id) else { continue }
      all.processes += 1
      all.threads += status["Threads"] ?? 0
      let kilobytes = ["RssAnon", "RssShmem", "VmSwap"].compactMap { status[$0] }
      all.memoryBytes += 1024 * kilobytes.reduce(0, +)
      // One that has ended has no memory, and no descriptors any more.
      guard !kilobytes.isEmpty else { continue }
      let count = Self.descriptorCount(of: id)
      all.openDescriptors = all.openDescriptors.flatMap { sum in count.map { sum + $0 } }
    }
    return all.processes > 0 ? all : nil
  }

  /// The numbers of `/proc/<id>/status` by their names, in the units that stand there; nil if it cannot be read.
  private static func status(of id: pid_t) -> [String: Double]? {
    guard let file = try? Descriptor.open("/proc/\(id)/status", O_RDONLY) else { return nil }
    let text = withUnsafeTemporaryAllocation(byteCount: 8192, alignment: 1) { buffer in
      guard case .bytes(let count)? = try? file.read(into: buffer) else { return "" }
      return String(decoding: buffer[..<count], as: UTF8.self)
    }
    guard !text.isEmpty else { return nil }
    var values: [String: Double] = [:]
    for line in text.lines() {
      let words = line.words()
      guard words.count > 1, words[0].utf8.last == UInt8(ascii: ":") else { continue }
      values[String(words[0].dropLast())] = Double(words[1])
    }
    return values
  }

  private static func descriptorCount(of id: pid_t) -> Double? {
    guard let directory = opendir("/proc/\(id)/fd") else {
      return errno == ENOENT || errno == ESRCH ? 0 : nil
    }
    defer { closedir(directory) }
    var count = 0
    while let entry = readdir(directory) {
      if entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
    }
    return Double(count)
  }
}
