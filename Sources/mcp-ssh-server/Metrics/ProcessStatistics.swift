import EventIO
import Glibc

/// What the kernel says about this process, read from /proc when it is asked for.
struct ProcessStatistics: Sendable {
  /// CPU time of this process alone.
  var cpuSeconds = 0.0

  /// CPU time of the ssh processes that have ended and been waited for.
  var childCPUSeconds = 0.0

  /// Memory in RAM.
  var residentBytes = 0.0

  /// Open descriptors.
  var openDescriptors = 0.0

  /// Threads.
  var threads = 0.0

  /// When the process began, in seconds since 1970.
  var startTimeSeconds = 0.0

  /// Reads the present values; what cannot be read stays zero.
  init() {
    var usage = rusage()
    if getrusage(RUSAGE_SELF.rawValue, &usage) == 0 { cpuSeconds = usage.cpuSeconds }
    if getrusage(RUSAGE_CHILDREN.rawValue, &usage) == 0 { childCPUSeconds = usage.cpuSeconds }
    openDescriptors = Double(Self.countEntries(of: "/proc/self/fd") ?? 0)
    guard let stat = Self.contents(of: "/proc/self/stat") else { return }
    // The name in parentheses may hold anything; fields are counted from behind it, from the third.
    let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 21 else { return }
    threads = Double(fields[17]) ?? 0
    residentBytes = (Double(fields[21]) ?? 0) * Double(sysconf(Int32(_SC_PAGESIZE)))
    let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
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
