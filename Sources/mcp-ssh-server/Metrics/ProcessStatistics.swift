import EventIO
import Glibc

/// What the kernel says about this process, read from /proc when it is asked for.
struct ProcessStatistics: Sendable {
  private var cpuSeconds = 0.0
  private var childCPUSeconds = 0.0
  private var residentBytes = 0.0
  private var openDescriptors = 0.0
  private var threads = 0.0
  private var startTimeSeconds = 0.0

  /// The values under the names that they are told by.
  var families: [MetricFamily] {
    [
      MetricFamily(
        "process_cpu_seconds_total",
        .counter,
        "CPU time of this process without its ssh children.",
        value: cpuSeconds
      ),
      MetricFamily(
        "mcp_ssh_children_cpu_seconds_total",
        .counter,
        "CPU time of ssh processes, those that have ended and those that run.",
        value: childCPUSeconds
      ),
      MetricFamily(
        "process_resident_memory_bytes",
        .gauge,
        "Memory in RAM.",
        value: residentBytes
      ),
      MetricFamily("process_open_fds", .gauge, "Open descriptors.", value: openDescriptors),
      MetricFamily("process_threads", .gauge, "Threads.", value: threads),
      MetricFamily(
        "process_start_time_seconds",
        .gauge,
        "When the process began, since 1970.",
        value: startTimeSeconds
      ),
    ]
  }

  /// Reads the present values; what cannot be read stays zero.
  init(children: Set<pid_t>) {
    var usage = rusage()
    if getrusage(RUSAGE_SELF.rawValue, &usage) == 0 { cpuSeconds = usage.cpuSeconds }
    if getrusage(RUSAGE_CHILDREN.rawValue, &usage) == 0 { childCPUSeconds = usage.cpuSeconds }
    let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
    for child in children {
      guard let fields = Self.statFields(of: "\(child)"), fields.count > 21 else { continue }
      childCPUSeconds += ((Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0)) / ticksPerSecond
    }
    openDescriptors = Double(Self.countEntries(of: "/proc/self/fd") ?? 0)
    guard let fields = Self.statFields(of: "self"), fields.count > 21 else { return }
    threads = Double(fields[17]) ?? 0
    residentBytes = (Double(fields[21]) ?? 0) * Double(sysconf(Int32(_SC_PAGESIZE)))
    startTimeSeconds = Self.bootTimeSeconds + (Double(fields[19]) ?? 0) / ticksPerSecond
  }

  private static let bootTimeSeconds: Double = {
    var wall = timespec()
    var sinceBoot = timespec()
    clock_gettime(CLOCK_REALTIME, &wall)
    clock_gettime(CLOCK_BOOTTIME, &sinceBoot)
    return Double(wall.tv_sec - sinceBoot.tv_sec)
      + Double(wall.tv_nsec - sinceBoot.tv_nsec) / 1e9
  }()

  /// The fields of proc_pid_stat(5), from the third on: the name before may hold anything.
  private static func statFields(of process: String) -> [Substring]? {
    contents(of: "/proc/\(process)/stat")?.split(at: UInt8(ascii: ")")).last?.split(at: 0x20)
  }

  private static func contents(of path: String) -> String? {
    guard let file = fopen(path, "re") else { return nil }
    defer { fclose(file) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = fread(&buffer, 1, buffer.count, file)
    return String(decoding: buffer.prefix(count), as: UTF8.self)
  }

  private static func countEntries(of path: String) -> Int? {
    guard let directory = opendir(path) else { return nil }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    // Not ".", "..", nor the descriptor of the listing itself.
    return count - 3
  }
}

extension rusage {
  /// User and system time together.
  fileprivate var cpuSeconds: Double {
    Double(ru_utime.tv_sec + ru_stime.tv_sec) + Double(ru_utime.tv_usec + ru_stime.tv_usec) / 1e6
  }
}
