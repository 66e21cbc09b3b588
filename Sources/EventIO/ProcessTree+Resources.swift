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
      let isGone = kill(id, 0) == -1 && errno == ESRCH
      let count = Self.descriptors(of: id) ?? (isGone ? 0 : nil)
      all.openDescriptors = all.openDescriptors.flatMap { sum in count.map { sum + Double($0) } }
    }
    return all.processes > 0 ? all : nil
  }

  /// What a process or one below it is run by, if that collects memory at times of its own; nil if none is known to.
  ///
  /// By the program's name, and for Go, whose programs have any, by the place where its heap begins.
  package func collector(below root: pid_t) -> String? {
    let runtimes = ["node", "java", "dotnet", "bun", "deno", "ruby", "beam.smp"]
    for id in [root] + descendants(of: root) {
      var path = [CChar](repeating: 0, count: Int(PATH_MAX))
      let length = readlink("/proc/\(id)/exe", &path, path.count)
      guard length > 0 else { continue }
      let program = String(decoding: path[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
        .split(at: UInt8(ascii: "/")).last
      if let program, let runtime = runtimes.first(where: { program.hasBytePrefix($0) }) {
        return runtime
      }
      if Self.text("/proc/\(id)/maps").lines().contains(where: {
        $0.hasBytePrefix("c000000000-")
      }) {
        return "go"
      }
    }
    return nil
  }

  /// The first 8 KiB of a file of /proc; nothing if it cannot be read.
  private static func text(_ path: String) -> String {
    guard let file = try? Descriptor.open(path, O_RDONLY) else { return "" }
    return withUnsafeTemporaryAllocation(byteCount: 8192, alignment: 1) { buffer in
      guard case .bytes(let count)? = try? file.read(into: buffer) else { return "" }
      return String(decoding: buffer[..<count], as: UTF8.self)
    }
  }

  /// The numbers of `/proc/<id>/status` by their names, in the units that stand there; nil if it cannot be read.
  private static func status(of id: pid_t) -> [String: Double]? {
    let text = text("/proc/\(id)/status")
    guard !text.isEmpty else { return nil }
    var values: [String: Double] = [:]
    for line in text.lines() {
      let words = line.words()
      guard words.count > 1, words[0].utf8.last == UInt8(ascii: ":") else { continue }
      values[String(words[0].dropLast())] = Double(words[1])
    }
    return values
  }
}
